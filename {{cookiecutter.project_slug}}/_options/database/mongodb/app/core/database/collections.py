"""The collections of `app/core`, as migrations leave them, and what all collections have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel

from app.core.events.outbox_message import MAX_REASON_LENGTH


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection, the JSON schema that its documents satisfy, and its indexes.

    Source: https://www.mongodb.com/docs/manual/core/schema-validation/specify-json-schema/
    """

    name: str
    json_schema: Mapping[str, Any]
    indexes: tuple[IndexModel, ...]


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

OUTBOX = Collection(
    name="outbox",
    json_schema={
        "bsonType": "object",
        "additionalProperties": False,
        "required": [
            "_id",
            "name",
            "payload",
            "occurred_at",
            "trace",
            "attempts",
            "due_at",
            "last_error",
            "dead_at",
        ],
        "properties": {
            "_id": {"bsonType": "binData"},
            "name": {"bsonType": "string", "maxLength": 100},
            "payload": {"bsonType": "object"},
            "occurred_at": {"bsonType": "date"},
            "trace": {"bsonType": ["string", "null"], "maxLength": 55},
            "attempts": {"bsonType": ["int", "long"], "minimum": 0},
            "due_at": {"bsonType": ["date", "null"]},
            "last_error": {
                "bsonType": ["string", "null"],
                "maxLength": MAX_REASON_LENGTH,
            },
            "dead_at": {"bsonType": ["date", "null"]},
        },
    },
    indexes=(IndexModel(["due_at", "_id"], name="ix_outbox_due_at_id"),),
)

INBOX = Collection(
    name="inbox",
    json_schema={
        "bsonType": "object",
        "additionalProperties": False,
        "required": ["_id", "accepted_at"],
        "properties": {
            "_id": {
                "bsonType": "object",
                "additionalProperties": False,
                "required": ["event_id", "handler"],
                "properties": {
                    "event_id": {"bsonType": "binData"},
                    "handler": {"bsonType": "string"},
                },
            },
            "accepted_at": {"bsonType": "date"},
        },
    },
    indexes=(IndexModel("accepted_at", name="ix_inbox_accepted_at"),),
)
