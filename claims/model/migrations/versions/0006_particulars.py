"""what an 837 says beyond the columns of a claim and its lines

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from claims.model import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("claim", "claim_line")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table, sa.Column("particulars", types.EncryptedJson(f"{table}.particulars"), nullable=True)
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "particulars")
