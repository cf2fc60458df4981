"""The collections of accounts, refresh tokens and known networks, as migrations leave them."""

from pymongo import IndexModel

from app.core.database.collections import Collection

ACCOUNTS = Collection(
    name="accounts",
    json_schema={
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
    },
    indexes=(),
)

TOKEN_FAMILIES = Collection(
    name="token_families",
    json_schema={
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
    },
    indexes=(
        IndexModel(
            "family_digest",
            name="uq_token_families_family_digest",
            unique=True,
        ),
        IndexModel(
            ["user_id", "expires_at"],
            name="ix_token_families_user_id_expires_at",
        ),
    ),
)

KNOWN_NETWORKS = Collection(
    name="known_networks",
    json_schema={
        "bsonType": "object",
        "additionalProperties": False,
        "required": ["_id", "known_until"],
        "properties": {
            "_id": {"bsonType": "binData"},
            "known_until": {"bsonType": "date"},
        },
    },
    indexes=(IndexModel("known_until", name="ix_known_networks_known_until"),),
)

ACCOUNT_COLLECTIONS = (ACCOUNTS, TOKEN_FAMILIES, KNOWN_NETWORKS)
