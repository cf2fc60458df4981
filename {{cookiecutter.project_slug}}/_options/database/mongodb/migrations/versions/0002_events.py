"""Events: the outbox, the inbox, and the counts that follow registrations."""

from pymongo import IndexModel

from migrations.operations import (
    Database,
    drop_collection,
    put_collection,
    put_index,
)

OUTBOX = {
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
        "last_error": {"bsonType": ["string", "null"], "maxLength": 200},
        "dead_at": {"bsonType": ["date", "null"]},
    },
}

INBOX = {
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
}

REGISTRATIONS_DAILY = {
    "bsonType": "object",
    "additionalProperties": False,
    "required": ["_id", "count"],
    "properties": {
        "_id": {"bsonType": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "count": {"bsonType": ["int", "long"], "minimum": 1},
    },
}


async def upgrade(database: Database) -> None:
    await put_collection(database, "outbox", OUTBOX)
    due = IndexModel(["due_at", "_id"], name="ix_outbox_due_at_id")
    await put_index(database, "outbox", due)
    await put_collection(database, "inbox", INBOX)
    accepted = IndexModel("accepted_at", name="ix_inbox_accepted_at")
    await put_index(database, "inbox", accepted)
    await put_collection(database, "registrations_daily", REGISTRATIONS_DAILY)


async def downgrade(database: Database) -> None:
    for name in ["registrations_daily", "inbox", "outbox"]:
        await drop_collection(database, name)
