"""Say which services have drifted from this template: what `make drift` runs.

The environment says which: `SERVICES` (their folders), and `ALLOW=changes` if changed files are no
drift. Each is looked at by what services bring for that, so that also older ones, which bring nothing
yet, are looked at. The exit status is 1 if one of them has drifted, or could not be compared.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[1]
CHECK = TEMPLATE / "{{cookiecutter.project_slug}}" / "tools" / "template.py"


def main() -> int:
    folders = [Path(word).expanduser() for word in shlex.split(os.environ.get("SERVICES", ""))]
    if not folders:
        print('Say which services: make drift SERVICES="../orders ../users"', file=sys.stderr)
        return 1
    drifted = [folder for folder in folders if has_drifted(folder)]
    print(f"{len(drifted)} of {len(folders)} drifted")
    return 1 if drifted else 0


def has_drifted(service: Path) -> bool:
    """Print what a check finds in a service; return whether that is anything."""
    print(service)
    if not (service / ".cruft.json").is_file():
        print("  is no service of a template: there is no .cruft.json")
        return True
    done = subprocess.run(
        [sys.executable, str(CHECK), "check"],
        cwd=service,
        env={**os.environ, "TEMPLATE": str(TEMPLATE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    print("".join(f"  {line}\n" for line in done.stdout.splitlines()), end="", flush=True)
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
