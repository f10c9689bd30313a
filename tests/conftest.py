"""What every test may use: a real database, keys, a clock that stands still, and a complete valid claim."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from factories import Practice
from sqlalchemy import Engine
from sqlmodel import Session

from claims import schema
from claims.clock import FixedClock
from claims.database import open_engine, sqlite_url, transaction
from claims.events import Act
from claims.keys import Keyring, make_keyring

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return make_keyring()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> Path:
    """A migrated SQLite file to copy: migrating once is enough for all tests."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    engine = open_engine(sqlite_url(path), keyring)
    schema.upgrade(engine)
    engine.dispose()  # the last connection folds the write-ahead log into the file
    return path


@pytest.fixture
def engine(tmp_path: Path, empty_database: Path, keyring: Keyring):
    path = tmp_path / "claims.db"
    path.write_bytes(empty_database.read_bytes())
    engine = open_engine(sqlite_url(path), keyring)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine):
    with transaction(engine) as session:
        yield session


@pytest.fixture
def act(clock: FixedClock) -> Act:
    return Act("system", clock.now())


@pytest.fixture
def practice(session: Session, act: Act) -> Practice:
    """A billing provider, a clinician, a payer, and claims on demand: `practice.claim(...)`."""
    return Practice(session, act)
