{% set r = cookiecutter | resource %}
"""Sample items made to order, and what clients send to create one."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx2

from app.models.sample_item import SampleItem, SampleItemDetails{% for f in r.of_kind("enum") %}, {{ f.cls }}{% endfor %}

from app.models.user import User, UserDetails
from app.repositories.interfaces.storage import UnitOfWork
from tests.api.clients import registration
{% if r.has_login %}
from app.services.sample_items import SampleItemService
from tests.api.identity import Identity
{% endif %}
{% for f in r.needed if f.target.singular != "user" %}
from tests.{{ f.target.plural }} import add_{{ f.target.singular }}, create_{{ f.target.singular }}
{% endfor %}

SAMPLE_ITEMS = "/api/v1/sample-items"

{% if r.unique %}
_NUMBERS = count(1)

{% endif %}

def new_sample_item(**given: Any) -> SampleItemDetails:
    """Return details of a sample item{{ ", unlike those of any other" if r.unique else "" }}."""
{% if r.unique %}
    number = next(_NUMBERS)
{% endif %}
    details: dict[str, Any] = {
{% for f in r.fields %}
{% if f.unique and f.kind in ("uuid", "ref") %}
        "{{ f.name }}": {{ "None" if f.kind == "ref" and f.optional else "UUID(int=number)" }},
{% elif f.unique %}
        "{{ f.name }}": {{ f | numbered }},
{% else %}
        "{{ f.name }}": {{ "None" if f.kind == "ref" and f.optional else f | literal }},
{% endif %}
{% endfor %}
    }
    return SampleItemDetails(**details | given)


def make_sample_item(at: datetime, /, **given: Any) -> SampleItem:
    """Return a new sample item, created at a time."""
    details = new_sample_item(**given)
    return SampleItem.new(details, at=at{{ ", owner_id=uuid4()" if r.has_owner else "" }})


{% if r.needed %}
async def add_references(work: UnitOfWork, at: datetime) -> dict[str, UUID]:
    """Add what a sample item refers to to a unit of work, and return the details that say so."""
    found: dict[str, UUID] = {}
{% for f in r.needed %}
{% if f.target.singular == "user" %}
    details = UserDetails(email=f"{uuid4().hex}@example.com", name="Ada")
    user = User.new(details, at=at)
    await work.users.add(user)
    found["{{ f.name }}"] = user.id
{% else %}
    found["{{ f.name }}"] = (await add_{{ f.target.singular }}(work, at)).id
{% endif %}
{% endfor %}
    return found


{% endif %}
async def add_sample_item(work: UnitOfWork, at: datetime, /, **given: Any) -> SampleItem:
    """Add a new sample item{{ ", and what it refers to," if r.needed else "" }} to a unit of work."""
{% if r.needed %}
    given = await add_references(work, at) | given
{% endif %}
    sample_item = make_sample_item(at, **given)
    await work.sample_items.add(sample_item)
    return sample_item


async def sample_item_body(
    client: httpx2.AsyncClient,
{% if r.has_owner %}
    caller: Identity | None = None,
{% endif %}
    /,
    **given: Any,
) -> dict[str, Any]:
    """Return the body of a request to create a sample item{{ "; what it refers to is there" if r.needed else "" }}."""
{% if r.unique | selectattr("kind", "ne", "ref") | list %}
    number = next(_NUMBERS)
{% endif %}
{% for f in r.needed %}
    if "{{ f.name }}" not in given:
{% if f.target.singular == "user" and r.has_owner %}
        if caller is None:
            user_body = registration(f"{uuid4().hex}@example.com")
            response = await client.post("/api/v1/users", json=user_body)
            assert response.status_code == 201, response.text
            given["{{ f.name }}"] = response.json()["id"]
        else:
            given["{{ f.name }}"] = caller.user_id
{% elif f.target.singular == "user" %}
        user_body = registration(f"{uuid4().hex}@example.com")
        response = await client.post("/api/v1/users", json=user_body)
        assert response.status_code == 201, response.text
        given["{{ f.name }}"] = response.json()["id"]
{% else %}
        given["{{ f.name }}"] = (await create_{{ f.target.singular }}(client{{ ", caller" if r.has_owner and r.owner_of(f) == "owner_id" else "" }}))["id"]
{% endif %}
{% endfor %}
    return {
{% for f in r.fields if f not in r.needed %}
{% if f.kind == "ref" %}
        "{{ f.name }}": None,
{% elif f.unique %}
        "{{ f.name }}": {{ f | numbered }},
{% else %}
        "{{ f.name }}": {{ f | example }},
{% endif %}
{% endfor %}
        **given,
    }


async def create_sample_item(
    client: httpx2.AsyncClient,
{% if r.has_owner %}
    caller: Identity | None = None,
{% endif %}
    /,
    **given: Any,
) -> dict[str, Any]:
    """Create a sample item and return it as the service answered."""
{% if r.has_owner %}
    request_body = await sample_item_body(client, caller, **given)
    headers = caller.headers if caller else None
    response = await client.post(SAMPLE_ITEMS, json=request_body, headers=headers)
{% else %}
    request_body = await sample_item_body(client, **given)
    response = await client.post(SAMPLE_ITEMS, json=request_body)
{% endif %}
    assert response.status_code == 201, response.text
    sample_item: dict[str, Any] = response.json()
    return sample_item
{% if r.has_login %}


async def id_of_new_sample_item(client: httpx2.AsyncClient, {{ "" if r.has_owner else "_" }}owner: Identity) -> str:
    """Create a sample item as {{ "somebody" if r.has_owner else "an administrator" }}, and return its id."""
    return str((await create_sample_item(client{{ ", owner" if r.has_owner }}))["id"])


THINGS = {"sample_item_id": id_of_new_sample_item}
"""How to make one that a caller owns, by the name of its id in paths."""

CHECKS: list[tuple[type, str]] = [{% if r.has_owner %}(SampleItemService, "{{ "_changeable" if r.is_public else "_may_see" }}"){% endif %}]
"""Every check of the service, by the class that has it and the method that makes it."""
{% if r.is_public %}

PUBLIC = {"list_sample_items", "read_sample_item"}
"""Operations for everybody."""
{% endif %}
{% if not r.has_owner %}

BY_ROUTES_ALONE = {"create_sample_item", "change_sample_item", "{{ r.ending }}_sample_item"}
"""Operations for administrators whose services do not check that again."""
{% endif %}
{% endif %}
