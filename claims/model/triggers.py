"""Append-only tables: triggers that refuse UPDATE and DELETE, on SQLite and on PostgreSQL.

A migration that rebuilds one of these tables drops its triggers, so every migration ends with `install`.
"""

from sqlalchemy import Connection, inspect, text

APPEND_ONLY = ("event", "posting", "seal")

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""
_POSTGRES = """
CREATE OR REPLACE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
FOR EACH {each} EXECUTE FUNCTION refuse_change()
"""
_LIST = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}


def install(connection: Connection) -> None:
    """Create the missing triggers on the tables that are there; safe to repeat."""
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.execute(text(_POSTGRES_FUNCTION))
    tables = set(inspect(connection).get_table_names())
    for table, verb, each in _wanted(connection):
        if table in tables:
            statement = _SQLITE if sqlite else _POSTGRES
            connection.execute(text(statement.format(table=table, verb=verb, each=each)))


def missing(connection: Connection) -> list[str]:
    """The names of the triggers that should be there and are not."""
    there = set(connection.execute(text(_LIST[connection.dialect.name])).scalars())
    wanted = [f"{table}_no_{verb}" for table, verb, _each in _wanted(connection)]
    return [name for name in wanted if name not in there]


def _wanted(connection: Connection) -> list[tuple[str, str, str]]:
    verbs = [("update", "ROW"), ("delete", "ROW")]
    if connection.dialect.name == "postgresql":
        verbs.append(("truncate", "STATEMENT"))
    return [(table, verb, each) for table in APPEND_ONLY for verb, each in verbs]
