"""Rendering a service by a version of the template, as it would have been made anew."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import Environment

from service_template.answers.extension import ServiceTemplate
from service_template.answers.injection import find_mark
from service_template.answers.refusal import printable
from service_template.errors import Refused
from service_template.record import FOLDER
from service_template.updates.answers import Answers


def questions_of(template: Path) -> Answers:
    """Return a version's `cookiecutter.json`."""
    return dict(json.loads((template / "cookiecutter.json").read_text(encoding="utf-8")))


def render(template: Path, answers: Mapping[str, Any], place: Path) -> Path:
    """Make a service, unproven, below a new folder; return where it is.

    The recorded answers are handed over as the defaults of a config file: the command line takes
    texts only. What the person running this has configured for other services is not read.

    Versions up to 0.2.0 run what stands in an answer, so answers are checked here as well.

    Raises:
        Refused: the template refuses the answers.
    """
    jinja = Environment(extensions=[ServiceTemplate])
    for name, answer in answers.items():
        if mark := find_mark(answer, jinja):
            raise Refused(
                f"{printable(name)} is refused: it holds {mark}, which is a mark of Jinja."
            )
    place.mkdir()
    config = place / "config.json"
    homes = {"cookiecutters_dir": str(place), "replay_dir": str(place / "replay")}
    text = json.dumps({**homes, "default_context": answers}, ensure_ascii=False)
    config.write_text(text, encoding="utf-8")
    output = place / "service"
    command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input"]
    command += ["--config-file", str(config), "--output-dir", str(output)]
    environment = {**os.environ, "SERVICE_PROVE": "none", "SERVICE_GIT": "none"}
    environment.pop("PYTHONPATH", None)  # each version brings extensions of the same name
    done = subprocess.run(
        command,
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise Refused(f"The service can't be rendered: {said[-1] if said else 'nobody says why'}")
    [service] = output.iterdir()
    (service / FOLDER).unlink(missing_ok=True)
    return service


def leave_to_the_team(old: Path, new: Path, service: Path) -> None:
    """Delete from both renderings what is the team's own, so that no merge touches it.

    Only what the new version brings for the first time, and the service does not have, stays.
    """
    was, now, here = (_skipped(folder) for folder in (old, new, service))
    own = (here - was) | now
    in_old = set(_files(old))
    for path in in_old | set(_files(new)):
        if _is_one_of(own, path):
            is_first = path not in in_old and _is_one_of(now, path)
            if not is_first or (service / path).exists():
                (old / path).unlink(missing_ok=True)
                (new / path).unlink(missing_ok=True)


def _skipped(service: Path) -> set[str]:
    """Return `[tool.cruft] skip` of a service: files, folders, or patterns with asterisks."""
    try:
        settings = tomllib.loads((service / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return set()
    except ValueError as error:
        raise Refused(f"{service / 'pyproject.toml'} can't be read: {error}") from None
    return set(settings.get("tool", {}).get("cruft", {}).get("skip", []))


def _files(folder: Path) -> Iterable[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return [path.relative_to(folder).as_posix() for path in paths]


def _is_one_of(declared: Iterable[str], path: str) -> bool:
    around = {str(folder) for folder in PurePosixPath(path).parents}
    return any(one in around or fnmatchcase(path, one) for one in declared)
