"""Many rows of one table at once, by the shortest road that each database has.

The ORM, and Core too, take longer to prepare a row than a database takes to store it. Here values become the
database's own a column at a time; then PostgreSQL takes the rows by COPY, SQLite by one prepared statement.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

Row = Mapping[str, Any]


def append(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns; the database numbers those that have a serial number.

    A column that is not named gets no default of the model's. What the rows refer to was flushed before.
    """
    if not rows:
        return
    table: Table = model.__table__  # type: ignore[attr-defined]
    connection = session.connection()
    names = list(rows[0])
    bound = zip(*_columns(connection.dialect, table, names, rows), strict=True)
    write = _copy if connection.dialect.name == "postgresql" else _insert
    write(connection, table, names, bound)


def _columns(dialect: Dialect, table: Table, names: Sequence[str], rows: Sequence[Row]) -> list[list[Any]]:
    """Each column's values as the driver takes them."""
    columns = []
    for name in names:
        bind = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        values = [row[name] for row in rows]
        columns.append([bind(value) for value in values] if bind else values)
    return columns


def _insert(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Any]) -> None:
    marks = ", ".join("?" * len(names))
    into = _into(connection.dialect, table, names)
    connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", list(rows))


def _copy(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Any]) -> None:
    """Errors are those of SQLAlchemy, as everywhere else."""
    dialect = connection.dialect
    statement = f"COPY {_into(dialect, table, names)} FROM STDIN"
    driver: Any = connection.connection.driver_connection
    failure: type[Exception] = dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except failure as error:
        raise DBAPIError.instance(
            statement, None, error, failure, hide_parameters=True, dialect=dialect
        ) from error


def _into(dialect: Dialect, table: Table, names: Iterable[str]) -> str:
    quoted = dialect.identifier_preparer
    return f"{quoted.format_table(table)} ({', '.join(quoted.quote(name) for name in names)})"
