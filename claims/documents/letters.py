"""The appeal letter: facts of the claim and of the denial, and one paragraph for the kind of denial."""

import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files

from claims.bundle import Bundle
from claims.model import Acknowledgement, ClaimLine, Denial, Filing

LEVELS = {1: "First appeal", 2: "Second appeal", 3: "Third appeal", 4: "Fourth appeal"}


def appeal_letter(
    bundle: Bundle,
    filing: Filing,
    denials: Sequence[Denial],
    receipts: Sequence[Acknowledgement],
    *,
    level: int,
    payer: str,
    today: date,
) -> str:
    """The whole letter as plain text. It names the patient: it goes to the payer and to the archive only."""
    patient, claim = bundle.patient, bundle.claim
    coverage = next((c for c in bundle.coverages if c.id == filing.coverage_id), None)
    billing = bundle.billing
    rows = [
        *_sender(bundle),
        "",
        f"{today:%B} {today.day}, {today.year}",
        "",
        payer,
        "",
        f"{LEVELS.get(level, 'Appeal')} of a denied claim",
        f"Claim number:   {filing.icn or 'not given'}",
        f"Our number:     {filing.pcn}",
        f"Patient:        {patient.given or ''} {patient.family or ''}".rstrip(),
        f"Member id:      {coverage.member_id if coverage else ''}",
        f"Day of service: {claim.from_date:%m/%d/%Y}",
        f"Billed:         ${filing.charge}",
        "",
        "You refused:",
        *(_refused(denial, bundle.lines) for denial in denials),
        "",
        _ask(denials[0].denial_class, receipts),
        "",
        *_proof(receipts),
        "Please send your decision to the address above.",
        "",
        billing.name if billing else "",
    ]
    return "\n".join(rows) + "\n"


def _sender(bundle: Bundle) -> list[str]:
    billing = bundle.billing
    if billing is None:
        return []
    place = f"{billing.city or ''}, {billing.state or ''} {(billing.postal or '')[:5]}"
    return [billing.name, billing.line1 or "", place, f"NPI {billing.npi or ''}"]


def _refused(denial: Denial, lines: Sequence[ClaimLine]) -> str:
    line = next((each for each in lines if each.id == denial.line_id), None)
    what = f"line {line.number}, {line.procedure_code or line.revenue_code}" if line else "the claim"
    remarks = f", remarks {' '.join(denial.remarks)}" if denial.remarks else ""
    return f"  {what}: ${denial.amount}, reason {denial.group_code}-{denial.reason_code}{remarks}"


def _ask(denial_class: str, receipts: Sequence[Acknowledgement]) -> str:
    table = _table()
    days = ", ".join(f"{r.received_on:%m/%d/%Y}" for r in receipts if r.received_on)
    paragraph = table.get(denial_class, table["other"])["ask"]
    return paragraph.format(
        days=f"your own acknowledgement is of {days}." if days else "see the enclosed proof."
    )


def _proof(receipts: Sequence[Acknowledgement]) -> list[str]:
    rows = [
        f"  {r.kind} {r.verdict} of {r.received_on:%m/%d/%Y}, your number {r.icn or 'not given'}"
        for r in receipts
        if r.received_on
    ]
    return ["Acknowledgements that we hold:", *rows, ""] if rows else []


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("claims.documents").joinpath("letters.toml").read_text("utf-8"))
