"""Update one service: see `service_template.updates.__main__`."""

import sys

from service_template.updates.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
