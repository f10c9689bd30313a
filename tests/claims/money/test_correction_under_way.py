"""A correction is on its way before the payer has decided the first filing: each answer finds its own."""

from dataclasses import replace
from decimal import Decimal

import pytest
from remits import Payer, clp

from claims.bundle import Bundle, load_bundle
from claims.model import Adjudication, Stage
from claims.transitions import Event

ARRIVED = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACKNOWLEDGED, Event.ACCEPTED)
CORRECTED = Decimal("150.00")


@pytest.fixture
def bundle(session, practice) -> Bundle:
    """Filed for 120.00 and accepted as H1; corrected to another charge, and sent again as 7 of H1."""
    made = practice.claim()
    practice.filing(made, *ARRIVED, icn="H1")
    practice.advance(made.claim, Event.CORRECTED)
    practice.advance(made.claim, *TO_READY)
    practice.filing(made, *ARRIVED[:3], version=2, frequency="7", original_icn="H1", charge=CORRECTED)
    session.flush()
    return made


TO_READY = (
    Event.INTAKE_COMPLETED,
    Event.COVERAGE_CONFIRMED,
    Event.AUTHORIZATION_CLEARED,
    Event.CODING_CLEARED,
    Event.SCRUBBED,
)


def adjudications(session, bundle: Bundle) -> list[str]:
    return [str(filing.adjudication) for filing in load_bundle(session, bundle.claim.id).filings]


@pytest.mark.parametrize(
    "told",
    [{"icn": "H1"}, {"icn": "P9", "frequency": "1"}, {"icn": "P9"}],
    ids=["by the number of its 277CA", "by another number and its frequency", "by its charge alone"],
)
def test_the_payment_of_the_first_is_not_taken_for_the_corrections(session, payer: Payer, bundle, told):
    payer.say(replace(clp(bundle, "CO-45 40.00"), **told))
    assert adjudications(session, bundle) == ["paid", "none"]


def test_the_payer_takes_the_first_back_and_pays_the_correction(session, payer: Payer, bundle, owed):
    first = replace(clp(bundle, "CO-45 40.00", icn="P9"), frequency="1")
    payer.say(first)
    back = replace(clp(bundle, "CO-45 40.00", icn="P9", status="22"), frequency="1")
    payment = payer.payment(back, replace(clp(bundle, "CO-45 20.00", icn="P10"), frequency="7"))
    for _ in range(2):
        payer.receive(payment)
        assert adjudications(session, bundle) == ["reversed", "paid"]
        assert owed(bundle).paid == Decimal("100.00")


def test_a_decision_that_comes_while_the_correction_is_still_here_is_named_by_it(session, practice, payer):
    made = practice.claim()
    practice.filing(made, *ARRIVED, icn="H1")
    practice.advance(made.claim, Event.CORRECTED)
    payer.say(clp(made, "CO-16 120.00", status="4", icn="P9"))
    (filing,) = load_bundle(session, made.claim.id).filings
    assert (filing.adjudication, filing.icn, made.claim.stage) == (Adjudication.DENIED, "P9", Stage.INTAKE)
