"""What checks read of a service: its files, and settings of its `pyproject.toml`."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from service_template import record


@dataclass(frozen=True)
class Service:
    """A service's files, of which each is read once. What is not there is empty."""

    root: Path
    today: date
    _texts: dict[str, str] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """Return what is in a file."""
        if path not in self._texts:
            file = self.root / path
            read = file.read_text(encoding="utf-8") if file.is_file() else ""
            self._texts[path] = read
        return self._texts[path]

    def paths(self, *patterns: str) -> list[str]:
        """Return the files that match any of some patterns, from the service's folder."""
        found = {file for pattern in patterns for file in self.root.glob(pattern)}
        files = (file for file in found if file.is_file())
        return sorted(file.relative_to(self.root).as_posix() for file in files)

    @cached_property
    def project(self) -> dict[str, Any]:
        """What `pyproject.toml` says.

        Raises:
            ValueError: it is no TOML.
        """
        return tomllib.loads(self.text("pyproject.toml"))

    def setting(self, *names: str) -> Any:
        """Return a value of `pyproject.toml`, or None: `setting("tool", "mypy", "strict")`."""
        value: Any = self.project
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def strings(self, *names: str) -> list[str]:
        """Return the texts of a list in `pyproject.toml`."""
        return texts_in(self.setting(*names))

    def tables(self, *names: str) -> list[dict[str, Any]]:
        """Return the tables of a list in `pyproject.toml`."""
        value = self.setting(*names)
        listed = value if isinstance(value, list) else []
        return [table for table in listed if isinstance(table, dict)]

    @cached_property
    def answers(self) -> dict[str, Any]:
        """What the service was made with; nothing if its record can't be read."""
        try:
            answers = json.loads(self.text(record.NAME))["context"]["cookiecutter"]
        except (ValueError, LookupError, TypeError):
            return {}
        return answers if isinstance(answers, dict) else {}

    def standard_of_house(self, name: str) -> Any:
        """Return what the house had set when it made the service, or None if that is not known."""
        house = self.answers.get("_house")
        return house.get(name) if isinstance(house, dict) else None


Look = Callable[[Service], str | None]
"""A standard: what is wrong; "" if nothing is; None if there is nothing to look at."""


def texts_in(value: object) -> list[str]:
    """Return the texts of a value that should be a list of them."""
    listed = value if isinstance(value, list) else []
    return [text for text in listed if isinstance(text, str)]


def package_of(requirement: str) -> str:
    """Return the name of the package that a requirement asks for, normalised (PEP 503)."""
    [name] = re.findall(r"^[\w.-]*", requirement)
    return re.sub(r"[-_.]+", "-", name).lower()


def named(complaint: str, names: Iterable[str]) -> str:
    """Return a complaint with all that it is about, or nothing if that is nothing."""
    listed = ", ".join(f"`{name}`" for name in sorted(names))
    return f"{complaint}: {listed}" if listed else ""


def unless(is_so: object, complaint: str) -> str:
    """Return a complaint, or nothing if things are as they should be."""
    return "" if is_so else complaint


def first_of(*complaints: str) -> str:
    """Return the first of some complaints that says anything."""
    return next(filter(None, complaints), "")


def file_beside(service: Service, *names: str) -> str:
    """Return what is wrong if a file takes the place of what `pyproject.toml` says."""
    found = [name for name in names if (service.root / name).is_file()]
    return named("read instead of `pyproject.toml`", found)
