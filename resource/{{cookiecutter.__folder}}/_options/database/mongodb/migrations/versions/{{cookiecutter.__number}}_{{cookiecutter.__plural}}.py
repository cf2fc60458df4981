{% set r = cookiecutter | resource %}
"""Sample items."""

from pymongo import IndexModel

from migrations.operations import Database, drop_collection, put_collection, put_index

JSON_SCHEMA = {
    "bsonType": "object",
    "additionalProperties": False,
    "required": [
        "_id",
{% if r.has_owner %}
        "owner_id",
{% endif %}
{% for f in r.fields %}
        "{{ f.name }}",
{% endfor %}
        "created_at",
        "updated_at",
{% if r.deactivates %}
        "deactivated_at",
{% endif %}
        "version",
    ],
    "properties": {
        "_id": {"bsonType": "binData"},
{% if r.has_owner %}
        "owner_id": {"bsonType": "binData"},
{% endif %}
{% for f in r.fields %}
        "{{ f.name }}": {{ f | json_schema }},
{% endfor %}
        "created_at": {"bsonType": "date"},
        "updated_at": {"bsonType": "date"},
{% if r.deactivates %}
        "deactivated_at": {"bsonType": ["date", "null"]},
{% endif %}
        "version": {"bsonType": ["int", "long"], "minimum": 1},
    },
}

INDEXES = (
{% for f in r.unique %}
    IndexModel(
        "{{ f.name }}",
        name="uq_sample_items_{{ f.name }}",
        unique=True,
{% if f.optional %}
        partialFilterExpression={"{{ f.name }}": {"$type": "{{ f | bson_type }}"}},
{% endif %}
    ),
{% endfor %}
    IndexModel(["created_at", "_id"], name="ix_sample_items_created_at_id"),
{% if r.is_private %}
    IndexModel(["owner_id", "created_at", "_id"], name="ix_sample_items_owner_id_created_at_id"),
{% endif %}
{% for f in r.references if not f.unique %}
    IndexModel(["{{ f.name }}", "created_at", "_id"], name="ix_sample_items_{{ f.name }}_created_at_id"),
{% endfor %}
)


async def upgrade(database: Database) -> None:
    await put_collection(database, "sample_items", JSON_SCHEMA)
    for index in INDEXES:
        await put_index(database, "sample_items", index)


async def downgrade(database: Database) -> None:
    await drop_collection(database, "sample_items")
