"""What stands behind an appeal's letter, each only where there is something to show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from claims import outbound
from claims.appeal_facts import Facts
from claims.archive import document
from claims.documents import cms1500, ub04
from claims.documents.form_data import as_exhibit
from claims.documents.forms import Page, TooLong, form
from claims.documents.packet import Exhibit, Table, enclosable
from claims.errors import CleanclaimError
from claims.limits import last_filing_day
from claims.money.prior import prior_payments
from claims.money.said import Said, SaidLine
from config.office import Office
from config.payers import AppealLevel, PayerProfile

FORMS = {"P": cms1500, "I": ub04}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The appeal that the packet is for, and what the office adds: its blank forms, the records enclosed."""

    level: AppealLevel
    file_by: date
    written: date
    profile: PayerProfile
    payers: Mapping[str, PayerProfile]
    office: Office
    enclosed: Sequence[str] = ()


def proof_of_receipt(facts: Facts, wanted: Wanted) -> Exhibit | None:
    if not (facts.sent or facts.proofs):
        return None
    sent = Table(("Sent on", "Control number (ISA13)"), facts.sent, title="Sent") if facts.sent else None
    columns = ("Acknowledgement", "By", "Receipt", "Claim number", "Control number", "SHA-256 of the file")
    rows = [(p.what, p.source, p.day, p.number, p.control, f"{p.sha256[:16]}…") for p in facts.proofs]
    got = Table(columns, rows, title="Received") if rows else None
    words = (
        "Acknowledgements as they came to us, kept unchanged under their SHA-256. 999: the file was "
        "accepted. 277CA: A1 received, A2 accepted for adjudication, A5 split on acceptance."
    )
    tables = [table for table in (sent, got) if table]
    return Exhibit("Proof of receipt", words, _in_time(facts, wanted), tables)


def _in_time(facts: Facts, wanted: Wanted) -> list[tuple[str, Any]]:
    """When the claim had to be there, and when it was."""
    claim, filing = facts.bundle.claim, facts.filing
    rows: list[tuple[str, Any]] = [("Our number", filing.pcn), ("Day of service", claim.from_date)]
    if filing.sequence == "P":
        rows.append(("To be received by", last_filing_day(claim, filing, wanted.profile)))
    received = min((p.day for p in facts.proofs if p.source == "payer"), default=None)
    return [*rows, ("Received by the payer", received)] if received else rows


def remittance(facts: Facts) -> Exhibit:
    paid = facts.remittance
    said = paid.said
    head = [
        ("Payment", f"{paid.trace} of {paid.paid_on:%m/%d/%Y}, claim {paid.position} in it"),
        ("Payer's number", said.icn),
        ("Status (CLP02)", said.status),
        ("Billed", said.charge),
        ("Paid", said.paid),
        ("Remarks", " ".join(said.remarks)),
    ]
    columns = ("Service", "Day", "Billed", "Paid", "Adjustments", "Remarks")
    table = Table(columns, list(_services(said)), right=(2, 3))
    words = "What the payer told us of this claim, and of no other, in its remittance advice (835)."
    return Exhibit("Remittance advice, excerpt", words, [(n, v) for n, v in head if v != ""], [table])


def _services(said: Said) -> Iterable[tuple[Any, ...]]:
    if said.adjustments:
        yield ("the claim", "", said.charge, said.paid, _adjustments(said), " ".join(said.remarks))
    for line in said.lines:
        code = "-".join((line.code, *line.modifiers))
        day = f"{line.day:%m/%d/%Y}" if line.day else ""
        yield (code, day, line.charge, line.paid, _adjustments(line), " ".join(line.remarks))


def _adjustments(said: Said | SaidLine) -> str:
    return ", ".join(f"{each.group}-{each.reason} {each.amount:.2f}" for each in said.adjustments)


def claim_form(session: Session, facts: Facts, wanted: Wanted) -> Exhibit | None:
    """The claim as it was filed, on the office's blank where it has one, else its data by box."""
    maker, filing = FORMS[facts.bundle.claim.form], facts.filing
    which = form(maker.FORM)
    try:
        priors = prior_payments(session, facts.bundle.claim.id, filing.sequence)
        claim = outbound.to_837(facts.bundle, filing, wanted.payers, priors)
        pages: list[Page] = maker.pages(claim, filing.created_at.date())
    except (TooLong, CleanclaimError):
        return None  # what cannot stand on the form stands in the letter
    title, blank = f"Claim as filed ({which.name.upper()})", wanted.office.blank(which.name)
    if blank is None:
        return as_exhibit(title, pages)
    from claims.documents.printing import render as print_form  # heavy: only where paper is wanted

    printed = print_form(which, pages, blank=blank.read_bytes())
    return Exhibit(title, "The claim as it was filed, on the pages that follow.", pages=printed)


def earlier_decisions(facts: Facts) -> Exhibit | None:
    if not facts.earlier:
        return None
    columns = ("Level", "Heard by", "In dispute", "Sent", "Decided", "Outcome")
    rows = [
        (
            f"{each.level}: {each.name or 'appeal'}",
            each.heard_by or "",
            each.amount,
            each.sent_at.date() if each.sent_at else "",
            each.decided_on or "",
            each.outcome or each.state,
        )
        for each in facts.earlier
    ]
    return Exhibit("Decisions so far", tables=[Table(columns, rows, right=(2,))])


def records(session: Session, facts: Facts, wanted: Wanted) -> list[Exhibit]:
    """One exhibit for each document."""
    papers = [document(session, id) for id in wanted.enclosed]
    return [
        Exhibit(
            f"Records {number} of {len(papers)}",
            f"On the pages that follow, kept by us under the SHA-256 {paper.sha256}.",
            pages=enclosable(paper.content),
        )
        for number, paper in enumerate(papers, start=1)
    ]
