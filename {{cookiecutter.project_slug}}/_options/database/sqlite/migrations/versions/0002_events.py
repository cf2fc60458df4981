"""Events: the outbox, the inbox, and the counts that follow registrations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(), nullable=False),
        sa.Column("trace", sa.String(200)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime()),
        sa.Column("last_error", sa.String(200)),
        sa.Column("dead_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_due_at_id", "outbox", ["due_at", "id"])
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("handler", sa.String(200), nullable=False),
        sa.Column("accepted_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name="pk_inbox"),
    )
    op.create_index("ix_inbox_accepted_at", "inbox", ["accepted_at"])
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
