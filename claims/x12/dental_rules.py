"""What the dental guide asks of a claim beyond its structure: codes of teeth and surfaces, and situations."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from claims.findings import Finding, Severity
from claims.x12.claim837 import Claim837, ServiceLine
from claims.x12.dental import DentalClaim, DentalService

PERMANENT = frozenset(map(str, range(1, 33)))
PRIMARY = frozenset("ABCDEFGHIJKLMNOPQRST")
# Supernumerary teeth: 50 more than the permanent tooth beside them, or an S behind the primary one.
EXTRA = frozenset(map(str, range(51, 83))) | frozenset(letter + "S" for letter in PRIMARY)
TEETH = PERMANENT | PRIMARY | EXTRA
SURFACES = frozenset("BDFILMO")
REGIONS = frozenset(("00", "01", "02", "03", "09", "10", "20", "30", "40", "L", "R"))
STATUSES = frozenset("EM")
PROSTHESES = frozenset(("", "I", "R"))
MOST_DIAGNOSES = 4


def judge_dental(claims: Iterable[Claim837]) -> list[Finding]:
    """Every remark on the dental claims among these."""
    return [found for claim in claims if claim.dental is not None for found in _claim(claim, claim.dental)]


def _claim(claim: Claim837, dental: DentalClaim) -> Iterator[Finding]:
    for tooth in dental.teeth:
        if tooth.number.lstrip("0") not in TEETH:
            yield _code(claim, claim.segment, "2300", "DN201", "no tooth of the universal numbering")
        if tooth.status not in STATUSES:
            yield _code(claim, claim.segment, "2300", "DN202", "no status of a tooth; E and M are")
    if dental.submission_reason not in ("", "PB"):
        yield _code(claim, claim.segment, "2300", "CLM19", "no reason for a submission; PB is")
    if len(claim.diagnoses) > MOST_DIAGNOSES:
        message = f"A dental claim names at most {MOST_DIAGNOSES} diagnoses."
        yield _finding("x12_837d_diagnoses", message, claim, claim.segment, "2300", "HI", 2)
    for line in claim.lines:
        yield from _line(claim, line, line.dental or DentalService())
        yield from _dates(claim, line, dental)


def _line(claim: Claim837, line: ServiceLine, service: DentalService) -> Iterator[Finding]:
    at = (claim, line.segment, "2400")
    if not set(service.regions) <= REGIONS:
        yield _code(*at, "SV304", "no region of the mouth")
    if service.prosthesis not in PROSTHESES:
        yield _code(*at, "SV305", "neither I nor R")
    for tooth in service.teeth:
        if tooth.number.lstrip("0") not in TEETH:
            yield _code(*at, "TOO02", "no tooth of the universal numbering")
        if not set(tooth.surfaces) <= SURFACES:
            yield _code(*at, "TOO03", "no surface of a tooth; B, D, F, I, L, M and O are")


def _dates(claim: Claim837, line: ServiceLine, dental: DentalClaim) -> Iterator[Finding]:
    """A line has a day of service, its own or its claim's, unless only a predetermination is asked for."""
    served = line.service or claim.date("472")
    if served is None and not dental.is_predetermination:
        message = "Neither the line nor its claim says when the service was done (DTP*472)."
        yield _finding("x12_837d_no_date", message, claim, line.segment, "2400", "DTP*472", 4)
    if served is not None and dental.is_predetermination and line.service is not None:
        message = "A predetermination says when a service was done, though nothing is done yet."
        found = _finding("x12_837d_date", message, claim, line.segment, "2400", "DTP*472", 4)
        yield replace(found, severity=Severity.WARNING)
    replaced = line.dental is not None and line.dental.prosthesis == "R"
    if replaced and not any(each.qualifier in ("441", "446") for each in line.dates):
        message = "A prosthesis is replaced, and the line does not say when the earlier one was placed."
        yield _finding("x12_837d_no_placement", message, claim, line.segment, "2400", "DTP*441", 4)


def _code(claim: Claim837, segment: int, loop: str, element: str, why: str) -> Finding:
    return _finding("x12_code_value", f"The value is {why}.", claim, segment, loop, element, 5)


def _finding(
    code: str, message: str, claim: Claim837, segment: int, loop: str, element: str, snip: int
) -> Finding:
    tip = "Correct the claim before it is sent."
    place = (segment or None, loop, element, claim.pcn)
    return Finding(code, Severity.ERROR, message, tip, snip, *place)
