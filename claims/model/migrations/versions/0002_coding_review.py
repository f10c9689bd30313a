"""coding review

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from claims.model import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accepted_finding",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("edit", sa.String(), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim_id", "edit", "place"),
    )
    op.create_index("ix_accepted_finding_claim_id", "accepted_finding", ["claim_id"])
    op.create_table(
        "clinician_query",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("provider_id", sa.String(20), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_of", sa.String(), nullable=True),
        sa.Column("question", sa.LargeBinary(), nullable=True),
        sa.Column("choices", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("held_before", sa.String(), nullable=True),
        sa.Column("escalations", sa.Integer(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("claim_id", "due_at", "provider_id", "state"):
        op.create_index(f"ix_clinician_query_{column}", "clinician_query", [column])
    op.create_table(
        "coding_audit",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("coder", sa.String(), nullable=False),
        sa.Column("chosen_for", sa.String(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("picture", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(30), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim_id", "drawn_on"),
    )
    for column in ("claim_id", "coder", "verdict"):
        op.create_index(f"ix_coding_audit_{column}", "coding_audit", [column])
    op.add_column("work_item", sa.Column("findings", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("work_item") as item:
        item.drop_column("findings")
    op.drop_table("coding_audit")
    op.drop_table("clinician_query")
    op.drop_table("accepted_finding")
