"""What a person decides on a denial or an unexplained balance, as changes; each needs a named biller.

The caller finishes the work item in which the decision was made, and applies the changes.
"""

from collections.abc import Callable, Mapping

from sqlmodel import Session

from claims import appeals
from claims.bundle import Bundle
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Account, Denial, Role, Stage
from claims.money import denials as denials_
from claims.money.credits import refund
from claims.money.ledger import balance, bill_patient, named, write_off
from claims.money.settle import next_coverage, onward, to_next_payer
from claims.transitions import Event
from config.payers import PayerProfile

Decide = Callable[[Session, Act, Bundle, list[Denial], str], list[Change]]


def decide(
    session: Session,
    act: Act,
    bundle: Bundle,
    option: str,
    reason: str,
    payers: Mapping[str, PayerProfile],
) -> list[Change]:
    """Carry out one of the options of a `denial`, a balance's or a `patient_unpaid` work item.

    ``option`` is correct, appeal, bill_next_payer, bill_patient, write_off or refund. Raises NotAllowed when
    the actor may not, or the claim does not stand so that it can be done.
    """
    named(session, act, Role.BILLER, Role.CODER)
    refused = denials_.standing(session, [bundle.claim.id]).get(bundle.claim.id, [])
    if option == "appeal":
        return _appeal(session, act, bundle, refused, payers)
    if option not in _WAYS:
        raise NotAllowed(f"{option} is no decision on a denial.", tip=f"Choose one of {', '.join(_WAYS)}.")
    changes = _WAYS[option](session, act, bundle, refused, reason)
    denials_.end(session, refused, "corrected" if option == "correct" else "ended")
    return (
        [Change(bundle.claim, Event.RELEASED, Story(reason)), *changes]
        if bundle.claim.hold_reason
        else changes
    )


def _appeal(
    session: Session, act: Act, bundle: Bundle, refused: list[Denial], payers: Mapping[str, PayerProfile]
) -> list[Change]:
    if not refused:
        raise NotAllowed("Nothing of this claim stands denied.", tip="Look at its trace.")
    filing = next(f for f in bundle.filings if f.id == refused[0].filing_id)
    if filing.payer_id not in payers:
        raise NotAllowed("The payer has no file of its own.", tip="Add one with its appeal limits.")
    return appeals.draft(session, act, bundle, refused, payers[filing.payer_id])


def _correct(session: Session, act: Act, bundle: Bundle, refused: list[Denial], reason: str) -> list[Change]:
    """Through every check again; `claims.filing` knows what the next filing replaces."""
    facts = {"denials": [f"{d.group_code}-{d.reason_code}" for d in refused]}
    return [Change(bundle.claim, Event.CORRECTED, Story(reason, facts), next_action_at=act.at.business)]


def _write_off(
    session: Session, act: Act, bundle: Bundle, refused: list[Denial], reason: str
) -> list[Change]:
    """What the payer refuses, or, once the claim is the patient's, what the patient owes."""
    owed, by_patient = balance(session, bundle.claim.id), bundle.claim.stage is Stage.PATIENT
    amount = owed.patient if by_patient else owed.open
    of = Account.PATIENT if by_patient else Account.PAYER
    write_off(session, act, bundle.claim, amount, reason, of=of)
    return [_moved(bundle, Event.WRITTEN_OFF, f"{amount} written off: {reason}"), _next(session, act, bundle)]


def _bill_patient(
    session: Session, act: Act, bundle: Bundle, refused: list[Denial], reason: str
) -> list[Change]:
    if not refused or any(denial.group_code == "CO" for denial in refused):
        raise NotAllowed(
            "What is contractual (CO) is never billed to the patient.", tip="Appeal or write off."
        )
    amount = balance(session, bundle.claim.id).open
    bill_patient(session, act, bundle.claim, amount, reason)
    return [_next(session, act, bundle)]


def _bill_next_payer(
    session: Session, act: Act, bundle: Bundle, refused: list[Denial], reason: str
) -> list[Change]:
    if next_coverage(bundle) is None:
        raise NotAllowed("No other coverage is known for that day.", tip="Enter it first.")
    return [to_next_payer(session, act, bundle, balance(session, bundle.claim.id).patient)]


def _refund(session: Session, act: Act, bundle: Bundle, refused: list[Denial], reason: str) -> list[Change]:
    """The payer gets back what it paid too much; the reason names the cheque or the transfer."""
    amount = refund(session, act, bundle.claim, reason)
    return [
        Change(bundle.claim, "refunded", Story(f"{amount} refunded to the payer", {"amount": amount})),
        _next(session, act, bundle),
    ]


def _next(session: Session, act: Act, bundle: Bundle) -> Change:
    return onward(session, act, bundle, balance(session, bundle.claim.id))


def _moved(bundle: Bundle, event: Event, why: str) -> Change:
    return Change(bundle.claim, event, Story(why), next_action_at=bundle.claim.next_action_at)


_WAYS: dict[str, Decide] = {
    "correct": _correct,
    "bill_next_payer": _bill_next_payer,
    "bill_patient": _bill_patient,
    "write_off": _write_off,
    "refund": _refund,
}
