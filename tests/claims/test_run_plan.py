"""The run plan: what goes, to whom and until when, what is held or waits, and what is near its limit."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from factories import hold
from sqlmodel import Session, select

from claims import lifecycle
from claims.business_days import counts_as_received, cutoff, hours_later, is_open
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import WorkItem, WorkState
from claims.run_plan import NEAR_LIMIT, escalate, plan
from claims.transitions import Event

TODAY = date(2026, 3, 2)
SENT = (Event.QUEUED, Event.SEND_STARTED, Event.SENT)


@pytest.fixture
def session(any_session: Session) -> Session:
    return any_session


def test_the_plan_tells_what_is_due_by_payer_and_what_is_held_by_reason_and_owner(
    practice, session: Session, act: Act, payers
):
    due = [practice.claim(lines=({"charge": Decimal(n)},)).claim for n in ("100.10", "50.05")]
    ready = practice.claim()
    practice.filing(ready)
    held = practice.claim().claim
    hold(session, act, held)
    later = practice.claim().claim
    later.next_action_at = act.at.business + timedelta(days=1)
    nobody = practice.claim(payer_id=None).claim
    sent = practice.claim()
    practice.filing(sent, *SENT)
    for claim in (*due, nobody):
        claim.next_action_at = act.at.business
    session.flush()
    made = plan(session, TODAY, act.at.business, payers)
    assert {name: (line.claims, line.charge) for name, line in made.due.items()} == {
        "SBXCO": (3, Decimal("270.15")),
        "no payer": (1, Decimal("120.00")),
    }
    assert [(name, line.claims) for name, line in made.held.items()] == [("missing_field: billing", 1)]
    assert [(name, line.claims) for name, line in made.waiting.items()] == [("intake", 1)]
    assert made.told() == "4 claims due, 1 held, 0 near their filing limit"
    assert json.loads(json.dumps(made.as_json()))["due"]["SBXCO"] == {"claims": 3, "charge": "270.15"}


def test_the_plan_names_claims_close_to_their_filing_limit_held_ones_too(
    practice, session: Session, act: Act, payers
):
    limit = payers["SBXCO"].limits.filing_days
    served = [TODAY - timedelta(days=limit - left) for left in (15, 14, -1)]
    claims = [practice.claim(from_date=day, through_date=day).claim for day in served]
    hold(session, act, claims[1])
    session.flush()
    near = plan(session, TODAY, act.at.business, payers).near_limit
    assert [(each.claim, each.payer, each.days_left, each.waits) for each in near] == [
        (claims[2].id, "SBXCO", -1, ""),
        (claims[1].id, "SBXCO", 14, "missing_field: billing"),
    ]


def test_a_correction_has_the_limit_of_corrections_and_a_void_has_none(
    practice, session: Session, act: Act, payers
):
    limits = payers["SBXCO"].limits
    served = TODAY - timedelta(days=limits.filing_days + 1)
    original, corrected, void = [practice.claim(from_date=served, through_date=served) for _ in range(3)]
    practice.filing(corrected, frequency="7")
    practice.filing(void, frequency="8")
    session.flush()
    near = plan(session, TODAY, act.at.business, payers).near_limit
    left = limits.corrected_days - limits.filing_days - 1
    soon = [(corrected.claim.id, left)] if left <= limits.warn_days else []
    assert [(each.claim, each.days_left) for each in near] == [(original.claim.id, -1), *soon]


@pytest.mark.parametrize(
    ("at", "received_on"),
    [
        ("2026-03-02T22:00", "2026-03-02"),  # 17:00 in New York, a Monday: just in time
        ("2026-03-02T22:01", "2026-03-03"),
        ("2026-03-06T22:30", "2026-03-09"),  # Friday evening
        ("2026-07-02T22:30", "2026-07-06"),  # the fourth of July is a Saturday, observed on the Friday
        ("2026-11-26T12:00", "2026-11-30"),  # Thanksgiving, and the payer is closed on the day after
    ],
)
def test_what_comes_after_the_cutoff_counts_on_the_payers_next_open_day(payers, at: str, received_on: str):
    payer = payers["SBXCO"].model_copy(update={"closed_on": (date(2026, 11, 27),)})
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert counts_as_received(payer, moment) == date.fromisoformat(received_on)
    assert cutoff(payer, moment) >= moment
    assert (cutoff(payer, moment).hour, cutoff(payer, moment).date()) == (17, date.fromisoformat(received_on))


def test_a_payer_that_keeps_no_federal_holidays_is_open_on_them(payers):
    holiday = date(2026, 1, 19)
    assert not is_open(payers["SBXCO"], holiday)
    assert is_open(payers["SBXCO"].model_copy(update={"federal_holidays": False}), holiday)


def test_the_plan_tells_the_way_the_cutoff_and_the_day_of_receipt(
    practice, session: Session, act: Act, payers
):
    practice.filing(practice.claim())
    session.flush()
    made = plan(session, TODAY, act.at.business, payers)
    road = made.as_json()["roads"]["SBXCO"]
    assert road == {
        "connector": "sandbox",
        "cutoff": "2026-03-02T17:00:00-05:00",
        "received_on": "2026-03-02",
    }
    assert made.tables()[0].rows == [
        ("SBXCO", 1, Decimal("120.00"), "sandbox", "Mon 2026-03-02 17:00 EST", date(2026, 3, 2))
    ]
    assert "| SBXCO | 1 | 120.00 | sandbox |" in made.tables()[0].as_markdown()


def open_near(session: Session) -> list[WorkItem]:
    query = select(WorkItem).where(WorkItem.kind == NEAR_LIMIT, WorkItem.state == WorkState.OPEN)
    return list(session.exec(query))


def test_a_claim_near_its_limit_that_does_not_go_is_somebodys_work_until_it_goes(
    practice, session: Session, act: Act, payers
):
    served = TODAY - timedelta(days=payers["SBXCO"].limits.filing_days - 5)
    stuck, going, later = (practice.claim(from_date=served, through_date=served).claim for _ in range(3))
    going.next_action_at = act.at.business
    later.next_action_at = act.at.business + timedelta(days=9)
    hold(session, act, stuck, owner="coding")
    session.flush()
    for _ in range(2):
        escalate(session, act, plan(session, TODAY, act.at.business, payers).near_limit)
    found = {item.claim_id: item for item in open_near(session)}
    assert set(found) == {stuck.id, later.id}
    assert (found[stuck.id].queue, found[stuck.id].due_at) == ("coding", act.at.business)
    assert found[stuck.id].reason.startswith(
        "5 days left to file with SBXCO, and the claim waits (missing_field"
    )
    lifecycle.apply(
        session, [Change(stuck, Event.RELEASED, Story("it is mended"), next_action_at=act.at.business)], act
    )
    escalate(session, act, plan(session, TODAY, act.at.business, payers).near_limit)
    assert [item.claim_id for item in open_near(session)] == [later.id]


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        ("2026-03-04T10:00", "2026-03-05T10:00"),  # Wednesday
        ("2026-03-06T17:00", "2026-03-09T17:00"),  # over a weekend
        ("2026-03-07T12:00", "2026-03-10T00:00"),  # on a Saturday
        ("2026-07-02T12:00", "2026-07-06T12:00"),  # 4 July is a Saturday: its Friday is closed
        ("2026-11-25T12:00", "2026-11-27T12:00"),  # Thanksgiving
    ],
)
def test_what_is_owed_in_hours_is_owed_in_those_of_open_days(sent: str, due: str, payers):
    zone = ZoneInfo("America/New_York")
    moment = datetime.fromisoformat(sent).replace(tzinfo=zone)
    told = hours_later(payers["SBXCO"], moment.astimezone(UTC), 24)
    assert told.astimezone(zone).isoformat()[:16] == due
