"""Events: the outbox, the inbox, and the counts that follow registrations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    label = mysql.VARCHAR(200, charset="utf8mb4", collation="utf8mb4_bin")
    op.create_table(
        "outbox",
        sa.Column("id", sa.BINARY(16), nullable=False),
        sa.Column("name", label, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("occurred_at", mysql.DATETIME(fsp=6), nullable=False),
        sa.Column("trace", label),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", mysql.DATETIME(fsp=6)),
        sa.Column("last_error", label),
        sa.Column("dead_at", mysql.DATETIME(fsp=6)),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.Index("ix_outbox_due_at_id", "due_at", "id"),
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.BINARY(16), nullable=False),
        sa.Column("handler", label, nullable=False),
        sa.Column("accepted_at", mysql.DATETIME(fsp=6), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name="pk_inbox"),
        sa.Index("ix_inbox_accepted_at", "accepted_at"),
    )
    op.create_table(
        "registrations_daily",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_registrations_daily"),
    )


def downgrade() -> None:
    op.drop_table("registrations_daily")
    op.drop_table("inbox")
    op.drop_table("outbox")
