"""What steps are made of: changes that can be repeated, and do nothing the second time."""

from collections.abc import Mapping
from typing import Any

from pymongo import IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, OperationFailure

Database = AsyncDatabase[dict[str, Any]]

NAMESPACE_NOT_FOUND = 26
INDEX_NOT_FOUND = 27


async def put_collection(
    database: Database,
    name: str,
    json_schema: Mapping[str, Any],
) -> None:
    """Create a collection, or give the one that is there another schema.

    Documents that are there already are not looked at: a step that makes a schema stricter
    has to change them first.
    """
    validator = {"$jsonSchema": json_schema}
    try:
        await database.create_collection(name, validator=validator)
    except CollectionInvalid:  # it is there
        await database.command("collMod", name, validator=validator)


async def put_index(database: Database, collection: str, index: IndexModel) -> None:
    """Build an index; the one of the same name has to be dropped first if it differs."""
    await database[collection].create_indexes([index])


async def drop_index(database: Database, collection: str, name: str) -> None:
    """Drop an index, if it is there."""
    try:
        await database[collection].drop_index(name)
    except OperationFailure as error:
        if error.code not in {NAMESPACE_NOT_FOUND, INDEX_NOT_FOUND}:
            raise


async def drop_collection(database: Database, name: str) -> None:
    """Drop a collection and all it holds, if it is there."""
    await database.drop_collection(name)
