"""Many rows of one table at once, by the shortest road that each database has.

The ORM, and Core too, take longer to prepare a row than a database takes to store it. Here values become the
database's own a column at a time; then PostgreSQL takes the rows by COPY, SQLite by one prepared statement.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

Row = Mapping[str, Any]
Columns = Mapping[str, list[Any]]


def append(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns; the database numbers those that have a serial number.

    A column that is not named gets no default of the model's. What the rows refer to was flushed before.
    """
    if rows:
        append_columns(session, model, {name: [row[name] for row in rows] for name in rows[0]}, {})


def append_columns(session: Session, model: type[SQLModel], columns: Columns, same: Row) -> None:
    """The same for rows that are given a column at a time; of ``same`` every row has the one value."""
    many = len(next(iter(columns.values())))
    if not many:
        return
    table: Table = model.__table__  # type: ignore[attr-defined]
    connection = session.connection()
    bound: list[Iterable[Any]] = [_bound(connection.dialect, table, *each) for each in columns.items()]
    bound += [repeat(_bound(connection.dialect, table, name, [same[name]])[0], many) for name in same]
    write = _copy if connection.dialect.name == "postgresql" else _insert
    write(connection, table, [*columns, *same], zip(*bound, strict=True))


def _bound(dialect: Dialect, table: Table, name: str, values: list[Any]) -> list[Any]:
    """A column's values as the driver takes them."""
    bind = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return [bind(value) for value in values] if bind else values


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
