"""What a person decides on a denial or an unexplained balance, as changes; each needs a named biller.

The caller finishes the work item in which the decision was made, and applies the changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session

from claims import appeals, records
from claims.archive import document
from claims.bundle import Bundle
from claims.errors import BadInput, NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Account, Denial, Role, Stage
from claims.money import denials as denials_
from claims.money import write_offs
from claims.money.credits import refund
from claims.money.denial_rules import ACTIONS, propose
from claims.money.ledger import balance, bill_patient, named, write_off
from claims.money.next_payer import next_coverage, to_next_payer
from claims.money.settle import case_of, onward
from claims.transitions import Event
from config.office import Office
from config.payers import PayerProfile

SHIPPED = Office()


@dataclass(frozen=True, slots=True)
class Deciding:
    """Who decides what on which claim, and why. ``value`` is what the option needs: a document's id for
    records and appeals, a reason's code for a write-off."""

    session: Session
    act: Act
    bundle: Bundle
    option: str
    reason: str
    payers: Mapping[str, PayerProfile]
    value: str | None
    office: Office
    refused: list[Denial]

    @property
    def open(self) -> Decimal:
        return balance(self.session, self.bundle.claim.id).open

    @property
    def story(self) -> Story:
        """The decision; the person's own words are kept as a note."""
        facts = {"denials": [f"{d.group_code}-{d.reason_code}" for d in self.refused]}
        return Story(f"decided: {self.option}", facts, note=self.reason)

    def onward(self) -> Change:
        owed = balance(self.session, self.bundle.claim.id)
        return onward(self.session, self.act, self.bundle, owed, self.payers)

    def end(self, state: str) -> None:
        denials_.end(self.session, self.refused, state)


def decide(
    session: Session,
    act: Act,
    bundle: Bundle,
    option: str,
    reason: str,
    payers: Mapping[str, PayerProfile],
    value: str | None = None,
    office: Office = SHIPPED,
) -> list[Change]:
    """Carry out one of the options of a `denial`, a balance's or a `patient_unpaid` work item.

    A decision on a combination that the denial table does not know becomes a proposed row of it. Raises
    NotAllowed when the actor may not, or the claim does not stand so that it can be done.
    """
    named(session, act, Role.BILLER, Role.CODER)
    if option not in _WAYS:
        raise NotAllowed(f"{option} is no decision on a denial.", tip=f"Choose one of {', '.join(_WAYS)}.")
    refused = denials_.standing(session, [bundle.claim.id]).get(bundle.claim.id, [])
    deciding = Deciding(session, act, bundle, option, reason, payers, value, office, refused)
    changes = _WAYS[option](deciding)
    if option in ACTIONS:
        changes += _proposed(deciding)
    return changes


def _proposed(deciding: Deciding) -> list[Change]:
    rows = propose(deciding.session, deciding.act, deciding.refused, deciding.option)
    return [
        Change(
            deciding.bundle.claim,
            "denial_rule_proposed",
            Story("no row of the denial table knew it: this decision is proposed as one", {"row": row.id}),
        )
        for row in rows
    ]


def _released(deciding: Deciding) -> list[Change]:
    claim = deciding.bundle.claim
    return [Change(claim, Event.RELEASED, deciding.story)] if claim.hold_reason else []


def _standing(deciding: Deciding) -> list[Denial]:
    if not deciding.refused:
        raise NotAllowed("Nothing of this claim stands denied.", tip="Look at its trace.")
    return deciding.refused


def _appeal(deciding: Deciding) -> list[Change]:
    session, act, bundle = deciding.session, deciding.act, deciding.bundle
    refused = _standing(deciding)
    case = case_of(session, act, bundle, refused, deciding.open, deciding.payers)
    if case.profile is None:
        raise NotAllowed("The payer has no file of its own.", tip="Add one with its appeal limits.")
    enclosed = [deciding.value] if deciding.value else []
    return appeals.draft(session, act, case, deciding.office, enclosed)


def _send_records(deciding: Deciding) -> list[Change]:
    """The payer decides again on the records: the claim waits for it as it waits for any answer."""
    if deciding.value is None:
        raise BadInput("Which records?", tip="Name the file with --value FILE.")
    refused = _standing(deciding)
    paper = document(deciding.session, deciding.value)
    filing = next(f for f in deciding.bundle.filings if f.id == refused[0].filing_id)
    changes = records.reopen(deciding.session, deciding.act, deciding.bundle, filing, paper.id)
    deciding.end("records")
    return [*_released(deciding), *changes]


def _correct(deciding: Deciding) -> list[Change]:
    """Through every check again; `claims.filing` knows what the next filing replaces."""
    claim, now = deciding.bundle.claim, deciding.act.at.business
    deciding.end("corrected")
    again = Change(claim, Event.CORRECTED, deciding.story, next_action_at=now)
    return [*_released(deciding), again]


def _write_off(deciding: Deciding) -> list[Change]:
    """What the payer refuses, or, once the claim is the patient's, what the patient owes.

    Above the actor's limit it only waits for a second person (`claims.money.write_offs`).
    """
    session, act, claim = deciding.session, deciding.act, deciding.bundle.claim
    owed, by_patient = balance(session, claim.id), claim.stage is Stage.PATIENT
    amount, of = (owed.patient, Account.PATIENT) if by_patient else (owed.open, Account.PAYER)
    actor = named(session, act, Role.BILLER)
    code = write_offs.reason_code(deciding.value, deciding.refused, deciding.office)
    if not deciding.reason.strip():
        raise BadInput("A write-off needs a reason.", tip="Say why this money is given up.")
    if write_offs.may_alone(actor, amount, deciding.office):
        return _given_up(deciding, amount, of, code)
    asked = write_offs.ask_for_approval(
        session, act, claim, amount, of=of, code=code, why=deciding.reason, office=deciding.office
    )
    return [asked]


def _given_up(deciding: Deciding, amount: Decimal, of: Account, code: str) -> list[Change]:
    claim, words = deciding.bundle.claim, deciding.office.write_off_reasons[code]
    write_off(deciding.session, deciding.act, claim, amount, words, of=of)
    deciding.end("ended")
    facts = {"amount": amount, "of": of, "code": code}
    story = Story(f"{amount} written off: {words}", facts, note=deciding.reason)
    return [
        *_released(deciding),
        Change(claim, Event.WRITTEN_OFF, story, next_action_at=claim.next_action_at),
        deciding.onward(),
    ]


def approve_write_off(
    session: Session,
    act: Act,
    bundle: Bundle,
    option: Mapping[str, str],
    reason: str,
    payers: Mapping[str, PayerProfile],
    office: Office = SHIPPED,
) -> list[Change]:
    """The second person's yes to a proposed write-off. Refused where their limit is lower, or what is owed
    is not what was proposed any more."""
    actor, amount = named(session, act, Role.BILLER), Decimal(option["amount"])
    if not write_offs.may_second(actor, amount, office):
        roles = " or ".join(write_offs.seconds(amount, office)) or "that the settings give no limit"
        raise NotAllowed(f"{amount} is above the limit of {actor.name}.", tip=f"It takes the role {roles}.")
    refused = denials_.standing(session, [bundle.claim.id]).get(bundle.claim.id, [])
    deciding = Deciding(session, act, bundle, "write_off", reason, payers, None, office, refused)
    owed, of = balance(session, bundle.claim.id), Account(option["of"])
    if amount != (owed.patient if of is Account.PATIENT else owed.open):
        raise NotAllowed("What is owed has changed since it was proposed.", tip="Decline it and look again.")
    return _given_up(deciding, amount, of, option["code"])


def _bill_patient(deciding: Deciding) -> list[Change]:
    if not deciding.refused or any(denial.group_code == "CO" for denial in deciding.refused):
        raise NotAllowed(
            "What is contractual (CO) is never billed to the patient.", tip="Appeal or write off."
        )
    bill_patient(deciding.session, deciding.act, deciding.bundle.claim, deciding.open, deciding.reason)
    deciding.end("ended")
    return [*_released(deciding), deciding.onward()]


def _bill_next_payer(deciding: Deciding) -> list[Change]:
    if next_coverage(deciding.bundle) is None:
        raise NotAllowed("No other coverage is known for that day.", tip="Enter it first.")
    share = balance(deciding.session, deciding.bundle.claim.id).share
    deciding.end("ended")
    session, act, bundle, payers = deciding.session, deciding.act, deciding.bundle, deciding.payers
    return [*_released(deciding), to_next_payer(session, act, bundle, share, payers)]


def _refund(deciding: Deciding) -> list[Change]:
    """The payer, or the patient, gets back what was paid too much; the reason names the cheque."""
    amount = refund(deciding.session, deciding.act, deciding.bundle.claim, deciding.reason)
    deciding.end("ended")
    claim = deciding.bundle.claim
    told = Change(claim, "refunded", Story(f"{amount} refunded", {"amount": amount}))
    onward = [] if claim.stage is Stage.CLOSED else [deciding.onward()]
    return [*_released(deciding), told, *onward]


_WAYS: dict[str, Callable[[Deciding], list[Change]]] = {
    "correct": _correct,
    "send_records": _send_records,
    "appeal": _appeal,
    "bill_next_payer": _bill_next_payer,
    "bill_patient": _bill_patient,
    "write_off": _write_off,
    "refund": _refund,
}
