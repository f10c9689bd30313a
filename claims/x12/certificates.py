"""CR1 and CRC of the 837: the ambulance transport, and conditions that are certified to hold or not."""

from decimal import Decimal

from claims.x12.loops import MANY, Table
from claims.x12.parts_io import padded
from claims.x12.record import record
from claims.x12.rendering import line
from claims.x12.syntax import Segment
from claims.x12.values import number_or_none, of_number


@record
class Ambulance:
    """CR1: ``weight`` of the patient in pounds, ``reason`` of the transport (A to E), ``miles`` of it.

    ``round_trip`` and ``stretcher`` say in words why there was a way back and why the patient lay.
    """

    reason: str
    miles: Decimal | None = None
    weight: Decimal | None = None
    round_trip: str = ""
    stretcher: str = ""


@record
class Condition:
    """CRC: ``category`` (07 ambulance, ZZ EPSDT, 70 hospice, …) and whether its ``codes`` apply (Y, N)."""

    category: str
    applies: str
    codes: tuple[str, ...] = ()


def _read_cr1(segment: Segment) -> Ambulance | None:
    """A CR1 with other units than pounds and miles, or elements that the guide does not use, is an extra."""
    pounds, weight, kind, reason, unit, miles, from_, to, round_trip, stretcher = padded(segment, 10)
    if (pounds, unit) != ("LB" if weight else "", "DH" if miles else "") or kind or from_ or to:
        return None
    return Ambulance(reason, number_or_none(miles), number_or_none(weight), round_trip, stretcher)


def _read_crc(segment: Segment) -> Condition:
    category, applies = padded(segment, 2)
    return Condition(category, applies, tuple(segment[3:]))


def certificates(ambulance: Ambulance | None, conditions: tuple[Condition, ...]) -> list[str]:
    """CR1 and CRC, in the order of the guides."""
    lines = []
    if ambulance is not None:
        weight = ("LB", of_number(ambulance.weight)) if ambulance.weight is not None else ("", "")
        miles = ("DH", of_number(ambulance.miles)) if ambulance.miles is not None else ("", "")
        words = ("", "", ambulance.round_trip, ambulance.stretcher)
        lines.append(line("CR1", *weight, "", ambulance.reason, *miles, *words))
    lines += [line("CRC", each.category, each.applies, *each.codes) for each in conditions]
    return lines


CERTIFICATES: Table = {"CR1": (_read_cr1, 1), "CRC": (_read_crc, MANY)}
