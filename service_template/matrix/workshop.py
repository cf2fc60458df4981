"""Where services are made for a proof: environments and tools' caches are shared and kept."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from service_template.matrix.combinations import Choices, named
from service_template.matrix.service import Service, run
from service_template.paths import TEMPLATE

PARTS_OF_TEMPLATE = (
    "cookiecutter.json",
    "extensions",
    "hooks",
    "service_template",
    "{{cookiecutter.project_slug}}",
)

PARTS_OF_GATES = ("requirements",)


class NotMade(Exception):
    """A service can't be made, or its environment; the text is what was said about it."""


@dataclass(frozen=True)
class Workshop:
    """A folder with services, their environments, and what has been found out about them."""

    folder: Path

    def make(
        self, choices: Choices, template: Path = TEMPLATE, place: Path | None = None
    ) -> Service:
        """Bake a service anew, unproven, with an environment; in a `place` of its own, if given.

        Raises:
            NotMade: cookiecutter or uv refused.
        """
        place = place or self.folder / "services" / "-".join(choices)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        config = place / "config.yaml"
        homes = {"cookiecutters_dir": str(place), "replay_dir": str(place / "replay")}
        config.write_text(yaml.safe_dump(homes), encoding="utf-8")
        answers = [f"{option}={choice}" for option, choice in named(choices).items()]
        command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input"]
        command += ["--config-file", str(config), "--output-dir", str(place), *answers]
        done = run(*command, cwd=place, SERVICE_PROVE="none", SERVICE_GIT="none")
        if done.returncode != 0:
            raise NotMade(done.stdout + done.stderr)
        return self.equip(Service(place / "my-service"))

    def equip(self, service: Service) -> Service:
        """Give a service the environment of all services with the same dependencies."""
        project = tomllib.loads(service.read("pyproject.toml"))
        wanted = [project["project"]["dependencies"], project["dependency-groups"]]
        key = hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:16]
        environment = self.folder / "environments" / key
        lock = environment.with_suffix(".lock")
        with locked(environment):
            if lock.is_file():
                shutil.copy(lock, service.path / "uv.lock")
            variables = {"UV_PROJECT_ENVIRONMENT": str(environment), "VIRTUAL_ENV": ""}
            command = [sys.executable, "-m", "uv", "sync", "--quiet", "--no-python-downloads"]
            done = service.run(*command, **variables)
            if done.returncode != 0:
                raise NotMade(done.stdout + done.stderr)
            shutil.copy(service.path / "uv.lock", lock)
        (service.path / ".venv").symlink_to(environment)
        return self.service_in(service.path)

    def service_in(self, path: Path) -> Service:
        """Return the service that was made in a folder."""
        return Service(path, (path / ".venv").readlink(), self.caches)

    @property
    def caches(self) -> Path:
        """Where tools keep what they found out about services."""
        return self.folder / "caches"

    def result_file(self, choices: Choices) -> Path:
        """Return where the results for some choices are kept, for this state of the template."""
        return self.folder / "results" / fingerprint() / f"{'-'.join(choices)}.json"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time work on a path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".guard").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fingerprint() -> str:
    """Return what stands for the whole content of what services are made from, and proven by."""
    parts = (*PARTS_OF_TEMPLATE, *PARTS_OF_GATES)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *parts],
        cwd=TEMPLATE,
        capture_output=True,
        check=True,
    )
    digest = hashlib.sha256()
    for name in sorted(listed.stdout.split(b"\0")):
        path = TEMPLATE / os.fsdecode(name)
        if name and path.is_file():
            digest.update(name + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
