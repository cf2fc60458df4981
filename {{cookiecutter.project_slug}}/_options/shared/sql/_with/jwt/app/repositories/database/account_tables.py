"""The tables of accounts, refresh tokens and known networks, as migrations leave them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from app.core.database.tables import metadata
from app.core.database.types import Identifier, Moment
from app.repositories.database.account_types import Digest, PasswordHash

accounts = Table(
    "accounts",
    metadata,
    Column("user_id", Identifier, ForeignKey("users.id"), primary_key=True),
    Column("password_hash", PasswordHash, nullable=False),
    Column("password_version", Integer, nullable=False),
    Column("is_administrator", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)

token_families = Table(
    "token_families",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("user_id", Identifier, ForeignKey("users.id"), nullable=False),
    Column("family_digest", Digest, nullable=False, unique=True),
    Column("token_digest", Digest, nullable=False),
    Column("password_version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Index(None, "user_id", "expires_at"),
)

known_networks = Table(
    "known_networks",
    metadata,
    Column("digest", Digest, primary_key=True),
    Column("known_until", Moment, nullable=False, index=True),
)
