{% set r = cookiecutter | resource %}
"""Providers for sample items. Replace any of them in a test with `app.dependency_overrides`."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response

from app.api.dependencies.container import container_of
from app.core.http.paging import Cursor, Limit, Paging, position_in
from app.models.sample_item import (
    SampleItemQuery,
    SampleItemSort,
{% for f in r.filters if f.alias != f.python %}
    {{ f.alias }},
{% endfor %}
)
{% if r.has_owner %}
from app.api.dependencies.rules import caller_of, known_caller_of
{% endif %}
from app.core.database.repository import Reader
from app.models.sample_item import SampleItem
from app.services.sample_items import SampleItemService

SampleItemId = Annotated[
    UUID,
    Path(
        description="The sample item's id, as given when it was created.",
        examples=["0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d"],
    ),
]


async def get_sample_item_repository(request: Request) -> Reader[SampleItem]:
    """Return the sample items that can be read."""
    return container_of(request).storage.sample_items


SampleItemRepositoryDep = Annotated[Reader[SampleItem], Depends(get_sample_item_repository)]


async def get_sample_item_paging({{ "  # noqa: PLR0913 - each is a parameter of the query string" if r.deactivates or r.filters }}
    *,
    request: Request,
    response: Response,
    cursor: Cursor = None,
    limit: Limit = 50,
    sort: Annotated[
        SampleItemSort,
        Query(
            description="The order; a leading `-` turns it round.",
            examples=[SampleItemSort.NEWEST_FIRST],
        ),
    ] = SampleItemSort.OLDEST_FIRST,
{% if r.deactivates %}
    active: Annotated[
        bool | None,
        Query(
            description="Only active sample items, or only deactivated ones.",
            examples=[True],
        ),
    ] = None,
{% endif %}
{% for f in r.filters %}
    {{ f.name }}: Annotated[
        {{ f.alias }} | None,
        Query(
            description="Only sample items with this {{ f.words if f.kind != "ref" else f.target.words }}.",
            examples=[{{ f | example }}],
        ),
    ] = None,
{% endfor %}
) -> Paging[SampleItemQuery]:
    """Return the page of sample items that is asked for.

    Raises:
        RequestValidationError: the cursor is damaged, invented, or of another query.
    """
    query = SampleItemQuery(
        size=limit,
        sort=sort,
{% if r.deactivates %}
        active=active,
{% endif %}
{% for f in r.filters %}
        {{ f.name }}={{ f.name }},
{% endfor %}
    )
    position = position_in(request, query, cursor)
    return Paging(request, response, replace(query, after=position))


SampleItemPagingDep = Annotated[Paging[SampleItemQuery], Depends(get_sample_item_paging)]


{% if r.has_owner %}
async def get_sample_item_service(
    request: Request,
    sample_items: SampleItemRepositoryDep,
) -> SampleItemService:
    """Return the service behind the endpoints of sample items, for what the caller may do.

{% if r.is_public %}
    On public routes there is no caller.
{% else %}
    It needs a caller: no route that uses it is public.
{% endif %}
    """
    container = container_of(request)
    return SampleItemService(
        sample_items,
        container.storage.unit_of_work,
        container.clock,
        {{ "known_" if r.is_public }}caller_of(request),
    )
{% else %}
async def get_sample_item_service(
    request: Request,
    sample_items: SampleItemRepositoryDep,
) -> SampleItemService:
    """Return the service behind the endpoints of sample items."""
    container = container_of(request)
    return SampleItemService(sample_items, container.storage.unit_of_work, container.clock)
{% endif %}


SampleItemServiceDep = Annotated[SampleItemService, Depends(get_sample_item_service)]
