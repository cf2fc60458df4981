"""Users, as clients see them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import (
    MISSING,
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
)

from app.core.pagination import Page
from app.models.user import (
    MAX_EMAIL_LENGTH,
    MAX_NAME_LENGTH,
    NewUser,
    User,
    UserChanges,
    normalized_email,
    normalized_name,
)

Email = Annotated[
    str,
    Field(
        max_length=MAX_EMAIL_LENGTH,
        description="Unique, whatever its letter case.",
        json_schema_extra={"format": "email"},
    ),
    AfterValidator(normalized_email),
]
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_NAME_LENGTH,
        description="How to address the user.",
    ),
    AfterValidator(normalized_name),
]

_EXAMPLE: dict[str, JsonValue] = {"email": "ada@example.com", "name": "Ada Lovelace"}


class UserIn(BaseModel):
    """Somebody to register."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [_EXAMPLE]},
    )

    email: Email
    name: Name

    def details(self) -> NewUser:
        """Return what services understand."""
        return NewUser(email=self.email, name=self.name)


class UserPatch(BaseModel):
    """New details; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Ada King"}]},
    )

    email: Email | MISSING = MISSING
    name: Name | MISSING = MISSING

    def changes(self) -> UserChanges:
        """Return what services understand."""
        return UserChanges(**self.model_dump())


class UserOut(BaseModel):
    """A registered user."""

    model_config = ConfigDict(
        from_attributes=True,
        strict=True,  # services give what is declared here: nothing is to be converted
        json_schema_extra={
            "examples": [
                {
                    "id": "0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d",
                    **_EXAMPLE,
                    "active": True,
                    "created_at": "2026-01-31T09:30:00.125Z",
                    "updated_at": "2026-01-31T09:30:00.125Z",
                },
            ],
        },
    )

    id: UUID
    email: str
    name: str
    active: bool = Field(
        validation_alias="is_active",
        description="False once deactivated.",
    )
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, user: User) -> Self:
        """Return a user as clients see it."""
        return cls.model_validate(user)


class UserPage(BaseModel):
    """Some users in order."""

    items: list[UserOut]
    next_cursor: str | None = Field(
        description="Pass this as `cursor` for the next page; null on the last one.",
    )

    @classmethod
    def of(cls, page: Page[User], next_cursor: str | None) -> Self:
        """Return a page as clients see it."""
        return cls.model_validate({"items": page.items, "next_cursor": next_cursor})
