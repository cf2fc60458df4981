"""The extension of Jinja: see `service_template.answers.extension`.

The package beside this folder is used, even where another version of it is installed.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from service_template.answers.extension import ServiceTemplate as ServiceTemplate
