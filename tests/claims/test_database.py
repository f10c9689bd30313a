"""Opening the database: units of work that are whole or not at all, and looks that change nothing."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing

import pytest
from factories import Practice
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from claims.database import add_if_absent, open_engine, reading, sqlite_url, transaction
from claims.events import Act
from claims.keys import Keyring
from claims.model import Claim, Payer


def payers(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.exec(select(Payer.id).order_by(Payer.id)))


def test_a_transaction_is_stored_whole_or_not_at_all(any_engine: Engine):
    def fail() -> None:
        with transaction(any_engine) as session:
            session.add(Payer(id="FIRST", name="FIRST"))
            session.flush()
            raise ValueError("something else went wrong")

    with pytest.raises(ValueError):
        fail()
    assert payers(any_engine) == []
    with transaction(any_engine) as session:
        row = Payer(id="FIRST", name="FIRST PAYER")
        session.add(row)
    assert row.name == "FIRST PAYER"  # still readable
    assert payers(any_engine) == ["FIRST"]


def test_what_is_written_while_reading_is_not_kept(any_engine: Engine):
    with reading(any_engine) as session:
        session.add(Payer(id="FIRST", name="FIRST"))
        session.flush()
    assert payers(any_engine) == []


def test_a_reader_sees_the_last_commit_while_somebody_writes(any_engine: Engine):
    with transaction(any_engine) as session:
        session.add(Payer(id="FIRST", name="FIRST"))
        session.flush()
        assert payers(any_engine) == []


def test_a_row_that_is_there_already_is_not_added_and_the_session_goes_on(any_session: Session):
    any_session.add(Payer(id="BEFORE", name="BEFORE"))
    assert add_if_absent(any_session, Payer(id="FIRST", name="FIRST"))
    any_session.expunge_all()
    assert not add_if_absent(any_session, Payer(id="FIRST", name="SECOND"))
    names = any_session.exec(select(Payer.name).order_by(Payer.id)).all()
    assert names == ["BEFORE", "FIRST"]


def test_sqlite_waits_for_the_other_writer_from_the_start_of_a_transaction(engine: Engine):
    """Without BEGIN IMMEDIATE the second would read, and fail with "database is locked" when it writes."""
    begun, seen = threading.Event(), []

    def second() -> None:
        begun.wait()
        with transaction(engine) as session:
            seen.extend(session.exec(select(Payer.id)))
            session.add(Payer(id="SECOND", name="SECOND"))

    thread = threading.Thread(target=second)
    thread.start()
    with transaction(engine) as session:
        assert session.exec(select(Payer.id)).all() == []
        begun.set()
        thread.join(0.1)
        assert thread.is_alive()
        session.add(Payer(id="FIRST", name="FIRST"))
    thread.join()
    assert seen == ["FIRST"]
    assert payers(engine) == ["FIRST", "SECOND"]


def test_sqlite_is_tuned_to_survive_a_power_cut_and_to_keep_references_whole(engine: Engine):
    with engine.connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}


def test_a_new_sqlite_file_in_which_somebody_writes_is_waited_for(tmp_path, keyring: Keyring):
    with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as thread:
            opening = thread.submit(_journal_mode, sqlite_url(tmp_path / "new.db"), keyring)
            assert not wait([opening], timeout=0.2).done
            other.execute("COMMIT")
            assert opening.result() == "wal"


def _journal_mode(url: str, keyring: Keyring) -> str:
    engine = open_engine(url, keyring)
    try:
        with engine.connect() as connection:
            return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
    finally:
        engine.dispose()


def test_a_reference_to_nothing_is_refused(any_session: Session, act: Act):
    practice = Practice(any_session, act)
    patient = practice.patient()
    with pytest.raises(DBAPIError), any_session.begin_nested():
        practice.coverage(patient, payer_id="NOBODY")


def test_two_engines_of_one_process_keep_their_keys_apart(any_engine: Engine, keyring: Keyring, act: Act):
    with transaction(any_engine) as session:
        practice = Practice(session, act)
        claim_id = practice.claim(note="for the biller alone").claim.id
    url = any_engine.url.render_as_string(hide_password=False)
    other = open_engine(url, Keyring("k7", {"k7": bytes(32)}, bytes(32), bytes(32)))
    with reading(other) as session, pytest.raises(Exception, match="not in the key file"):
        session.get(Claim, claim_id)
    with reading(any_engine) as session:
        assert session.get_one(Claim, claim_id).note == "for the biller alone"
    other.dispose()


def test_the_guard_lets_the_lifecycle_write_only_while_it_applies(any_engine: Engine, act: Act):
    """The door is shut again behind every apply, also on a connection that goes back to the pool."""
    with transaction(any_engine) as session:
        Practice(session, act).claim()
    with any_engine.connect() as connection, pytest.raises(Exception, match=r"lifecycle\.apply"):
        connection.execute(text("UPDATE claim SET stage = 'closed'"))


def test_statements_of_many_rows_are_sent_as_such(engine: Engine, act: Act):
    """Bulk work stays bulk: the guard and the types do not split it into single statements."""
    sent = []
    event.listen(engine, "before_cursor_execute", lambda *call: sent.append((call[2], call[5])))
    with transaction(engine) as session:
        practice = Practice(session, act)
        practice.claim(lines=({},) * 50)
    assert sum(statement.startswith("INSERT INTO claim_line") for statement, _ in sent) == 1
