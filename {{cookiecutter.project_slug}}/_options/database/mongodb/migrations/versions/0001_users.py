"""Users."""

from pymongo import IndexModel

from migrations.operations import (
    Database,
    drop_collection,
    put_collection,
    put_index,
)

USERS = {
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
        "email": {"bsonType": "string", "maxLength": 254},
        "name": {"bsonType": "string", "maxLength": 100},
        "created_at": {"bsonType": "date"},
        "updated_at": {"bsonType": "date"},
        "deactivated_at": {"bsonType": ["date", "null"]},
        "version": {"bsonType": ["int", "long"], "minimum": 1},
    },
}


async def upgrade(database: Database) -> None:
    await put_collection(database, "users", USERS)
    email = IndexModel("email", name="uq_users_email", unique=True)
    await put_index(database, "users", email)
    by_time = IndexModel(["created_at", "_id"], name="ix_users_created_at_id")
    await put_index(database, "users", by_time)


async def downgrade(database: Database) -> None:
    await drop_collection(database, "users")
