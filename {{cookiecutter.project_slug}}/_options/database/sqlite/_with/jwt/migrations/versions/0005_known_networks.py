"""Networks that accounts were logged in to from."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_networks",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("known_until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_known_networks"),
    )
    op.create_index(
        "ix_known_networks_known_until",
        "known_networks",
        ["known_until"],
    )


def downgrade() -> None:
    op.drop_table("known_networks")
