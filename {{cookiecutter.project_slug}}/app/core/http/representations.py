"""How clients see what is kept: `OrderOut = Annotated[Order, Representation("OrderOut", "…")]`.

A route returns the entity itself. It is written as JSON as it is: nothing is copied, and no rule
runs again.
"""

from dataclasses import dataclass, fields
from typing import Annotated, Any, Generic, Self, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.core.details import with_examples
from app.core.entity import Deactivatable, Entity
from app.core.pagination import Page

Item = TypeVar("Item")

_FIRST = ("id",)
_LAST = ("created_at", "updated_at")
_ACTIVE = Annotated[bool, Field(description="False once deactivated.", examples=[True])]


@dataclass(frozen=True, slots=True)
class Representation:
    """Shows an entity: its id, its details, its times, and whether it is active if that differs.

    `name` and `description` are those of its schema in the interface's description.
    """

    name: str
    description: str

    def __get_pydantic_core_schema__(
        self,
        source: type[Entity],
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        common = {field.name for field in fields(Deactivatable)}
        state = ("is_active",) if issubclass(source, Deactivatable) else ()
        own = [field.name for field in fields(source) if field.name not in common]
        hints = get_type_hints(source, include_extras=True) | {"is_active": _ACTIVE}
        plain = get_type_hints(source) | {"is_active": bool}
        shown = [
            core_schema.dataclass_field(
                name,
                handler.generate_schema(_told(plain[name], hints[name])),
                serialization_alias="active" if name == "is_active" else None,
            )
            for name in (*_FIRST, *own, *state, *_LAST)
        ]
        return core_schema.dataclass_schema(
            source,
            core_schema.dataclass_args_schema(self.name, shown),
            [field["name"] for field in shown],
            ref=f"{source.__module__}.{self.name}:{id(source)}",
        )

    def __get_pydantic_json_schema__(
        self,
        schema: CoreSchema,
        handler: GetJsonSchemaHandler,
    ) -> JsonSchemaValue:
        described = handler(schema)
        own = handler.resolve_ref_schema(described)
        with_examples(own, 0)
        own |= {"title": self.name, "description": self.description}
        return described


def _told(plain: Any, hint: Any) -> Any:
    """Return a type with the description and the examples that are told where it is declared."""
    for part in (hint, *get_args(hint)):
        for note in getattr(part, "__metadata__", ()):
            if isinstance(note, FieldInfo) and note.examples:
                told = Field(description=note.description, examples=note.examples)
                return Annotated[plain, told]
    return plain


class PageOut(BaseModel, Generic[Item]):
    """Some items in order: `class OrderPage(PageOut[OrderOut])`."""

    items: tuple[Item, ...]
    next_cursor: str | None = Field(
        description="Pass this as `cursor` for the next page; null on the last one.",
    )

    @classmethod
    def of(cls, page: Page[Item], next_cursor: str | None) -> Self:
        """Return a page as clients see it."""
        return cls(items=page.items, next_cursor=next_cursor)
