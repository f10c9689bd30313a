"""more indexes that no question is answered by: lines and coverages stay, and most rows are not undone

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NEEDLESS = {
    "filing": ("coverage_id",),
    "posting": ("line_id",),
    "remittance_claim": ("state", "undone_by"),
}


def upgrade() -> None:
    for table, columns in _NEEDLESS.items():
        for column in columns:
            op.drop_index(f"ix_{table}_{column}", table_name=table)


def downgrade() -> None:
    for table, columns in _NEEDLESS.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column], unique=False)
