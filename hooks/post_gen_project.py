"""After rendering: lay the chosen options over the project, then verify it."""

import json
import sys

# Only single quotes are safe here: `tojson` escapes them, and no double ones.
ANSWERS = json.loads(r'{{ cookiecutter | tojson }}')  # fmt: skip
RUN = json.loads(r'{{ run_facts() | tojson }}')  # fmt: skip

sys.path.insert(0, RUN["package"])

from service_template.generation.processes import note_signals  # noqa: E402

note_signals()  # before the rest is imported: a signal finds the hook ready

from service_template.generation import finishing  # noqa: E402

if __name__ == "__main__":
    sys.exit(finishing.main(ANSWERS, RUN))
