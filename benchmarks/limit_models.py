"""Request and response models of the limits, and the columns that they read."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

COLUMNS = "id, email, name, deactivated_at IS NULL AS active, created_at, updated_at"


class UserIn(BaseModel):
    """A user to register."""

    email: str
    name: str


class UserOut(BaseModel):
    """A registered user."""

    id: UUID
    email: str
    name: str
    active: bool
    created_at: datetime
    updated_at: datetime


class UserPage(BaseModel):
    """Some users in order."""

    items: list[UserOut]
