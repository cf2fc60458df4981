"""What a team has to do, by what CHANGELOG.md says of the versions that are new to its service."""

import re
from collections.abc import Mapping
from typing import Any


def number(version: str) -> tuple[int, ...]:
    """Return what a version is compared by: `0.10.0` is newer than `0.9.1`."""
    return tuple(map(int, re.findall(r"\d+", version)))


def entries_for(changelog: str, version: str, answers: Mapping[str, Any]) -> str:
    """Return the sections of versions that are newer than a service's, and not for other answers.

    A version that is not released yet may have got entries since the service was made: they are
    among them.
    """
    sections = re.split(r"(?m)^## (?=\d)", changelog)[1:]
    newer = [section for section in sections if _is_news(section, number(version))]
    return "\n".join(_without_other_answers(section, answers) for section in newer)


def released(changelog: str) -> dict[str, str | None]:
    """Return the released versions, the newest first, with their commits where they are known.

    A commit can't name itself, so that of the newest version may be missing.
    """
    heading = r"(?m)^## (\d\S*) – \d{4}-\d\d-\d\d(?:, commit ([0-9a-f]{40}))?$"
    return {version: commit or None for version, commit in re.findall(heading, changelog)}


def _is_news(section: str, known: tuple[int, ...]) -> bool:
    heading = section.partition("\n")[0]
    version = number(heading.partition(" ")[0])
    return version > known or (version == known and heading.endswith("unreleased"))


def _without_other_answers(section: str, answers: Mapping[str, Any]) -> str:
    given = {f"{question}={answer}" for question, answer in answers.items()}
    first, *others = re.split(r"(?m)^### ", section)
    parts = [part for part in others if _is_for(part.partition("\n")[0], given)]
    return "\n\n".join(part.strip() for part in (first, *parts)) + "\n"


def _is_for(heading: str, given: set[str]) -> bool:
    return "=" not in heading or bool(given & set(heading.split(", ")))
