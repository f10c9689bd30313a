"""Reviews to a 278 transaction, request or response as the header's purpose says."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from claims.x12.claim837_lines import CODES_PER_HI, health_code, pwk
from claims.x12.dental import DentalService
from claims.x12.eligibility import Header27x
from claims.x12.eligibility_write import aaa, bht, outgoing, party_27x
from claims.x12.interchange import Outgoing
from claims.x12.loops import Levels, put_back
from claims.x12.parts import Party
from claims.x12.parts_io import dtp, procedure, ref, trn
from claims.x12.rendering import composite, line
from claims.x12.review278 import Decision, Delivery, PatientEvent, Review278, ReviewedService, ReviewInfo
from claims.x12.syntax import RS, US
from claims.x12.values import of_number

REQUEST, RESPONSE, INQUIRY = "13", "11", "28"
INQUIRY_GUIDE = "005010X215"


def write_278(header: Header27x, reviews: Sequence[Review278], version: str = "") -> Outgoing:
    """One transaction; neighbours with the same payer, requester, subscriber or dependent share an HL.

    ``header.purpose`` is 13 for a request (the default), 11 for a response; ``version`` is another guide than
    005010X217: ``INQUIRY_GUIDE`` for an inquiry, whose purpose is 28.
    """
    return outgoing("278", header, _Tree(bht("0007", header, REQUEST)).write(reviews), version)


class Level(NamedTuple):
    """A level of people: HL03, the letter of its loops, the review's field, and INS01 where it has one."""

    code: str
    letter: str
    name: str
    own: str = ""


LEVELS = (
    Level("20", "A", "payer"),
    Level("21", "B", "requester"),
    Level("22", "C", "subscriber", "Y"),
    Level("23", "D", "dependent", "N"),
)


class _Tree:
    def __init__(self, head: str) -> None:
        self.lines = [head]
        self._open = Levels(self.lines).open

    def write(self, reviews: Sequence[Review278]) -> list[str]:
        """The levels of people from the payer down, then the events."""
        self._descend("", LEVELS, list(reviews))
        return self.lines

    def _descend(self, parent: str, levels: Sequence[Level], reviews: list[Review278]) -> None:
        if not levels:
            for review in reviews:
                if review.event is not None:
                    self._event(parent, review.event)
            return
        (level, *below) = levels
        for person, members in groupby(reviews, key=attrgetter(level.name)):
            group = list(members)
            number = parent if person is None else self._person(parent, level, person, group)
            self._descend(number, below, group)

    def _person(self, parent: str, level: Level, person: Party, reviews: list[Review278]) -> str:
        """HL and NM1 loop of one level, with what the payer refused there."""
        start, lines, one = len(self.lines), self.lines, reviews[0]
        below = [each.name for each in LEVELS[LEVELS.index(level) + 1 :]] + ["event"]
        number = self._open(parent, level.code, any(getattr(r, name) for r in reviews for name in below))
        lines += [aaa(each) for each in one.rejects if each.loop == f"2000{level.letter}"]
        is_patient = level.name == ("dependent" if one.dependent is not None else "subscriber")
        ins = line("INS", level.own, one.relationship) if one.relationship and is_patient else ""
        refused = [each for each in one.rejects if each.loop == f"2010{level.letter}"]
        party_27x(person, lines, refused, ins, start)
        return number

    def _event(self, parent: str, event: PatientEvent) -> None:
        start, lines = len(self.lines), self.lines
        number = self._open(parent, "EV", bool(event.services))
        lines += _reviewed(event)
        lines += _supported(event)
        put_back(lines, start, event.extra)
        for provider in event.providers:
            party_27x(provider, lines)
        for service in event.services:
            self._service(number, service)

    def _service(self, parent: str, service: ReviewedService) -> None:
        start, lines = len(self.lines), self.lines
        self._open(parent, "SS", False)
        lines += _reviewed(service)
        if service.segment_id:
            lines.append(SERVICES[service.segment_id](service))
        for tooth in service.dental.teeth if service.dental else ():
            lines.append(line("TOO", tooth.system, tooth.number, US.join(tooth.surfaces)))
        lines += _supported(service)
        put_back(lines, start, service.extra)
        for provider in service.providers:
            party_27x(provider, lines)


def _reviewed(value: PatientEvent | ReviewedService) -> Iterator[str]:
    """TRN, AAA, UM, HCR, REF, DTP, HI."""
    yield from map(trn, value.traces)
    yield from map(aaa, value.rejects)
    if value.info is not None:
        yield _um(value.info)
    if value.decision is not None:
        yield _hcr(value.decision)
    yield from map(ref, value.references)
    yield from map(dtp, value.dates)
    for at in range(0, len(value.codes), CODES_PER_HI):
        yield line("HI", *map(health_code, value.codes[at : at + CODES_PER_HI]))


def _supported(value: PatientEvent | ReviewedService) -> Iterator[str]:
    """HSD, PWK, MSG."""
    if value.delivery is not None:
        yield _hsd(value.delivery)
    yield from map(pwk, value.attachments)
    for message in value.messages:
        yield line("MSG", message)


def _um(value: ReviewInfo) -> str:
    place = composite(value.place_of_service, value.facility_qualifier)
    causes = composite(*value.related_causes)
    told = (
        value.level_of_service,
        value.health_condition,
        value.prognosis,
        value.release,
        value.delay_reason,
    )
    return line("UM", value.category, value.certification, value.service_type, place, causes, *told)


def _hcr(value: Decision) -> str:
    return line("HCR", value.action, value.number, RS.join(value.reasons), value.second_opinion)


def _hsd(value: Delivery) -> str:
    often = (value.frequency_unit, of_number(value.frequency), value.period, of_number(value.periods))
    return line("HSD", value.unit, of_number(value.quantity), *often, value.pattern, value.time_of_day)


def _sv1(value: ReviewedService) -> str:
    return line("SV1", procedure(value.procedure), *_amounts(value), *value.rest)


def _sv2(value: ReviewedService) -> str:
    return line("SV2", value.revenue_code, procedure(value.procedure), *_amounts(value), *value.rest)


def _amounts(value: ReviewedService) -> tuple[str, str, str]:
    return of_number(value.charge), value.unit, of_number(value.quantity)


def _sv3(value: ReviewedService) -> str:
    dental = value.dental or DentalService()
    place, *rest = value.rest or ("",)
    mouth = (composite(*dental.regions), dental.prosthesis)
    code, charge = procedure(value.procedure), of_number(value.charge)
    return line("SV3", code, charge, place, *mouth, of_number(value.quantity), *rest)


SERVICES = {"SV1": _sv1, "SV2": _sv2, "SV3": _sv3}
