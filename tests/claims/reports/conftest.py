"""Some weeks of a practice, made once for the tests of a file, which only look at them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from factories import Practice
from remits import Payer, clp
from sqlalchemy import Engine
from sqlmodel import Session

from claims import decisions, lifecycle
from claims.bundle import Bundle, load_bundle
from claims.clock import FixedClock
from claims.events import Act
from claims.model import Actor, WorkItem
from claims.money import ledger
from claims.money.settle import after_adjudication
from claims.transitions import Event
from config.payers import PayerProfile, load_payers
from config.settings import Settings

ACCEPTED = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
WORDS = {
    "paid": ("CO-45 20.00",),
    "share": ("CO-45 20.00", "PR-1 40.00"),
    "coding": ("CO-11 120.00",),
    "billing": ("CO-16 120.00",),
    "front desk": ("CO-197 120.00",),
    "credit": ("CO-45 20.00",),
}
"""What the payer said of each claim; one of them it pays twice."""


@dataclass
class Weeks:
    session: Session
    payers: dict[str, PayerProfile]
    act: Act = field(default_factory=lambda: Act("system", FixedClock(NOW).now()))
    claims: dict[str, Bundle] = field(default_factory=dict)

    def send(self, name: str, **fields: Any) -> None:
        bundle = self.practice.claim(**fields)
        self.practice.filing(bundle, *ACCEPTED, accepted_at=NOW)
        ledger.post_charges(self.session, self.act, [bundle.claim])
        self.claims[name] = load_bundle(self.session, bundle.claim.id)

    def fill(self) -> None:
        self.practice = Practice(self.session, self.act)
        payer = Payer(self.session, self.act, self.payers)
        two = ({}, {"procedure_code": "99214", "charge": Decimal("180.00"), "modifiers": ["25"]})
        self.send("open", lines=two)
        for name, words in WORDS.items():
            self.send(name)
            payer.say(clp(self.claims[name], *words, remarks=("N290",) if name == "billing" else ()))
        payer.say(clp(self.claims["credit"], *WORDS["credit"]))
        fresh = [load_bundle(self.session, self.claims[name].claim.id) for name in WORDS]
        changes = after_adjudication(self.session, self.act, fresh, self.payers)
        lifecycle.apply(self.session, changes, self.act)
        self._write_off("coding")
        self.session.flush()

    def _write_off(self, name: str) -> None:
        self.session.add(Actor(name="bea", roles=["biller"], since=NOW))
        self.session.flush()
        denied = self.session.query(WorkItem).filter_by(claim_id=self.claims[name].claim.id, kind="denial")
        bea = Act("bea", self.act.at)
        decisions.decide(self.session, bea, denied.one().id, "write_off", "not worth it", self.payers)


@pytest.fixture(scope="module")
def filled(shared_sqlite_engine: Engine, tmp_path_factory: pytest.TempPathFactory):
    """Seven claims: open; paid; a share of the patient; denied for three causes; a credit. Rolled back."""
    home: Path = tmp_path_factory.mktemp("payers")
    with Session(shared_sqlite_engine, expire_on_commit=False, autoflush=False) as session:
        weeks = Weeks(session, load_payers(Settings(home=home, profile="sandbox")))
        weeks.fill()
        yield weeks
