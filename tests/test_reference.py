"""The table of the reference architecture says what is so, in every service."""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from service_template.matrix.combinations import COVERING, Choices, has_one_of, named
from service_template.matrix.service import Service
from service_template.paths import TEMPLATE
from tests.conftest import Bake

PAGE = TEMPLATE / "docs" / "reference.md"
OTHER_PAGES = [TEMPLATE / "docs" / name for name in ("reliability.md", "security.md")]

# `app/services/users.py`, `tests/unit/test_x.py::test_y` (auth=jwt)
NAMED = re.compile(r"`(?P<name>[\w./-]+(?:::\w+)*)`(?: \((?P<choices>[\w=+, ]+)\))?")


class Named(NamedTuple):
    """A file or a test that a row names, and the choices it is for (all, if empty).

    `auth=jwt+auth=oidc` is either of the two, `auth=jwt, cache=redis` both together.
    """

    name: str
    choices: str


class Row(NamedTuple):
    """A row of the table: what the reference asks for, where it lives, what proves it."""

    bullet: str
    places: tuple[Named, ...]
    proofs: tuple[Named, ...]


def rows() -> Iterator[Row]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith(("| the reference", "|---")):
            bullet, places, proofs = (cell.strip() for cell in line.strip("|").split("|"))
            yield Row(bullet, named_in(places), named_in(proofs))


def named_in(cell: str) -> tuple[Named, ...]:
    return tuple(Named(found["name"], found["choices"] or "") for found in NAMED.finditer(cell))


ROWS = list(rows())


def is_here(named_: Named, answers: Choices) -> bool:
    together = named_.choices.split(", ") if named_.choices else []
    return all(has_one_of(choices, named(answers)) for choices in together)


def defines(service: Service, name: str) -> bool:
    """Whether a file is there and, behind `::`, has such a class, function or method."""
    path, *inner = name.split("::")
    if not (service.path / path).exists():
        return False
    body: list[ast.stmt] = ast.parse(service.read(path)).body if inner else []
    for part in inner:
        found = [node for node in body if getattr(node, "name", None) == part]
        if not found:
            return False
        body = getattr(found[0], "body", [])
    return True


@pytest.mark.parametrize("row", ROWS, ids=[row.bullet[:60] for row in ROWS])
def test_a_row_names_a_place_and_a_proof(row: Row) -> None:
    assert row.bullet
    assert row.places
    assert any("::test_" in proof.name for proof in row.proofs)


def test_the_table_is_that_of_the_whole_reference() -> None:
    assert len(ROWS) >= 60


@pytest.mark.parametrize("answers", COVERING, ids=" ".join)
def test_what_the_table_names_is_in_the_service(bake: Bake, answers: Choices) -> None:
    service = bake(**named(answers))
    everything = {item for row in ROWS for item in (*row.places, *row.proofs)}
    for page in OTHER_PAGES:
        named_there = named_in(page.read_text(encoding="utf-8"))
        everything |= {item for item in named_there if item.name.startswith("tests/")}

    missing = {
        item.name
        for item in everything
        if is_here(item, answers) and not defines(service, item.name)
    }

    assert missing == set()


def test_each_row_has_a_proof_in_each_combination() -> None:
    """A row whose proof is for some choices only has to say how the others are proven."""
    for row in ROWS:
        for answers in COVERING:
            if any(is_here(place, answers) for place in row.places):
                assert any(is_here(proof, answers) for proof in row.proofs), (row.bullet, answers)
