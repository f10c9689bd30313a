"""payments of one number, day and amount that speak of other claims are told apart

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NAMES = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}  # SQLite has none, so these are given to drop it by
_NEW = ("content", "apart")
_BEFORE = ["payer_id", "trace", "paid_on", "amount"]
_NOW = [*_BEFORE, "apart"]


def upgrade() -> None:
    with op.batch_alter_table("remittance", naming_convention=_NAMES) as remittance:
        for name in _NEW:
            remittance.add_column(sa.Column(name, sa.String(16), nullable=False, server_default=""))
        remittance.drop_constraint(_name(_BEFORE), type_="unique")
        remittance.create_unique_constraint(_name(_NOW), _NOW)
    with op.batch_alter_table("remittance") as remittance:
        for name in _NEW:
            remittance.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("remittance", naming_convention=_NAMES) as remittance:
        remittance.drop_constraint(_name(_NOW), type_="unique")
        remittance.create_unique_constraint(_name(_BEFORE), _BEFORE)
        for name in _NEW:
            remittance.drop_column(name)


def _name(columns: list[str]) -> str:
    return f"remittance_{'_'.join(columns)}_key"
