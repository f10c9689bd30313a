"""Some weeks of a practice: paid, part paid, denied, appealed, written off and taken back."""

from decimal import Decimal

import pytest
from remits import Payer, clp

from claims import decisions, lifecycle
from claims.bundle import load_bundle
from claims.model import WorkItem
from claims.money.settle import after_adjudication


@pytest.fixture
def payer(session, act, payers) -> Payer:
    return Payer(session, act, payers)


@pytest.fixture
def settle(session, act, payers):
    def run(bundle):
        fresh = load_bundle(session, bundle.claim.id)
        lifecycle.apply(session, after_adjudication(session, act, [fresh], payers), act)
        session.flush()
        return fresh

    return run


@pytest.fixture
def weeks(accepted, payer, settle, session, biller, payers):
    """Six claims: paid; with a share of the patient; denied for coding, billing, the front desk; a credit."""
    two_lines = ({}, {"procedure_code": "99214", "charge": Decimal("180.00"), "modifiers": ["25"]})
    words = {
        "paid": ("CO-45 20.00",),
        "share": ("CO-45 20.00", "PR-1 40.00"),
        "coding": ("CO-11 120.00",),
        "billing": ("CO-16 120.00",),
        "front desk": ("CO-197 120.00",),
        "credit": ("CO-45 20.00",),
    }
    made = {name: accepted() for name in words} | {"open": accepted(lines=two_lines)}
    for name, said in words.items():
        payer.say(clp(made[name], *said, remarks=("N290",) if name == "billing" else ()))
    payer.say(clp(made["credit"], "CO-45 20.00"))
    for name in words:
        settle(made[name])
    item = session.query(WorkItem).filter_by(claim_id=made["coding"].claim.id, kind="denial").one()
    decisions.decide(session, biller, item.id, "write_off", "not worth it", payers)
    session.flush()
    return made
