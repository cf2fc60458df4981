"""The tables, as migrations leave them. Columns carry the names of the models' attributes."""

from sqlalchemy import Column, Date, Index, Integer, Table

from app.core.database.tables import metadata
from app.core.database.types import Email, Identifier, Moment, Name

users = Table(
    "users",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("email", Email, nullable=False, unique=True),
    Column("name", Name, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deactivated_at", Moment),
    Column("version", Integer, nullable=False),
    Index(None, "created_at", "id"),
)

registrations_daily = Table(
    "registrations_daily",
    metadata,
    Column("day", Date, primary_key=True),
    Column("count", Integer, nullable=False),
)
