{% set r = cookiecutter | resource %}
"""Sample items in a table."""

import sqlalchemy as sa

from app.core.database.entity_table import EntityTable
from app.core.database.tables import metadata
from app.core.database.types import Identifier, Moment, MultiLine, ScaledDecimal, line
from app.models.sample_item import SampleItem
{% if r.unique %}
from app.repositories.interfaces.sample_items import {{ r.unique | map(attribute="duplicate") | join(", ") }}
{% endif %}

sample_items = sa.Table(
    "sample_items",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
{% if r.has_owner %}
    sa.Column("owner_id", Identifier, nullable=False),
{% endif %}
{% for f in r.fields %}
    sa.Column(
        {{- '"' ~ f.name ~ '"' }}, {{ f | column(r.service.database) }}
        {%- if f.target %}, sa.ForeignKey("{{ f.target.plural }}.id"){% endif %}
        {%- if not f.optional %}, nullable=False{% endif %}
        {%- if f.unique %}, unique=True{% endif -%}
    ),
{% endfor %}
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
{% if r.deactivates %}
    sa.Column("deactivated_at", Moment),
{% endif %}
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index(None, "created_at", "id"),
{% if r.is_private %}
    sa.Index(None, "owner_id", "created_at", "id"),
{% endif %}
{% for f in r.references if not f.unique %}
    sa.Index(None, "{{ f.name }}", "created_at", "id"),
{% endfor %}
)

SAMPLE_ITEMS = EntityTable(SampleItem, sample_items{% if r.unique %}, { {%- for f in r.unique %}"{{ f.name }}": {{ f.duplicate }}, {% endfor -%} }{% endif %})
