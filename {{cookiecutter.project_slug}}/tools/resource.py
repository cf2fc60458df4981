"""Add a resource to this service, in the shape of `users`: what `make resource` runs.

The environment says which: `NAME`, `FIELDS`, `OPTIONS`, `PLURAL` (if it is irregular), and
`DRY_RUN=1` to see only what would be done. What adds it comes with the template, as it was when it made this
service; `TEMPLATE` and `TO` name another one, as for updates.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.template import UPDATE, Record, Refused, Template, uv

RUN = ("python", "-m", "cookiecutter", ".", "--directory", "resource", "--no-input")


def main() -> int:
    """Add the resource to the service in this folder, or say in a line why that can't be done."""
    try:
        return add(Path.cwd())
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def add(service: Path) -> int:
    """Let the template that made a service add a resource to it.

    Raises:
        Refused: the template can't be reached, or adds no resources yet.
    """
    record = Record.read(service)
    template = Template.fetch(record).at(os.environ.get("TO") or record.commit or "")
    with tempfile.TemporaryDirectory() as copy, tempfile.TemporaryDirectory() as rest:
        template.check_out(Path(copy))
        if not (Path(copy) / "resource").is_dir():
            version = template.version()
            raise Refused(
                f"Template {version} adds no resources: `make template-update` first.",
            )
        places = {"cookiecutters_dir": rest, "replay_dir": rest}
        config = Path(rest) / "config.yaml"
        config.write_text(json.dumps(places), encoding="utf-8")
        where = ("--config-file", str(config), "--output-dir", rest)
        tool = [*uv(), *UPDATE, f"--python={sys.executable}", *RUN, *where]
        done = subprocess.run([*tool, *_answers(service)], cwd=copy, check=False)
        return done.returncode


def _answers(service: Path) -> list[str]:
    answers = {"service": str(service)}
    for question in ("name", "plural", "fields", "options"):
        answers[question] = os.environ.get(question.upper(), "")
    answers["dry_run"] = "yes" if os.environ.get("DRY_RUN") else "no"
    return [f"{question}={answer}" for question, answer in answers.items()]


if __name__ == "__main__":
    sys.exit(main())
