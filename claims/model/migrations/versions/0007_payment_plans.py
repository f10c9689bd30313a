"""what patients agree on to pay in installments

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from claims.model import types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_plan",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("patient_id", sa.String(20), nullable=False),
        sa.Column("claim_ids", types.Json(), nullable=False),
        sa.Column("amount", types.Money(), nullable=False),
        sa.Column("installment", types.Money(), nullable=False),
        sa.Column("first_due", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("agreed_by", sa.String(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_payment_plan_patient_id", "payment_plan", ["patient_id"], unique=False)
    op.create_index("ix_payment_plan_state", "payment_plan", ["state"], unique=False)


def downgrade() -> None:
    op.drop_table("payment_plan")
