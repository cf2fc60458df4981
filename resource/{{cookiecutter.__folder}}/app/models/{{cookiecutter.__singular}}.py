{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""{{ n.plural_title }}: what they are, and what must be true of their details."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from app.core.details import Changes, Details
from app.core.entity import Deactivatable, Entity
from app.core.pagination import PagedQuery, Sort
from app.core.validation import MAX_JSON_INTEGER, BoundedDate, Email, MultiLine, SingleLine, UtcDatetime, with_places

{% for f in r.of_kind("enum") %}
class {{ f.cls }}(StrEnum):
    """What the {{ f.words }} of {{ n.a }} can be."""

{% for constant, choice in f.choice_names %}
    {{ constant }} = "{{ choice }}"
{% endfor %}


{% endfor %}
{% for f in r.filters if f.alias != f.python %}
{% if f.kind == "email" %}
{{ f.alias }} = Email
{% else %}
{{ f.alias }} = Annotated[{{ f.python }}, {{ f.rule or "Field(" ~ f.limits ~ ")" }}]
{% endif %}

{% endfor %}
@dataclass(frozen=True, kw_only=True)
class {{ n.cls }}Details(Details):
    """The details that {{ n.a }} is created with."""

{% for f in r.fields %}
{% set examples = (f | example) ~ (", " ~ (f | example(1)) if f == r.changing else "") %}
    {{ f.name }}: Annotated[
        {{ f.alias if f.alias != f.python else f.declared }},
        Field(
{% if f.limits and f.alias == f.python %}
            {{ f.limits }},
{% endif %}
{% if f.kind == "ref" %}
            description="The id of {{ f.target.a }}{{ "; no two are equal" if f.unique else "" }}.",
{% else %}
            description="The {{ f.words }} of the {{ n.words }}{{ "; no two are equal" if f.unique else "" }}.",
{% endif %}
            examples=[{{ "None" if f.kind == "ref" and f.optional else examples }}],
        ),
{% if f.rule and f.alias == f.python %}
        {{ f.rule }},
{% endif %}
    ]{{ " | None = None" if f.optional else "" }}
{% endfor %}


class {{ n.cls }}Changes(Changes[{{ n.cls }}Details]):
    """New details for {{ n.a }}; what is not given stays as it is."""


@dataclass(frozen=True, kw_only=True)
class {{ n.cls }}({{ "Deactivatable" if r.deactivates else "Entity" }}, {{ n.cls }}Details):
    """{{ n.a.capitalize() }}.
{% if r.has_owner or r.unique or r.references %}

{% endif %}
{% if r.has_owner %}
    - `owner_id` is the caller who created it; nobody else {{ "changes" if r.is_public else "sees" }} it but administrators.
{% endif %}
{% for f in r.unique %}
    - `{{ f.name }}` is unique among all {{ n.plural_words }}{{ ", deactivated ones included" if r.deactivates }}.
{% endfor %}
{% for f in r.references %}
    - `{{ f.name }}` is the id of {{ f.target.a }}{{ ", if there is one" if f.optional else "" }}.
{% endfor %}
    """

{% if r.has_owner %}
    owner_id: Annotated[
        UUID,
        Field(
            description="Who created it.",
            examples=["0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9f"],
        ),
    ]
{% endif %}


class {{ n.cls }}Sort(Sort):
    """Orders in which {{ n.plural_words }} can be listed; ties are broken by id, the same way up."""

    OLDEST_FIRST = "created_at"
    NEWEST_FIRST = "-created_at"


{% set filters = (["owner_id"] if r.is_private else []) + r.filters | map(attribute="name") | list %}
@dataclass(frozen=True, slots=True, kw_only=True)
class {{ n.cls }}Query(PagedQuery):
    """Which {{ n.plural_words }} to list{{ "; each of `FILTERS` keeps those with its value" if filters else "" }}.

    Raises:
        InvalidDetails: as `PagedQuery`.
    """

    LISTED = "{{ n.plural }}"
{% if filters %}
    FILTERS = ({% for name in filters %}"{{ name }}", {% endfor %})
{% endif %}

    sort: {{ n.cls }}Sort = {{ n.cls }}Sort.OLDEST_FIRST
{% if r.is_private %}
    owner_id: UUID | None = None
{% endif %}
{% for f in r.filters %}
    {{ f.name }}: {{ f.python }} | None = None
{% endfor %}
