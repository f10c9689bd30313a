"""questions to payers that travel in batch

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_REFERENCES = {
    "batch_id": "batch",
    "exchange_id": "exchange",
    "coverage_id": "coverage",
    "claim_id": "claim",
    "filing_id": "filing",
}


def upgrade() -> None:
    op.create_table(
        "batch_question",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("st_number", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("asked_for", sa.Date(), nullable=True),
        sa.Column("state", sa.String(30), nullable=False),
        *(
            sa.Column(name, sa.String(20), nullable=name not in ("batch_id", "exchange_id"))
            for name in _REFERENCES
        ),
        *(sa.ForeignKeyConstraint([name], [f"{table}.id"]) for name, table in _REFERENCES.items()),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("batch_id", "state", "trace"):
        op.create_index(f"ix_batch_question_{name}", "batch_question", [name], unique=False)


def downgrade() -> None:
    op.drop_table("batch_question")
