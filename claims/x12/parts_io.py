"""Reading and writing the segments behind ``parts``; each pair is inverse.

Readers take a segment and raise BadValue; writers give lines in memory form (see ``rendering.line``).
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from claims.x12.loops import MANY, Blocks, Table, first, put_back
from claims.x12.parts import (
    Address,
    Adjustment,
    Amount,
    Contact,
    Extra,
    Party,
    Period,
    Procedure,
    Quantity,
    Reference,
    Trace,
)
from claims.x12.rendering import composite, line
from claims.x12.syntax import US, Segment
from claims.x12.values import BadValue, day, number, number_or_none, of_day, of_number

BLANK = [""] * 24
TRIPLETS_PER_CAS = 6


def padded(segment: Segment, size: int) -> Segment:
    """The segment's elements from 1 to ``size``, absent ones as empty strings."""
    return (segment + BLANK)[1 : size + 1]


def components(element: str, size: int) -> list[str]:
    """The components of a composite, absent ones as empty strings."""
    return (element.split(US) + BLANK)[:size]


def read_ref(segment: Segment) -> Reference:
    return Reference(*padded(segment, 4))


def ref(value: Reference) -> str:
    return line("REF", value.qualifier, value.value, value.description, value.other)


def read_dtp(segment: Segment) -> Period:
    """DTP with the formats D8, RD8, DT and TM; another format is no valid date."""
    qualifier, form, text = padded(segment, 3)
    if form == "D8":
        return Period(qualifier, day(text))
    if form == "RD8" and text[8:9] == "-":
        return Period(qualifier, day(text[:8]), day(text[9:]))
    if form == "DT" and len(text) > 8:
        return Period(qualifier, day(text[:8]), time=text[8:])
    if form == "TM":
        return Period(qualifier, time=text)
    raise BadValue("date")


def dtp(value: Period) -> str:
    if value.end is not None:
        form, text = "RD8", of_day(value.start) + "-" + of_day(value.end)
    elif not value.time:
        form, text = "D8", of_day(value.start)
    else:
        form, text = ("DT" if value.start else "TM"), of_day(value.start) + value.time
    return line("DTP", value.qualifier, form, text)


def read_dtm(segment: Segment) -> Period | None:
    """DTM with a day; the rare span of DTM05 and DTM06 is left to the extras."""
    qualifier, text, time = padded(segment, 3)
    if not text or len(segment) > 4:
        return None
    return Period(qualifier, day(text), time=time)


def dtm(value: Period) -> str:
    return line("DTM", value.qualifier, of_day(value.start), value.time)


def read_amt(segment: Segment) -> Amount:
    qualifier, value, flag = padded(segment, 3)
    return Amount(qualifier, number(value), flag)


def amt(value: Amount) -> str:
    return line("AMT", value.qualifier, of_number(value.value), value.flag)


def read_qty(segment: Segment) -> Quantity:
    qualifier, value, unit = padded(segment, 3)
    return Quantity(qualifier, number(value), unit)


def qty(value: Quantity) -> str:
    return line("QTY", value.qualifier, of_number(value.value), value.unit)


def read_trn(segment: Segment) -> Trace:
    return Trace(*padded(segment, 4))


def trn(value: Trace) -> str:
    return line("TRN", value.kind, value.number, value.originator, value.more)


def read_per(segment: Segment) -> Contact:
    function, name, *rest = segment[1:] + [""] * (2 - len(segment[1:]))
    pairs = zip(rest[::2], [*rest[1::2], ""], strict=False)
    return Contact(function, name, tuple(pairs))


def per(value: Contact) -> str:
    return line("PER", value.function, value.name, *[text for pair in value.numbers for text in pair])


def read_cas(segment: Segment) -> list[Adjustment]:
    """Up to six triplets of reason, amount and quantity under one group code."""
    group = padded(segment, 1)[0]
    found: list[Adjustment] = []
    for at in range(2, len(segment), 3):
        reason, amount, quantity = (segment[at : at + 3] + BLANK)[:3]
        if reason or amount or quantity:
            opens = not found
            found.append(Adjustment(group, reason, number(amount), number_or_none(quantity), opens))
    return found


def cas(adjustments: Iterable[Adjustment]) -> list[str]:
    """As few CAS segments as the triplets need, in their order, but for those that began one where read."""
    runs: list[list[str]] = []
    group: str | None = None
    for each in adjustments:
        if each.opens or each.group != group or len(runs[-1]) > 3 * TRIPLETS_PER_CAS:
            group = each.group
            runs.append([group])
        runs[-1] += (each.reason, of_number(each.amount), of_number(each.quantity))
    return [line("CAS", *run) for run in runs]


@lru_cache(maxsize=4096)
def read_procedure(element: str) -> Procedure | None:
    """The composite, or None when it is absent."""
    if not element:
        return None
    qualifier, code, m1, m2, m3, m4, description, code_to = components(element, 8)
    modifiers = tuple(each for each in (m1, m2, m3, m4) if each)
    return Procedure(code, modifiers, qualifier, description, code_to)


def procedure(value: Procedure | None) -> str:
    if value is None:
        return ""
    if not value.description and not value.code_to:
        return composite(value.qualifier, value.code, *value.modifiers)
    blank = [""] * (4 - len(value.modifiers))
    return composite(value.qualifier, value.code, *value.modifiers, *blank, value.description, value.code_to)


def read_n4(segment: Segment) -> list[str]:
    return padded(segment, 7)


def _read_n3(segment: Segment) -> list[str]:
    return padded(segment, 2)


def read_dmg(segment: Segment) -> tuple[Any, str]:
    """Birth date and gender."""
    form, text, gender = padded(segment, 3)
    if text and form != "D8":
        raise BadValue("date")
    return (day(text) if text else None), gender


def dmg(value: Party) -> str:
    form = "D8" if value.birth_date else ""
    return line("DMG", form, of_day(value.birth_date), value.gender)


def _read_prv(segment: Segment) -> tuple[str, str] | None:
    """Role and taxonomy; a provider code of another kind is left to the extras."""
    role, qualifier, taxonomy = padded(segment, 3)
    return (role, taxonomy) if qualifier == "PXC" and taxonomy else None


PARTY: Table = {
    "N3": (_read_n3, 1),
    "N4": (read_n4, 1),
    "REF": (read_ref, MANY),
    "PER": (read_per, MANY),
    "PRV": (_read_prv, 1),
    "DMG": (read_dmg, 1),
    "DTP": (read_dtp, MANY),
}


def read_party(blocks: Blocks, block: list[Segment]) -> Party:
    """An NM1 loop."""
    return party_of(block[0], *blocks.sort_out(block, PARTY))


def party_of(head: Segment, found: dict[str, list[Any]], extra: tuple[Extra, ...]) -> Party:
    """An NM1 loop whose segments have been read by ``PARTY`` (and perhaps more)."""
    entity, kind, last, given, middle, prefix, suffix, id_qualifier, id_ = padded(head, 9)
    birth_date, gender = first(found, "DMG", (None, ""))
    role, taxonomy = first(found, "PRV", ("", ""))
    return Party(
        entity=entity,
        kind=kind,
        last=last,
        first=given,
        middle=middle,
        prefix=prefix,
        suffix=suffix,
        id_qualifier=id_qualifier,
        id=id_,
        address=address_of(found),
        birth_date=birth_date,
        gender=gender,
        role=role,
        taxonomy=taxonomy,
        references=tuple(found.get("REF", ())),
        contacts=tuple(found.get("PER", ())),
        dates=tuple(found.get("DTP", ())),
        more=tuple(head[10:]),
        extra=extra,
    )


def address_of(found: dict[str, list[Any]]) -> Address | None:
    """N3 and N4 put together, or None when neither stands."""
    if "N3" not in found and "N4" not in found:
        return None
    line1, line2 = first(found, "N3", ("", ""))
    return Address(line1, line2, *first(found, "N4", BLANK[:7]))


def nm1(value: Party) -> str:
    return line(
        "NM1",
        value.entity,
        value.kind,
        value.last,
        value.first,
        value.middle,
        value.prefix,
        value.suffix,
        value.id_qualifier,
        value.id,
        *value.more,
    )


def address(value: Address) -> list[str]:
    """N3 and N4, each where it has content."""
    n3 = line("N3", value.line1, value.line2)
    rest = (value.country, value.location_qualifier, value.location, value.subdivision)
    n4 = line("N4", value.city, value.state, value.zip, *rest)
    if n3 != "N3" and n4 != "N4":
        return [n3, n4]
    return [each for each in (n3, n4) if each not in ("N3", "N4")]


def party(value: Party, lines: list[str]) -> None:
    """An NM1 loop in the order of the 837: NM1, PRV, N3, N4, DMG, DTP, REF, PER; nothing if blank."""
    if not value.entity:
        return
    start = len(lines)
    lines.append(nm1(value))
    if value.taxonomy:
        lines.append(line("PRV", value.role, "PXC", value.taxonomy))
    if value.address is not None:
        lines += address(value.address)
    if value.birth_date is not None or value.gender:
        lines.append(dmg(value))
    if value.dates:
        lines += map(dtp, value.dates)
    if value.references:
        lines += map(ref, value.references)
    if value.contacts:
        lines += map(per, value.contacts)
    if value.extra:
        put_back(lines, start, value.extra)
