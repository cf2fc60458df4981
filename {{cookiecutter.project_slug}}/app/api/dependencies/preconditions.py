"""Entity tags, and the conditions that clients set with them.

The tag of a user is its version: whoever changes a user says which version the change is
made for, and is refused if there is a newer one.

Source: RFC 9110, sections 8.8.3 and 13; RFC 6585, section 3.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app.api.errors import PreconditionRequired
from app.models.versions import ANY_VERSION

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"[\t ,]*{_TAG}(?:[\t ]*,[\t ,]*{_TAG})*[\t ,]*")
_VERSION = re.compile(r'"([1-9][0-9]{0,17})"')

_EXAMPLE = '"1"'


@dataclass(frozen=True, slots=True)
class Tagging:
    """Tags the answer to a request that reads.

    `known` holds the tags that the client says it has, each without its `W/`; None stands
    for any.
    """

    response: Response
    known: frozenset[str] | None

    def tag(self, version: int) -> None:
        """Send the tag of a version along.

        Raises:
            HTTPException: 304, the client has this version already.
        """
        tag = entity_tag(version)
        if self.known is None or tag in self.known:
            raise HTTPException(HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        self.response.headers["ETag"] = tag


def entity_tag(version: int) -> str:
    """Return the strong tag of a version."""
    return f'"{version}"'


async def get_tagging(
    request: Request,
    response: Response,
    if_none_match: Annotated[
        str | None,
        Header(
            alias="If-None-Match",
            description="Tags that you have; 304 if one of them is still the right one.",
            examples=[_EXAMPLE],
        ),
    ] = None,
) -> Tagging:
    """Return what tags the answer to a request that reads.

    Tags are compared weakly here: a proxy that compresses answers weakens their tags.

    Raises:
        RequestValidationError: `If-None-Match` can't be read.
    """
    tags = [] if if_none_match is None else _tags(request, "If-None-Match")
    if tags is None:
        return Tagging(response, known=None)
    return Tagging(response, frozenset(tag.removeprefix("W/") for tag in tags))


async def get_expected_version(
    request: Request,
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The `ETag` of what you deactivate, or `*`.",
            examples=[_EXAMPLE],
        ),
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
        Header(
            alias="If-Match",
            description="The `ETag` of what you change, or `*`; 428 without.",
            examples=[_EXAMPLE],
        ),
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


TaggingDep = Annotated[Tagging, Depends(get_tagging)]
ExpectedVersionDep = Annotated[Container[int], Depends(get_expected_version)]
RequiredVersionDep = Annotated[Container[int], Depends(get_required_version)]
