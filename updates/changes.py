"""What a team has to do, by what CHANGELOG.md says of the versions that are new to its service."""

import re

Version = tuple[int, ...]


def number(version: str) -> Version:
    """Return what a version is compared by: `0.10.0` is newer than `0.9.1`."""
    return tuple(map(int, re.findall(r"\d+", version)))


def sections_since(changelog: str, version: str) -> str:
    """Return the sections of the versions that are newer than one, the newest first.

    Work on the version of the service itself may have gone on since: if that is not released yet,
    its section is among them.
    """
    sections = re.split(r"(?m)^## (?=\d)", changelog)[1:]
    newer = [text for text in sections if _is_news(text, number(version))]
    return "\n".join(text.rstrip() + "\n" for text in newer)


def released(changelog: str) -> dict[str, str | None]:
    """Return the released versions, the newest first, with their commits where they are known.

    A commit cannot name itself: the next change of the changelog adds it to the heading's line.
    """
    headings = re.findall(
        r"(?m)^## (\d\S*) – \d{4}-\d\d-\d\d(?:, commit ([0-9a-f]{40}))?$", changelog
    )
    return {version: commit or None for version, commit in headings}


def _is_news(section: str, known: Version) -> bool:
    heading = section.partition("\n")[0]
    version = number(heading.split(" ")[0])
    return version > known or (version == known and heading.endswith("unreleased"))
