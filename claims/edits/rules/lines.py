"""How much: charges, units, totals, drugs."""

import re
from collections.abc import Iterator
from decimal import Decimal

from claims.edits.subject import Hit, Subject, edit

MOST = {"P": 50, "I": 999}
ZERO, HIGHEST = Decimal(0), Decimal("99999999.99")
MOST_UNITS = Decimal("9999.999")
UNIT_KINDS = {"P": ("UN", "MJ"), "I": ("UN", "DA")}
ANAESTHESIA = re.compile(r"0(?:0[1-9]|1\d)\d\d", re.ASCII)
OUTLIER, MINUTES_A_DAY = Decimal("25000.00"), 24 * 60
TRACKED, DRUGS = re.compile(r"\d{4}F|G\d{4}", re.ASCII), ("J", "Q", "S", "C", "A", "90", "G")
DRUG = re.compile(r"[JQ]\d{4}", re.ASCII)
NDC = re.compile(r"(?!0+$)\d{11}", re.ASCII)
NDC_UNITS = ("F2", "GR", "ME", "ML", "UN")


@edit("line.none")
def no_line(subject: Subject) -> Iterator[Hit]:
    if not subject.lines:
        yield Hit()


@edit("line.count")
def too_many_lines(subject: Subject) -> Iterator[Hit]:
    if len(subject.lines) > MOST[subject.claim.form]:
        yield Hit(str(len(subject.lines)))


@edit("line.charge")
def charge_unbillable(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.charge is None or not ZERO <= line.charge <= HIGHEST:
            yield Hit("missing" if line.charge is None else str(line.charge), line.number)


@edit("line.units")
def units_unbillable(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if not ZERO < line.units <= MOST_UNITS:
            yield Hit(f"{line.units:f}", line.number)


@edit("line.unit_kind")
def unit_kind_unknown(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.unit_kind not in UNIT_KINDS[subject.claim.form]:
            yield Hit(line.unit_kind or "missing", line.number)


@edit("line.minutes")
def minutes_without_anaesthesia(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        timed = bool(ANAESTHESIA.fullmatch(line.procedure_code or ""))
        if timed != (line.unit_kind == "MJ") and line.unit_kind in UNIT_KINDS["P"]:
            yield Hit(line.procedure_code or "", line.number)


@edit("line.whole_units")
def part_of_a_unit(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.units % 1 and not DRUG.fullmatch(line.procedure_code or ""):
            yield Hit(f"{line.units.normalize():f}", line.number)


@edit("totals.lines")
def lines_do_not_add_up(subject: Subject) -> Iterator[Hit]:
    total = sum((line.charge or ZERO for line in subject.lines), ZERO)
    if subject.lines and total != subject.claim.charge:
        yield Hit(f"{total} in the lines, {subject.claim.charge} on the claim")


@edit("totals.zero")
def nothing_billed(subject: Subject) -> Iterator[Hit]:
    if subject.claim.charge <= ZERO:
        yield Hit(str(subject.claim.charge))


@edit("ndc.shape", on="ndc")
def ndc_malformed(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.ndc and not NDC.fullmatch(line.ndc):
            yield Hit(line=line.number)


@edit("ndc.units", on="ndc")
def ndc_without_quantity(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.ndc and (not line.ndc_units or line.ndc_units <= 0 or line.ndc_unit_kind not in NDC_UNITS):
            yield Hit(line=line.number)


@edit("ndc.missing")
def drug_without_ndc(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.procedure_code and line.procedure_code.startswith("J") and not line.ndc:
            yield Hit(line.procedure_code, line.number)


@edit("line.free")
def line_for_nothing(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        tracked = TRACKED.fullmatch(line.procedure_code or "") or {"SL", "QA"} & {*line.modifiers}
        if line.charge == ZERO and subject.claim.charge > ZERO and not tracked and line.procedure_code:
            yield Hit(line.procedure_code, line.number)


@edit("line.outlier")
def charge_out_of_all_proportion(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.charge is not None and OUTLIER < line.charge <= HIGHEST:
            yield Hit(str(line.charge), line.number)


@edit("line.minutes_a_day")
def more_minutes_than_the_days_have(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        days = (line.through_date - line.from_date).days + 1
        if line.unit_kind == "MJ" and days > 0 and line.units > days * MINUTES_A_DAY:
            yield Hit(f"{line.units.normalize():f} minutes", line.number)


@edit("ndc.without_drug", on="ndc")
def ndc_on_something_else(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        code = line.procedure_code or ""
        if line.ndc and code and not code.startswith(DRUGS):
            yield Hit(code, line.number)


@edit("ndc.twice", on="ndc")
def one_drug_on_two_lines(subject: Subject) -> Iterator[Hit]:
    seen = set()
    for line in subject.lines:
        key = (line.ndc, line.procedure_code, line.from_date, *line.modifiers)
        if line.ndc and key in seen:
            yield Hit(line.procedure_code or "", line.number)
        seen.add(key)
