"""An appeal's packet from the facts of its claim: who asks whom for what, on which ground, with which proof.

Exhibits, each only where there is something to show: proof of receipt, remittance, claim form, decisions of
lower levels, records. The layout is `claims.documents.packet`, the words of each class ``letters.toml``.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from sqlmodel import Session

from claims import outbound
from claims.appeal_facts import Facts, Proof
from claims.archive import document
from claims.documents import cms1500, ub04
from claims.documents.form_data import as_exhibit
from claims.documents.forms import Page, TooLong, form
from claims.documents.packet import Exhibit, Letter, Table, enclosable, render
from claims.errors import CleanclaimError
from claims.filing import last_filing_day
from claims.model import ClaimLine, Coverage, Denial
from claims.money.prior import prior_payments
from claims.money.said import Said, SaidLine
from config.payers import AppealLevel, PayerProfile
from config.settings import Office

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


def packet(session: Session, facts: Facts, wanted: Wanted) -> bytes:
    """The PDF that a person approves and that goes to whoever hears the appeal."""
    exhibits = [
        each
        for each in (
            _proof_of_receipt(facts, wanted),
            _remittance(facts),
            _claim_form(session, facts, wanted),
            _earlier(facts),
            *_records(session, facts, wanted),
        )
        if each is not None
    ]
    return render(_letter(facts, wanted, exhibits), f"Our number {facts.filing.pcn}")


def _letter(facts: Facts, wanted: Wanted, exhibits: Sequence[Exhibit]) -> Letter:
    level, words = wanted.level, _words(facts.denials[0].denial_class)
    return Letter(
        title=f"{level.name} of a denied claim",
        sender=_sender(facts),
        addressee=level.address or tuple(dict.fromkeys((_capital(level.heard_by), wanted.profile.name))),
        written=wanted.written,
        subject=_subject(facts, wanted),
        opening=_opening(facts, wanted),
        refused=_refused(facts),
        ask=words["ask"].format(days=_days(facts.proofs)),
        grounds=_grounds(facts),
        advice="",
        decision_days=level.decision_days,
        exhibits=exhibits,
    )


def _capital(text: str) -> str:
    bare = text.removeprefix("the ").removeprefix("an ")
    return bare[:1].upper() + bare[1:]


def _sender(facts: Facts) -> list[str]:
    billing = facts.bundle.billing
    if billing is None:
        return ["The practice"]
    place = f"{billing.city or ''}, {billing.state or ''} {(billing.postal or '')[:5]}".strip(", ")
    numbers = {"NPI": billing.npi, "Tax id": billing.tax_id, "Telephone": billing.phone}
    told = " · ".join(f"{word} {number}" for word, number in numbers.items() if number)
    return [each for each in (billing.name, billing.line1 or "", place, told) if each]


def _subject(facts: Facts, wanted: Wanted) -> list[tuple[str, Any]]:
    bundle, filing, claim = facts.bundle, facts.filing, facts.bundle.claim
    coverage = _coverage(facts)
    days = f"{claim.from_date:%m/%d/%Y}"
    if claim.through_date != claim.from_date:
        days += f" to {claim.through_date:%m/%d/%Y}"
    rows = [
        ("Level", f"{wanted.level.level}: {wanted.level.name}"),
        ("Payer's number", filing.icn or "not given"),
        ("Our number", filing.pcn),
        ("Patient", f"{bundle.patient.given or ''} {bundle.patient.family or ''}".strip()),
        ("Born", bundle.patient.birth_date or ""),
        ("Member id", coverage.member_id if coverage else ""),
        ("Group", coverage.group_number if coverage else ""),
        ("Day of service", days),
        ("Billed", filing.charge),
        ("In dispute", _amount(facts.denials)),
        ("Remittance", f"{facts.remittance.trace} of {facts.remittance.paid_on:%m/%d/%Y}"),
        ("To be filed by", wanted.file_by),
    ]
    return [(name, value) for name, value in rows if value]


def _coverage(facts: Facts) -> Coverage | None:
    return next((c for c in facts.bundle.coverages if c.id == facts.filing.coverage_id), None)


def _amount(denials: Iterable[Denial]) -> Decimal:
    return sum((each.amount for each in denials), Decimal("0.00"))


def _opening(facts: Facts, wanted: Wanted) -> str:
    """What this is, and which decisions came before."""
    day = f"{facts.remittance.paid_on:%m/%d/%Y}"
    first = f"We appeal the decision on the claim named above, refused in whole or in part on {day}."
    if not facts.earlier:
        return first
    last = facts.earlier[-1]
    return (
        f"{first} Level {last.level} ({_lower(last.name or 'appeal')}) was {last.outcome or 'decided'} on "
        f"{last.decided_on:%m/%d/%Y}. We do not agree with that decision and ask for "
        f"{_lower(wanted.level.name)}."
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _refused(facts: Facts) -> Table:
    columns = ("Line", "Code", "Units", "Diagnoses", "Refused", "Reason", "What it says")
    rows = [_row(facts, denial) for denial in facts.denials]
    return Table(columns, rows, right=(4,))


def _row(facts: Facts, denial: Denial) -> tuple[Any, ...]:
    line = next((each for each in facts.bundle.lines if each.id == denial.line_id), None)
    reason = " ".join((f"{denial.group_code}-{denial.reason_code}", *dict.fromkeys(denial.remarks)))
    told = (denial.amount, reason, (denial.words or "").partition(":")[0])
    if line is None:
        return ("all", "the claim", "", ", ".join(d.code for d in facts.bundle.diagnoses), *told)
    return (line.number, _code(line), f"{line.units.normalize():f}", _diagnoses(facts, line), *told)


def _code(line: ClaimLine) -> str:
    return "-".join((line.procedure_code or line.revenue_code or "", *line.modifiers))


def _diagnoses(facts: Facts, line: ClaimLine) -> str:
    codes = {each.position: each.code for each in facts.bundle.diagnoses}
    return ", ".join(codes[place] for place in line.pointers if place in codes)


def _days(proofs: Sequence[Proof]) -> str:
    days = dict.fromkeys(f"{p.day:%m/%d/%Y}" for p in proofs if p.source == "payer")
    return (
        f"the payer's own acknowledgement is of {', '.join(days)}." if days else "see the proof of receipt."
    )


def _grounds(facts: Facts) -> list[str]:
    """What the history of the claim says for it."""
    sent = [f"The claim was sent on {day:%m/%d/%Y} (control number {number})." for day, number in facts.sent]
    got = [f"The {p.source} acknowledged it on {p.day:%m/%d/%Y}: {_named(p)}." for p in facts.proofs]
    cover = [
        f"The payer confirmed the coverage of that day on {day:%m/%d/%Y} (271)." for day in facts.confirmed
    ]
    granted = [
        f"The payer granted authorization {each.number} for {', '.join(each.codes)}."
        for each in facts.authorizations
        if each.number
    ]
    number = facts.bundle.claim.authorization_number
    own = [f"The claim carries the authorization number {number}."] if number else []
    return [*sent, *got, *cover, *granted, *own]


def _named(proof: Proof) -> str:
    return f"{proof.what}, number {proof.number}" if proof.number else proof.what


def _proof_of_receipt(facts: Facts, wanted: Wanted) -> Exhibit | None:
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


def _remittance(facts: Facts) -> Exhibit:
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


def _claim_form(session: Session, facts: Facts, wanted: Wanted) -> Exhibit | None:
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


def _earlier(facts: Facts) -> Exhibit | None:
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


def _records(session: Session, facts: Facts, wanted: Wanted) -> list[Exhibit]:
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


def missing_records(denial_class: str) -> list[str]:
    """What should stand behind the letter for such a denial; for whoever approves it."""
    records: list[str] = _words(denial_class)["records"]
    return records


def _words(denial_class: str) -> dict[str, Any]:
    table = _table()
    return table.get(denial_class, table["other"])


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("claims.documents").joinpath("letters.toml").read_text("utf-8"))
