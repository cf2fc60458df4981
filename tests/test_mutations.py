"""The gates see what they are for: the template, broken in each of the ways that are listed."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from service_template.matrix.combinations import Choices
from service_template.matrix.gates import GATES, complaint_of_tests
from service_template.matrix.mutations import (
    GUARDED,
    MUTATIONS,
    OPEN,
    Change,
    Mutation,
    copy_template,
)
from service_template.matrix.service import Service
from service_template.matrix.workshop import Workshop, locked

TESTS = {
    choices: sorted({path for one in MUTATIONS if one.choices == choices for path in one.tests})
    for choices in (OPEN, GUARDED)
}

pytestmark = pytest.mark.mutations

Control = Callable[[Choices], Service]


@pytest.fixture(scope="session")
def workshop(shared_folder: Path) -> Workshop:
    return Workshop(shared_folder / "mutations")


@pytest.fixture(scope="session")
def control(workshop: Workshop) -> Control:
    """Makes a service of the template as it is, once in a test run; no gate complains of it."""

    def make(choices: Choices) -> Service:
        place = workshop.folder / "services" / "-".join(choices)
        with locked(place):
            if not place.is_dir():
                service = workshop.make(choices)
                assert complaints(service, choices, TESTS[choices]) == []
        return workshop.service_in(place / "my-service")

    return make


def complaints(
    service: Service, choices: Choices, tests: Sequence[str], last: str = GATES[-1].name
) -> list[str]:
    """Return the names of the gates that complain, up to the `last`; of tests, run only some."""
    found = []
    for gate in GATES:
        if gate.name == "tests":
            complaint = complaint_of_tests(service, "-x", *tests) if tests else ""
        elif gate.name == "coverage":
            complaint = ""  # says nothing of some of the tests
        else:
            complaint = gate.check(service, choices)
        if complaint:
            found.append(gate.name)
        if gate.name == last:
            break
    return found


def test_every_gate_but_that_of_coverage_is_tried() -> None:
    assert {mutation.gate for mutation in MUTATIONS} == {gate.name for gate in GATES} - {"coverage"}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_gate_that_is_for_it_sees_that(
    mutation: Mutation, control: Control, workshop: Workshop, tmp_path: Path
) -> None:
    control(mutation.choices)
    template = copy_template(tmp_path)
    mutation.apply_to(template)

    service = workshop.make(mutation.choices, template, tmp_path / "broken")
    found = complaints(service, mutation.choices, mutation.tests, last=mutation.gate)

    assert found == [*mutation.also, mutation.gate]


def test_a_change_of_what_is_not_there_is_refused(tmp_path: Path) -> None:
    template = copy_template(tmp_path)
    change = Change("app/core/ids.py", "what nobody wrote", "anything")

    with pytest.raises(ValueError, match="has 'what nobody wrote' not exactly once"):
        Mutation("nothing", "files", change).apply_to(template)
