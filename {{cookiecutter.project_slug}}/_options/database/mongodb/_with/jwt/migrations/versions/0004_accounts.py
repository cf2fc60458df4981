"""Accounts, and the refresh tokens given out for them."""

from pymongo import IndexModel

from migrations.operations import (
    Database,
    drop_collection,
    put_collection,
    put_index,
)

ACCOUNTS = {
    "bsonType": "object",
    "additionalProperties": False,
    "required": [
        "_id",
        "password_hash",
        "password_version",
        "is_administrator",
        "version",
    ],
    "properties": {
        "_id": {"bsonType": "binData"},
        "password_hash": {"bsonType": "string", "maxLength": 255},
        "password_version": {"bsonType": ["int", "long"], "minimum": 1},
        "is_administrator": {"bsonType": "bool"},
        "version": {"bsonType": ["int", "long"], "minimum": 1},
    },
}

TOKEN_FAMILIES = {
    "bsonType": "object",
    "additionalProperties": False,
    "required": [
        "_id",
        "user_id",
        "family_digest",
        "token_digest",
        "password_version",
        "created_at",
        "expires_at",
        "ended_at",
    ],
    "properties": {
        "_id": {"bsonType": "binData"},
        "user_id": {"bsonType": "binData"},
        "family_digest": {"bsonType": "binData"},
        "token_digest": {"bsonType": "binData"},
        "password_version": {"bsonType": ["int", "long"], "minimum": 1},
        "created_at": {"bsonType": "date"},
        "expires_at": {"bsonType": "date"},
        "ended_at": {"bsonType": ["date", "null"]},
    },
}


async def upgrade(database: Database) -> None:
    await put_collection(database, "accounts", ACCOUNTS)
    await put_collection(database, "token_families", TOKEN_FAMILIES)
    name = "uq_token_families_family_digest"
    by_digest = IndexModel("family_digest", name=name, unique=True)
    await put_index(database, "token_families", by_digest)
    name = "ix_token_families_user_id_expires_at"
    by_user = IndexModel(["user_id", "expires_at"], name=name)
    await put_index(database, "token_families", by_user)


async def downgrade(database: Database) -> None:
    await drop_collection(database, "token_families")
    await drop_collection(database, "accounts")
