"""A payer that pays, and looks at what came of it."""

import pytest
from remits import Payer
from sqlmodel import Session

from claims.bundle import Bundle
from claims.events import Act
from claims.money import ledger


@pytest.fixture
def payer(session: Session, act: Act, payers) -> Payer:
    return Payer(session, act, payers)


@pytest.fixture
def owed(session: Session):
    def look(bundle: Bundle) -> ledger.Balance:
        return ledger.balance(session, bundle.claim.id)

    return look
