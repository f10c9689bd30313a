"""denials that keep their desk and words, levels of appeal by name, the office's own rows of the denial table

Revision ID: 0005
Revises: 0004
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from claims.model import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DENIAL = {"due_on": sa.Date(), "queue": sa.String(), "words": sa.String(), "rule": sa.String(20)}
FILING = {"unprocessable": sa.Boolean()}
APPEAL = {
    "name": sa.String(),
    "heard_by": sa.String(),
    "way": sa.String(),
    "decision_days": sa.Integer(),
    "enclosed": types.Json(),
    "outcome": sa.String(),
}
TABLES: dict[str, dict[str, Any]] = {
    "denial": DENIAL,
    "filing": FILING,
    "appeal": APPEAL,
}


def upgrade() -> None:
    for table, columns in TABLES.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_table(
        "denial_rule",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("group_code", sa.String(2), nullable=False),
        sa.Column("carc", sa.String(5), nullable=False),
        sa.Column("rarc", sa.String(6), nullable=False),
        sa.Column("payer_kind", sa.String(), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("denial_class", sa.String(), nullable=False),
        sa.Column("root_cause", sa.String(), nullable=False),
        sa.Column("appealable", sa.Boolean(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.String(20), nullable=True),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", types.Instant(), nullable=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("claim_id", "state"):
        op.create_index(f"ix_denial_rule_{column}", "denial_rule", [column])


def downgrade() -> None:
    op.drop_table("denial_rule")
    for table, columns in TABLES.items():
        for name in columns:
            op.drop_column(table, name)
