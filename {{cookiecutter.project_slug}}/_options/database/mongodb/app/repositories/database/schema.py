"""The collections, as migrations leave them. Fields carry the names of the models' attributes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel

from app.models.user import MAX_EMAIL_LENGTH, MAX_NAME_LENGTH


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection, the JSON schema that its documents satisfy, and its indexes.

    Source: https://www.mongodb.com/docs/manual/core/schema-validation/specify-json-schema/
    """

    name: str
    json_schema: Mapping[str, Any]
    indexes: tuple[IndexModel, ...]


USERS = Collection(
    name="users",
    json_schema={
        "bsonType": "object",
        "additionalProperties": False,
        "required": [
            "_id",
            "email",
            "name",
            "created_at",
            "updated_at",
            "deactivated_at",
            "version",
        ],
        "properties": {
            "_id": {"bsonType": "binData"},
            "email": {"bsonType": "string", "maxLength": MAX_EMAIL_LENGTH},
            "name": {"bsonType": "string", "maxLength": MAX_NAME_LENGTH},
            "created_at": {"bsonType": "date"},
            "updated_at": {"bsonType": "date"},
            "deactivated_at": {"bsonType": ["date", "null"]},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
        },
    },
    indexes=(
        IndexModel("email", name="uq_users_email", unique=True),
        IndexModel(["created_at", "_id"], name="ix_users_created_at_id"),
    ),
)

IDEMPOTENCY_KEYS = Collection(
    name="idempotency_keys",
    json_schema={
        "bsonType": "object",
        "additionalProperties": False,
        "required": ["_id", "fingerprint", "created_at", "result"],
        "properties": {
            "_id": {"bsonType": "string", "pattern": "^[0-9a-f]{64}$"},
            "fingerprint": {"bsonType": "string", "pattern": "^[0-9a-f]{64}$"},
            "created_at": {"bsonType": "date"},
            "result": {"bsonType": ["string", "null"]},
        },
    },
    indexes=(IndexModel("created_at", name="ix_idempotency_keys_created_at"),),
)

COLLECTIONS = (USERS, IDEMPOTENCY_KEYS)
