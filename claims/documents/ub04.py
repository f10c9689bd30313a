"""The UB-04 of an institutional claim: locator by locator out of its 837I.

22 lines a page; the total (revenue code 0001) stands on the last one.

Source of the mapping: the form locators against loops and segments of 005010X223A2.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from claims.documents import forms
from claims.documents.forms import Page, lines, money, name, short
from claims.portions import in_portions
from claims.x12.claim837 import Claim837, ServiceLine
from claims.x12.parts import HealthCode, Party, amount

FORM = "ub04"
TOTAL = "0001"
OTHER_DIAGNOSES = "ABCDEFGHIJKLMNOPQ"
# Occurrence codes fill the upper row before the lower one; value codes each line from left to right.
OCCURRENCES = [f"{n}{row}" for row in "ab" for n in range(31, 35)]
SPANS = ["35a", "36a", "35b", "36b"]
VALUES = [f"{n}{row}" for row in "abcd" for n in range(39, 42)]
CONDITIONS = [str(n) for n in range(18, 29)]
PROCEDURES = ["74a", "74b", "74c", "74d", "74e"]


def pages(claim: Claim837, created: date | None) -> list[Page]:
    """Values by locator for each page; ``created`` is the day that stands in line 23.

    Raises TooLong where a number does not fit its locator.
    """
    form = forms.form(FORM)
    head = (
        _facility(claim) | _patient(claim) | _stay(claim) | _codes(claim) | _payers(claim) | _doctors(claim)
    )
    groups = list(in_portions(claim.lines, form.rows)) or [()]
    return [
        form.fitted(head | _rows(group) | _foot(claim, created, number, len(groups)))
        for number, group in enumerate(groups, start=1)
    ]


def _facility(claim: Claim837) -> Page:
    """Locators 1 to 6, 56, 63, 64, 80 and 81."""
    billing, period = claim.billing.provider, claim.date("434")
    phone = next((n for c in billing.contacts for kind, n in c.numbers if kind == "TE"), "")
    made = {
        "1.4": phone,
        "3a": claim.pcn,
        "3b": claim.reference("EA"),
        "4": f"0{claim.place_of_service}{claim.frequency}",
        "5": billing.reference("EI"),
        "56": billing.id,
        "63A": claim.reference("G1") or claim.reference("9F"),
        "64A": claim.reference("F8"),
        "80.1": " ".join(note.text for note in claim.notes if note.kind == "ADD"),
        "81a.qualifier": "B3" if claim.billing.taxonomy else "",
        "81a.code": claim.billing.taxonomy,
    }
    if period:
        made |= {"6.from": short(period.start), "6.through": short(period.end or period.start)}
    return made | lines("1", billing) | lines("2", claim.billing.pay_to)


def _patient(claim: Claim837) -> Page:
    """Locators 8 to 11 and 38."""
    person = claim.person
    made = {"8b": name(person), "11": person.gender if person.gender in ("M", "F") else "U"}
    if person.birth_date:
        made["10"] = f"{person.birth_date:%m%d%Y}"
    if where := person.address:
        street = f"{where.line1} {where.line2}".strip()
        made |= {"9a": street, "9b": where.city, "9c": where.state, "9d": where.zip}
    return made | lines("38", claim.payer)


def _stay(claim: Claim837) -> Page:
    """Locators 12 to 17 and 29."""
    admitted, discharged = claim.date("435"), claim.date("096")
    return {
        "12": short(admitted.start if admitted else None),
        "13": admitted.time[:2] if admitted else "",
        "14": claim.admission_type,
        "15": claim.admission_source,
        "16": discharged.time[:2] if discharged else "",
        "17": claim.patient_status,
        "29": claim.accident_state or claim.reference("LU"),
    }


def _codes(claim: Claim837) -> Page:
    """Locators 18 to 41 and 66 to 74: what the HI segments hold, each qualifier in its own places."""
    held: dict[str, list[HealthCode]] = defaultdict(list)
    for code in claim.codes:
        held[code.qualifier].append(code)
    made = {"66": "0" if held["ABK"] else "9"}
    made |= {box: code.code for box, code in zip(CONDITIONS, held["BG"], strict=False)}
    for box, code in zip(OCCURRENCES, held["BH"], strict=False):
        made |= {f"{box}.code": code.code, f"{box}.date": short(code.start)}
    for box, code in zip(SPANS, held["BI"], strict=False):
        made |= {
            f"{box}.code": code.code,
            f"{box}.from": short(code.start),
            f"{box}.through": short(code.end),
        }
    for box, code in zip(VALUES, held["BE"], strict=False):
        made |= {f"{box}.code": code.code, f"{box}.amount": money(code.amount)}
    return made | _diagnoses(held) | _procedures(held)


def _diagnoses(held: dict[str, list[HealthCode]]) -> Page:
    """67 to 72; the eighth place of 67 and 72 says whether it was present on admission."""
    places = [("67", code) for code in held["ABK"][:1]]
    places += zip([f"67{letter}" for letter in OTHER_DIAGNOSES], held["ABF"], strict=False)
    places += zip(["70a", "70b", "70c"], held["APR"], strict=False)
    places += zip(["72a", "72b", "72c"], held["ABN"], strict=False)
    made = {box: code.code for box, code in places}
    made |= {f"{box}.poa": code.poa for box, code in places if code.poa}
    for box, qualifier in (("69", "ABJ"), ("71", "DR")):
        made[box] = held[qualifier][0].code if held[qualifier] else ""
    return made


def _procedures(held: dict[str, list[HealthCode]]) -> Page:
    made: Page = {}
    for box, code in (*zip(["74"], held["BBR"], strict=False), *zip(PROCEDURES, held["BBQ"], strict=False)):
        made |= {f"{box}.code": code.code, f"{box}.date": short(code.start)}
    return made


def _payers(claim: Claim837) -> Page:
    """50 to 62: the payer of this claim on its own line (A first, B second), the others on theirs."""
    mine, others = claim.subscriber.coverage, list(claim.other_payers)
    rows = [(o.coverage.sequence, o.payer, o.subscriber, o.coverage, o.paid) for o in others]
    rows.append((mine.sequence, claim.payer, claim.subscriber.person, mine, None))
    relation = claim.patient.info.relationship if claim.patient else mine.relationship
    made: Page = {}
    for row, (_, payer, person, cover, paid) in zip(
        "ABC", sorted(rows, key=lambda r: "PST".find(r[0])), strict=False
    ):
        made |= {
            f"50{row}": payer.last if payer else "",
            f"51{row}": payer.id if payer else "",
            f"52{row}": claim.release,
            f"53{row}": "Y" if claim.benefits_assigned == "Y" else "N",
            f"54{row}": money(paid),
            f"58{row}": name(person),
            f"59{row}": relation if cover is mine else cover.relationship,
            f"60{row}": person.id if person else "",
            f"61{row}": cover.group_name,
            f"62{row}": cover.group_number,
        }
    return made


def _doctors(claim: Claim837) -> Page:
    """76 attending, 77 operating, 78 the first of the others with its role."""
    other = next((p for role in ("ZZ", "82", "DN") if (p := claim.provider(role))), None)
    made = _doctor("76", claim.provider("71")) | _doctor("77", claim.provider("72")) | _doctor("78", other)
    return made | ({"78.role": other.entity} if other else {})


def _doctor(box: str, party: Party | None) -> Page:
    if party is None:
        return {}
    return {f"{box}.npi": party.id, f"{box}.last": party.last, f"{box}.first": party.first}


def _rows(group: Sequence[ServiceLine]) -> Page:
    made: Page = {}
    for number, line in enumerate(group, start=1):
        made |= {f"row.{number}.{box}": value for box, value in _row(line).items()}
    return made


def _row(line: ServiceLine) -> Page:
    """Locators 42 to 48 of one line."""
    code = "".join((line.procedure.code, *line.procedure.modifiers)) if line.procedure else ""
    return {
        "42": line.revenue_code,
        "43": f"{line.drug.qualifier}{line.drug.ndc}" if line.drug else "",
        "44": code,
        "45": short(line.service.start if line.service else None),
        "46": f"{line.quantity:f}" if line.quantity is not None else "",
        "47": money(line.charge),
        "48": money(line.noncovered),
    }


def _foot(claim: Claim837, created: date | None, page: int, of: int) -> Page:
    """Line 23: page and creation date on each page, the totals on the last."""
    made = {"page": str(page), "pages": str(of), "created": short(created)}
    if page < of:
        return made
    left_out = sum((line.noncovered for line in claim.lines if line.noncovered), Decimal(0))
    due = amount(claim.amounts, "F3")
    made |= {"total.revenue": TOTAL, "total.charge": money(claim.charge)}
    return made | {"total.noncovered": money(left_out) if left_out else "", "55A": money(due)}
