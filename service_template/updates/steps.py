"""Steps of migrations: what a newer template brings comes behind what the team has written.

Steps have running numbers, and a team goes on counting where the template was when it made the
service. A newer template does the same: two steps would have one number, and a database that has
seen the team's would never see the template's. So new ones are numbered behind all that there are,
and are found under their new numbers, by the rest of their names, in later updates.

The template's steps have their number as revision; a team's have the name of their file, or their number if
an older template wrote them.
"""

import re
from pathlib import Path

FOLDER = Path("migrations", "versions")

Numbers = dict[str, int]
"""The number of each step, by the rest of its name: `0002_events.py` is `{"events": 2}`."""


def number_behind(service: Path, old: Path, new: Path) -> None:
    """Give the steps of both renderings the numbers that they have, or get, in a service."""
    there, before, after = (_numbers(folder) for folder in (service, old, new))
    wanted = dict(there)
    last = max(there.values(), default=0)
    for name in sorted(after, key=lambda name: after[name]):
        if name not in there and name not in before:
            last += 1
            wanted[name] = last
    for rendering, numbers in ((old, before), (new, after)):
        for name, number in numbers.items():
            if wanted.get(name, number) != number:
                source = rendering / FOLDER / _file(name, number)
                target = rendering / FOLDER / _file(name, wanted[name])
                text = _behind(source, wanted[name], service)
                target.write_text(text, encoding="utf-8", newline="\n")
                source.unlink()


def _behind(step: Path, number: int, service: Path) -> str:
    """Return a step with another number; those of Alembic say which one comes before, as well."""
    text = step.read_text(encoding="utf-8")
    before = _revision(number - 1, service)
    text = re.sub(r'(?m)^revision = "\d+"$', f'revision = "{number:04}"', text)
    return re.sub(r'(?m)^down_revision = "\d+"$', f'down_revision = "{before}"', text)


def _revision(number: int, service: Path) -> str:
    """Return the revision of a service's step; one that it has not got yet is the template's."""
    for path in (service / FOLDER).glob(f"{number:04}_*.py"):
        if found := re.search(r'(?m)^revision = "(\w+)"$', path.read_text(encoding="utf-8")):
            return found[1]
    return f"{number:04}"


def _numbers(service: Path) -> Numbers:
    found = (re.fullmatch(r"(\d{4})_(\w+)\.py", path.name) for path in (service / FOLDER).glob("*"))
    return {step[2]: int(step[1]) for step in found if step}


def _file(name: str, number: int) -> str:
    return f"{number:04}_{name}.py"
