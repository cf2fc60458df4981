"""Which folders of `_options/` belong to which answers, and where their files lie in a service.

`_options/<option>/<choice>/` holds what a choice brings, laid out as it will lie in the
project. Choices that share files have a folder together: `sqlite+postgresql+mysql`; choices
of several options have one in `any`: `cache=redis+jobs=taskiq`. What a choice brings for
choices of another option only lies in an `_options/` of its own; `house/codeowners` is for a
house that sets this standard. `_parts/` are included by rendered files such as
`pyproject.toml`, and not laid.
"""

from collections.abc import Mapping
from pathlib import PurePath, PurePosixPath
from typing import Any

OPTIONS = "_options"
PARTS = "_parts"


def is_chosen(option: str, name: str, answers: Mapping[str, Any]) -> bool:
    """Whether answers choose the folder of this name among those of an option."""
    names = name.split("+")
    if option == "house":
        return any(answers["_house"][standard] for standard in names)
    if option == "any":
        pairs = (pair.split("=") for pair in names)
        return any(answers[other] == choice for other, choice in pairs)
    return answers[option] in names


def place_of(path: PurePath) -> PurePosixPath | None:
    """Return where a file of the skeleton lies in a service; nothing for one that is included."""
    _, parts = _read(path)
    return None if PARTS in parts else PurePosixPath(*parts)


def folders_around(path: PurePath) -> list[tuple[str, ...]]:
    """Return the option and the name of each folder of choices that a file lies in."""
    folders, _ = _read(path)
    return folders


def _read(path: PurePath) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """Split a path into its folders of choices, `_options/<option>/<choice>/` each, and the rest."""
    folders, parts = [], path.parts
    while OPTIONS in parts:
        start = parts.index(OPTIONS)
        folders.append(parts[start + 1 : start + 3])
        parts = parts[start + 3 :]
    return folders, parts
