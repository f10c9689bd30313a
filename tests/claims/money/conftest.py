"""A payer that pays, and looks at what came of it."""

import pytest
from remits import Payer
from sqlmodel import Session

from claims import lifecycle
from claims.bundle import Bundle, load_bundle
from claims.events import Act
from claims.model import Coverage
from claims.model import Payer as PayerRow
from claims.money import ledger
from claims.money.settle import after_adjudication


@pytest.fixture
def payer(session: Session, act: Act, payers) -> Payer:
    return Payer(session, act, payers)


@pytest.fixture
def owed(session: Session):
    def look(bundle: Bundle) -> ledger.Balance:
        return ledger.balance(session, bundle.claim.id)

    return look


@pytest.fixture
def second(practice, session):
    """A secondary coverage with another payer."""

    def make(bundle, payer_id: str = "SBXMC", sequence: str = "S") -> Coverage:
        if session.get(PayerRow, payer_id) is None:
            session.add(PayerRow(id=payer_id, name=f"PAYER {payer_id}"))
            session.flush()
        return practice.coverage(bundle.patient, payer_id=payer_id, sequence=sequence)

    return make


@pytest.fixture
def settle(session, act, payers):
    """Run the step on the claim as it stands and apply what it returns; gives the claim back."""

    def run(bundle):
        fresh = load_bundle(session, bundle.claim.id)
        lifecycle.apply(session, after_adjudication(session, act, [fresh], payers), act)
        session.flush()
        return fresh.claim

    return run
