{% set r = cookiecutter | resource %}
"""Sample items: what they are, and what must be true of their details."""

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
    """What the {{ f.words }} of a sample item can be."""

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
class SampleItemDetails(Details):
    """The details that a sample item is created with."""

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
            description="The {{ f.words }} of the sample item{{ "; no two are equal" if f.unique else "" }}.",
{% endif %}
            examples=[{{ "None" if f.kind == "ref" and f.optional else examples }}],
        ),
{% if f.rule and f.alias == f.python %}
        {{ f.rule }},
{% endif %}
    ]{{ " | None = None" if f.optional else "" }}
{% endfor %}


class SampleItemChanges(Changes[SampleItemDetails]):
    """New details for a sample item; what is not given stays as it is."""


@dataclass(frozen=True, kw_only=True)
class SampleItem({{ "Deactivatable" if r.deactivates else "Entity" }}, SampleItemDetails):
    """A sample item.
{% if r.has_owner or r.unique or r.references %}

{% endif %}
{% if r.has_owner %}
    - `owner_id` is the caller who created it; nobody else {{ "changes" if r.is_public else "sees" }} it but administrators.
{% endif %}
{% for f in r.unique %}
    - `{{ f.name }}` is unique among all sample items{{ ", deactivated ones included" if r.deactivates }}.
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


class SampleItemSort(Sort):
    """Orders in which sample items can be listed; ties are broken by id, the same way up."""

    OLDEST_FIRST = "created_at"
    NEWEST_FIRST = "-created_at"


{% set filters = (["owner_id"] if r.is_private else []) + r.filters | map(attribute="name") | list %}
@dataclass(frozen=True, slots=True, kw_only=True)
class SampleItemQuery(PagedQuery):
    """Which sample items to list{{ "; each of `FILTERS` keeps those with its value" if filters else "" }}.

    Raises:
        InvalidDetails: as `PagedQuery`.
    """

    LISTED = "sample_items"
{% if filters %}
    FILTERS = ({% for name in filters %}"{{ name }}", {% endfor %})
{% endif %}

    sort: SampleItemSort = SampleItemSort.OLDEST_FIRST
{% if r.is_private %}
    owner_id: UUID | None = None
{% endif %}
{% for f in r.filters %}
    {{ f.name }}: {{ f.python }} | None = None
{% endfor %}
