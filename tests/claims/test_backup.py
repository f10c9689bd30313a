"""A copy of the whole database, from and into each kind of database."""

from pathlib import Path

import pytest
from factories import Practice
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from claims import audit, restored, users, work
from claims.backup import backup, restore
from claims.clock import FixedClock
from claims.database import open_engine, reading, sqlite_url, transaction
from claims.decisions import decide
from claims.errors import BadInput, KeyMissing, NotAllowed
from claims.events import SYSTEM, Act, Story, note
from claims.keys import Keyring, make_keyring
from claims.model import Claim, ControlNumber, EventRow, Patient, Queue, Role, Stage


@pytest.fixture
def otto(clock: FixedClock) -> Act:
    return Act("otto", clock.now())


def lived(engine: Engine, act: Act) -> str:
    """A database with a user and a claim that got as far as scrub; the claim's id."""
    with transaction(engine) as session:
        users.add(session, Act(SYSTEM, act.at), "ada", [Role.ADMIN])
        users.add(session, Act("ada", act.at), "otto", [Role.OPS])
        return Practice(session, act).claim(stage=Stage.SCRUB).claim.id


def told(session: Session) -> tuple[list[tuple[str, str]], list[str], list[str | None]]:
    events = session.exec(select(EventRow).order_by(col(EventRow.id)))
    claims = session.exec(select(Claim).order_by(col(Claim.id)))
    people = session.exec(select(Patient).order_by(col(Patient.id)))
    return [(e.kind, e.hash) for e in events], [c.pcn for c in claims], [p.family for p in people]


@pytest.fixture
def copy(any_engine: Engine, otto: Act, tmp_path: Path) -> Path:
    """A copy of a database of each kind."""
    lived(any_engine, otto)
    backup(any_engine, otto, tmp_path / "copy.db")
    return tmp_path / "copy.db"


def empty(folder: Path, keyring: Keyring) -> Engine:
    return open_engine(sqlite_url(folder / "new.db"), keyring)


def test_a_copy_holds_everything_and_its_history_is_whole(any_engine, copy, keyring, otto, tmp_path):
    engine = empty(tmp_path, keyring)
    copied = restore(copy, engine, otto)

    with reading(any_engine) as before, reading(engine) as after:
        *_, last = told(after)[0]
        assert last[0] == "restored"
        assert (told(after)[0][:-1], *told(after)[1:]) == told(before)
        assert copied.history.ok
        assert copied.history.events == len(told(before)[0])
        made = after.exec(select(EventRow).where(EventRow.kind == "backup_made")).one()
    assert (made.actor, made.facts) == ("otto", {"file": "copy.db"})
    assert copy.stat().st_mode & 0o777 == 0o600
    with pytest.raises(NotAllowed, match="something in this database"):
        restore(copy, engine, otto)


@pytest.mark.postgres
def test_a_practice_moves_from_sqlite_to_postgresql_and_goes_on(
    sqlite_engine, postgresql_engine, otto, tmp_path
):
    lived(sqlite_engine, otto)
    backup(sqlite_engine, otto, tmp_path / "copy.db")
    restore(tmp_path / "copy.db", postgresql_engine, otto, complete=True)

    with transaction(postgresql_engine) as session:
        note(session, otto, "moved", Story("the practice has moved"))  # takes the next number
    with reading(postgresql_engine) as session:
        assert audit.verify(session).ok


def test_a_copy_is_of_no_use_without_its_keys(sqlite_engine, otto, tmp_path):
    lived(sqlite_engine, otto)
    backup(sqlite_engine, otto, tmp_path / "copy.db")
    engine = empty(tmp_path, make_keyring())

    with pytest.raises(KeyMissing, match="Restore the key file"):
        restore(tmp_path / "copy.db", engine, otto)
    with reading(engine) as session:
        assert told(session) == ([], [], [])


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00 and then nothing"])
def test_a_file_that_is_no_copy_is_refused_and_nothing_is_written(sqlite_engine, otto, tmp_path, content):
    (tmp_path / "copy.db").write_bytes(content)

    with pytest.raises(BadInput, match="is no copy of a claims database"):
        restore(tmp_path / "copy.db", sqlite_engine, otto)
    with reading(sqlite_engine) as session:
        assert told(session) == ([], [], [])


def test_nothing_is_sent_after_a_restore_until_a_person_has_compared(sqlite_engine, otto, keyring, tmp_path):
    lived(sqlite_engine, otto)
    with transaction(sqlite_engine) as session:
        session.add(ControlNumber(partner="SANDBOX", kind="isa", last=7))
    backup(sqlite_engine, otto, tmp_path / "copy.db")
    engine = empty(tmp_path, keyring)
    restore(tmp_path / "copy.db", engine, otto)

    with transaction(engine) as session:
        (item,) = work.open_items(session, Queue.OPERATIONS)
        assert restored.paused(session) is not None
        assert session.get_one(ControlNumber, ("SANDBOX", "isa")).last > 7 + 1000
        decide(session, otto, item.id, None, "compared with the clearinghouse", {})
        assert restored.paused(session) is None


def test_a_copy_that_is_not_there_is_named(sqlite_engine, otto, tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        restore(tmp_path / "nowhere" / "copy.db", sqlite_engine, otto)


def test_a_copy_never_overwrites_another_and_leaves_no_half(sqlite_engine, otto, tmp_path):
    lived(sqlite_engine, otto)
    (tmp_path / "copy.db").write_bytes(b"last week's")

    with pytest.raises(BadInput, match="is there already"):
        backup(sqlite_engine, otto, tmp_path / "copy.db")
    with pytest.raises(BadInput, match="cannot be written"):
        backup(sqlite_engine, otto, tmp_path / "nowhere" / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == b"last week's"
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []


def test_a_biller_makes_no_copy(sqlite_engine, clock, otto, tmp_path):
    lived(sqlite_engine, otto)
    with transaction(sqlite_engine) as session:
        users.add(session, Act("ada", clock.now()), "bea", [Role.BILLER])

    with pytest.raises(NotAllowed):
        backup(sqlite_engine, Act("bea", clock.now()), tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
