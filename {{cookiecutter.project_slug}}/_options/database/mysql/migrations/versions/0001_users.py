"""Users."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = {"charset": "utf8mb4", "collation": "utf8mb4_bin"}
    op.create_table(
        "users",
        sa.Column("id", sa.BINARY(16), nullable=False),
        sa.Column("email", mysql.VARCHAR(254, **text), nullable=False),
        sa.Column("name", mysql.VARCHAR(100, **text), nullable=False),
        sa.Column("created_at", mysql.DATETIME(fsp=6), nullable=False),
        sa.Column("updated_at", mysql.DATETIME(fsp=6), nullable=False),
        sa.Column("deactivated_at", mysql.DATETIME(fsp=6)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.Index("ix_users_created_at_id", "created_at", "id"),
    )


def downgrade() -> None:
    op.drop_table("users")
