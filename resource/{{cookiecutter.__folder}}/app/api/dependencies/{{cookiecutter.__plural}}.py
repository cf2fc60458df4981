{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""Providers for {{ n.plural_words }}. Replace any of them in a test with `app.dependency_overrides`."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response

from app.api.dependencies.container import container_of
from app.core.http.paging import Cursor, Limit, Paging, position_in
from app.models.{{ n.singular }} import (
    {{ n.cls }}Query,
    {{ n.cls }}Sort,
{% for f in r.filters if f.alias != f.python %}
    {{ f.alias }},
{% endfor %}
)
{% if r.has_owner %}
from app.api.dependencies.rules import caller_of, known_caller_of
{% endif %}
from app.core.database.repository import Reader
from app.models.{{ n.singular }} import {{ n.cls }}
from app.services.{{ n.plural }} import {{ n.cls }}Service

{{ n.cls }}Id = Annotated[
    UUID,
    Path(
        description="The {{ n.words }}'s id, as given when it was created.",
        examples=["0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d"],
    ),
]


async def get_{{ n.singular }}_repository(request: Request) -> Reader[{{ n.cls }}]:
    """Return the {{ n.plural_words }} that can be read."""
    return container_of(request).storage.{{ n.plural }}


{{ n.cls }}RepositoryDep = Annotated[Reader[{{ n.cls }}], Depends(get_{{ n.singular }}_repository)]


async def get_{{ n.singular }}_paging({{ "  # noqa: PLR0913 - each is a parameter of the query string" if r.deactivates or r.filters }}
    *,
    request: Request,
    response: Response,
    cursor: Cursor = None,
    limit: Limit = 50,
    sort: Annotated[
        {{ n.cls }}Sort,
        Query(
            description="The order; a leading `-` turns it round.",
            examples=[{{ n.cls }}Sort.NEWEST_FIRST],
        ),
    ] = {{ n.cls }}Sort.OLDEST_FIRST,
{% if r.deactivates %}
    active: Annotated[
        bool | None,
        Query(
            description="Only active {{ n.plural_words }}, or only deactivated ones.",
            examples=[True],
        ),
    ] = None,
{% endif %}
{% for f in r.filters %}
    {{ f.name }}: Annotated[
        {{ f.alias }} | None,
        Query(
            description="Only {{ n.plural_words }} with this {{ f.words if f.kind != "ref" else f.target.words }}.",
            examples=[{{ f | example }}],
        ),
    ] = None,
{% endfor %}
) -> Paging[{{ n.cls }}Query]:
    """Return the page of {{ n.plural_words }} that is asked for.

    Raises:
        RequestValidationError: the cursor is damaged, invented, or of another query.
    """
    query = {{ n.cls }}Query(
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


{{ n.cls }}PagingDep = Annotated[Paging[{{ n.cls }}Query], Depends(get_{{ n.singular }}_paging)]


{% if r.has_owner %}
async def get_{{ n.singular }}_service(
    request: Request,
    {{ n.plural }}: {{ n.cls }}RepositoryDep,
) -> {{ n.cls }}Service:
    """Return the service behind the endpoints of {{ n.plural_words }}, for what the caller may do.

{% if r.is_public %}
    On public routes there is no caller.
{% else %}
    It needs a caller: no route that uses it is public.
{% endif %}
    """
    container = container_of(request)
    return {{ n.cls }}Service(
        {{ n.plural }},
        container.storage.unit_of_work,
        container.clock,
        {{ "known_" if r.is_public }}caller_of(request),
    )
{% else %}
async def get_{{ n.singular }}_service(
    request: Request,
    {{ n.plural }}: {{ n.cls }}RepositoryDep,
) -> {{ n.cls }}Service:
    """Return the service behind the endpoints of {{ n.plural_words }}."""
    container = container_of(request)
    return {{ n.cls }}Service({{ n.plural }}, container.storage.unit_of_work, container.clock)
{% endif %}


{{ n.cls }}ServiceDep = Annotated[{{ n.cls }}Service, Depends(get_{{ n.singular }}_service)]
