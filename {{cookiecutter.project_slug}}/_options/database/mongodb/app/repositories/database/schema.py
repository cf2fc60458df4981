"""The collections, as migrations leave them. Fields carry the names of the models' attributes."""

from pymongo import IndexModel

from app.core.database.collections import (
    IDEMPOTENCY_KEYS,
    INBOX,
    OUTBOX,
    Collection,
)
from app.core.validation import MAX_EMAIL_LENGTH
from app.models.user import MAX_NAME_LENGTH

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

REGISTRATIONS_DAILY = Collection(
    name="registrations_daily",
    json_schema={
        "bsonType": "object",
        "additionalProperties": False,
        "required": ["_id", "count"],
        "properties": {
            "_id": {"bsonType": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
            "count": {"bsonType": ["int", "long"], "minimum": 1},
        },
    },
    indexes=(),
)

COLLECTIONS = [USERS, OUTBOX, INBOX, REGISTRATIONS_DAILY, IDEMPOTENCY_KEYS]
"""All of them; modules that define others add them here."""
