"""A payer that pays, and looks at what came of it."""

import pytest
from remits import Payer
from sqlmodel import Session

from claims.bundle import Bundle
from claims.events import Act
from claims.model import Coverage
from claims.model import Payer as PayerRow
from claims.money import ledger


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
