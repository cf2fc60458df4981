"""Whether the database has the shape that the code expects."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.database.collections import Collection
from migrations.operations import Database

_NOT_COMPARED = frozenset({"name", "v", "ns", "background"})
"""What servers add to the description of an index, or what says nothing of its shape."""

Indexes = dict[str, dict[str, Any]]


async def differences(database: Database, expected: Collection) -> list[str]:
    """Return a line for each way in which a collection is not as expected."""
    name = expected.name
    collections = await database.list_collections(filter={"name": name})
    found = await collections.to_list()
    if not found:
        return [f"Collection {name} is missing."]
    lines = _index_differences(
        name,
        _comparable(index.document for index in expected.indexes),
        _comparable(await (await database[name].list_indexes()).to_list()),
    )
    if not _has_validator(found[0]["options"], expected):
        lines.append(f"The validator of collection {name} differs.")
    return lines


def _has_validator(options: dict[str, Any], expected: Collection) -> bool:
    return (
        options.get("validator") == {"$jsonSchema": expected.json_schema}
        and options.get("validationLevel", "strict") == "strict"
        and options.get("validationAction", "error") == "error"
    )


def _index_differences(name: str, expected: Indexes, found: Indexes) -> list[str]:
    lines = []
    for index in sorted(expected.keys() | found.keys()):
        if index not in found:
            lines.append(f"Index {index} of collection {name} is missing.")
        elif index not in expected:
            lines.append(f"Index {index} of collection {name} is not in the code.")
        elif expected[index] != found[index]:
            lines.append(f"Index {index} of collection {name} differs.")
    return lines


def _comparable(documents: Iterable[Mapping[str, Any]]) -> Indexes:
    """Return what indexes are, by name, without the one that every collection has."""
    indexes = {document["name"]: _properties(document) for document in documents}
    indexes.pop("_id_", None)
    return indexes


def _properties(index: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that count; the order of keys is one of them."""
    properties = {name: index[name] for name in index.keys() - _NOT_COMPARED}
    return {**properties, "key": list(index["key"].items())}
