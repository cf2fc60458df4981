"""What is decided about things: fields with their rules, declared once, and changes of them.

Bodies of requests are read as these very classes: each rule runs once, and clients are told of a
field what stands where it is declared.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, ClassVar, Generic, Self, TypeVar, get_args, get_type_hints

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.core.validation import InvalidDetails

Of_contra = TypeVar("Of_contra", contravariant=True)


class _Fields:
    """Values of the fields of a class of details: all of them, or some."""

    _details: ClassVar[type]
    _some: ClassVar[bool] = False

    @classmethod
    def _of_checked(cls, values: dict[str, Any]) -> Self:
        """Return an object with values that have passed their rules."""
        made = object.__new__(cls)
        vars(made).update(values)
        return made

    @classmethod
    def __get_pydantic_core_schema__(
        cls,
        _source: object,
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        hints = get_type_hints(cls._details, include_extras=True)
        found = {}
        for field in fields(cls._details):
            schema = handler.generate_schema(hints[field.name])
            is_required = not cls._some and field.default is MISSING
            if not cls._some and not is_required:
                schema = core_schema.with_default_schema(schema, default=field.default)
            entry = core_schema.typed_dict_field(schema, required=is_required)
            found[field.name] = entry
        return core_schema.no_info_after_validator_function(
            cls._of_checked,
            core_schema.typed_dict_schema(found, cls=cls, extra_behavior="forbid"),
            ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls,
        schema: CoreSchema,
        handler: GetJsonSchemaHandler,
    ) -> JsonSchemaValue:
        described = handler(schema)
        with_examples(handler.resolve_ref_schema(described), 1 if cls._some else 0)
        return described


class Details(_Fields):
    """Fields that somebody decides about, each with its type and its rules.

    A class of details is a frozen dataclass. Its rules run when one is made, be it from a
    request or in code. The first of a field's `examples` is shown to those who create something,
    the second one, if there is one, to those who change it.

    Raises:
        InvalidDetails: a detail breaks a rule.
    """

    def __init_subclass__(cls) -> None:
        cls._details = cls

    def __post_init__(self) -> None:
        vars(self).update(vars(_checked(type(self), vars(self))))


@dataclass(frozen=True, init=False)
class Changes(_Fields, Generic[Of_contra]):
    """New details for something; what is not given stays as it is.

    `class OrderChanges(Changes[OrderDetails])` has the fields and rules of `OrderDetails`; `given`
    has those details that are to change.

    Raises:
        InvalidDetails: a detail breaks a rule, or there is no such detail.
    """

    _some = True

    given: Mapping[str, Any]
    """The new values, by the name of their field."""

    def __init__(self, **given: object) -> None:
        object.__setattr__(self, "given", _checked(type(self), given).given)

    def __init_subclass__(cls) -> None:
        for base in vars(cls).get("__orig_bases__", ()):
            [cls._details] = get_args(base)

    @classmethod
    def _of_checked(cls, values: dict[str, Any]) -> Self:
        return super()._of_checked({"given": values})


Some = TypeVar("Some", bound=_Fields)


def _checked(cls: type[Some], values: Mapping[str, object]) -> Some:
    kind: type = cls
    try:
        checked: Some = _adapter(kind).validate_python(values)
    except ValidationError as error:  # its own text repeats values
        [first, *_] = error.errors(include_url=False, include_input=False)
        raise InvalidDetails(first["msg"].removeprefix("Value error, ")) from None
    return checked


@cache
def _adapter(cls: type) -> TypeAdapter[Any]:
    return TypeAdapter(cls)


def with_examples(schema: JsonSchemaValue, number: int) -> None:
    """Make the examples of a schema's fields one example of the whole.

    Fields that have fewer examples are left out of it.
    """
    example = {}
    for name, field in schema["properties"].items():
        places = [field, *field.get("anyOf", ())]
        given = (of.pop("examples") for of in places if "examples" in of)
        examples: list[Any] = next(given, [])
        if number < len(examples):
            example[name] = examples[number]
    if example:
        schema["examples"] = [example]
