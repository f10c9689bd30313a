"""Many rows at once: what is appended reads as if the ORM had stored it, and is refused as the ORM is."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from claims.events import Act
from claims.model import EventRow
from claims.model.bulk import append

TOLD = {"subject": "bulk", "kind": "noted", "actor": "ann", "before": {}, "after": {"a": [1, None]}}
TOLD |= {"why": "tab\tand \\N", "facts": {"a": "1.20"}, "versions": {}, "previous": "", "hash": "x"}


def event(act: Act, number: int, **more: Any) -> dict[str, Any]:
    at = act.at.real + timedelta(microseconds=number)
    return TOLD | {"number": number, "real_at": at, "business_at": at, "note": None} | more


def stored(session: Session) -> list[EventRow]:
    rows = select(EventRow).where(EventRow.subject == "bulk").order_by(col(EventRow.number))
    return list(session.exec(rows.execution_options(populate_existing=True)))


def test_what_is_appended_reads_as_if_the_orm_had_stored_it(any_session: Session, act: Act):
    any_session.add(EventRow(**event(act, 1, note="in confidence")))
    any_session.flush()
    append(any_session, EventRow, [event(act, 2, note="in confidence"), event(act, 3)])
    by_orm, first, second = (row.model_dump(exclude={"id", "number"}) for row in stored(any_session))
    a_moment = timedelta(microseconds=1)
    assert first == by_orm | {name: by_orm[name] + a_moment for name in ("real_at", "business_at")}
    assert (first["note"], second["note"], first["why"]) == ("in confidence", None, "tab\tand \\N")


def test_none_appended_is_nothing_done(any_session: Session):
    append(any_session, EventRow, [])
    assert stored(any_session) == []


def test_one_row_that_is_refused_takes_all_of_them_along_and_the_session_goes_on(
    any_session: Session, act: Act
):
    append(any_session, EventRow, [event(act, 1)])
    with pytest.raises(IntegrityError) as refused, any_session.begin_nested():
        append(any_session, EventRow, [event(act, 2, note="in confidence"), event(act, 1)])
    assert "confidence" not in str(refused.value)
    assert [row.number for row in stored(any_session)] == [1]
