"""What columns promise on both databases: money to the cent, instants in UTC, secrets unreadable."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    Table,
    create_engine,
    func,
    select,
    text,
)
from sqlalchemy.exc import StatementError
from sqlmodel import Session, SQLModel

from claims.errors import KeyMissing
from claims.keys import Keyring
from claims.model.types import (
    EncryptedBytes,
    EncryptedDate,
    EncryptedJson,
    EncryptedText,
    EncryptedValue,
    Instant,
    Money,
    new_id,
)

TRIAL = Table(
    "trial",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("amount", Money()),
    Column("at", Instant()),
    Column("name", EncryptedText("trial.name")),
    Column("born", EncryptedDate("trial.born")),
    Column("said", EncryptedJson("trial.said")),
    Column("raw", EncryptedBytes("trial.raw")),
)


@pytest.fixture
def trial(any_session: Session) -> Connection:
    connection = any_session.connection()
    TRIAL.create(connection)
    return connection


def through(trial: Connection, column: str, value):
    """The value after a round trip through the database."""
    trial.execute(TRIAL.delete())
    trial.execute(TRIAL.insert(), {column: value})
    return trial.execute(select(TRIAL.c[column])).scalar_one()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.decimals("-9999999999.99", "9999999999.99", places=2))
def test_money_comes_back_to_the_cent(trial: Connection, amount: Decimal):
    back = through(trial, "amount", amount)
    assert (back, type(back), back.as_tuple().exponent) == (amount, Decimal, -2)


def test_money_that_is_not_exact_is_refused(trial: Connection):
    told = ("0.001", "1E+1000", "10000000000.00", "NaN", "sNaN", "Infinity")
    for amount in (0.1, 1, "1.00", True, *map(Decimal, told)):
        with pytest.raises(StatementError, match="Money is a Decimal"):
            through(trial, "amount", amount)


def test_sums_of_money_are_exact(trial: Connection):
    trial.execute(TRIAL.insert(), [{"amount": Decimal("0.10")}] * 30 + [{"amount": Decimal("-0.20")}] * 14)
    total = trial.execute(select(func.sum(TRIAL.c.amount))).scalar_one()
    assert (total, type(total)) == (Decimal("0.20"), Decimal)
    more = select(func.count()).where(TRIAL.c.amount > Decimal("0.09"))
    assert trial.execute(more).scalar_one() == 30
    nothing = select(func.sum(TRIAL.c.amount)).where(TRIAL.c.amount > Decimal(5))
    assert trial.execute(nothing).scalar_one() is None


def test_an_instant_comes_back_in_utc_whatever_zone_it_was_told_in(trial: Connection):
    for minutes in (0, -300, 330):
        told = datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=timezone(timedelta(minutes=minutes)))
        back = through(trial, "at", told)
        assert (back, back.utcoffset()) == (told, timedelta(0))


def test_a_naive_instant_is_refused(trial: Connection):
    with pytest.raises(StatementError, match="time zone"):
        through(trial, "at", datetime(2026, 3, 1))  # noqa: DTZ001


def test_instants_told_in_different_zones_are_ordered_as_they_were(trial: Connection):
    east = datetime(2026, 3, 2, 1, 0, tzinfo=timezone(timedelta(hours=9)))
    west = datetime(2026, 3, 1, 13, 0, tzinfo=timezone(timedelta(hours=-8)))
    trial.execute(TRIAL.insert(), [{"at": west}, {"at": east}])
    assert trial.execute(select(TRIAL.c.at).order_by(TRIAL.c.at)).scalars().first() == east
    assert trial.execute(select(func.count()).where(TRIAL.c.at < west)).scalar_one() == 1


def test_an_encrypted_value_comes_back_as_it_was(trial: Connection):
    for column, values in {
        "name": ["O'BRIEN-MÜLLER \N{GRINNING FACE}", "", None],
        "born": [date(1931, 2, 28), None],
        "said": [{"NM1": ["EXAMPLE", None, 3, {"x": True}]}, None],
        "raw": [bytes(range(256)) * 40, b"", None],
    }.items():
        for value in values:
            assert through(trial, column, value) == value


def test_the_database_has_only_the_ciphertext(trial: Connection):
    through(trial, "name", "PATIENCE")
    stored = bytes(trial.execute(text("SELECT name FROM trial")).scalar_one())
    assert stored.startswith(b"k1:")
    assert b"PATIENCE" not in stored


def test_a_ciphertext_moved_to_another_column_is_not_read(trial: Connection):
    through(trial, "name", "PATIENCE")
    trial.execute(text("UPDATE trial SET said = name"))
    with pytest.raises(KeyMissing):
        trial.execute(select(TRIAL.c.said)).scalar_one()


def test_an_engine_that_was_opened_without_keys_reads_no_secrets(keyring: Keyring):
    stored = keyring.encrypt(b"PATIENCE", "trial.name")
    engine = create_engine("sqlite://")
    with engine.begin() as plain:
        plain.exec_driver_sql("CREATE TABLE trial (name BLOB)")
        plain.exec_driver_sql("INSERT INTO trial VALUES (?)", (stored,))
        with pytest.raises(KeyMissing, match="without keys"):
            plain.execute(select(TRIAL.c.name)).scalar_one()
    engine.dispose()


def test_every_encrypted_column_is_bound_to_its_own_place():
    places = {
        f"{table.name}.{column.name}": column.type.place
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, EncryptedValue | EncryptedBytes)
    }
    assert len(places) > 20
    assert [where for where, place in places.items() if where != place] == []


def test_every_amount_is_money_and_every_instant_is_zoned():
    kinds = {
        (table.name, column.name): str(column.type)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
    }
    assert [where for where, kind in kinds.items() if kind.startswith(("FLOAT", "DOUBLE", "REAL"))] == [
        ("business_clock", "shift_seconds")
    ]
    loose = {
        (table.name, column.name)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, DateTime)  # an Instant is none: it is kept by one
    }
    assert loose == set()


def test_ids_can_be_read_aloud_and_are_not_repeated():
    ids = {new_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert {len(each) for each in ids} == {12}
    assert not set("".join(ids)) & set("01ilou")
