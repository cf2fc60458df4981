{% set r = cookiecutter | resource %}
{% set db = r.service.database %}
"""Sample items."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "{{ (cookiecutter.__number ~ "_sample_items")[:32] }}"
down_revision = "{{ r.service.last_revision }}"
branch_labels = None
depends_on = None


def upgrade() -> None:
{% if db == "mysql" and r.of_kind("str", "email", "enum") %}
    text = {"charset": "utf8mb4", "collation": "utf8mb4_bin"}
{% endif %}
    op.create_table(
        "sample_items",
        sa.Column("id", {{ step_type("uuid", db) }}, nullable=False),
{% if r.has_owner %}
        sa.Column("owner_id", {{ step_type("uuid", db) }}, nullable=False),
{% endif %}
{% for f in r.fields %}
        sa.Column("{{ f.name }}", {{ step_type(f.kind, db, f) }}{{ "" if f.optional else ", nullable=False" }}),
{% endfor %}
        sa.Column("created_at", {{ step_type("datetime", db) }}, nullable=False),
        sa.Column("updated_at", {{ step_type("datetime", db) }}, nullable=False),
{% if r.deactivates %}
        sa.Column("deactivated_at", {{ step_type("datetime", db) }}),
{% endif %}
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sample_items"),
{% for f in r.unique %}
        sa.UniqueConstraint("{{ f.name }}", name="uq_sample_items_{{ f.name }}"),
{% endfor %}
{% for f in r.references %}
        sa.ForeignKeyConstraint(
            ["{{ f.name }}"],
            ["{{ f.target.plural }}.id"],
            name="fk_sample_items_{{ f.name }}_{{ f.target.plural }}",
        ),
{% endfor %}
{% if db == "mysql" %}
        sa.Index("ix_sample_items_created_at_id", "created_at", "id"),
{% if r.is_private %}
        sa.Index("ix_sample_items_owner_id_created_at_id", "owner_id", "created_at", "id"),
{% endif %}
{% for f in r.references if not f.unique %}
        sa.Index("ix_sample_items_{{ f.name }}_created_at_id", "{{ f.name }}", "created_at", "id"),
{% endfor %}
{% endif %}
    )
{% if db != "mysql" %}
    op.create_index("ix_sample_items_created_at_id", "sample_items", ["created_at", "id"])
{% if r.is_private %}
    op.create_index("ix_sample_items_owner_id_created_at_id", "sample_items", ["owner_id", "created_at", "id"])
{% endif %}
{% for f in r.references if not f.unique %}
    op.create_index("ix_sample_items_{{ f.name }}_created_at_id", "sample_items", ["{{ f.name }}", "created_at", "id"])
{% endfor %}
{% endif %}


def downgrade() -> None:
    op.drop_table("sample_items")
