"""more indexes that no question is answered by: lines and coverages stay, and most rows are not undone

Revision ID: 0011
Revises: 0010
"""

from claims.model.migrations import indexes

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
    indexes.drop(_NEEDLESS)


def downgrade() -> None:
    indexes.create(_NEEDLESS)
