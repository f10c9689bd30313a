"""A 278 transaction, request or response, to reviews."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from claims.findings import Finding
from claims.x12.claim837_segments import CLAIM
from claims.x12.dental import DentalService
from claims.x12.dental_io import IN_LINE
from claims.x12.eligibility import Reject
from claims.x12.eligibility_read import read_aaa
from claims.x12.envelope import Transaction
from claims.x12.loops import MANY, Blocks, Table, first, flat
from claims.x12.parts import Extra, Party
from claims.x12.parts_io import (
    PARTY,
    components,
    padded,
    party_of,
    read_dtp,
    read_party,
    read_procedure,
    read_ref,
    read_trn,
)
from claims.x12.review278 import Decision, Delivery, PatientEvent, Review278, ReviewedService, ReviewInfo
from claims.x12.syntax import RS, Segment
from claims.x12.values import number_or_none

STARTERS = frozenset(("HL", "NM1"))
NOBODY = Party("")
# HL03 from the top down, with the letter of its loops: 2000A with 2010A, and so on.
LETTERS = {"20": "A", "21": "B", "22": "C", "23": "D"}
EVENT, SERVICE = "EV", "SS"
PARTY_OF = {"20": "payer", "21": "requester", "22": "subscriber", "23": "dependent"}


def read_278(transaction: Transaction, findings: list[Finding] | None = None) -> list[Review278]:
    """One review for each patient event, or for each level at which the payer stopped."""
    blocks = Blocks(transaction.segments, transaction.first, STARTERS, [] if findings is None else findings)
    blocks.take()
    return list(_reviews(blocks))


@dataclass(frozen=True, slots=True)
class _Level:
    """What one HL of a person or organisation gives to the reviews below it."""

    changes: dict[str, Any]
    rejects: tuple[Reject, ...]


def _reviews(blocks: Blocks) -> Iterator[Review278]:
    above: dict[str, _Level] = {}
    while blocks.left:
        level = blocks.level()
        if level in LETTERS:
            above = {key: value for key, value in above.items() if key < level}
            above[level] = _level(blocks, level)
            if blocks.level() != EVENT and blocks.level() <= level:
                yield _review(above, None)
        elif level == EVENT:
            yield _review(above, _event(blocks))
        else:
            blocks.skip()


def _review(above: dict[str, _Level], event: PatientEvent | None) -> Review278:
    changes: dict[str, Any] = {"payer": NOBODY}
    for level in above.values():
        changes |= level.changes
    rejects = flat(level.rejects for level in above.values())
    return Review278(**changes, rejects=rejects, event=event)


def _level(blocks: Blocks, level: str) -> _Level:
    """HL with the NM1 loop behind it; what has no field, further NM1 loops too, are extras of its party."""
    letter = LETTERS[level]
    head: Table = {"AAA": (read_aaa(f"2000{letter}"), MANY)}
    found, extra = blocks.sort_out(blocks.take(), head)
    table = {**PARTY, "AAA": (read_aaa(f"2010{letter}"), MANY), "INS": (_reader_of_ins(level), 1)}
    if not blocks.at("NM1"):
        nobody = {PARTY_OF[level]: replace(NOBODY, extra=extra)}
        return _Level(nobody, tuple(found.get("AAA", ())))
    block = blocks.take()
    named, more = blocks.sort_out(block, table)
    party = replace(party_of(block[0], named, more), extra=extra + more + tuple(_further(blocks)))
    changes: dict[str, Any] = {PARTY_OF[level]: party}
    if "INS" in named:
        changes["relationship"] = first(named, "INS", "")
    return _Level(changes, tuple(found.get("AAA", ())) + tuple(named.get("AAA", ())))


def _further(blocks: Blocks) -> Iterator[Extra]:
    after = "NM1"
    while blocks.at("NM1"):
        for segment in blocks.take():
            yield Extra(after, tuple(segment))
            after = segment[0]


def _reader_of_ins(level: str) -> Any:
    own = "Y" if level == "22" else "N"

    def read(segment: Segment) -> str | None:
        return segment[2] if len(segment) == 3 and segment[1] == own else None

    return read


def _event(blocks: Blocks) -> PatientEvent:
    found, extra = blocks.sort_out(blocks.take(), {**REVIEWED, "AAA": (read_aaa("2000E"), MANY)})
    position = blocks.position
    providers = tuple(_providers(blocks))
    services = []
    while blocks.level() == SERVICE:
        services.append(_service(blocks))
    common = _common(found)
    return PatientEvent(
        **common, providers=providers, services=tuple(services), extra=extra, segment=position
    )


def _service(blocks: Blocks) -> ReviewedService:
    table = {**REVIEWED, **SERVICES, **IN_LINE, "SV3": (_read_sv3, 1), "AAA": (read_aaa("2000F"), MANY)}
    found, extra = blocks.sort_out(blocks.take(), table)
    fields: dict[str, Any] = next((found[name][0] for name in ("SV1", "SV2", "SV3") if found.get(name)), {})
    if "TOO" in found:
        dental = fields.get("dental") or DentalService()
        fields = fields | {"dental": replace(dental, teeth=tuple(found["TOO"]))}
    position, common = blocks.position, _common(found)
    providers = tuple(_providers(blocks))
    return ReviewedService(**common, **fields, providers=providers, extra=extra, segment=position)


def _providers(blocks: Blocks) -> Iterator[Party]:
    while blocks.at("NM1"):
        yield read_party(blocks, blocks.take())


def _common(found: dict[str, list[Any]]) -> dict[str, Any]:
    """What stands alike in the loops of an event and of a service."""
    return {
        "traces": tuple(found.get("TRN", ())),
        "rejects": tuple(found.get("AAA", ())),
        "info": first(found, "UM", None),
        "decision": first(found, "HCR", None),
        "references": tuple(found.get("REF", ())),
        "dates": tuple(found.get("DTP", ())),
        "codes": flat(found.get("HI", ())),
        "delivery": first(found, "HSD", None),
        "attachments": tuple(found.get("PWK", ())),
        "messages": tuple(found.get("MSG", ())),
    }


def _read_um(segment: Segment) -> ReviewInfo:
    category, certification, service, place, causes, level, condition, prognosis, release, delay = padded(
        segment, 10
    )
    facility, qualifier = components(place, 2)
    related = tuple(components(causes, 5)) if causes else ()
    return ReviewInfo(
        category,
        certification,
        service,
        facility,
        qualifier,
        related,
        level,
        condition,
        prognosis,
        release,
        delay,
    )


def _read_hcr(segment: Segment) -> Decision:
    action, number, reasons, opinion = padded(segment, 4)
    return Decision(action, number, tuple(reasons.split(RS)) if reasons else (), opinion)


def _read_hsd(segment: Segment) -> Delivery:
    unit, quantity, frequency_unit, frequency, period, periods, pattern, time = padded(segment, 8)
    numbers = number_or_none(quantity), number_or_none(frequency), number_or_none(periods)
    return Delivery(unit, numbers[0], frequency_unit, numbers[1], period, numbers[2], pattern, time)


def _read_msg(segment: Segment) -> str | None:
    return segment[1] if len(segment) == 2 else None


def _read_sv1(segment: Segment) -> dict[str, Any]:
    code, charge, unit, quantity = padded(segment, 4)
    return _service_fields("SV1", code, charge, quantity) | {"unit": unit, "rest": tuple(segment[5:])}


def _read_sv2(segment: Segment) -> dict[str, Any]:
    revenue, code, charge, unit, quantity = padded(segment, 5)
    fields = {"revenue_code": revenue, "unit": unit, "rest": tuple(segment[6:])}
    return _service_fields("SV2", code, charge, quantity) | fields


def _read_sv3(segment: Segment) -> dict[str, Any]:
    """The place of service (SV303) has no field here: it stands first in ``rest``."""
    code, charge, place, regions, prosthesis, quantity = padded(segment, 6)
    dental = DentalService(tuple(components(regions, 5)) if regions else (), prosthesis)
    rest = (place, *segment[7:]) if place or segment[7:] else ()
    return _service_fields("SV3", code, charge, quantity) | {"dental": dental, "rest": rest}


def _service_fields(name: str, code: str, charge: str, quantity: str) -> dict[str, Any]:
    return {
        "segment_id": name,
        "procedure": read_procedure(code),
        "charge": number_or_none(charge),
        "quantity": number_or_none(quantity),
    }


REVIEWED: Table = {
    "TRN": (read_trn, MANY),
    "UM": (_read_um, 1),
    "HCR": (_read_hcr, 1),
    "REF": (read_ref, MANY),
    "DTP": (read_dtp, MANY),
    "HI": CLAIM["HI"],
    "HSD": (_read_hsd, 1),
    "PWK": CLAIM["PWK"],
    "MSG": (_read_msg, MANY),
}
SERVICES: Table = {"SV1": (_read_sv1, 1), "SV2": (_read_sv2, 1)}
