"""Handing a service over to the template that is to update it: what `make template-update` does.

The newer template merges itself, in an environment of its own requirements: code that knows of all
versions updates services of any age.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from service_template.errors import Refused
from service_template.git import copy_of
from service_template.record import Record
from service_template.template import Template

UPDATES = "updates"
"""The module that old services run, too: they find it by this name in any version."""

RUN = (
    "run",
    "--quiet",
    "--no-project",
    "--no-python-downloads",
    "--with-requirements=requirements/service.txt",
)


def update(service: Path, address: str | None, *, wanted: str, answers: str) -> int:
    """Let the wanted template merge itself into the service; return the exit status.

    The newest template does it for a version that has no code for updates.

    Raises:
        Refused: the template can't be reached, or has no such version.
    """
    newest = Template.fetch(service, Record.read(service), address)
    template = newest.at(wanted)
    updater = next((one for one in (template, newest) if one.has(UPDATES)), None)
    if not updater:
        raise Refused(f"Template {template.version()} can't update anything.")
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_of(updater.repository, updater.commit, Path(folder) / "template")
        command = [*uv(), *RUN, f"--python={sys.executable}", "python", "-m", UPDATES]
        asked = {"SERVICE": str(service), "TO": template.commit, "ANSWERS": answers}
        done = subprocess.run(command, cwd=copy, env={**os.environ, **asked}, check=False)
        return done.returncode


def uv() -> list[str]:
    """Return how uv is called: the one that runs this, that of the machine, or a module."""
    found = os.environ.get("UV") or shutil.which("uv")
    return [found] if found else [sys.executable, "-m", "uv"]
