{% set r = cookiecutter | resource %}
"""Sample items in a collection."""

from pymongo import IndexModel

from app.core.database.collections import Collection
from app.core.database.entity_collection import EntityCollection
from app.models.sample_item import SampleItem
{% if r.unique %}
from app.repositories.interfaces.sample_items import {{ r.unique | map(attribute="duplicate") | join(", ") }}
{% endif %}

_SAMPLE_ITEMS = Collection(
    name="sample_items",
    json_schema={
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
    },
    indexes=(
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
    ),
)

SAMPLE_ITEMS = EntityCollection(SampleItem, _SAMPLE_ITEMS{% if r.unique %}, { {%- for f in r.unique %}"{{ f.name }}": {{ f.duplicate }}, {% endfor -%} }{% endif %})
