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

from app.core.pagination import PagedQuery, Sort
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


class {{ n.cls }}Sort(Sort):
    """Orders in which {{ n.plural_words }} can be listed; ties are broken by id, the same way up."""

    OLDEST_FIRST = "created_at"
    NEWEST_FIRST = "-created_at"


{% set filters = (["owner_id"] if r.has_owner else []) + r.filters | map(attribute="name") | list %}
@dataclass(frozen=True, slots=True, kw_only=True)
class {{ n.cls }}Query(PagedQuery):
    """Which {{ n.plural_words }} to list{% for name in filters %}{{ "; " if loop.first else ", " }}`{{ name }}`{% if loop.last %} keeps only those with that value{% endif %}{% endfor %}.

    Raises:
        InvalidDetails: as `PagedQuery`{{ ", or a filter has a value that no detail has" if r.filters | selectattr("kind", "eq", "str") | list else "" }}.
    """

    LISTED = "{{ n.plural }}"
{% if filters %}
    FILTERS = ({% for name in filters %}"{{ name }}", {% endfor %})
{% endif %}

    sort: {{ n.cls }}Sort = {{ n.cls }}Sort.OLDEST_FIRST
{% if r.has_owner %}
    owner_id: UUID | None = None
{% endif %}
{% for f in r.filters %}
    {{ f.name }}: {{ f.python }} | None = None
{% endfor %}
{% set texts = r.filters | selectattr("kind", "eq", "str") | list %}
{% if texts %}

    def __post_init__(self) -> None:
        PagedQuery.__post_init__(self)
{% for f in texts %}
        if self.{{ f.name }} is not None:
            object.__setattr__(self, "{{ f.name }}", {{ f.rule }}(self.{{ f.name }}))
{% endfor %}
{% endif %}
