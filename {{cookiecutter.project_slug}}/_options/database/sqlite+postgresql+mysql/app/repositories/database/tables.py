"""The tables, as migrations leave them. Columns carry the names of the models' attributes."""

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from app.repositories.database.types import Digest, Email, Identifier, Moment, Name

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)

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

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    # Not a primary key: MariaDB does not say whose primary key was violated.
    Column("id", Digest, nullable=False, unique=True),
    Column("fingerprint", Digest, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("result", Text),
    Index(None, "created_at"),
)
