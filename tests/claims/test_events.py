"""The history of what changes no claim: chained like the claims' own, whoever writes at the same moment."""

from datetime import date
from decimal import Decimal

import processes
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from claims import events
from claims.database import open_engine, reading, transaction
from claims.events import Act, Story
from claims.keys import Keyring
from claims.model import EventRow


def chain(session: Session, subject: str = events.SYSTEM) -> list[EventRow]:
    rows = select(EventRow).where(EventRow.subject == subject).order_by(col(EventRow.number))
    return list(session.exec(rows))


def test_each_note_follows_the_one_before_it_in_its_subjects_chain(any_session: Session, act: Act):
    for subject in ("system", "batch:b1", "system"):
        events.note(any_session, act, "noted", Story("why"), subject=subject)
    rows = chain(any_session)
    assert [row.number for row in rows] == [1, 2]
    assert (rows[0].previous, rows[1].previous) == ("", rows[0].hash)
    assert [row.number for row in chain(any_session, "batch:b1")] == [1]


def test_the_hash_of_an_event_can_be_made_again_from_what_is_stored(any_session: Session, act: Act):
    facts = {"amount": Decimal("12.30"), "day": date(2026, 3, 2), "list": [1, None], "z": "1", "a": "2"}
    story = Story("why", facts, {"edits": "v1"}, inputs=b"what was decided upon", note="in confidence")
    events.note(any_session, act, "noted", story)
    any_session.expire_all()
    (row,) = chain(any_session)
    assert events.digest(row.model_dump()) == row.hash
    assert row.facts == {"amount": "12.30", "day": "2026-03-02", "list": [1, None], "z": "1", "a": "2"}
    assert row.note == "in confidence"


@pytest.mark.parametrize("field", ["actor", "why", "facts", "versions", "inputs", "run_id", "business_at"])
def test_every_field_is_part_of_the_hash(session: Session, act: Act, field: str):
    events.note(session, act, "noted", Story("why"))
    (row,) = chain(session)
    assert events.digest(row.model_dump() | {field: "something else"}) != row.hash


def test_inputs_are_told_by_their_fingerprint_alone(session: Session, act: Act, keyring: Keyring):
    events.note(session, act, "noted", Story("why", inputs=b"MEMBER 123"))
    (row,) = chain(session)
    assert row.inputs == keyring.fingerprint(b"MEMBER 123")


def test_four_processes_that_note_something_at_once_make_one_chain(
    any_engine: Engine, keyring: Keyring, act: Act
):
    url = any_engine.url.render_as_string(hide_password=False)

    def work() -> None:
        engine = open_engine(url, keyring)
        for _ in range(5):
            with transaction(engine) as session:
                events.note(session, act, "noted", Story("one of several at once"))

    processes.together(4, work)
    with reading(any_engine) as session:
        rows = chain(session)
    assert [row.number for row in rows] == list(range(1, 21))
    assert [row.previous for row in rows] == ["", *(row.hash for row in rows[:-1])]
