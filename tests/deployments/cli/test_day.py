"""`cleanclaim day`: the plan, how a day closed, and what should have come by now."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from decimal import Decimal

import pytest

from claims.database import transaction
from claims.model import Batch, ExpectedAck, Payer
from tasks.day import close_day
from tasks.runtime import open_runtime


def close() -> None:
    rt = open_runtime()
    asyncio.run(close_day(rt, rt.clock.now().real, None))
    rt.engine.dispose()


def test_the_plan_tells_what_goes_to_whom_and_until_when(cleanclaim, visit):
    visit()
    told = cleanclaim("day", "plan", "--json").json
    assert (told["due"], set(told["roads"])) == (
        {"SBXCO": {"claims": 1, "charge": "120.00"}},
        {"SBXCO"},
    )
    shown = cleanclaim("day", "plan").out
    for words in ("What will go", "SBXCO", "sandbox", "What is held, and whose it is: none"):
        assert words in shown


def test_a_days_certificate_is_shown_as_it_was_kept(cleanclaim, home):
    assert "not_found: No day was closed yet" in cleanclaim("day", "closed").err
    close()
    ran = cleanclaim("day", "closed", "--json")
    assert (ran.exit, ran.json["ties_out"], ran.json["complete"]) == (0, True, True)
    assert cleanclaim("day", "closed", ran.json["day"], "--json").json == ran.json
    assert f"Day closed: {ran.json['day']}" in cleanclaim("day", "closed").out
    assert cleanclaim("day", "closed", "2020-01-01").exit == 2


def test_a_day_on_which_something_was_left_over_says_so(cleanclaim, visit):
    visit()
    close()
    ran = cleanclaim("day", "closed")
    assert ran.exit == 1
    assert "every due claim sent, held or failed" in ran.out


@pytest.mark.parametrize(
    ("change", "told"),
    [("delete from document where kind = 'certificate'", "is gone"),
     ("update document set content = x'00' where kind = 'certificate'", "bytes were changed")],
)  # fmt: skip
def test_a_certificate_that_was_tampered_with_shows(cleanclaim, home, change: str, told: str):
    close()
    with closing(sqlite3.connect(home / "claims.db")) as database:
        database.execute(change)
        database.commit()
    ran = cleanclaim("day", "closed")
    assert (ran.exit, ran.err.startswith("not_as_kept: "), told in ran.err) == (1, True, True), ran.err
    verified = cleanclaim("audit", "verify")
    assert (verified.exit, "The account of" in verified.out) == (1, True)


def test_a_head_that_was_kept_elsewhere_must_still_be_sealed(cleanclaim, home, visit):
    visit()
    close()
    head = cleanclaim("day", "closed", "--json").json["history_head"]
    assert cleanclaim("audit", "verify", "--head", head).exit == 0
    assert "is gone" in cleanclaim("audit", "verify", "--head", "0" * 64).out


@pytest.fixture
def late(engine, now) -> Batch:
    """A batch whose 999 should have come an hour ago."""
    batch = Batch(
        payer_id="SBXCO",
        connector="sandbox",
        kind="837P",
        business_date=now.at.business.date(),
        control_number="000000041",
        group_number="41",
        claims=1,
        charge=Decimal("0.00"),
        created_at=now.at.business,
    )
    with transaction(engine) as session:
        session.merge(Payer(id="SBXCO", name="SANDBOX"))
        session.flush()
        session.add(batch)
        session.flush()
        due = now.at.business - timedelta(hours=1)
        session.add(ExpectedAck(batch_id=batch.id, kind="999", due_at=due))
    return batch


def test_answers_that_are_overdue_are_told_and_are_no_rejection(cleanclaim, late):
    ran = cleanclaim("day", "answers")
    assert ran.exit == 1
    assert "1 overdue, not rejected" in ran.out
    (row,) = cleanclaim("day", "answers", "--json").json["answers"]
    assert (row["control_number"], row["kind"], row["state"]) == ("000000041", "999", "OVERDUE")
