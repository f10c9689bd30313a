"""The sandbox's payer profiles, and a claim that its payer has accepted."""

from pathlib import Path

import pytest
from factories import Practice
from sqlmodel import Session, select

from claims.bundle import Bundle, load_bundle
from claims.events import Act
from claims.model import Actor, EventRow, WorkItem
from claims.money import ledger
from claims.transitions import Event
from config.payers import PayerProfile, load_payers
from config.settings import Settings

ACCEPTED = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)


@pytest.fixture
def payers(tmp_path: Path) -> dict[str, PayerProfile]:
    return load_payers(Settings(home=tmp_path, profile="sandbox"))


@pytest.fixture
def accepted(practice: Practice, session: Session, act: Act):
    """A claim that its payer has accepted; its charges are posted."""

    def make(filing: dict | None = None, **fields) -> Bundle:
        bundle = practice.claim(**fields)
        practice.filing(bundle, *ACCEPTED, **{"accepted_at": act.at.business, **(filing or {})})
        ledger.post_charges(session, act, [bundle.claim])
        return load_bundle(session, bundle.claim.id)

    return make


@pytest.fixture
def biller(session: Session, act: Act) -> Act:
    session.add(Actor(name="bea", roles=["biller"], since=act.at.real))
    session.flush()
    return Act("bea", act.at)


@pytest.fixture
def kinds(session: Session):
    """The kinds of a claim's events behind the first one named."""

    def look(bundle: Bundle, after: str = "accepted") -> list[str]:
        rows = session.exec(
            select(EventRow.kind).where(EventRow.subject == bundle.claim.id).order_by(EventRow.number)
        ).all()
        return list(rows[rows.index(after) + 1 :])

    return look


@pytest.fixture
def open_work(session: Session):
    """The open work items of a kind."""

    def look(kind: str) -> list[WorkItem]:
        session.flush()
        found = select(WorkItem).where(WorkItem.kind == kind, WorkItem.state == "open")
        return list(session.exec(found))

    return look
