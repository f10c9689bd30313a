"""a row of the denial table may name several remarks, which together make its combination

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _change(6, 60)


def downgrade() -> None:
    _change(60, 6)


def _change(before: int, after: int) -> None:
    with op.batch_alter_table("denial_rule") as table:
        table.alter_column(
            "rarc", existing_type=sa.String(before), type_=sa.String(after), existing_nullable=False
        )
