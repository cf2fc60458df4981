{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""{{ n.plural_title }}, as clients see them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import (
    MISSING,
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
)

from app.core.pagination import Page
from app.models.{{ n.singular }} import (
{% for f in r.of_kind("str") %}
    MAX_{{ f.constant }}_LENGTH,
{% endfor %}
{% for f in r.of_kind("int", "decimal") %}
    MIN_{{ f.constant }},
    MAX_{{ f.constant }},
{% endfor %}
{% for f in r.of_kind("decimal") %}
    {{ f.constant }}_DIGITS,
    {{ f.constant }}_PLACES,
{% endfor %}
{% for f in r.of_kind("enum") %}
    {{ f.enum }},
{% endfor %}
{% for f in r.of_kind("str", "decimal", "date", "datetime") %}
    {{ f.rule }},
{% endfor %}
    {{ n.cls }},
    {{ n.cls }}Changes,
    New{{ n.cls }},
)

{% for f in r.fields %}
{% set type = {"datetime": "AwareDatetime"}.get(f.kind, f.python) %}
{{ f.alias }} = Annotated[
    {{ type }},
    Field(
{% if f.kind == "str" %}
{% if f.least %}
        min_length={{ f.least }},
{% endif %}
        max_length=MAX_{{ f.constant }}_LENGTH,
{% elif f.kind == "int" %}
        ge=MIN_{{ f.constant }},
        le=MAX_{{ f.constant }},
{% elif f.kind == "decimal" %}
        ge=MIN_{{ f.constant }},
        le=MAX_{{ f.constant }},
        max_digits={{ f.constant }}_DIGITS,
        decimal_places={{ f.constant }}_PLACES,
{% endif %}
{% if f.kind == "ref" %}
        description="The id of {{ f.target.a }}{{ "; no two are equal" if f.unique else "" }}.",
{% else %}
        description="The {{ f.words }} of the {{ n.words }}{{ "; no two are equal" if f.unique else "" }}.",
{% endif %}
    ),
{% if f.kind in ("str", "decimal", "date", "datetime") %}
    AfterValidator({{ f.rule }}),
{% endif %}
]
{% endfor %}

_EXAMPLE: dict[str, JsonValue] = {
{% for f in r.fields %}
    "{{ f.name }}": {{ "None" if f.kind == "ref" and f.optional else f | example }},
{% endfor %}
}


class {{ n.cls }}In(BaseModel):
    """{{ n.a.capitalize() }} to create."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [_EXAMPLE]},
    )

{% for f in r.fields %}
    {{ f.name }}: {{ f.alias }}{{ " | None = None" if f.optional else "" }}
{% endfor %}

    def details(self) -> New{{ n.cls }}:
        """Return what services understand."""
        return New{{ n.cls }}(**self.model_dump())


class {{ n.cls }}Patch(BaseModel):
    """New details; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"{{ r.changing.name }}": {{ r.changing | example(1) }}}]},
    )

{% for f in r.fields %}
    {{ f.name }}: {{ f.alias }} | MISSING{{ " | None" if f.optional else "" }} = MISSING
{% endfor %}

    def changes(self) -> {{ n.cls }}Changes:
        """Return what services understand."""
        return {{ n.cls }}Changes(**self.model_dump())


class {{ n.cls }}Out(BaseModel):
    """{{ n.a.capitalize() }}."""

    model_config = ConfigDict(
        from_attributes=True,
        strict=True,  # services give what is declared here: nothing is to be converted
        json_schema_extra={
            "examples": [
                {
                    "id": "0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d",
{% if r.has_owner %}
                    "owner_id": "0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9f",
{% endif %}
                    **_EXAMPLE,
                    "active": True,
                    "created_at": "2026-01-31T09:30:00.125Z",
                    "updated_at": "2026-01-31T09:30:00.125Z",
                },
            ],
        },
    )

    id: UUID
{% if r.has_owner %}
    owner_id: UUID = Field(description="Who created it.")
{% endif %}
{% for f in r.fields %}
    {{ f.name }}: {{ f.annotation }}
{% endfor %}
    active: bool = Field(
        validation_alias="is_active",
        description="False once deactivated.",
    )
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, {{ n.singular }}: {{ n.cls }}) -> Self:
        """Return {{ n.a }} as clients see it."""
        return cls.model_validate({{ n.singular }})


class {{ n.cls }}Page(BaseModel):
    """Some {{ n.plural_words }} in order."""

    items: list[{{ n.cls }}Out]
    next_cursor: str | None = Field(
        description="Pass this as `cursor` for the next page; null on the last one.",
    )

    @classmethod
    def of(cls, page: Page[{{ n.cls }}], next_cursor: str | None) -> Self:
        """Return a page as clients see it."""
        return cls.model_validate({"items": page.items, "next_cursor": next_cursor})
