"""Claims as people list them: narrowed, with money that adds up and each filing."""

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import Session

from claims import lifecycle, listing
from claims.errors import NotFound
from claims.events import Act, Story
from claims.lifecycle import Change, Holding
from claims.listing import Wanted, find_claim, list_claims
from claims.model import Account, Payer, Stage
from claims.money import ledger
from claims.money.ledger import Movement
from claims.transitions import Event

TODAY = date(2026, 3, 2)


@pytest.fixture
def session(any_session: Session) -> Session:
    return any_session


def ids(session: Session, **wanted) -> list[str]:
    session.flush()
    return [listed.claim.id for listed in list_claims(session, Wanted(**wanted), TODAY)]


def test_the_oldest_service_comes_first_and_a_limit_cuts_the_list(practice, session: Session):
    days = [date(2026, 2, 20), date(2025, 12, 1), date(2026, 1, 5)]
    made = [practice.claim(from_date=day, through_date=day).claim.id for day in days]
    assert ids(session) == [made[1], made[2], made[0]]
    assert ids(session, limit=1) == [made[1]]
    assert ids(session, older_than_days=56) == [made[1]]
    assert ids(session, older_than_days=55) == [made[1], made[2]]


def test_a_long_list_is_read_in_parts(practice, session: Session, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listing, "_CHUNK", 2)
    made = [practice.claim().claim.id for _ in range(5)]
    assert ids(session) == sorted(made)


def test_claims_are_found_by_stage_payer_and_the_holds_reason_or_owner(practice, session: Session, act: Act):
    session.add(Payer(id="OTHER", name="OTHER PAYER"))
    session.flush()
    plain = practice.claim().claim.id
    other = practice.claim(coverage={"payer_id": "OTHER"}).claim.id
    held = practice.claim(stage=Stage.SCRUB).claim
    change = Change(held, Event.HELD, Story("incomplete"), hold=Holding("missing_field", "billing"))
    lifecycle.apply(session, [change], act)
    assert ids(session, payer="OTHER") == [other]
    assert ids(session, stage=Stage.SCRUB) == [held.id]
    assert ids(session, hold="missing_field") == ids(session, hold="billing") == [held.id]
    assert set(ids(session, stage=Stage.INTAKE, payer="SBXCO")) == {plain}
    assert ids(session, hold="coding") == []


def test_the_listed_money_adds_up_and_is_text(practice, session: Session, act: Act):
    bundle = practice.claim()
    practice.filing(bundle, Event.QUEUED, icn="P123")
    ledger.post_charges(session, act, [bundle.claim])
    moves = [
        (Account.PAID_BY_PAYER, Account.PAYER, "70.10", "payment"),
        (Account.CONTRACTUAL, Account.PAYER, "19.90", "contractual"),
        (Account.PATIENT, Account.PAYER, "25.00", "copay"),
        (Account.PAID_BY_PATIENT, Account.PATIENT, "5.00", "patient_payment"),
    ]
    ledger.post(session, act, [Movement(bundle.claim.id, d, c, Decimal(a), kind) for d, c, a, kind in moves])
    (listed,) = list_claims(session, Wanted(), TODAY)
    told = listed.as_json()
    money = {name: told[name] for name in ("charge", "paid", "patient", "adjusted", "open")}
    assert money == {
        "charge": "120.00",
        "paid": "75.10",
        "patient": "20.00",
        "adjusted": "19.90",
        "open": "5.00",
    }
    assert Decimal(told["charge"]) == sum(Decimal(told[n]) for n in ("paid", "patient", "adjusted", "open"))
    assert (told["id"], told["pcn"], told["stage"]) == (bundle.claim.id, bundle.claim.pcn, "ready")
    assert told["filings"] == [
        {
            "sequence": "P",
            "version": 1,
            "frequency": "1",
            "submission": "queued",
            "adjudication": "none",
            "icn": "P123",
        }
    ]


def test_filings_of_the_same_moment_are_listed_in_their_turn(practice, session: Session):
    bundle = practice.claim()
    for sequence, version in (("S", 1), ("P", 2), ("P", 1)):
        practice.filing(bundle, sequence=sequence, version=version)
    session.flush()
    (listed,) = list_claims(session, Wanted(), TODAY)
    assert [(f["sequence"], f["version"]) for f in listed.as_json()["filings"]] == [
        ("P", 1),
        ("P", 2),
        ("S", 1),
    ]


@pytest.mark.parametrize("pcn", ["ABC-77", "abc-77", "Abc-77x"])
def test_a_claim_is_found_by_id_or_number_in_either_case(practice, session: Session, pcn):
    claim = practice.claim(pcn=pcn).claim
    practice.claim()
    for name in (claim.id, claim.id.upper(), pcn):
        assert find_claim(session, name) is claim
    if pcn.isupper():
        assert find_claim(session, pcn.lower()) is claim


def test_a_claim_is_found_by_the_number_of_one_of_its_filings(practice, session: Session):
    bundle = practice.claim()
    practice.filing(bundle, pcn="LATER-P2")
    assert find_claim(session, "later-p2") is bundle.claim


def test_a_claim_that_is_not_there_is_not_found(session: Session):
    with pytest.raises(NotFound, match="No claim X9"):
        find_claim(session, "X9")
