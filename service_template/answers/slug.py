"""The slug: the name of the service's folder and of its distribution.

Small letters, digits and single hyphens, starting with a letter: that is a folder on every
system, a normalised distribution name (PEP 503), and a host name (RFC 1123), so it can name a
container and a Kubernetes object too.
"""

import re
import unicodedata

from slugify import slugify

from service_template.answers.refusal import RefusedAnswer, named, shown
from service_template.answers.reserved import why_reserved

LONGEST = 60
SHAPE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def slug(project_name: str) -> str:
    """Derive a slug from a project name: `Żółte O'Neil 2` becomes `zolte-oneil-2`.

    Empty when the name has no Latin letter or digit: other scripts have no one spelling in
    ASCII, so the person has to choose it.
    """
    derived = hyphenated(project_name)
    if derived[:1].isdigit():
        derived = f"service-{derived}"
    if why_reserved(derived):
        derived = f"{derived}-service"
    return derived[:LONGEST].rstrip("-")


def hyphenated(text: str) -> str:
    """Return the words of a text in small ASCII letters and digits: `Team O'Neil` is `team-oneil`.

    Empty when it has neither.
    """
    latin = "".join(char if _has_ascii_form(char) else " " for char in text)
    return slugify(re.sub("['’]", "", latin))


def check_slug(given: str) -> None:
    """Refuse what is not a slug, naming what is wrong and what would do.

    Raises:
        RefusedAnswer: the slug has another shape, is too long, or is taken.
    """
    wrong = _what_is_wrong(given)
    if wrong:
        raise RefusedAnswer(f"project_slug {shown(given)} is refused: {wrong}; {_advice(given)}.")


def _what_is_wrong(given: str) -> str | None:
    if not given:
        return "it is empty (the project name has no Latin letters to take it from)"
    if len(given) > LONGEST:
        return f"it has {len(given)} characters, and {LONGEST} are the most"
    bad = next((char for char in given if not re.match("[a-z0-9-]", char)), None)
    if bad is not None:
        return f"it may hold a-z, 0-9 and hyphens only, not {_described(bad)}"
    if not SHAPE.fullmatch(given):
        return "it must start with a letter, and have single hyphens inside only"
    taken = why_reserved(given)
    return taken and f"it is the name of {taken}"


def _described(char: str) -> str:
    if char == " ":
        return "spaces"
    if char.isascii() and char.isupper():
        return "capitals"
    return f'"{char}"' if char.isascii() and char.isprintable() else named(char)


def _advice(given: str) -> str:
    suggestion = slug(given[: LONGEST * 2]) or "order-service"
    return f"give another, such as project_slug={suggestion}"


def _has_ascii_form(char: str) -> bool:
    return char.isascii() or unicodedata.name(char, "").startswith("LATIN ")
