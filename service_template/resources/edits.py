"""Changes to files that are there already: each finds its place, or is refused."""

import re
from dataclasses import dataclass


class NoPlace(Exception):
    """A file is not as the template made it, where something would be added."""


@dataclass(frozen=True)
class Imports:
    """Adds imports; the linter sorts them afterwards."""

    lines: tuple[str, ...]

    def apply(self, text: str) -> str:
        found = re.search(r"^(from|import) ", text, re.MULTILINE)
        if not found:
            raise NoPlace("its imports")
        return (
            text[: found.start()]
            + "".join(f"{line}\n" for line in self.lines)
            + text[found.start() :]
        )


@dataclass(frozen=True)
class Beside:
    """Adds text in front of, or behind, the one place that a pattern matches."""

    pattern: str
    text: str
    before: bool = False

    def apply(self, text: str) -> str:
        found = list(re.finditer(self.pattern, text, re.MULTILINE))
        if len(found) != 1:
            raise NoPlace(f"one place like `{self.pattern.strip()}`")
        at = found[0].start() if self.before else found[0].end()
        return text[:at] + self.text + text[at:]


Edit = Imports | Beside
Edits = dict[str, list[Edit]]
"""The edits of each file, by its path in the service."""
