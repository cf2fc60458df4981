"""Waivers: standards that a team does without for a while, with the reason and the last day.

They stand in `pyproject.toml`, where repo-review looks for them, too:

    [tool.repo-review.ignore]
    OPS003 = "until 2027-03-31: the platform asks for its health in another way"
"""

import re
from dataclasses import dataclass
from datetime import date

from service_template.standards.service import Service

TABLE = ("tool", "repo-review", "ignore")
HOW = 'CODE = "until 2027-03-31: reason" in [tool.repo-review.ignore]'


@dataclass(frozen=True)
class Waiver:
    """What a team does without."""

    code: str
    until: date
    """The last day on which it holds."""
    reason: str

    def __str__(self) -> str:
        return f"until {self.until}: {self.reason}"

    def holds(self, today: date) -> bool:
        return today <= self.until


def waivers_of(service: Service) -> dict[str, Waiver]:
    """Return the waivers that can be read, by their codes."""
    table = service.setting(*TABLE)
    given = table.items() if isinstance(table, dict) else ()
    read = [_read(code, text) for code, text in given]
    return {waiver.code: waiver for waiver in read if waiver}


def wrong_with_waivers(service: Service, known: set[str]) -> list[str]:
    """Return a line for each waiver that can't be believed.

    Args:
        service: what to look at
        known: the codes that can be waived
    """
    table = service.setting(*TABLE)
    if table and not isinstance(table, dict):
        return [f"`ignore` is no table with reasons: {HOW}"]
    waivers = waivers_of(service)
    lines = []
    for code in table or {}:
        if code not in known:
            lines.append(f"{code} is no standard that can be waived")
        elif code not in waivers:
            lines.append(f"{code} has no last day or no reason: write {HOW}")
        elif not waivers[code].holds(service.today):
            lines.append(f"{code} was waived until {waivers[code].until}")
    return lines


def _read(code: str, text: object) -> Waiver | None:
    found = re.fullmatch(r"until (\d{4}-\d\d-\d\d): *(\S.*)", str(text))
    try:
        return Waiver(code, date.fromisoformat(found[1]), found[2]) if found else None
    except ValueError:
        return None
