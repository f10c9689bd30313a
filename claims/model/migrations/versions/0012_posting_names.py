"""a posting names a claim, and a line and a CLP of that claim: told by one trigger instead of three keys

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KEYS = {"claim_id": "claim", "line_id": "claim_line", "remittance_claim_id": "remittance_claim"}
_NAME = "posting_{}_fkey"  # PostgreSQL's own names; SQLite has none, so the same are given to drop them by


def upgrade() -> None:
    names = {"fk": "%(table_name)s_%(column_0_name)s_fkey"}
    with op.batch_alter_table("posting", naming_convention=names) as posting:
        for column in _KEYS:
            posting.drop_constraint(_NAME.format(column), type_="foreignkey")


def downgrade() -> None:
    with op.batch_alter_table("posting") as posting:
        for column, table in _KEYS.items():
            posting.create_foreign_key(_NAME.format(column), table, [column], ["id"])
