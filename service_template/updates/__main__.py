"""Update one service: what `make template-update` of a service and `make update` here run.

The environment says which: `SERVICE` (its folder), `TO` (the wanted commit, version or branch of
this repository; what is checked out, if nothing) and `ANSWERS` (`cache=redis`, for new questions
or other choices). The exit status is 0 for an update, and if there was nothing to do; 1 if it was
refused, and nothing is changed; 2 if there are conflicts to solve.
"""

import os
import sys
import tempfile
from pathlib import Path

from service_template.errors import Refused
from service_template.paths import TEMPLATE
from service_template.signals import stopped_as_by_ctrl_c
from service_template.updates.service import update


def main() -> int:
    service = Path(os.environ.get("SERVICE") or ".").expanduser()
    try:
        with stopped_as_by_ctrl_c(), tempfile.TemporaryDirectory() as folder:
            return update(
                service.resolve(),
                template=TEMPLATE,
                wanted=os.environ.get("TO") or "HEAD",
                given=os.environ.get("ANSWERS", ""),
                workplace=Path(folder),
            )
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
