"""After rendering: install the resource into the service, or leave the service as it was."""

import json
import sys
from pathlib import Path

# Only single quotes are safe here: `tojson` escapes them, and no double ones.
ANSWERS = json.loads(r'{{ cookiecutter | placed | tojson }}')  # fmt: skip

TEMPLATE = json.loads(r'{{ template_folder() | tojson }}')  # fmt: skip

sys.path.insert(0, TEMPLATE)

from scaffold.install import main  # noqa: E402 - it lies beside this hook's folder

if __name__ == "__main__":
    sys.exit(main(Path.cwd(), ANSWERS))
