{% set r = cookiecutter | resource %}
"""Sample items over HTTP."""

from fastapi import APIRouter, Request, Response, status
from fastapi.exceptions import RequestValidationError

{% if r.has_login %}
from app.api.dependencies import rules
from app.models.caller import READ_SAMPLE_ITEMS, WRITE_SAMPLE_ITEMS
{% endif %}
from app.api.dependencies.sample_items import SampleItemId, SampleItemPagingDep, SampleItemServiceDep
from app.api.schemas.sample_items import SampleItemIn, SampleItemOut, SampleItemPage, SampleItemPatch
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

router = APIRouter(prefix="/sample-items", tags=["sample-items"])


@router.post(
    "",
    operation_id="create_sample_item",
{% if r.has_login %}
    dependencies=[{{ r.rule("create") }}],
{% endif %}
    status_code=status.HTTP_201_CREATED,
    responses={
        status.HTTP_201_CREATED: {
            "headers": location_header("/api/v1/sample-items") | ETAG | REPLAYED,
        },
        **problems(
{% for f in r.unique %}
            Taken("sample item", "{{ f.name }}"),
{% endfor %}
{% for f in r.references %}
            Unknown("sample item", "{{ f.name }}", "{{ f.target.words }}"),
{% endfor %}
            RequestValidationError,
            IdempotencyKeyReused,
        ),
    },
)
async def create_sample_item(
    service: SampleItemServiceDep,
    details: SampleItemIn,
    repeatable: RepeatableDep,
    request: Request,
    response: Response,
) -> SampleItemOut:
    """Create a sample item; once for each `Idempotency-Key`, if there is one."""
    answer = await service.create(details, repeatable.key)
    sample_item = repeatable.result_of(answer)
    response.headers["Location"] = f"{request.scope['path']}/{sample_item.id}"
    return tagged(response, sample_item)


@router.get(
    "",
    operation_id="list_sample_items",
{% if r.has_login %}
    dependencies=[{{ r.rule("list") }}],
{% endif %}
    responses={status.HTTP_200_OK: {"headers": link_header("/api/v1/sample-items")}},
)
async def list_sample_items(service: SampleItemServiceDep, paging: SampleItemPagingDep) -> SampleItemPage:
    """Return one page of sample items."""
    page = await service.list_sample_items(paging.query)
    return SampleItemPage.of(page, paging.link(page.next))


@router.get(
    "/{sample_item_id}",
    operation_id="read_sample_item",
{% if r.has_login %}
    dependencies=[{{ r.rule("read") }}],
{% endif %}
    responses={
        status.HTTP_200_OK: {"headers": ETAG},
        status.HTTP_304_NOT_MODIFIED: {"description": "Not modified", "headers": ETAG},
        **problems(NotFound("sample item")),
    },
    openapi_extra={"parameters": [IF_NONE_MATCH]},
)
async def read_sample_item(
    service: SampleItemServiceDep,
    sample_item_id: SampleItemId,
    request: Request,
    response: Response,
) -> SampleItemOut:
    """Return one sample item{{ ", active or not" if r.deactivates }}."""
    sample_item = await service.get_sample_item_details(sample_item_id)
    set_etag(request, response, sample_item.version)
    return sample_item


@router.patch(
    "/{sample_item_id}",
    operation_id="change_sample_item",
{% if r.has_login %}
    dependencies=[{{ r.rule("write") }}],
{% endif %}
    responses=versioned(
        NotFound("sample item"),
{% if r.deactivates %}
        Deactivated("sample item"),
{% endif %}
{% for f in r.unique %}
        Taken("sample item", "{{ f.name }}"),
{% endfor %}
{% for f in r.references %}
        Unknown("sample item", "{{ f.name }}", "{{ f.target.words }}"),
{% endfor %}
{% if r.references %}
        RequestValidationError,
{% endif %}
    ),
)
async def change_sample_item(
    service: SampleItemServiceDep,
    sample_item_id: SampleItemId,
    changes: SampleItemPatch,
    version: RequiredVersionDep,
    response: Response,
) -> SampleItemOut:
    """Change some details of a sample item, if `If-Match` names its current version."""
    return tagged(response, await service.change(sample_item_id, changes, version))


@router.delete(
    "/{sample_item_id}",
    operation_id="{{ r.ending }}_sample_item",
{% if r.has_login %}
    dependencies=[{{ r.rule("write") }}],
{% endif %}
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(NotFound("sample item"), ConcurrentChange, {{ "InvalidReference(), " if r.refuses_dangling }}StaleVersion),
)
async def {{ r.ending }}_sample_item(
    service: SampleItemServiceDep,
    sample_item_id: SampleItemId,
    version: ExpectedVersionDep,
) -> None:
    """{{ "Deactivate a sample item; doing so again changes nothing" if r.deactivates else "Delete a sample item for good" }}."""
    await service.{{ r.ending }}(sample_item_id, version)
