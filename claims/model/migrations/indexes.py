"""Indexes of one column each, taken away and put back by a migration."""

from collections.abc import Iterable, Mapping

from alembic import op

Indexes = Mapping[str, Iterable[str]]
"""Columns by table."""


def drop(indexes: Indexes) -> None:
    for table, columns in indexes.items():
        for column in columns:
            op.drop_index(f"ix_{table}_{column}", table_name=table)


def create(indexes: Indexes) -> None:
    for table, columns in indexes.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column], unique=False)
