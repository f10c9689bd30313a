"""Questions and answers to 276 and 277 transactions; also the loops that the 277CA shares with them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from claims.x12.eligibility import Header27x
from claims.x12.eligibility_write import bht, outgoing
from claims.x12.interchange import Outgoing
from claims.x12.loops import Levels, put_back
from claims.x12.parts import Party
from claims.x12.parts_io import amt, dmg, dtp, party, procedure, ref, trn
from claims.x12.rendering import composite, line
from claims.x12.status import Answer277, Inquiry276, Status, StatusCode, StatusLine
from claims.x12.values import of_day, of_number

Item = Inquiry276 | Answer277
# The levels from the top: field of the model and HL03. A 276 sets the patient's DMG before the NM1.
LEVELS = (("payer", "20"), ("receiver", "21"), ("provider", "19"), ("subscriber", "22"), ("dependent", "23"))


def write_276(header: Header27x, inquiries: Sequence[Inquiry276]) -> Outgoing:
    """One transaction; neighbours with the same parties share their HLs."""
    lines = [bht("0010", header, "13")]
    _write(inquiries, 0, "", Levels(lines), lines)
    return outgoing("276", header, lines)


def write_277(header: Header27x, answers: Sequence[Answer277]) -> Outgoing:
    """One transaction; neighbours with the same parties share their HLs."""
    lines = [bht("0010", header, "08", "DG")]
    _write(answers, 0, "", Levels(lines), lines)
    return outgoing("277", header, lines)


def _write(items: Sequence[Item], depth: int, parent: str, levels: Levels, lines: list[str]) -> None:
    """One level of the tree and all below it."""
    name, code = LEVELS[depth]
    for person, members in groupby(items, key=attrgetter(name)):
        group = list(members)
        if person is None:
            # A level that the answer jumped over.
            _write(group, depth + 1, parent, levels, lines)
            continue
        below = [each for each in group if _goes_below(each, depth)]
        number = levels.open(parent, code, None if code == "23" else bool(below))
        _person(person, lines)
        for each in group:
            if not _goes_below(each, depth):
                _tail(each, lines)
        if below:
            _write(below, depth + 1, number, levels, lines)


def _goes_below(item: Item, depth: int) -> bool:
    """The item's own loop stands on a deeper level."""
    return any(getattr(item, name) is not None for name, _ in LEVELS[depth + 1 :])


def _person(person: Party, lines: list[str]) -> None:
    if person.birth_date is not None or person.gender:
        lines.append(dmg(person))
        person = replace(person, birth_date=None, gender="")
    party(person, lines)


def _tail(item: Item, lines: list[str]) -> None:
    """Loop 2200 and its lines."""
    if item.trace is None:
        return
    start = len(lines)
    lines.append(trn(item.trace))
    if isinstance(item, Answer277):
        lines += map(stc, item.statuses)
    lines += map(ref, item.references)
    if isinstance(item, Inquiry276):
        lines += map(amt, item.amounts)
    lines += map(dtp, item.dates)
    put_back(lines, start, item.extra)
    for each in item.lines:
        status_line(each, lines)


def status_line(value: StatusLine, lines: list[str]) -> None:
    """Loop 2210 or 2220."""
    start = len(lines)
    amounts = (of_number(value.charge), of_number(value.paid), value.revenue_code)
    lines.append(line("SVC", procedure(value.procedure), *amounts, "", "", of_number(value.quantity)))
    lines += map(stc, value.statuses)
    lines += map(ref, value.references)
    lines += map(dtp, value.dates)
    put_back(lines, start, value.extra)


def stc(value: Status) -> str:
    first, second, third = (*map(_code, value.codes), "", "", "")[:3]
    return line(
        "STC",
        first,
        of_day(value.date),
        value.action,
        of_number(value.charge),
        of_number(value.paid),
        of_day(value.paid_date),
        value.method,
        of_day(value.check_date),
        value.check_number,
        second,
        third,
        value.text,
    )


def _code(value: StatusCode) -> str:
    return composite(value.category, value.code, value.entity, value.qualifier)
