"""An appeal's packet from the facts of its claim: who asks whom for what, on which ground, with which proof.

Exhibits, each only where there is something to show: proof of receipt, remittance, claim form, decisions of
lower levels, records. The layout is `claims.documents.packet`, the words of each class ``letters.toml``.
"""

import tomllib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from sqlmodel import Session

from claims import appeal_exhibits
from claims.appeal_exhibits import Wanted
from claims.appeal_facts import Facts, Proof
from claims.documents.packet import Exhibit, Letter, Table, render
from claims.model import ClaimLine, Coverage, Denial


def packet(session: Session, facts: Facts, wanted: Wanted) -> bytes:
    """The PDF that a person approves and that goes to whoever hears the appeal."""
    exhibits = [
        each
        for each in (
            appeal_exhibits.proof_of_receipt(facts, wanted),
            appeal_exhibits.remittance(facts),
            appeal_exhibits.claim_form(session, facts, wanted),
            appeal_exhibits.earlier_decisions(facts),
            *appeal_exhibits.records(session, facts, wanted),
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
