"""Which services are proven: all that the choices allow, or those that hold each pair of them."""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from service_template.paths import TEMPLATE

QUESTIONS = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
OPTIONS = ("database", "cache", "auth", "jobs")

DEFAULTS = {
    name: given[0]
    for name, given in QUESTIONS.items()
    if isinstance(given, list) and not name.startswith("_")
}

STATIC = tuple(name for name in DEFAULTS if name not in (*OPTIONS, "prove"))
"""Questions whose choices change no code, only files that are read as they are."""

Choices = tuple[str, ...]
"""A choice of each option, in the order of `OPTIONS`; then of static questions, if not theirs."""

EVERY = tuple(itertools.product(*(QUESTIONS[option] for option in OPTIONS)))


def offered(*rows: Choices) -> tuple[Choices, ...]:
    """Return rows with the default instead of each choice that a house does not offer.

    Each pair of choices that are offered stays in one of them.
    """
    return tuple(dict.fromkeys(tuple(map(offered_choice, OPTIONS, row)) for row in rows))


def offered_choice(option: str, choice: str) -> str:
    return choice if choice in QUESTIONS[option] else DEFAULTS[option]


# The smallest and the fullest first.
_TESTED = (
    ("sqlite", "memory", "none", "embedded"),
    ("postgresql", "redis", "jwt", "taskiq"),
    ("sqlite", "redis", "jwt", "embedded"),
    ("sqlite", "memory", "oidc", "taskiq"),
    ("postgresql", "memory", "none", "embedded"),
    ("mysql", "redis", "none", "taskiq"),
    ("mysql", "memory", "jwt", "embedded"),
    ("mysql", "redis", "oidc", "embedded"),
    ("mongodb", "redis", "none", "embedded"),
    ("mongodb", "memory", "jwt", "taskiq"),
)

# Their own tests are run: they hold each pair of cache, log-in and jobs, and each pair of choices
# that has files of its own.
TESTED = offered(*_TESTED)

# Each pair of choices of two options is in one of these. `oidc` is the same on each database.
COVERING = offered(
    *_TESTED,
    ("postgresql", "memory", "oidc", "embedded"),
    ("mongodb", "redis", "oidc", "taskiq"),
)

# Where what takes long is tried: on each database, with each other choice somewhere.
SLOW = offered(
    ("sqlite", "memory", "oidc", "taskiq"),
    ("postgresql", "redis", "jwt", "taskiq"),
    ("mysql", "redis", "oidc", "embedded"),
    ("mongodb", "redis", "none", "embedded"),
)


def named(choices: Choices) -> dict[str, str]:
    """Return choices as answers."""
    return dict(zip((*OPTIONS, *STATIC), choices, strict=False))


def has_one_of(names: str, answers: Mapping[str, Any]) -> bool:
    """Whether answers have one of some choices: `cache=redis+jobs=taskiq`.

    Questions that are not answered have their defaults.
    """
    given = {**DEFAULTS, **answers}
    return any(f"{question}={given[question]}" in names.split("+") for question in given)


def chosen_from(text: str) -> tuple[Choices, ...]:
    """Return the combinations that have all of some choices: `postgresql jwt`; all for none.

    Raises:
        ValueError: there is no such choice, or nothing has all of them.
    """
    words = text.split()
    known = {choice for option in OPTIONS for choice in QUESTIONS[option]}
    for word in words:
        if word not in known:
            raise ValueError(f"There is no choice {word!r}; there are {', '.join(sorted(known))}.")
    rows = tuple(row for row in EVERY if set(words) <= set(row))
    if not rows:
        raise ValueError(f"No combination has all of {', '.join(words)}.")
    return rows


def sharded(rows: Sequence[Choices], shard: str) -> tuple[Choices, ...]:
    """Return the part of the rows that a shard such as `2/8` has to do; all of them for none.

    Neighbours differ in one choice: dealing them out like cards gives every shard its share of
    the slow ones.

    Raises:
        ValueError: this is no shard, or there is nothing for it to do.
    """
    if not shard:
        return tuple(rows)
    number, _, count = shard.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise ValueError(f"SHARD={shard} is none: give its number and their count, as in 2/8.")
    dealt = tuple(rows[int(number) - 1 :: int(count)])
    if not dealt:
        raise ValueError(f"SHARD={shard} has nothing to do: there are {len(rows)} combinations.")
    return dealt
