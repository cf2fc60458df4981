"""Adding a resource to a service, in the shape of `users`: what `make resource` does.

The template of a resource comes with this package, so that it is as old as what made the service.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from service_template.paths import TEMPLATE


def add(service: Path, answers: Mapping[str, str]) -> int:
    """Render a resource, which installs itself into the service; return the exit status."""
    with tempfile.TemporaryDirectory() as rest:
        places = {"cookiecutters_dir": rest, "replay_dir": rest}
        config = Path(rest) / "config.json"
        config.write_text(json.dumps(places), encoding="utf-8")
        command = [sys.executable, "-m", "cookiecutter", ".", "--directory", "resource"]
        where = ["--no-input", "--config-file", str(config), "--output-dir", rest]
        given = [f"{question}={answer}" for question, answer in answers.items()]
        whole = [*command, *where, f"service={service}", *given]
        return subprocess.run(whole, cwd=TEMPLATE, check=False).returncode
