"""Networks that accounts were logged in to from."""

from pymongo import IndexModel

from migrations.operations import (
    Database,
    drop_collection,
    put_collection,
    put_index,
)

KNOWN_NETWORKS = {
    "bsonType": "object",
    "additionalProperties": False,
    "required": ["_id", "known_until"],
    "properties": {
        "_id": {"bsonType": "binData"},
        "known_until": {"bsonType": "date"},
    },
}


async def upgrade(database: Database) -> None:
    await put_collection(database, "known_networks", KNOWN_NETWORKS)
    by_end = IndexModel("known_until", name="ix_known_networks_known_until")
    await put_index(database, "known_networks", by_end)


async def downgrade(database: Database) -> None:
    await drop_collection(database, "known_networks")
