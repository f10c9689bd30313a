"""outgoing acknowledgements

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from claims.model import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outgoing_ack",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("received_id", sa.String(20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("written_at", types.Instant(), nullable=False),
        sa.Column("sent_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"]),
        sa.ForeignKeyConstraint(["received_id"], ["document.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("received_id", "position"),
    )
    op.create_index("ix_outgoing_ack_received_id", "outgoing_ack", ["received_id"])
    op.create_index("ix_outgoing_ack_sent_at", "outgoing_ack", ["sent_at"])


def downgrade() -> None:
    op.drop_table("outgoing_ack")
