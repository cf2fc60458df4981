{% set r = cookiecutter | resource %}
{% set c = r.changing %}
"""What must be true of a sample item's details."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.validation import InvalidDetails
from app.models.sample_item import SampleItemChanges, SampleItemQuery{% for f in r.of_kind("enum") %}, {{ f.cls }}{% endfor %}

from tests.sample_items import new_sample_item

NOW = datetime(2026, 1, 31, tzinfo=UTC)

{% set ns = namespace(kept=[], wrong=[]) %}
{% for f in r.of_kind("text") %}
{% set ns.kept = ns.kept + ['("' ~ f.name ~ '", "x" * ' ~ f.most ~ ', "x" * ' ~ f.most ~ ')'] %}
{% if f.most > 7 and f.least < 6 %}
{% set ns.kept = ns.kept + ['("' ~ f.name ~ '", " zoe\\N{COMBINING DIAERESIS}\\r\\n\\r王 ", "zoë\\n\\n王")'] %}
{% endif %}
{% set ns.wrong = ns.wrong + ['("' ~ f.name ~ '", "x" * ' ~ (f.most + 1) ~ ')', '("' ~ f.name ~ '", "a\\tb")', '("' ~ f.name ~ '", "a\\0b")'] %}
{% endfor %}
{% for f in r.of_kind("list") %}
{% set one = f.element | literal %}
{% set ns.kept = ns.kept + ['("' ~ f.name ~ '", [' ~ one ~ '], (' ~ one ~ ',))', '("' ~ f.name ~ '", [], ())'] %}
{% set ns.wrong = ns.wrong + ['("' ~ f.name ~ '", [' ~ one ~ '] * ' ~ (f.most + 1) ~ ')', '("' ~ f.name ~ '", [None])'] %}
{% endfor %}
{% for f in r.of_kind("email") %}
{% set ns.kept = ns.kept + ['("' ~ f.name ~ '", " Ada@Example.COM ", "ada@example.com")'] %}
{% set ns.wrong = ns.wrong + ['("' ~ f.name ~ '", "nobody")'] %}
{% endfor %}
{% for f in r.of_kind("float") %}
{% set ns.kept = ns.kept + ['("' ~ f.name ~ '", ' ~ (f | bound("least")) ~ ', ' ~ (f | bound("least")) ~ ')', '("' ~ f.name ~ '", ' ~ (f | bound("most")) ~ ', ' ~ (f | bound("most")) ~ ')'] %}
{% set ns.wrong = ns.wrong + ['("' ~ f.name ~ '", float("nan"))', '("' ~ f.name ~ '", float("inf"))', '("' ~ f.name ~ '", float("-inf"))'] %}
{% endfor %}
{% for f in r.of_kind("str") %}
{% set ns.kept = ns.kept + ['("' ~ f.name ~ '", "x" * ' ~ f.most ~ ', "x" * ' ~ f.most ~ ')'] %}
{% if f.most > 7 and f.least < 6 %}
{% set ns.kept = ns.kept + ['("' ~ f.name ~ '", "  zoe\\N{COMBINING DIAERESIS} 王 ", "zoë 王")'] %}
{% endif %}
{% set ns.wrong = ns.wrong + ['("' ~ f.name ~ '", "x" * ' ~ (f.most + 1) ~ ')'] %}
{% if f.most > 2 %}
{% set ns.wrong = ns.wrong + ['("' ~ f.name ~ '", "a\\nb")'] %}
{% endif %}
{% if f.least %}
{% set ns.wrong = ns.wrong + ['("' ~ f.name ~ '", " ")'] %}
{% endif %}
{% endfor %}
{% for f in r.of_kind("int") %}
{% set ns.kept = ns.kept + ['("' ~ f.name ~ '", ' ~ f.least ~ ', ' ~ f.least ~ ')', '("' ~ f.name ~ '", ' ~ f.most ~ ', ' ~ f.most ~ ')'] %}
{% set ns.wrong = ns.wrong + ['("' ~ f.name ~ '", ' ~ (f.least - 1) ~ ')', '("' ~ f.name ~ '", ' ~ (f.most + 1) ~ ')'] %}
{% endfor %}
{% for f in r.of_kind("decimal") %}
{% set ns.kept = ns.kept + ['("' ~ f.name ~ '", Decimal("' ~ f.least ~ '"), Decimal("' ~ f.least ~ '"))', '("' ~ f.name ~ '", Decimal("' ~ f.most ~ '"), Decimal("' ~ f.most ~ '"))'] %}
{% set ns.wrong = ns.wrong + ['("' ~ f.name ~ '", Decimal("' ~ (f.most + 1) ~ '"))', '("' ~ f.name ~ '", Decimal("' ~ (f.least - 1) ~ '"))', '("' ~ f.name ~ '", Decimal("NaN"))', '("' ~ f.name ~ '", Decimal("' ~ f.least ~ ("0" if f.places else ".0") ~ '1"))'] %}
{% endfor %}
{% for f in r.of_kind("date") %}
{% set ns.kept = ns.kept + ['("' ~ f.name ~ '", date(1001, 1, 1), date(1001, 1, 1))'] %}
{% set ns.wrong = ns.wrong + ['("' ~ f.name ~ '", date.min)', '("' ~ f.name ~ '", date.max)'] %}
{% endfor %}
{% for f in r.of_kind("datetime") %}
{% set ns.kept = ns.kept + ['("' ~ f.name ~ '", datetime(2026, 1, 31, 9, 30, 0, 1999, timezone(timedelta(hours=2))), datetime(2026, 1, 31, 7, 30, 0, 1000, UTC))'] %}
{% set ns.wrong = ns.wrong + ['("' ~ f.name ~ '", NOW.replace(tzinfo=None))', '("' ~ f.name ~ '", datetime.min.replace(tzinfo=UTC))', '("' ~ f.name ~ '", datetime.max.replace(tzinfo=UTC))'] %}
{% endfor %}
{% if ns.kept %}

@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
{% for case in ns.kept %}
        {{ case }},
{% endfor %}
    ],
)
def test_a_detail_is_brought_to_its_one_form(name: str, given: Any, kept: Any) -> None:
    assert getattr(new_sample_item(**{name: given}), name) == kept


@pytest.mark.parametrize(
    ("name", "given"),
    [
{% for case in ns.wrong %}
        {{ case }},
{% endfor %}
    ],
)
def test_a_detail_that_breaks_a_rule_is_refused(name: str, given: Any) -> None:
    with pytest.raises(InvalidDetails):
        new_sample_item(**{name: given})
    with pytest.raises(InvalidDetails):
        SampleItemChanges(**{name: given})
{% endif %}


@pytest.mark.parametrize("size", [0, -1, 101])
def test_a_page_is_bounded(size: int) -> None:
    with pytest.raises(InvalidDetails):
        SampleItemQuery(size=size)
