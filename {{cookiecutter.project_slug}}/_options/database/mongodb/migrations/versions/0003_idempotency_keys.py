"""What came of requests that may be repeated."""

from pymongo import IndexModel

from migrations.operations import (
    Database,
    drop_collection,
    put_collection,
    put_index,
)

IDEMPOTENCY_KEYS = {
    "bsonType": "object",
    "additionalProperties": False,
    "required": ["_id", "fingerprint", "created_at", "result"],
    "properties": {
        "_id": {"bsonType": "string", "pattern": "^[0-9a-f]{64}$"},
        "fingerprint": {"bsonType": "string", "pattern": "^[0-9a-f]{64}$"},
        "created_at": {"bsonType": "date"},
        "result": {"bsonType": ["string", "null"]},
    },
}


async def upgrade(database: Database) -> None:
    await put_collection(database, "idempotency_keys", IDEMPOTENCY_KEYS)
    by_age = IndexModel("created_at", name="ix_idempotency_keys_created_at")
    await put_index(database, "idempotency_keys", by_age)


async def downgrade(database: Database) -> None:
    await drop_collection(database, "idempotency_keys")
