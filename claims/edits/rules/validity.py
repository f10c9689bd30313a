"""Codes beyond the diagnoses: whether they exist, and did on the day.

A code is invalid only where the whole set of that day is loaded; otherwise one that we do not have is
unknown, which proves nothing. CPT comes from the operator's licensed file; dental codes (CDT) are in
neither set.
"""

import re
from collections.abc import Iterator

from claims.codes import Standing
from claims.edits.subject import Hit, Subject, edit
from claims.model import ClaimLine

CPT, HCPCS = re.compile(r"\d{4}[0-9A-Z]", re.ASCII), re.compile(r"[A-CE-Z]\d{4}", re.ASCII)
MODIFIER = re.compile(r"[A-Z0-9]{2}", re.ASCII)
# Where a transport began and ended, on ambulance codes: two letters, see the chapter on modifiers.
TRANSPORT, TRIP = re.compile(r"A0\d{3}", re.ASCII), re.compile(r"[DEGHIJNPRSX]{2}")


def _stands(subject: Subject, line: ClaimLine) -> Standing | None:
    """How a line's procedure stands in the set that it belongs to; None where it belongs to none of ours."""
    code = line.procedure_code or ""
    name = "cpt" if CPT.fullmatch(code) else "hcpcs" if HCPCS.fullmatch(code) else None
    return subject.codes.standing(name, code, line.from_date) if name else None


def _standings(subject: Subject) -> list[tuple[ClaimLine, Standing | None]]:
    return [(line, _stands(subject, line)) for line in subject.lines]


def _lines(subject: Subject, standing: Standing) -> Iterator[ClaimLine]:
    found = subject.once("procedures in tables", _standings)
    return (line for line, stands in found if stands is standing)


@edit("procedure.not_in_force")
def procedure_of_another_day(subject: Subject) -> Iterator[Hit]:
    for line in _lines(subject, Standing.NOT_IN_FORCE):
        yield Hit(line.procedure_code or "", line.number)


@edit("procedure.invalid")
def no_such_procedure(subject: Subject) -> Iterator[Hit]:
    for line in _lines(subject, Standing.INVALID):
        yield Hit(line.procedure_code or "", line.number)


@edit("procedure.unknown")
def procedure_in_no_table(subject: Subject) -> Iterator[Hit]:
    codes = dict.fromkeys(line.procedure_code or "" for line in _lines(subject, Standing.UNKNOWN))
    if codes:
        yield Hit(", ".join(codes))


@edit("modifier.invalid", on="modifiers")
def no_such_modifier(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        transport = TRANSPORT.fullmatch(line.procedure_code or "")
        for modifier in line.modifiers:
            if not MODIFIER.fullmatch(modifier) or (transport and TRIP.fullmatch(modifier)):
                continue
            if subject.codes.standing("modifier", modifier, line.from_date) in _WRONG:
                yield Hit(modifier, line.number)


_WRONG = (Standing.INVALID, Standing.NOT_IN_FORCE)


@edit("revenue.invalid")
def no_such_revenue_code(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        code = line.revenue_code or ""
        if code and subject.codes.standing("revenue", code, line.from_date) in _WRONG:
            yield Hit(code, line.number)


@edit("taxonomy.invalid")
def no_such_taxonomy(subject: Subject) -> Iterator[Hit]:
    for role, provider in subject.providers():
        code, day = provider.taxonomy or "", subject.claim.from_date
        if len(code) == 10 and subject.codes.standing("taxonomy", code, day) in _WRONG:
            yield Hit(f"{role} provider, {code}")
