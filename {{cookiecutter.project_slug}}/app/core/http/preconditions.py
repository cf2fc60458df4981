"""Entity tags, and the conditions that clients set with them.

The tag of a thing is its version: whoever changes it says which version the change is made
for, and is refused if there is a newer one.

Source: RFC 9110, sections 8.8.3 and 13; RFC 6585, section 3.
"""

import re
from collections.abc import Container
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app.core.entity import Entity
from app.core.errors import ConcurrentChange, StaleVersion
from app.core.http.problem_responses import Responses, problems
from app.core.http.problems import PreconditionRequired
from app.core.http.response_headers import ETAG
from app.core.versions import ANY_VERSION

Kept = TypeVar("Kept", bound=Entity)

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"[\t ,]*{_TAG}(?:[\t ]*,[\t ,]*{_TAG})*[\t ,]*")
_VERSION = re.compile(r'"([1-9][0-9]{0,17})"')


def tag(request: Request, response: Response, version: int) -> None:
    """Send the tag of a version along.

    Tags are compared weakly here: a proxy that compresses answers weakens their tags.

    Raises:
        HTTPException: 304, the client has this version already: `If-None-Match` says so.
        RequestValidationError: `If-None-Match` can't be read.
    """
    current = entity_tag(version)
    if "if-none-match" in request.headers:
        known = _tags(request, "If-None-Match")
        if known is None or current in (of.removeprefix("W/") for of in known):
            raise HTTPException(HTTPStatus.NOT_MODIFIED, headers={"ETag": current})
    response.headers["ETag"] = current


def entity_tag(version: int) -> str:
    """Return the strong tag of a version."""
    return f'"{version}"'


def tagged(response: Response, entity: Kept) -> Kept:
    """Send the tag of an entity's version along, and return the entity."""
    response.headers["ETag"] = entity_tag(entity.version)
    return entity


def versioned(*errors: type[Exception] | Exception) -> Responses:
    """Return the documentation of a change to one version, which may fail with these errors."""
    refusals = (ConcurrentChange, StaleVersion, PreconditionRequired)
    answers: Responses = {HTTPStatus.OK.value: {"headers": ETAG}}
    return answers | problems(*errors, *refusals)


def _if_match(description: str) -> Any:
    return Header(alias="If-Match", description=description, examples=['"1"'])


async def get_expected_version(
    request: Request,
    if_match: Annotated[
        str | None,
        _if_match("The `ETag` of what you delete, or `*`."),
    ] = None,
) -> Container[int]:
    """Return the versions that a request may be applied to; any if it does not say.

    Tags are compared strongly: a weak one stands for no version.

    Raises:
        RequestValidationError: `If-Match` can't be read.
    """
    tags = None if if_match is None else _tags(request, "If-Match")
    if tags is None:
        return ANY_VERSION
    versions = (_VERSION.fullmatch(tag) for tag in tags)
    return frozenset(int(version[1]) for version in versions if version)


async def get_required_version(
    request: Request,
    if_match: Annotated[
        str | None,
        _if_match("The `ETag` of what you change, or `*`; 428 without."),
    ] = None,
) -> Container[int]:
    """Return the versions that a request may be applied to.

    Raises:
        PreconditionRequired: it does not say.
        RequestValidationError: `If-Match` can't be read.
    """
    if if_match is None:
        raise PreconditionRequired
    return await get_expected_version(request, if_match)


def _tags(request: Request, name: str) -> list[str] | None:
    """Return the tags in a header, which may come in several lines; None for `*`."""
    value = ",".join(request.headers.getlist(name))
    if value.strip() == "*":
        return None
    if not _TAGS.fullmatch(value):
        raise RequestValidationError(
            [
                {
                    "type": "value_error",
                    "loc": ("header", name),
                    "msg": "this is neither `*` nor a list of quoted entity tags",
                },
            ],
        )
    return re.findall(_TAG, value)


ExpectedVersionDep = Annotated[Container[int], Depends(get_expected_version)]
RequiredVersionDep = Annotated[Container[int], Depends(get_required_version)]
