"""The CMS-1500 (02/12) of a professional claim: box by box out of its 837P.

Six lines a page; where a claim has more, each page but the last says CONTINUED instead of the totals.

Source of the mapping: the box numbers of the form against loops and segments of 005010X222A1.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from claims.documents import forms
from claims.documents.forms import Page, day, lines, mark, money, name
from claims.portions import in_portions
from claims.x12.claim837 import Claim837, ServiceLine
from claims.x12.parts import Party, amount

FORM = "cms1500"
ON_FILE = "SIGNATURE ON FILE"
KINDS = {"MA": "medicare", "MB": "medicare", "MC": "medicaid", "CH": "tricare", "VA": "champva", "WC": "feca"}
GROUP = ("CI", "BL", "HM", "12", "13", "14", "15")
RELATIONS = {"18": "self", "01": "spouse", "19": "child"}
REFERRERS = {"DN": "DN", "DK": "DK", "DQ": "DQ"}
LETTERS = "ABCDEFGHIJKL"
NOTHING = Decimal(0)


def pages(claim: Claim837, created: date | None) -> list[Page]:
    """Values by box for each page; ``created`` is the day beside the provider's signature (box 31).

    Raises TooLong where a number does not fit its box.
    """
    form = forms.form(FORM)
    signed = {"31.date": f"{created:%m %d %y}"} if created else {}
    head = signed | _insured(claim) | _patient(claim) | _condition(claim) | _provider(claim)
    groups = list(in_portions(claim.lines, form.rows)) or [()]
    return [
        form.fitted(head | _rows(claim, group) | _totals(claim, number, len(groups)))
        for number, group in enumerate(groups, start=1)
    ]


def _insured(claim: Claim837) -> Page:
    """Carrier block, boxes 1, 1a, 4, 6, 7, 9 and 11."""
    cover, person = claim.subscriber.coverage, claim.subscriber.person
    kind = KINDS.get(cover.filing_indicator)
    if kind is None:
        kind = "group" if cover.filing_indicator in GROUP and cover.group_number else "other"
    relation = claim.patient.info.relationship if claim.patient else cover.relationship
    medicare_first = kind == "medicare" and cover.sequence == "P"
    made = {
        f"1.{kind}": "X",
        "1a": person.id,
        "4": name(person),
        f"6.{RELATIONS.get(relation, 'other')}": "X",
        "11": "NONE" if medicare_first else cover.group_number,
        "11b": claim.reference("Y4"),
        "11c": cover.group_name or claim.payer.last,
    }
    return made | lines("carrier", claim.payer) | _place("7", person) | _born("11a", person) | _other(claim)


def _other(claim: Claim837) -> Page:
    if not claim.other_payers:
        return mark("11d", yes=False)
    other = claim.other_payers[0]
    plan = other.coverage.group_name or (other.payer.last if other.payer else "")
    return {"9": name(other.subscriber), "9a": other.coverage.group_number, "9d": plan} | mark(
        "11d", yes=True
    )


def _patient(claim: Claim837) -> Page:
    """Boxes 2, 3, 5, 12 and 13."""
    made = {
        "2": name(claim.person),
        "12": ON_FILE if claim.release == "Y" else "",
        "13": ON_FILE if claim.benefits_assigned == "Y" else "",
    }
    return made | _born("3", claim.person) | _place("5", claim.person)


def _born(box: str, person: Party) -> Page:
    sex = {f"{box}.{person.gender}": "X"} if person.gender in ("M", "F") else {}
    return day(box, person.birth_date, long=True) | sex


def _place(box: str, person: Party) -> Page:
    if (where := person.address) is None:
        return {}
    street = f"{where.line1} {where.line2}".strip()
    return {
        f"{box}.street": street,
        f"{box}.city": where.city,
        f"{box}.state": where.state,
        f"{box}.zip": where.zip,
    }


def _condition(claim: Claim837) -> Page:
    """Boxes 10, 14 to 23."""
    causes = claim.related_causes
    made = {"10b.state": claim.accident_state, "10d": " ".join(_codes(claim, "BG"))}
    for box, cause in (("10a", "EM"), ("10b", "AA"), ("10c", "OA")):
        made |= mark(box, yes=cause in causes)
    made |= _onset(claim) | _spans(claim) | _referrer(claim)
    lab = next((line for line in claim.lines if amount(line.amounts, "PS1")), None)
    made |= mark("20", yes=lab is not None)
    made |= {f"21.{letter}": code.code for letter, code in zip(LETTERS, claim.diagnoses, strict=False)}
    return made | {
        "19": " ".join(note.text for note in claim.notes),
        "21.version": "0" if any(code.qualifier in ("ABK", "ABF") for code in claim.diagnoses) else "9",
        "22.code": claim.frequency if claim.frequency in ("7", "8") else "",
        "22.reference": claim.reference("F8"),
        "23": claim.reference("G1") or claim.reference("9F") or claim.reference("X4"),
    }


def _codes(claim: Claim837, qualifier: str) -> list[str]:
    return [code.code for code in claim.codes if code.qualifier == qualifier]


def _onset(claim: Claim837) -> Page:
    """Box 14: onset of the illness or last period; box 15: the first of the other dates."""
    first = claim.date("431") or claim.date("484")
    kinds = ("454", "304", "453", "439", "455", "471", "090", "091", "444")
    other = next((found for kind in kinds if (found := claim.date(kind))), None)
    made: Page = {}
    if first:
        made |= day("14", first.start) | {"14.qualifier": first.qualifier}
    if other:
        made |= day("15", other.start) | {"15.qualifier": other.qualifier}
    return made


def _spans(claim: Claim837) -> Page:
    """Box 16, unable to work; box 18, in hospital."""
    away, (start, end) = claim.date("314"), (claim.date("360"), claim.date("361"))
    off = away.start if away else start.start if start else None
    back = away.end if away else end.start if end else None
    inside, outside = claim.date("435"), claim.date("096")
    return (
        day("16.from", off)
        | day("16.to", back)
        | day("18.from", inside.start if inside else None)
        | day("18.to", outside.start if outside else None)
    )


def _referrer(claim: Claim837) -> Page:
    found = next((p for role in REFERRERS if (p := claim.provider(role))), None)
    if found is None:
        return {}
    return {"17.qualifier": REFERRERS[found.entity], "17": forms.spoken(found), "17b": found.id}


def _provider(claim: Claim837) -> Page:
    """Boxes 25 to 27 and 31 to 33."""
    billing, facility = claim.billing.provider, claim.provider("77")
    rendering = claim.provider("82") or billing
    employer, person = billing.reference("EI"), billing.reference("SY")
    phone = next((n for c in billing.contacts for kind, n in c.numbers if kind == "TE"), "")
    made = {
        "25": employer or person,
        "25.ein": "X" if employer else "",
        "25.ssn": "X" if person and not employer else "",
        "26": claim.pcn,
        "31": forms.spoken(rendering) if claim.signature == "Y" else "",
        "32a": facility.id if facility else "",
        "33.area": phone[:3],
        "33.phone": phone[3:],
        "33a": billing.id,
    }
    return (
        made | mark("27", yes=claim.assignment in ("A", "B")) | lines("32", facility) | lines("33", billing)
    )


def _rows(claim: Claim837, group: Sequence[ServiceLine]) -> Page:
    made: Page = {}
    for number, line in enumerate(group, start=1):
        made |= {f"row.{number}.{part}": value for part, value in _row(claim, line).items()}
    return made


def _row(claim: Claim837, line: ServiceLine) -> Page:
    """Box 24, one line: dates, place, procedure, pointers, charge, units, and who rendered it."""
    when, procedure = line.service, line.procedure
    rendering = next((p for p in line.providers if p.entity == "82"), None)
    rendering = rendering or claim.provider("82") or claim.billing.provider
    made = {
        "shaded": _shaded(line),
        "B": line.place_of_service or claim.place_of_service,
        "C": line.emergency,
        "D": procedure.code if procedure else "",
        "E": "".join(
            LETTERS[int(p) - 1] for p in line.pointers if p.isdigit() and 0 < int(p) <= len(LETTERS)
        ),
        "F": money(line.charge),
        "G": f"{line.quantity:f}" if line.quantity is not None else "",
        "H": line.epsdt,
        "J": rendering.id,
    }
    made |= {f"D.{n}": code for n, code in enumerate(procedure.modifiers if procedure else (), start=1)}
    if when:
        made |= day("from", when.start) | day("to", when.end or when.start)
    return made


def _shaded(line: ServiceLine) -> str:
    """The drug's number with its unit and quantity, else the note of the line."""
    if drug := line.drug:
        quantity = f"{drug.quantity:f}" if drug.quantity is not None else ""
        return f"{drug.qualifier}{drug.ndc} {drug.unit}{quantity}".strip()
    return " ".join(note.text for note in line.notes)


def _totals(claim: Claim837, page: int, of: int) -> Page:
    """Boxes 28 and 29: the claim's totals stand on its last page."""
    many = {"page": f"PAGE {page} OF {of}"} if of > 1 else {}
    if page < of:
        return many | {"28": "CONTINUED"}
    paid = [other.paid for other in claim.other_payers if other.paid is not None]
    received = sum(paid, NOTHING) + (amount(claim.amounts, "F5") or NOTHING)
    return many | {"28": money(claim.charge), "29": money(received) if received or paid else ""}
