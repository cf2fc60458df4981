{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""{{ n.plural_title }} made to order, and what clients send to create one."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx2

from app.models.{{ n.singular }} import {{ n.cls }}, {{ n.cls }}Details{% for f in r.of_kind("enum") %}, {{ f.cls }}{% endfor %}

from app.models.user import User, UserDetails
from app.repositories.interfaces.storage import UnitOfWork
from tests.api.clients import registration
{% if r.has_login %}
from app.services.{{ n.plural }} import {{ n.cls }}Service
from tests.api.identity import Identity
{% endif %}
{% for f in r.needed if f.target.singular != "user" %}
from tests.{{ f.target.plural }} import add_{{ f.target.singular }}, create_{{ f.target.singular }}
{% endfor %}

{{ n.constants }} = "/api/v1/{{ n.path }}"

{% if r.unique %}
_NUMBERS = count(1)

{% endif %}

def new_{{ n.singular }}(**given: Any) -> {{ n.cls }}Details:
    """Return details of {{ n.a }}{{ ", unlike those of any other" if r.unique else "" }}."""
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
    return {{ n.cls }}Details(**details | given)


def make_{{ n.singular }}(at: datetime, /, **given: Any) -> {{ n.cls }}:
    """Return a new {{ n.words }}, created at a time."""
    details = new_{{ n.singular }}(**given)
    return {{ n.cls }}.new(details, at=at{{ ", owner_id=uuid4()" if r.has_owner else "" }})


{% if r.needed %}
async def add_references(work: UnitOfWork, at: datetime) -> dict[str, UUID]:
    """Add what {{ n.a }} refers to to a unit of work, and return the details that say so."""
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
async def add_{{ n.singular }}(work: UnitOfWork, at: datetime, /, **given: Any) -> {{ n.cls }}:
    """Add a new {{ n.words }}{{ ", and what it refers to," if r.needed else "" }} to a unit of work."""
{% if r.needed %}
    given = await add_references(work, at) | given
{% endif %}
    {{ n.singular }} = make_{{ n.singular }}(at, **given)
    await work.{{ n.plural }}.add({{ n.singular }})
    return {{ n.singular }}


async def {{ n.singular }}_body(
    client: httpx2.AsyncClient,
{% if r.has_owner %}
    caller: Identity | None = None,
{% endif %}
    /,
    **given: Any,
) -> dict[str, Any]:
    """Return the body of a request to create {{ n.a }}{{ "; what it refers to is there" if r.needed else "" }}."""
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


async def create_{{ n.singular }}(
    client: httpx2.AsyncClient,
{% if r.has_owner %}
    caller: Identity | None = None,
{% endif %}
    /,
    **given: Any,
) -> dict[str, Any]:
    """Create {{ n.a }} and return it as the service answered."""
{% if r.has_owner %}
    request_body = await {{ n.singular }}_body(client, caller, **given)
    headers = caller.headers if caller else None
    response = await client.post({{ n.constants }}, json=request_body, headers=headers)
{% else %}
    request_body = await {{ n.singular }}_body(client, **given)
    response = await client.post({{ n.constants }}, json=request_body)
{% endif %}
    assert response.status_code == 201, response.text
    {{ n.singular }}: dict[str, Any] = response.json()
    return {{ n.singular }}
{% if r.has_login %}


async def id_of_new_{{ n.singular }}(client: httpx2.AsyncClient, {{ "" if r.has_owner else "_" }}owner: Identity) -> str:
    """Create {{ n.a }} as {{ "somebody" if r.has_owner else "an administrator" }}, and return its id."""
    return str((await create_{{ n.singular }}(client{{ ", owner" if r.has_owner }}))["id"])


THINGS = {"{{ n.singular }}_id": id_of_new_{{ n.singular }}}
"""How to make one that a caller owns, by the name of its id in paths."""

CHECKS: list[tuple[type, str]] = [{% if r.has_owner %}({{ n.cls }}Service, "{{ "_changeable" if r.is_public else "_may_see" }}"){% endif %}]
"""Every check of the service, by the class that has it and the method that makes it."""
{% if r.is_public %}

PUBLIC = {"list_{{ n.plural }}", "read_{{ n.singular }}"}
"""Operations for everybody."""
{% endif %}
{% if not r.has_owner %}

BY_ROUTES_ALONE = {"create_{{ n.singular }}", "change_{{ n.singular }}", "{{ r.ending }}_{{ n.singular }}"}
"""Operations for administrators whose services do not check that again."""
{% endif %}
{% endif %}
