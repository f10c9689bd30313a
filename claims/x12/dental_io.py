"""The segments of the dental claim: SV3, TOO, DN1 and DN2; each pair is inverse."""

from collections.abc import Iterator
from typing import Any

from claims.x12.claim837 import ServiceLine
from claims.x12.dental import DentalClaim, DentalService, Orthodontics, Tooth, ToothStatus
from claims.x12.loops import MANY, Table
from claims.x12.parts_io import padded, procedure, read_procedure
from claims.x12.rendering import line
from claims.x12.syntax import US, Segment
from claims.x12.values import number, number_or_none, of_number


def _read_sv3(segment: Segment) -> dict[str, Any]:
    """SV3 as fields of a line; its teeth stand in the TOO behind it."""
    code, charge, place, regions, prosthesis, quantity, *_, pointers = padded(segment, 11)
    return {
        "procedure": read_procedure(code),
        "charge": number(charge),
        "unit": "",
        "quantity": number_or_none(quantity),
        "place_of_service": place,
        "pointers": _components(pointers),
        "dental": DentalService(_components(regions), prosthesis),
    }


def _read_too(segment: Segment) -> Tooth | None:
    system, tooth, surfaces = padded(segment, 3)
    return Tooth(tooth, _components(surfaces), system) if len(segment) < 5 else None


def _read_dn1(segment: Segment) -> Orthodontics | None:
    months, remaining, answer, description = padded(segment, 4)
    return Orthodontics(number_or_none(months), number_or_none(remaining), answer, description)


def _read_dn2(segment: Segment) -> ToothStatus | None:
    """A measured pocket or a date (DN203 to DN205, which the guide does not use) is left to the extras."""
    tooth, status, *measured, system = padded(segment, 6)
    return None if any(measured) else ToothStatus(tooth, status, system)


def in_claim(value: DentalClaim) -> Iterator[str]:
    """DN1 and DN2."""
    if value.orthodontics is not None:
        told = value.orthodontics
        months = of_number(told.months), of_number(told.months_remaining)
        yield line("DN1", *months, told.answer, told.description)
    for tooth in value.teeth:
        yield line("DN2", tooth.number, tooth.status, "", "", "", tooth.system)


def in_line(service: ServiceLine, dental: DentalService) -> Iterator[str]:
    """SV3, and a TOO for each tooth."""
    place = (of_number(service.charge), service.place_of_service)
    work = (US.join(dental.regions), dental.prosthesis, of_number(service.quantity))
    pointers = ("", "", "", "", US.join(service.pointers))
    yield line("SV3", procedure(service.procedure), *place, *work, *pointers)
    for tooth in dental.teeth:
        yield line("TOO", tooth.system, tooth.number, US.join(tooth.surfaces))


def _components(element: str) -> tuple[str, ...]:
    return tuple(element.split(US)) if element else ()


IN_CLAIM: Table = {"DN1": (_read_dn1, 1), "DN2": (_read_dn2, MANY)}
IN_LINE: Table = {"SV3": (_read_sv3, 1), "TOO": (_read_too, MANY)}
