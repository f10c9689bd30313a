"""prior authorizations

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from claims.model import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXED = ("claim_id", "coverage_id", "exchange_id", "number", "payer_id", "state", "trace")


def upgrade() -> None:
    op.create_table(
        "prior_authorization",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("coverage_id", sa.String(20), nullable=False),
        sa.Column("payer_id", sa.String(20), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=True),
        sa.Column("exchange_id", sa.String(20), nullable=True),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("codes", types.Json(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("units", types.Json(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reasons", types.Json(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=True),
        sa.Column("opened_at", types.Instant(), nullable=False),
        sa.Column("asked_at", types.Instant(), nullable=True),
        sa.Column("answered_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.ForeignKeyConstraint(["coverage_id"], ["coverage.id"]),
        sa.ForeignKeyConstraint(["exchange_id"], ["exchange.id"]),
        sa.ForeignKeyConstraint(["payer_id"], ["payer.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in INDEXED:
        op.create_index(f"ix_prior_authorization_{column}", "prior_authorization", [column])


def downgrade() -> None:
    op.drop_table("prior_authorization")
