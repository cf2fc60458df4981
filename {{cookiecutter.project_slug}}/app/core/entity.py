"""Things that are kept: what each of them has beside its details."""

from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime
from typing import Annotated, Any, Self, get_type_hints
from uuid import UUID

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from app.core.details import Changes, Details
from app.core.ids import new_id


@dataclass(frozen=True, kw_only=True)
class Entity:
    """Something with an id: `class Order(Entity, OrderDetails)`.

    - `version` is 1 at first and grows by one with every change that is stored.
    - Times are UTC.
    """

    id: Annotated[UUID, Field(examples=["0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d"])]
    created_at: Annotated[datetime, Field(examples=["2026-01-31T09:30:00.125Z"])]
    updated_at: Annotated[datetime, Field(examples=["2026-01-31T09:30:00.125Z"])]
    version: int = 1

    def __post_init__(self) -> None:
        """Believe what is given: details were checked when they were decided."""

    @classmethod
    def new(
        cls,
        details: Details,
        *,
        at: datetime,
        entity_id: UUID | None = None,
        **more: object,
    ) -> Self:
        """Return an entity with these details, created at a time.

        `more` are attributes that are not for everybody to decide, such as whose it is.
        """
        attributes = {**vars(details), **more}
        return cls(
            id=entity_id or new_id(at),
            created_at=at,
            updated_at=at,
            **attributes,
        )

    def changed(self, changes: Changes[Self], *, at: datetime) -> Self:
        """Return it with new details; the very same object if nothing differs."""
        given = changes.given
        if all(getattr(self, name) == value for name, value in given.items()):
            return self
        return self._revised(at, **given)

    def _revised(self, at: datetime, /, **attributes: Any) -> Self:
        """Return its next version, which differs in these attributes."""
        version = self.version + 1
        return replace(self, **attributes, updated_at=at, version=version)

    @classmethod
    def __get_pydantic_core_schema__(
        cls,
        _source: object,
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        """Read what is kept somewhere without its rules: they held when it was decided."""
        hints = get_type_hints(cls)  # types alone, without what else `Annotated` says
        found = []
        for field in fields(cls):
            schema = handler.generate_schema(hints[field.name])
            if field.default is not MISSING:
                schema = core_schema.with_default_schema(schema, default=field.default)
            found.append(core_schema.dataclass_field(field.name, schema, kw_only=True))
        names = [field.name for field in fields(cls)]
        arguments = core_schema.dataclass_args_schema(cls.__name__, found)
        return core_schema.dataclass_schema(cls, arguments, names)


@dataclass(frozen=True, kw_only=True)
class Deactivatable(Entity):
    """An entity that is not deleted: deactivated, it stays readable and can't be changed."""

    deactivated_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether it has not been deactivated."""
        return self.deactivated_at is None

    def deactivated(self, *, at: datetime) -> Self:
        """Return it deactivated; the very same object if it is already."""
        return self._revised(at, deactivated_at=at) if self.is_active else self

    def reactivated(self, *, at: datetime) -> Self:
        """Return it active again; the very same object if it is already."""
        return self if self.is_active else self._revised(at, deactivated_at=None)
