{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""{{ n.plural_title }} over HTTP."""

from fastapi import APIRouter, Request, Response, status
from fastapi.exceptions import RequestValidationError

{% if r.has_login %}
from app.api.dependencies import rules
from app.models.caller import READ_{{ n.constants }}, WRITE_{{ n.constants }}
{% endif %}
from app.api.dependencies.{{ n.plural }} import {{ n.cls }}Id, {{ n.cls }}PagingDep, {{ n.cls }}ServiceDep
from app.api.schemas.{{ n.plural }} import {{ n.cls }}In, {{ n.cls }}Out, {{ n.cls }}Page, {{ n.cls }}Patch
from app.core.errors import (
    ConcurrentChange,
    Deactivated,
    IdempotencyKeyReused,
    InvalidReference,
    NotFound,
    StaleVersion,
    Taken,
    Unknown,
)
from app.core.http.idempotency import RepeatableDep
from app.core.http.preconditions import (
    ExpectedVersionDep,
    RequiredVersionDep,
    tag as set_etag,
    tagged,
    versioned,
)
from app.core.http.problem_responses import problems
from app.core.http.response_headers import (
    ETAG,
    IF_NONE_MATCH,
    REPLAYED,
    link_header,
    location_header,
)

router = APIRouter(prefix="/{{ n.path }}", tags=["{{ n.path }}"])


@router.post(
    "",
    operation_id="create_{{ n.singular }}",
{% if r.has_login %}
    dependencies=[{{ r.rule("create") }}],
{% endif %}
    status_code=status.HTTP_201_CREATED,
    responses={
        status.HTTP_201_CREATED: {
            "headers": location_header("/api/v1/{{ n.path }}") | ETAG | REPLAYED,
        },
        **problems(
{% for f in r.unique %}
            Taken("{{ n.words }}", "{{ f.name }}"),
{% endfor %}
{% for f in r.references %}
            Unknown("{{ n.words }}", "{{ f.name }}", "{{ f.target.words }}"),
{% endfor %}
            RequestValidationError,
            IdempotencyKeyReused,
        ),
    },
)
async def create_{{ n.singular }}(
    service: {{ n.cls }}ServiceDep,
    details: {{ n.cls }}In,
    repeatable: RepeatableDep,
    request: Request,
    response: Response,
) -> {{ n.cls }}Out:
    """Create {{ n.a }}; once for each `Idempotency-Key`, if there is one."""
    answer = await service.create(details, repeatable.key)
    {{ n.singular }} = repeatable.result_of(answer)
    response.headers["Location"] = f"{request.scope['path']}/{ {{- n.singular }}.id}"
    return tagged(response, {{ n.singular }})


@router.get(
    "",
    operation_id="list_{{ n.plural }}",
{% if r.has_login %}
    dependencies=[{{ r.rule("list") }}],
{% endif %}
    responses={status.HTTP_200_OK: {"headers": link_header("/api/v1/{{ n.path }}")}},
)
async def list_{{ n.plural }}(service: {{ n.cls }}ServiceDep, paging: {{ n.cls }}PagingDep) -> {{ n.cls }}Page:
    """Return one page of {{ n.plural_words }}."""
    page = await service.list_{{ n.plural }}(paging.query)
    return {{ n.cls }}Page.of(page, paging.link(page.next))


@router.get(
    "/{ {{- n.singular }}_id}",
    operation_id="read_{{ n.singular }}",
{% if r.has_login %}
    dependencies=[{{ r.rule("read") }}],
{% endif %}
    responses={
        status.HTTP_200_OK: {"headers": ETAG},
        status.HTTP_304_NOT_MODIFIED: {"description": "Not modified", "headers": ETAG},
        **problems(NotFound("{{ n.words }}")),
    },
    openapi_extra={"parameters": [IF_NONE_MATCH]},
)
async def read_{{ n.singular }}(
    service: {{ n.cls }}ServiceDep,
    {{ n.singular }}_id: {{ n.cls }}Id,
    request: Request,
    response: Response,
) -> {{ n.cls }}Out:
    """Return one {{ n.words }}{{ ", active or not" if r.deactivates }}."""
    {{ n.singular }} = await service.get_{{ n.singular }}_details({{ n.singular }}_id)
    set_etag(request, response, {{ n.singular }}.version)
    return {{ n.singular }}


@router.patch(
    "/{ {{- n.singular }}_id}",
    operation_id="change_{{ n.singular }}",
{% if r.has_login %}
    dependencies=[{{ r.rule("write") }}],
{% endif %}
    responses=versioned(
        NotFound("{{ n.words }}"),
{% if r.deactivates %}
        Deactivated("{{ n.words }}"),
{% endif %}
{% for f in r.unique %}
        Taken("{{ n.words }}", "{{ f.name }}"),
{% endfor %}
{% for f in r.references %}
        Unknown("{{ n.words }}", "{{ f.name }}", "{{ f.target.words }}"),
{% endfor %}
{% if r.references %}
        RequestValidationError,
{% endif %}
    ),
)
async def change_{{ n.singular }}(
    service: {{ n.cls }}ServiceDep,
    {{ n.singular }}_id: {{ n.cls }}Id,
    changes: {{ n.cls }}Patch,
    version: RequiredVersionDep,
    response: Response,
) -> {{ n.cls }}Out:
    """Change some details of {{ n.a }}, if `If-Match` names its current version."""
    return tagged(response, await service.change({{ n.singular }}_id, changes, version))


@router.delete(
    "/{ {{- n.singular }}_id}",
    operation_id="{{ r.ending }}_{{ n.singular }}",
{% if r.has_login %}
    dependencies=[{{ r.rule("write") }}],
{% endif %}
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(NotFound("{{ n.words }}"), ConcurrentChange, {{ "InvalidReference(), " if r.refuses_dangling }}StaleVersion),
)
async def {{ r.ending }}_{{ n.singular }}(
    service: {{ n.cls }}ServiceDep,
    {{ n.singular }}_id: {{ n.cls }}Id,
    version: ExpectedVersionDep,
) -> None:
    """{{ "Deactivate " ~ n.a ~ "; doing so again changes nothing" if r.deactivates else "Delete " ~ n.a ~ " for good" }}."""
    await service.{{ r.ending }}({{ n.singular }}_id, version)
