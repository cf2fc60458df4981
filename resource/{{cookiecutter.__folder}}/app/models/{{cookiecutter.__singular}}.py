{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""{{ n.plural_title }}: what they are, and what must be true of their details."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.pagination import MAX_PAGE_SIZE, Position
from app.core.validation import UNCHANGED, InvalidDetails, Unchanged, normalized_line

{% for f in r.of_kind("str") %}
MAX_{{ f.constant }}_LENGTH = {{ f.most }}
"""Characters, after normalisation."""

{% endfor %}
{% for f in r.of_kind("int") %}
MIN_{{ f.constant }} = {{ f.least }}
MAX_{{ f.constant }} = {{ "2**53 - 1" if f.most == 2**53 - 1 else f.most }}
{% if f.most == 2**53 - 1 %}
"""The greatest number that every reader of JSON holds exactly (RFC 8259, section 6)."""
{% endif %}

{% endfor %}
{% for f in r.of_kind("decimal") %}
{{ f.constant }}_DIGITS = {{ f.digits }}
{{ f.constant }}_PLACES = {{ f.places }}
MIN_{{ f.constant }} = Decimal("{{ f.least }}")
MAX_{{ f.constant }} = Decimal("{{ f.most }}")

{% endfor %}
{% if r.of_kind("date", "datetime") %}
FIRST_YEAR, LAST_YEAR = 1001, 9998
"""What every database and every client can hold, in whichever zone."""

{% endif %}

{% for f in r.of_kind("enum") %}
class {{ f.enum }}(StrEnum):
    """What the {{ f.words }} of {{ n.a }} can be."""

{% for constant, choice in f.choice_names %}
    {{ constant }} = "{{ choice }}"
{% endfor %}


{% endfor %}
{% for f in r.of_kind("str") %}
def {{ f.rule }}(text: str) -> str:
    """Return {{ f.a }} in NFC, without white space around it.

    Raises:
        InvalidDetails: it is {{ "empty" if f.least == 1 else "too short" if f.least else "too long, or holds characters that do not print" }}{{ ", too long, or holds characters that do not print" if f.least else "" }}.
    """
    return normalized_line(text, "{{ f.a }}", {{ f.least }}, MAX_{{ f.constant }}_LENGTH)


{% endfor %}
{% for f in r.of_kind("int") %}
def {{ f.rule }}(number: int) -> int:
    """Return {{ f.a }}.

    Raises:
        InvalidDetails: it is out of bounds.
    """
    if not MIN_{{ f.constant }} <= number <= MAX_{{ f.constant }}:
        raise InvalidDetails(f"{{ f.a }} is from {MIN_{{ f.constant }}} to {MAX_{{ f.constant }}}")
    return number


{% endfor %}
{% for f in r.of_kind("decimal") %}
def {{ f.rule }}(number: Decimal) -> Decimal:
    """Return {{ f.a }} with {{ f.constant }}_PLACES decimal places.

    Raises:
        InvalidDetails: it is out of bounds, or needs more places.
    """
    if not (number.is_finite() and MIN_{{ f.constant }} <= number <= MAX_{{ f.constant }}):
        raise InvalidDetails(f"{{ f.a }} is from {MIN_{{ f.constant }}} to {MAX_{{ f.constant }}}")
    exact = number.quantize(Decimal(1).scaleb(-{{ f.constant }}_PLACES)) + 0
    if exact != number:
        raise InvalidDetails(f"{{ f.a }} has at most { {{- f.constant }}_PLACES} decimal places")
    return exact


{% endfor %}
{% if r.of_kind("date") %}
def checked_date(day: date) -> date:
    """Return a day.

    Raises:
        InvalidDetails: it is too long ago, or too far away.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidDetails(f"a day is in the years from {FIRST_YEAR} to {LAST_YEAR}")
    return day


{% endif %}
{% if r.of_kind("datetime") %}
def normalized_datetime(at: datetime) -> datetime:
    """Return a time in UTC, cut to milliseconds, which every client can hold.

    Raises:
        InvalidDetails: it has no zone, is too long ago, or too far away.
    """
    if at.utcoffset() is None:
        raise InvalidDetails("a time has a zone")
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise InvalidDetails(f"a time is in the years from {FIRST_YEAR} to {LAST_YEAR}")
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


{% endif %}
{% set ruled = r.of_kind("str", "int", "decimal", "date", "datetime") %}
{% if ruled %}
_RULES: Mapping[str, Callable[[Any], Any]] = {
{% for f in ruled %}
    "{{ f.name }}": {{ f.rule }},
{% endfor %}
}


def _follow_rules(details: "New{{ n.cls }} | {{ n.cls }}Changes") -> None:
    """Bring each detail that is given to its one form."""
    for name, rule in _RULES.items():
        value = getattr(details, name)
        if value is not None and value is not UNCHANGED:
            object.__setattr__(details, name, rule(value))


{% endif %}
@dataclass(frozen=True, slots=True, kw_only=True)
class New{{ n.cls }}:
    """The details that {{ n.a }} is created with.
{% if ruled %}

    Raises:
        InvalidDetails: a detail breaks a rule.
{% endif %}
    """

{% for f in r.fields %}
    {{ f.name }}: {{ f.annotation }}{{ " = None" if f.optional else "" }}
{% endfor %}
{% if ruled %}

    def __post_init__(self) -> None:
        _follow_rules(self)
{% endif %}


@dataclass(frozen=True, slots=True, kw_only=True)
class {{ n.cls }}Changes:
    """New details for {{ n.a }}; what is not given stays as it is.
{% if ruled %}

    Raises:
        InvalidDetails: a detail breaks a rule.
{% endif %}
    """

{% for f in r.fields %}
    {{ f.name }}: {{ f.python }} | Unchanged{{ " | None" if f.optional else "" }} = UNCHANGED
{% endfor %}
{% if ruled %}

    def __post_init__(self) -> None:
        _follow_rules(self)
{% endif %}


@dataclass(frozen=True, slots=True, kw_only=True)
class {{ n.cls }}:
    """{{ n.a.capitalize() }}.

{% if r.has_owner %}
    - `owner_id` is the caller who created it; nobody else sees it but administrators.
{% endif %}
{% for f in r.unique %}
    - `{{ f.name }}` is unique among all {{ n.plural_words }}, deactivated ones included.
{% endfor %}
{% for f in r.references %}
    - `{{ f.name }}` is the id of {{ f.target.a }}{{ ", if there is one" if f.optional else "" }}.
{% endfor %}
    - `version` is 1 at first and grows by one with every change that is stored.
    - Times are UTC.
    """

    id: UUID
{% if r.has_owner %}
    owner_id: UUID
{% endif %}
{% for f in r.fields %}
    {{ f.name }}: {{ f.annotation }}
{% endfor %}
    created_at: datetime
    updated_at: datetime
    deactivated_at: datetime | None = None
    version: int = 1

    @property
    def is_active(self) -> bool:
        """Whether this {{ n.words }} has not been deactivated."""
        return self.deactivated_at is None

    @classmethod
    def create(
        cls,
        details: New{{ n.cls }},
        *,
        {{ n.singular }}_id: UUID,
{% if r.has_owner %}
        owner_id: UUID,
{% endif %}
        at: datetime,
    ) -> "{{ n.cls }}":
        """Return the {{ n.words }} that these details describe, created at a time."""
        return cls(
            id={{ n.singular }}_id,
{% if r.has_owner %}
            owner_id=owner_id,
{% endif %}
{% for f in r.fields %}
            {{ f.name }}=details.{{ f.name }},
{% endfor %}
            created_at=at,
            updated_at=at,
        )

    def changed(self, changes: {{ n.cls }}Changes, *, at: datetime) -> "{{ n.cls }}":
        """Return this {{ n.words }} with new details; the very same object if nothing differs."""
        given = {of.name: getattr(changes, of.name) for of in fields(changes)}
        new = {name: value for name, value in given.items() if value is not UNCHANGED}
        changed = replace(self, **new)
        if changed == self:
            return self
        return replace(changed, updated_at=at, version=self.version + 1)

    def deactivated(self, *, at: datetime) -> "{{ n.cls }}":
        """Return this {{ n.words }} deactivated; the very same object if it is already."""
        if not self.is_active:
            return self
        return replace(self, deactivated_at=at, updated_at=at, version=self.version + 1)


class {{ n.cls }}Sort(StrEnum):
    """Orders in which {{ n.plural_words }} can be listed; ties are broken by id, the same way up."""

    OLDEST_FIRST = "created_at"
    NEWEST_FIRST = "-created_at"

    @property
    def field(self) -> str:
        """The name of the attribute of `{{ n.cls }}` that is sorted by."""
        return self.value.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the greatest value comes first."""
        return self.value.startswith("-")

    def position(self, {{ n.singular }}: {{ n.cls }}) -> Position:
        """Return the place behind {{ n.a }} in this order."""
        return Position(value=getattr({{ n.singular }}, self.field), id={{ n.singular }}.id)


{% set filters = (["owner_id"] if r.has_owner else []) + r.filters | map(attribute="name") | list %}
@dataclass(frozen=True, slots=True, kw_only=True)
class {{ n.cls }}Query:
    """Which {{ n.plural_words }} to list, in which order, and from where.

    `active` keeps only active (True) or deactivated (False) {{ n.plural_words }}
    {%- for name in filters %}, `{{ name }}` only those with that value{% endfor %}; None
    filters nothing. At most `size` {{ n.plural_words }} are returned.

    Raises:
        InvalidDetails: `size` is out of bounds, or `after` is not a place in this order.
    """

    size: int = 50
    sort: {{ n.cls }}Sort = {{ n.cls }}Sort.OLDEST_FIRST
    active: bool | None = None
{% if r.has_owner %}
    owner_id: UUID | None = None
{% endif %}
{% for f in r.filters %}
    {{ f.name }}: {{ f.python }} | None = None
{% endfor %}
    after: Position | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MAX_PAGE_SIZE:
            raise InvalidDetails(f"a page has 1 to {MAX_PAGE_SIZE} items")
{% for f in r.filters if f.kind == "str" %}
        if self.{{ f.name }} is not None:
            object.__setattr__(self, "{{ f.name }}", {{ f.rule }}(self.{{ f.name }}))
{% endfor %}
        if self.after is not None and not isinstance(self.after.value, datetime):
            raise InvalidDetails("this place belongs to another order")
{% if filters %}

    @property
    def filters(self) -> Mapping[str, Any]:
        """What {{ n.plural_words }} have to be equal in, besides being active or not."""
        wanted = {
{% for name in filters %}
            "{{ name }}": self.{{ name }},
{% endfor %}
        }
        return {name: value for name, value in wanted.items() if value is not None}
{% endif %}

    @property
    def criteria(self) -> tuple[str | bool | None, ...]:
        """What a page belongs to, wherever it begins and however long it is."""
{% if filters %}
        filters = (f"{name}={value}" for name, value in self.filters.items())
        return "{{ n.plural }}", self.sort, self.active, *filters
{% else %}
        return "{{ n.plural }}", self.sort, self.active
{% endif %}
