"""What came of requests that may be repeated."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    digest = mysql.VARCHAR(64, charset="ascii", collation="ascii_bin")
    op.create_table(
        "idempotency_keys",
        sa.Column("id", digest, nullable=False),
        sa.Column("fingerprint", digest, nullable=False),
        sa.Column("created_at", mysql.DATETIME(fsp=6), nullable=False),
        sa.Column("result", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency_keys"),
        sa.Index("ix_idempotency_keys_created_at", "created_at"),
    )


def downgrade() -> None:
    op.drop_table("idempotency_keys")
