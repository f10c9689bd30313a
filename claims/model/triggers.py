"""What the database itself refuses, on SQLite and on PostgreSQL, whoever writes.

Append-only tables take no UPDATE and no DELETE. A posting names a claim, and a line and a CLP of that claim
and no other; what it can name is never deleted and keeps its key, so the promise holds for good. Foreign keys
would promise less, and cost PostgreSQL more than the rest of a posting: it asks for each row and each key by
itself, a statement's trigger for all rows together.

A migration that rebuilds one of these tables drops its triggers, and SQLite rebuilds none that a trigger of
another table names: so every migration begins with `lift` and ends with `install`.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

APPEND_ONLY = ("event", "posting", "seal")
KEPT = {"claim": "id", "claim_line": "id, claim_id", "remittance_claim": "id"}
"""What postings name, with the columns that stay as they are."""

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} {why}'); END
"""
_POSTGRES = """
CREATE OR REPLACE TRIGGER {name} BEFORE {verb} ON {table}
FOR EACH {each} EXECUTE FUNCTION refuse_change('{why}')
"""
_POSTGRES_REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% %', TG_TABLE_NAME, TG_ARGV[0]; END $$
"""

_ASTRAY = "posting names a claim, line or CLP that is not there, or that is of another claim"
_SQLITE_NAMES = f"""
CREATE TRIGGER IF NOT EXISTS posting_names BEFORE INSERT ON posting
WHEN NOT EXISTS (SELECT 1 FROM claim WHERE id = NEW.claim_id)
  OR NEW.line_id IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM claim_line WHERE id = NEW.line_id AND claim_id = NEW.claim_id)
  OR NEW.remittance_claim_id IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM remittance_claim WHERE id = NEW.remittance_claim_id AND claim_id = NEW.claim_id)
BEGIN SELECT RAISE(ABORT, '{_ASTRAY}'); END
"""
_POSTGRES_NAMES = """
CREATE OR REPLACE TRIGGER posting_names AFTER INSERT ON posting
REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION check_posting_names()
"""
_POSTGRES_CHECK = f"""
CREATE OR REPLACE FUNCTION check_posting_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT claim_id FROM posted) AS p
      WHERE NOT EXISTS (SELECT FROM claim WHERE id = p.claim_id))
    OR EXISTS (SELECT FROM (SELECT DISTINCT claim_id, line_id FROM posted WHERE line_id IS NOT NULL) AS p
      WHERE NOT EXISTS (SELECT FROM claim_line WHERE id = p.line_id AND claim_id = p.claim_id))
    OR EXISTS (SELECT FROM (SELECT DISTINCT claim_id, remittance_claim_id FROM posted
        WHERE remittance_claim_id IS NOT NULL) AS p
      WHERE NOT EXISTS
        (SELECT FROM remittance_claim WHERE id = p.remittance_claim_id AND claim_id = p.claim_id))
  THEN RAISE foreign_key_violation USING MESSAGE = '{_ASTRAY}';
  END IF;
  RETURN NULL;
END $$
"""
_LIST = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}


@dataclass(frozen=True, slots=True)
class _Trigger:
    name: str
    table: str
    create: str


def lift(connection: Connection) -> None:
    """Take the triggers away, on SQLite; its transaction puts them back where it fails."""
    if connection.dialect.name == "sqlite":
        for trigger in _wanted(connection):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger.name}"))


def install(connection: Connection) -> None:
    """Create the missing triggers on the tables that are there; safe to repeat."""
    if connection.dialect.name == "postgresql":
        for function in (_POSTGRES_REFUSE, _POSTGRES_CHECK):
            connection.execute(text(function))
    tables = set(inspect(connection).get_table_names())
    for trigger in _wanted(connection):
        if trigger.table in tables:
            connection.execute(text(trigger.create))


def missing(connection: Connection) -> list[str]:
    """The names of the triggers that should be there and are not."""
    there = set(connection.execute(text(_LIST[connection.dialect.name])).scalars())
    return [trigger.name for trigger in _wanted(connection) if trigger.name not in there]


def _wanted(connection: Connection) -> list[_Trigger]:
    postgres = connection.dialect.name == "postgresql"
    names = _POSTGRES_NAMES if postgres else _SQLITE_NAMES
    return [*_refusals(postgres), _Trigger("posting_names", "posting", names)]


def _refusals(postgres: bool) -> list[_Trigger]:
    refused = [(table, "update", "", "is append-only") for table in APPEND_ONLY]
    refused += [(table, "update", f" of {columns}", "keeps its keys") for table, columns in KEPT.items()]
    for tables, why in ((APPEND_ONLY, "is append-only"), (KEPT, "is never deleted")):
        verbs = ("delete", "truncate") if postgres else ("delete",)
        refused += [(table, verb, "", why) for table in tables for verb in verbs]
    return [_refusal(postgres, *each) for each in refused]


def _refusal(postgres: bool, table: str, verb: str, of: str, why: str) -> _Trigger:
    name, each = f"{table}_no_{verb}", "STATEMENT" if verb == "truncate" else "ROW"
    shape = _POSTGRES if postgres else _SQLITE
    return _Trigger(name, table, shape.format(name=name, verb=verb + of, table=table, each=each, why=why))
