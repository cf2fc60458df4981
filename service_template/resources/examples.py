"""Values for examples and tests: some that a field may have, and some that it may not."""

import json
import sys
from decimal import Decimal
from math import inf
from typing import Literal

from service_template.resources.fields import Field

UUIDS = ("0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d", "0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9e")
GIVEN = {
    "email": ("ada@example.com", "bob@example.com"),
    "date": ("2026-01-31", "2026-02-28"),
    "datetime": ("2026-01-31T09:30:00Z", "2026-02-28T10:45:30Z"),
}

Value = str | int | float | bool | list["Value"]
"""A value as JSON has it."""


def value(field: Field, number: int = 0) -> Value:
    """Return a value as JSON has it; `number` 0 or 1 tells two apart."""
    if field.kind in GIVEN:
        return GIVEN[field.kind][number]
    if field.element:
        several = [value(field.element), value(field.element, 1)]
        return several[number : int(field.most or 0)]
    match field.kind:
        case "str" | "text":
            return text(field, number)
        case "float":
            return _fraction(field, number)
        case "int":
            return int(_number(field, Decimal(1), number))
        case "decimal":
            return str(_number(field, Decimal(1).scaleb(-field.places), number))
        case "bool":
            return number == 0
        case "enum":
            return field.choices[number]
        case _:
            return UUIDS[number]


def text(field: Field, number: int = 0) -> str:
    least, most = int(field.least or 0), int(field.most or 0)
    words = f"{field.words.capitalize()} {number + 1}"
    return (words if len(words) <= most else str(number + 1)).ljust(least, "x")


def _number(field: Field, step: Decimal, number: int) -> Decimal:
    assert field.least is not None
    assert field.most is not None
    start = field.least if field.least > 0 else min(field.most, max(field.least, Decimal(1)))
    other = start + step if start + step <= field.most else start - step
    return (start if number == 0 else other).quantize(step)


def _fraction(field: Field, number: int) -> float:
    least = -inf if field.least is None else float(field.least)
    most = inf if field.most is None else float(field.most)
    start = least if least > 0 else min(most, max(least, 1.0))
    if number == 0:
        return start
    others = (start + 0.5, start - 0.5, (least + most) / 2)
    return next(other for other in others if least <= other <= most)


def literal(field: Field, number: int = 0) -> str:
    """Return the same value as Python has it, as code."""
    given = value(field, number)
    if isinstance(given, list):
        return f"({''.join(f'{python(one)}, ' for one in given)})"
    match field.kind:
        case "decimal":
            return f"Decimal({quoted(str(given))})"
        case "date":
            year, month, day = map(int, str(given).split("-"))
            return f"date({year}, {month}, {day})"
        case "datetime":
            parts = [int(part) for part in _parts(str(given))]
            return f"datetime({', '.join(map(str, parts))}, tzinfo=UTC)"
        case "uuid" | "ref":
            return f"UUID({quoted(str(given))})"
        case "enum":
            return f"{field.cls}.{str(given).upper()}"
        case _:
            return python(given)


def _parts(moment: str) -> list[str]:
    parts = moment.removesuffix("Z").replace("T", "-").replace(":", "-").split("-")
    return parts if int(parts[-1]) else parts[:-1]


def bound(field: Field, which: Literal["least", "most"]) -> str:
    """Return the least or the greatest number that a field may have, as code."""
    number = getattr(field, which)
    if field.kind == "float":
        furthest = sys.float_info.max if which == "most" else -sys.float_info.max
        return repr(furthest if number is None else float(number))
    return str(number) if field.kind == "int" else f'Decimal("{number}")'


def full(field: Field) -> str:
    """Return the longest list that a field may have, as code."""
    assert field.element is not None
    if field.element.kind == "str":
        return f'("王" * {field.element.most},) * {field.most}'
    ends = [bound(field.element, "least"), bound(field.element, "most")]
    return f"({ends[0]}, {ends[1]})" if field.most != 1 else f"({ends[1]},)"


def refused(field: Field) -> list[str]:
    """Return values, as code that stands for JSON, each of which is refused for one reason."""
    found = [] if field.optional else ["ABSENT", "None"]
    match field.kind:
        case "str" | "text" | "email":
            found += _refused_text(field)
        case "list":
            found += _refused_lists(field)
        case "float":
            found += ['"many"', '"NaN"', '"Infinity"', '"-Infinity"']
            found += [repr(float(field.least) - 1)] if field.least is not None else []
            found += [repr(float(field.most) + 1)] if field.most is not None else []
        case "int":
            found += [
                '"many"',
                "1.5",
                str(int(field.least or 0) - 1),
                str(int(field.most or 0) + 1),
            ]
        case "decimal":
            step = Decimal(1).scaleb(-field.places)
            below, above = (field.least or 0) - step, (field.most or 0) + step
            found += ['"many"', f'"{below}"', f'"{above}"']
            found += [f'"{(field.least or Decimal(0)) + step / 2}"'] if field.digits < 18 else []
        case "bool":
            found += ['"perhaps"', "17"]
        case "date":
            found += ['"tomorrow"', '"0001-01-01"']
        case "datetime":
            found += ['"tomorrow"', '"2026-01-31T09:30:00"', '"0001-01-01T00:00:00Z"']
        case "enum":
            found += ['"nothing of these"']
        case _:
            found += ['"nobody"']
    return found


def _refused_text(field: Field) -> list[str]:
    if field.kind == "email":
        longest = f'"{"x" * 64}@{"y." * 95}com"'
        return ["17", '"nobody"', '"ada@"', r'"ada\0@example.com"', longest]
    length = int(field.most or 0)
    found = [f'"x" * {length + 1}', "17", r'"a\0b"'] if length > 2 else ["17"]
    if field.kind == "text" and length > 2:
        found.append(r'"a\tb"')
    return found + (['""', '" "'] if field.least else [])


def _refused_lists(field: Field) -> list[str]:
    assert field.element is not None
    one = python(value(field.element))
    elements = [of for of in refused(field.element) if of != "ABSENT"]
    return [
        '"many"',
        "{}",
        f"[{one}] * {int(field.most or 0) + 1}",
        *(f"[{of}]" for of in elements),
    ]


def numbered(field: Field) -> str:
    """Return code for a value, as JSON has it, that differs with each `number`."""
    if field.kind == "str":
        least = int(field.least or 0)
        return f'f"{{number:0{least}}}"' if least > 1 else "str(number)"
    if field.kind == "email":
        return 'f"{number}@example.com"'
    if field.kind == "int":
        start = int(field.least or 0) if (field.least or 0) > 0 else min(0, int(field.most or 0))
        return f"{start} + number" if start else "number"
    return "str(UUID(int=number))"


def python(given: Value) -> str:
    if isinstance(given, list):
        return f"[{', '.join(map(python, given))}]"
    return quoted(given) if isinstance(given, str) else repr(given)


def quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
