"""After rendering: install the resource into the service, or leave the service as it was."""

import json
import sys
from pathlib import Path

# Only single quotes are safe here: `tojson` escapes them, and no double ones.
ANSWERS = json.loads(r'{{ cookiecutter | placed | tojson }}')  # fmt: skip

PACKAGE = json.loads(r'{{ package_folder() | tojson }}')  # fmt: skip

sys.path.insert(0, PACKAGE)

from service_template.resources.install import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(Path.cwd(), ANSWERS))
