"""Questions and answers to 270 and 271 transactions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from claims.x12.eligibility import Answer271, Benefit, Header27x, Inquiry270, Reject
from claims.x12.interchange import Outgoing
from claims.x12.kept import restore
from claims.x12.loops import Levels, put_back
from claims.x12.parts import Party
from claims.x12.parts_io import address, dmg, dtp, nm1, party, per, procedure, ref, trn
from claims.x12.rendering import line
from claims.x12.syntax import RS, US
from claims.x12.values import of_moment, of_number

Item = TypeVar("Item", Inquiry270, Answer271)
LOOPS = {"20": "A", "21": "B", "22": "C", "23": "D"}


def write_270(header: Header27x, inquiries: Sequence[Inquiry270]) -> Outgoing:
    """One transaction; neighbours with the same payer, provider or subscriber share an HL."""
    return outgoing("270", header, _Tree(bht("0022", header, "13"), _questions).write(inquiries))


def write_271(header: Header27x, answers: Sequence[Answer271]) -> Outgoing:
    """One transaction; neighbours with the same payer, provider or subscriber share an HL."""
    return outgoing("271", header, _Tree(bht("0022", header, "11"), _benefits).write(answers))


def outgoing(kind: str, header: Header27x, lines: list[str], version: str = "") -> Outgoing:
    """The transaction of these lines and of what the header keeps."""
    restore(lines, 0, header.kept)
    return Outgoing(kind, lines, version)


def bht(structure: str, header: Header27x, purpose: str, kind: str = "") -> str:
    """The BHT with the transaction's own purpose and type unless the header gives others."""
    day, time = of_moment(header.created)
    head = (structure, header.purpose or purpose, header.reference)
    return line("BHT", *head, day, header.time or time, header.kind or kind)


class _Tree:
    """Writes the HL tree; ``tail`` writes what stands below a patient's NM1."""

    def __init__(self, head: str, tail: Callable[[Any, list[str]], None]) -> None:
        self.lines = [head]
        self._levels = Levels(self.lines)
        self._tail = tail

    def write(self, items: Sequence[Item]) -> list[str]:
        """All items, neighbours under shared levels."""
        for payer, of_payer in groupby(items, key=attrgetter("payer")):
            group = list(of_payer)
            number = self._open("", "20", any(each.provider for each in group), _rejects(group[0]))
            self._party(payer, "A", _rejects(group[0]))
            for provider, members in groupby(group, key=attrgetter("provider")):
                if provider is not None:
                    self._provider(number, provider, list(members))
        return self.lines

    def _provider(self, parent: str, provider: Party, items: list[Item]) -> None:
        number = self._open(parent, "21", any(each.subscriber for each in items), _rejects(items[0]))
        self._party(provider, "B", _rejects(items[0]))
        for subscriber, members in groupby(items, key=attrgetter("subscriber")):
            if subscriber is not None:
                self._subscriber(number, subscriber, list(members))

    def _subscriber(self, parent: str, subscriber: Party, items: list[Item]) -> None:
        """A subscriber asked about has an HL of its own; dependents share one of the subscriber's."""
        dependents = [each for each in items if each.dependent is not None]
        for each in items:
            if each.dependent is None:
                self._patient(parent, "22", subscriber, each)
        if dependents:
            number = self._open(parent, "22", True, ())
            self._party(subscriber, "C", ())
            for each in dependents:
                self._patient(number, "23", each.dependent or subscriber, each)

    def _patient(self, parent: str, level: str, person: Party, item: Item) -> None:
        loop, own = ("C", "Y") if level == "22" else ("D", "N")
        start = len(self.lines)
        self._open(parent, level, False, _rejects(item))
        self.lines += map(trn, item.traces)
        put_back(self.lines, start, item.extra)
        ins = line("INS", own, item.relationship) if item.relationship else ""
        self._party(replace(person, dates=item.dates), loop, _rejects(item), ins)
        self._tail(item, self.lines)

    def _open(self, parent: str, level: str, children: bool, rejects: Iterable[Reject]) -> str:
        number = self._levels.open(parent, level, children)
        self.lines += [aaa(each) for each in rejects if each.loop == "2000" + LOOPS[level]]
        return number

    def _party(self, person: Party, loop: str, rejects: Iterable[Reject], ins: str = "") -> None:
        party_27x(person, self.lines, [each for each in rejects if each.loop == "2100" + loop], ins)


def party_27x(
    person: Party,
    lines: list[str],
    rejects: Iterable[Reject] = (),
    ins: str = "",
    since: int | None = None,
) -> None:
    """An NM1 loop in the order of the 27x guides, which is not that of the 837.

    ``since`` is the line of the loop's HL, when its extras may stand before the NM1 too.
    """
    start = len(lines) if since is None else since
    if (name := nm1(person)) != "NM1":
        lines.append(name)
    lines += map(ref, person.references)
    if person.address is not None:
        lines += address(person.address)
    lines += map(per, person.contacts)
    lines += map(aaa, rejects)
    if person.taxonomy:
        lines.append(line("PRV", person.role, "PXC", person.taxonomy))
    if person.birth_date is not None or person.gender:
        lines.append(dmg(person))
    if ins:
        lines.append(ins)
    lines += map(dtp, person.dates)
    put_back(lines, start, person.extra)


def _rejects(item: Inquiry270 | Answer271) -> tuple[Reject, ...]:
    return item.rejects if isinstance(item, Answer271) else ()


def aaa(value: Reject) -> str:
    return line("AAA", value.valid, "", value.reason, value.follow_up)


def _questions(inquiry: Inquiry270, lines: list[str]) -> None:
    for each in inquiry.questions:
        start = len(lines)
        types, pointers = RS.join(each.service_types), US.join(each.diagnosis_pointers)
        lines.append(line("EQ", types, procedure(each.procedure), each.level, "", pointers))
        put_back(lines, start, each.extra)


def _benefits(answer: Answer271, lines: list[str]) -> None:
    for each in answer.benefits:
        start = len(lines)
        lines.append(_eb(each))
        lines += map(ref, each.references)
        lines += map(dtp, each.dates)
        lines += [aaa(reject) for reject in each.rejects]
        lines += [line("MSG", text) for text in each.messages]
        put_back(lines, start, each.extra)
        if each.parties:
            lines.append(line("LS", "2120"))
            for person in each.parties:
                party(person, lines)
            lines.append(line("LE", "2120"))


def _eb(value: Benefit) -> str:
    return line(
        "EB",
        value.info,
        value.level,
        RS.join(value.service_types),
        value.insurance_type,
        value.plan,
        value.time,
        of_number(value.amount),
        of_number(value.percent),
        value.quantity_qualifier,
        of_number(value.quantity),
        value.authorization,
        value.in_network,
        procedure(value.procedure),
        US.join(value.diagnosis_pointers),
    )
