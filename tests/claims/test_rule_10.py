"""Rule 10: no patient data outside the claims database, and inside it none that can be read."""

import traceback
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from factories import Practice
from sqlalchemy import Engine, func, insert, text
from sqlmodel import Session, SQLModel, select

from claims import archive, lifecycle, work
from claims.database import reading, transaction
from claims.events import Act, Story
from claims.keys import Keyring
from claims.lifecycle import Change, Holding
from claims.model import (
    AcceptedFinding,
    Appeal,
    ClinicianQuery,
    CodingAudit,
    Patient,
    Queue,
)
from claims.model.types import EncryptedBytes, EncryptedDate, EncryptedJson, EncryptedValue
from claims.transitions import Event

PHI = {
    EncryptedDate: date(1961, 7, 13),
    EncryptedJson: {"said": "ZZPLANTEDZZ"},
    EncryptedBytes: b"NM1*IL*1*ZZPLANTEDZZ~",
}
TRACES = (b"ZZPLANTEDZZ", b"1961-07-13", b"19610713", "ZZPLANTEDZZ".encode("utf-16-le"))


def plant_everywhere(session: Session, act: Act) -> int:
    """Patient data in every encrypted column; returns how many there are."""
    practice = Practice(session, act)
    bundle = practice.claim()
    filed = practice.filing(bundle)
    archive.archive(session, b"x", kind="835", direction="in", at=act.at.real)
    told = {"queue": Queue.BILLING, "kind": "x", "reason": "x", "subject": "x"}
    work.open_item(session, act, **told)
    now, on = act.at.real, {"claim_id": bundle.claim.id}
    session.add(ClinicianQuery(**on, kind="cause", asked_by="x", due_at=now, asked_at=now))
    session.add(AcceptedFinding(**on, edit="x", place="x", reason="x", actor="x", at=now))
    session.add(CodingAudit(**on, drawn_on=now.date(), coder="x", chosen_for="sample"))
    session.add(
        Appeal(
            claim_id=bundle.claim.id,
            filing_id=filed.id,
            level=1,
            state="drafted",
            amount=Decimal("1.00"),
            file_by=act.at.business.date(),
            at=act.at.real,
        )
    )
    session.flush()
    holding = Change(bundle.claim, Event.HELD, Story("wait", note="ZZPLANTEDZZ"), hold=Holding("x", "x"))
    lifecycle.apply(session, [holding], act)
    return sum(plant(session, table, column) for table, column in encrypted_columns())


def encrypted_columns():
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, EncryptedValue | EncryptedBytes):
                yield table, column


def plant(session: Session, table, column) -> int:
    if table.name != "event":  # append-only: a note was planted there by its own road
        session.execute(table.update().values({column.name: PHI.get(type(column.type), "ZZPLANTEDZZ")}))
    there = select(func.count()).select_from(table).where(column.is_not(None))
    assert session.execute(there).scalar_one() > 0, f"plant a row with {table.name}.{column.name} here too"
    return 1


def test_rule_10_no_patient_data_in_the_databases_bytes(
    sqlite_engine: Engine, act: Act, tmp_path: Path, keyring: Keyring
):
    with transaction(sqlite_engine) as session:
        assert plant_everywhere(session, act) > 20

    def found() -> list[tuple[str, bytes]]:
        files = sorted(tmp_path.glob("claims.db*"))
        return [(path.name, trace) for path in files for trace in TRACES if trace in path.read_bytes()]

    assert (tmp_path / "claims.db-wal").stat().st_size > 0
    assert found() == []
    sqlite_engine.dispose()  # the write-ahead log is folded into the file
    assert found() == []
    with reading(sqlite_engine) as session:
        assert session.exec(select(Patient.family)).all() == ["ZZPLANTEDZZ"]


def test_rule_10_no_patient_data_in_the_text_of_an_exception(any_session: Session, act: Act):
    practice = Practice(any_session, act)
    patient = practice.patient(family="ZZPLANTEDZZ", source_index="one")
    row = {"id": "x1", "family": "ZZPLANTEDZZ", "birth_date": PHI[EncryptedDate]}
    failures = {
        "the same key twice": lambda: any_session.execute(insert(Patient), [row | {"source_index": "one"}]),
        "nothing where something is needed": lambda: any_session.execute(insert(Patient), [row]),
        "a wrong type": lambda: any_session.execute(
            insert(Patient), [row | {"source_index": "two", "birth_date": "1961-07-13"}]
        ),
        "a table that is not there": lambda: any_session.execute(
            text("INSERT INTO nowhere VALUES (:name)"), {"name": "ZZPLANTEDZZ"}
        ),
        "an object that cannot be stored": lambda: any_session.add(patient) or any_session.merge(Patient),
        "a row as the reason": lambda: {}[(1, [patient].__repr__())],
    }
    for what, fail in failures.items():
        try:
            with any_session.begin_nested():
                fail()
        except Exception as error:  # noqa: BLE001 whatever it is, its text is looked at
            told = "".join(traceback.format_exception(error)) + repr(error)
            assert [trace for trace in TRACES[:3] if trace.decode() in told] == [], what
        else:
            pytest.fail(f"{what} did not fail")


def test_rule_10_a_row_that_is_printed_tells_nobodys_name(any_session: Session, act: Act):
    plant_everywhere(any_session, act)
    for mapper in SQLModel._sa_registry.mappers:
        for row in any_session.exec(select(mapper.class_)):
            assert "ZZPLANTEDZZ" not in f"{row!r} {row}", mapper.class_.__name__
            assert "1961-07" not in repr(row), mapper.class_.__name__
            assert "1961, 7" not in repr(row), mapper.class_.__name__
