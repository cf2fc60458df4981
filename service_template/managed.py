"""The managed files of a service: which of them are not as the template made them.

This needs neither the template nor a network: the service has their digests.
"""

import tomllib
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from service_template.errors import Refused
from service_template.record import DIGESTS, State, state_of


def made_files(service: Path) -> dict[str, State] | None:
    """Return what managed files were like when they were made; None if that is not recorded.

    Those that `skip` names by now are left out.

    Raises:
        Refused: the service's `pyproject.toml` can't be read.
    """
    try:
        lines = (service / DIGESTS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    own = own_paths(service)
    made = [line.split(" ", 2) for line in lines]
    return {path: (mode, digest) for mode, digest, path in made if not own(path)}


def changed_since(service: Path, made: Mapping[str, State | None]) -> list[str]:
    """Return the files that are not as they were made."""
    return [path for path, state in made.items() if state_of(service / path) != state]


def own_paths(service: Path) -> Callable[[str], bool]:
    """Return what tells the team's own paths: `[tool.cruft] skip` of `pyproject.toml`.

    Raises:
        Refused: the service's `pyproject.toml` can't be read.
    """
    try:
        with (service / "pyproject.toml").open("rb") as file:
            settings = tomllib.load(file)
    except (OSError, ValueError) as error:
        raise Refused(f"pyproject.toml can't be read: {error}") from None
    own: list[str] = settings.get("tool", {}).get("cruft", {}).get("skip", [])

    def is_own(path: str) -> bool:
        return any(path.startswith(f"{one}/") or fnmatchcase(path, one) for one in own)

    return is_own
