"""Services of one day that belong together or do not: NCCI pairs, MUE, add-on codes, repeated lines.

NCCI looks at one patient, one clinician and one day; earlier claims of the same day count as well.
Source: CMS NCCI Policy Manual, chapter I; `domain/rules.md` section 10.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import permutations

from claims.codes import OUTPATIENT, PRACTITIONER, pair_key
from claims.edits.lookups import Service, service_of
from claims.edits.subject import Hit, Subject, edit
from claims.model import ClaimLine

APART_KINDS = frozenset(
    ("visit", "distinct", "repeat", "return", "side", "finger", "toe", "eyelid", "artery")
)
REPEATS = frozenset(("76", "77", "91", "59", "XE", "XP", "XS", "XU"))
ADMITS_MODIFIER, DELETED = "1", "9"
PER_LINE = "1"
CLOSED_LIST = "1"


def sets_apart(subject: Subject, modifier: str) -> bool:
    """Whether NCCI takes the modifier as saying that the service was a separate one."""
    rows = subject.codes.spans("modifier", modifier)
    return modifier in ("27", "XE", "XP", "XS", "XU") or any(row.more["kind"] in APART_KINDS for row in rows)


def _is_apart(subject: Subject, line: ClaimLine) -> bool:
    return any(sets_apart(subject, modifier) for modifier in line.modifiers)


def _setting(subject: Subject) -> str:
    return PRACTITIONER if subject.professional else OUTPATIENT


def _clinician(subject: Subject, line: ClaimLine) -> str | None:
    return line.rendering_id or subject.claim.rendering_id


@edit("bundling.pair", on="several lines")
def bundled(subject: Subject) -> Iterator[Hit]:
    """The first line of the pair may carry the modifier too: Medicare takes 59 and X on either since 2019."""
    pairs = f"ptp_{_setting(subject)}"
    for first, second in permutations(subject.lines, 2):
        if first.from_date != second.from_date or _clinician(subject, first) != _clinician(subject, second):
            continue
        pair = pair_key(first.procedure_code or "", second.procedure_code or "")
        row = subject.codes.on(pairs, pair, first.from_date)
        if row is None or row.more["indicator"] == DELETED:
            continue
        admitted = row.more["indicator"] == ADMITS_MODIFIER
        if not (admitted and (_is_apart(subject, second) or _is_apart(subject, first))):
            words = f"{second.procedure_code} is part of {first.procedure_code}"
            yield Hit(words if admitted else f"{words} and no modifier changes that", second.number)


@edit("bundling.units")
def too_many_units(subject: Subject) -> Iterator[Hit]:
    by_day: dict[tuple[str, date], Decimal] = {}
    for line in subject.lines:
        row = subject.codes.on(f"mue_{_setting(subject)}", line.procedure_code or "", line.from_date)
        if row is None:
            continue
        key = (row.code, line.from_date)
        alone = row.more["mai"] == PER_LINE
        by_day[key] = line.units + (Decimal(0) if alone else by_day.get(key, Decimal(0)))
        if by_day[key] > Decimal(row.more["units"]):
            yield Hit(
                f"{row.code}, {by_day[key].normalize():f} units, at most {row.more['units']}", line.number
            )


@edit("bundling.add_on")
def add_on_alone(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        row = subject.codes.on("addon", line.procedure_code or "", line.from_date)
        if row is None or row.more["kind"] != CLOSED_LIST:  # else the contractor decides what is primary
            continue
        if _billed_codes(subject, line.from_date).intersection(row.more["primaries"].split()):
            continue
        yield Hit(row.code, line.number)


def _billed_codes(subject: Subject, day: date) -> set[str]:
    """The codes of one day, on this claim and on the patient's others."""
    services: set[Service] = {service_of(line) for line in subject.lines}
    for sibling in subject.lookups.siblings.get(subject.claim.id, ()):
        services |= sibling.services
    return {service.code for service in services if service.day == day}


@edit("line.duplicate", on="several lines")
def repeated_line(subject: Subject) -> Iterator[Hit]:
    seen = set()
    for line in subject.lines:
        service = (
            line.revenue_code,
            line.procedure_code,
            line.ndc,
            frozenset(line.modifiers),
            line.from_date,
            subject.place_of(line),
            _clinician(subject, line),
        )
        if service in seen and line.procedure_code and REPEATS.isdisjoint(line.modifiers):
            yield Hit(line.procedure_code, line.number)
        seen.add(service)
