"""The extension of Jinja for resources: see `service_template.resources.template`.

Cookiecutter puts this folder on the import path, and not the one around it, which has the package.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from service_template.resources.template import ResourceTemplate as ResourceTemplate
