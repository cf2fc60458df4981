"""The tables of `app/core`, as migrations leave them, and what all tables have in common."""

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from app.core.database.types import HexDigest, Identifier, Label, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("name", Label, nullable=False),
    Column("payload", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("trace", Label),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment),  # dead letters are never due
    Column("last_error", Label),
    Column("dead_at", Moment),
    Index(None, "due_at", "id"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("event_id", Identifier, primary_key=True),
    Column("handler", Label, primary_key=True),
    Column("accepted_at", Moment, nullable=False),
    Index(None, "accepted_at"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("id", HexDigest, primary_key=True),
    Column("fingerprint", HexDigest, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("result", Text),
    Index(None, "created_at"),
)
