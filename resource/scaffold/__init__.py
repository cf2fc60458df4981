"""What adds a resource to a service: names, fields, and where the service has to know of it.

Cookiecutter puts the folder above this on the import path. What is shared with the template of
services lies in `extensions`, one folder further up.
"""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

if str(REPOSITORY) not in sys.path:
    sys.path.append(str(REPOSITORY))
