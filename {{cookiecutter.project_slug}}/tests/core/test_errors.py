"""Errors that can be about anything that is kept."""

import pytest

from app.core.errors import Deactivated, NotFound, ServiceError, Taken, Unknown
from app.core.http.problems import problem_type_of


@pytest.mark.parametrize(
    ("error", "name", "title", "detail"),
    [
        (
            NotFound("big thing"),
            "big-thing-not-found",
            "Big thing not found",
            "There is no big thing with this id.",
        ),
        (
            Deactivated("thing"),
            "thing-deactivated",
            "Thing deactivated",
            "This thing is deactivated and can't be changed.",
        ),
        (
            Taken("thing", "serial_number"),
            "thing-serial-number-taken",
            "Serial number taken",
            "Another thing has this serial number already.",
        ),
        (
            Unknown("thing", "box_id", "box"),
            "thing-box-unknown",
            "Box unknown",
            "There is no box with the id in `box_id`.",
        ),
    ],
)
def test_an_error_names_what_it_is_about(
    error: ServiceError,
    name: str,
    title: str,
    detail: str,
) -> None:
    problem = problem_type_of(error)

    assert problem.type == f"urn:problem-type:{name}"
    assert (problem.title, str(error)) == (title, detail)
