"""The schema: the migrations lead where the model is, on both databases, and the triggers are there."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import processes
import pytest
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from factories import Practice
from sqlalchemy import Column, Engine, String, UniqueConstraint, inspect, text
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, SQLModel

from claims import schema
from claims.database import open_engine, reading, sqlite_url, transaction
from claims.errors import BadSettings
from claims.keys import Keyring
from claims.model import Account, Payer, Posting, triggers

CLP = """
    INSERT INTO remittance_claim (id, remittance_id, position, pcn, status, icn, charge, paid, patient, state,
                                  matched_by, outcome, crossed_over, body)
    VALUES ('C', '{remittance}', 1, 'PCN', '1', '', 0, 0, 0, 'posted', '', '', FALSE, '{{}}')
"""
HEAD = ScriptDirectory.from_config(schema._config()).get_current_head()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def bare_engine(request: pytest.FixtureRequest, tmp_path, keyring: Keyring):
    """Each database in turn, without tables."""
    sqlite = request.param == "sqlite"
    url = sqlite_url(tmp_path / "bare.db") if sqlite else request.getfixturevalue("bare_postgres_url")
    engine = open_engine(url, keyring)
    yield engine
    engine.dispose()


def plan_of(engine: Engine) -> dict[str, object]:
    """Everything that the database says of its tables, to be compared."""
    look: Inspector = inspect(engine)
    return {
        table: {
            "columns": {
                c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(table)
            },
            "key": look.get_pk_constraint(table)["constrained_columns"],
            "references": sorted(
                (f["constrained_columns"], f["referred_table"], f["referred_columns"])
                for f in look.get_foreign_keys(table)
            ),
            "unique": sorted(u["column_names"] for u in look.get_unique_constraints(table)),
            "indexes": sorted(
                (i["name"], i["column_names"], bool(i["unique"]))
                for i in look.get_indexes(table)
                if "duplicates_constraint" not in i
            ),
        }
        for table in look.get_table_names()
        if table != "alembic_version"
    }


def test_the_migrations_lead_to_the_tables_of_the_model(bare_engine: Engine, request: pytest.FixtureRequest):
    SQLModel.metadata.create_all(bare_engine)
    migrated = request.getfixturevalue(f"shared_{bare_engine.dialect.name}_engine")
    assert plan_of(migrated) == plan_of(bare_engine)


def test_no_index_is_the_beginning_of_another():
    for table in SQLModel.metadata.sorted_tables:
        keys = [list(each.columns.keys()) for each in table.constraints if isinstance(each, UniqueConstraint)]
        own = [index.columns.keys() for index in table.indexes]
        longer = [*keys, list(table.primary_key.columns.keys())]
        assert not [index for index in own for key in longer if key[: len(index)] == index], table.name
        assert len(own) == len({index[0] for index in own}), table.name


def test_upgrading_twice_changes_nothing(any_engine: Engine):
    with transaction(any_engine) as session:
        session.add(Payer(id="KEPT", name="KEPT"))
    assert schema.upgrade(any_engine) == HEAD
    with reading(any_engine) as session:
        assert session.get(Payer, "KEPT") is not None


def test_work_on_a_database_without_tables_or_of_another_version_is_refused(bare_engine: Engine):
    with pytest.raises(BadSettings, match=r"no tables yet.*db upgrade"):
        schema.require_current(bare_engine)
    schema.upgrade(bare_engine)
    schema.require_current(bare_engine)
    with bare_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadSettings, match="another schema"):
        schema.require_current(bare_engine)


def test_looking_at_the_version_waits_for_nobody_who_writes(engine: Engine):
    with transaction(engine) as session:
        session.add(Payer(id="FIRST", name="FIRST"))
        session.flush()
        schema.require_current(engine)


def test_a_failed_upgrade_leaves_the_database_as_it_was(bare_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    def fail(_connection) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(triggers, "install", fail)
    with pytest.raises(OSError, match="disk"):
        schema.upgrade(bare_engine)
    assert inspect(bare_engine).get_table_names() == []


def test_several_processes_may_upgrade_at_once(bare_engine: Engine, keyring: Keyring):
    url = bare_engine.url.render_as_string(hide_password=False)
    assert processes.together(3, lambda: schema.upgrade(open_engine(url, keyring))) == [HEAD] * 3
    schema.require_current(bare_engine)


def test_no_trigger_is_missing_after_an_upgrade(any_session):
    assert triggers.missing(any_session.connection()) == []


def test_a_dropped_or_disabled_trigger_is_missing_and_installing_brings_it_back(any_session):
    connection = any_session.connection()
    on = " ON event" if connection.dialect.name == "postgresql" else ""
    connection.execute(text(f"DROP TRIGGER event_no_update{on}"))
    assert triggers.missing(connection) == ["event_no_update"]
    triggers.install(connection)
    assert triggers.missing(connection) == []
    if on:
        connection.execute(text("ALTER TABLE posting DISABLE TRIGGER posting_no_delete"))
        assert triggers.missing(connection) == ["posting_no_delete"]
        triggers.install(connection)
        assert triggers.missing(connection) == []


@pytest.mark.parametrize("table", ["posting", "claim_line", "remittance_claim", "event"])
def test_a_migration_may_rebuild_a_table_that_triggers_speak_of(engine: Engine, table: str):
    with engine.begin() as connection:
        triggers.lift(connection)
        with Operations(MigrationContext.configure(connection)).batch_alter_table(
            table, recreate="always"
        ) as rebuilt:
            rebuilt.add_column(Column("new", String()))
        triggers.install(connection)
        assert triggers.missing(connection) == []


def upgrade_to(revision: str, engine: Engine) -> None:
    with engine.begin() as connection:
        config = schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_an_upgrade_keeps_tables_to_which_others_refer(bare_engine: Engine):
    """0013 makes the table of payments anew on SQLite, to which claims of payments refer."""
    day = datetime(2026, 3, 2, tzinfo=UTC)
    upgrade_to("0012", bare_engine)
    with bare_engine.begin() as connection:
        remittance = "id, document_id, payer_id, trace, paid_on, method, amount, state, reason, at"
        for row in (
            "INSERT INTO payer (id, name) VALUES ('P', 'A PAYER')",
            "INSERT INTO document (id, sha256, kind, direction, size, content, archived_at)"
            " VALUES ('D', 'hash', '835', 'in', 1, :bytes, :day)",
            f"INSERT INTO remittance ({remittance})"
            " VALUES ('R', 'D', 'P', 'T1', '2026-03-02', 'ACH', 100, 'posted', '', :day)",
            CLP.format(remittance="R"),
        ):
            connection.execute(text(row), {"bytes": b"", "day": day})
    schema.upgrade(bare_engine)
    with bare_engine.begin() as connection:
        kept = connection.execute(text("SELECT content, apart, trace FROM remittance")).all()
        assert kept == [("", "", "T1")]
        assert connection.execute(text("SELECT remittance_id FROM remittance_claim")).scalar() == "R"
    with pytest.raises(IntegrityError), bare_engine.begin() as connection:
        connection.execute(text(CLP.format(remittance="GONE")))


def test_an_upgrade_that_finds_rows_that_refer_to_nothing_changes_nothing(tmp_path, keyring: Keyring):
    engine = open_engine(sqlite_url(tmp_path / "old.db"), keyring)
    upgrade_to("0012", engine)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute(CLP.format(remittance="GONE"))
        driver.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(BadSettings, match="Rows of remittance_claim refer to rows that are gone"):
        schema.upgrade(engine)
    assert schema.revision(engine) == "0012"
    engine.dispose()


@pytest.mark.postgres
def test_on_postgresql_the_history_cannot_be_truncated_either(shared_postgresql_engine: Engine):
    for table in triggers.APPEND_ONLY:
        with shared_postgresql_engine.connect() as connection, pytest.raises(Exception, match="append-only"):
            connection.execute(text(f"TRUNCATE {table} CASCADE"))


def posting_that_names(claim_id: str, line_id: str | None = None, clp_id: str | None = None) -> Posting:
    return Posting(
        claim_id=claim_id,
        line_id=line_id,
        remittance_claim_id=clp_id,
        debit=Account.PAYER,
        credit=Account.CHARGES,
        amount=Decimal("1.00"),
        kind="charge",
        actor="system",
        business_date=date(2026, 3, 2),
        at=datetime(2026, 3, 2, tzinfo=UTC),
    )


def refused(session: Session, write: Callable[[], object], match: str) -> None:
    with pytest.raises(DBAPIError, match=match), session.begin_nested():
        write()


def test_a_posting_names_a_claim_and_what_is_that_claims_own(any_session, act):
    practice = Practice(any_session, act)
    one, other = practice.claim(), practice.claim()
    theirs = other.lines[0].id

    def post(*names: str | None) -> None:
        any_session.add(posting_that_names(*names))
        any_session.flush()

    for astray in (("none",), (one.claim.id, "none"), (one.claim.id, theirs), (one.claim.id, None, "none")):
        refused(any_session, lambda names=astray: post(*names), "posting names a claim")
    post(one.claim.id, one.lines[0].id)


def test_what_a_posting_can_name_is_never_deleted_and_keeps_its_key(any_session, act):
    line = Practice(any_session, act).claim().lines[0].id
    for change, why in (
        ("DELETE FROM claim_line", "is never deleted"),
        ("UPDATE claim_line SET id = 'x'", "keeps its keys"),
    ):
        statement = text(f"{change} WHERE id = :line").bindparams(line=line)
        refused(any_session, lambda sql=statement: any_session.execute(sql), f"claim_line {why}")
