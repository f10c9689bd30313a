"""276 and 277 transactions to questions and answers; also the loops that the 277CA shares with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from claims.findings import Finding
from claims.x12.envelope import Transaction
from claims.x12.loops import MANY, Blocks, Table
from claims.x12.parts import Amount, Extra, Party, Period, Quantity, Reference, Trace
from claims.x12.parts_io import (
    components,
    padded,
    read_amt,
    read_dmg,
    read_dtp,
    read_party,
    read_procedure,
    read_qty,
    read_ref,
    read_trn,
)
from claims.x12.status import Answer277, Inquiry276, Status, StatusCode, StatusLine
from claims.x12.syntax import Segment
from claims.x12.values import BadValue, day_or_none, number, number_or_none

STARTERS = frozenset(("HL", "NM1", "TRN", "SVC"))
LEVELS = ("20", "21", "19", "22", "23", "PT")


@dataclass(frozen=True, slots=True)
class TraceLoop:
    """Loop 2200: a TRN and what follows it, the lines included."""

    trace: Trace
    statuses: tuple[Status, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    amounts: tuple[Amount, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    lines: tuple[StatusLine, ...] = ()
    extra: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """One HL: its party, its traces, and the parties of the levels above by level code."""

    code: str
    party: Party
    traces: tuple[TraceLoop, ...]
    above: dict[str, Party] = field(default_factory=dict)


def read_levels(transaction: Transaction, findings: list[Finding]) -> Iterator[Level]:
    """The HL levels in the order of the file."""
    blocks = Blocks(transaction.segments, transaction.first, STARTERS, findings)
    blocks.take()
    above: dict[str, Party] = {}
    while blocks.left:
        code = blocks.level()
        if code not in LEVELS:
            blocks.skip()
            continue
        above = {key: party for key, party in above.items() if LEVELS.index(key) < LEVELS.index(code)}
        party = _level_party(blocks)
        traces = []
        while blocks.at("TRN"):
            traces.append(_trace_loop(blocks))
        yield Level(code, party, tuple(traces), above)
        above = {**above, code: party}


def _level_party(blocks: Blocks) -> Party:
    """HL (in a 276 with the patient's DMG behind it) and NM1."""
    found, extra = blocks.sort_out(blocks.take(), {"DMG": (read_dmg, 1)})
    party = read_party(blocks, blocks.take()) if blocks.at("NM1") else Party("")
    if found.get("DMG"):
        birth_date, gender = found["DMG"][0]
        party = replace(party, birth_date=birth_date, gender=gender)
    return replace(party, extra=party.extra + extra) if extra else party


def _trace_loop(blocks: Blocks) -> TraceLoop:
    block = blocks.take()
    found, extra = blocks.sort_out(block, TRACE)
    lines = []
    while blocks.at("SVC"):
        lines += _line(blocks)
    return TraceLoop(
        read_trn(block[0]),
        tuple(found.get("STC", ())),
        tuple(found.get("REF", ())),
        tuple(found.get("DTP", ())),
        tuple(found.get("AMT", ())),
        tuple(found.get("QTY", ())),
        tuple(lines),
        extra,
    )


def _line(blocks: Blocks) -> list[StatusLine]:
    block = blocks.take()
    found, extra = blocks.sort_out(block, LINE)
    code, charge, paid, revenue_code, _, _, quantity = padded(block[0], 7)
    procedure = read_procedure(code)
    try:
        if procedure is None:
            raise BadValue("procedure")
        values = (number(charge), number_or_none(paid), revenue_code, number_or_none(quantity))
    except BadValue as bad:
        blocks.bad_value("SVC", bad)
        return []
    lists = (tuple(found.get("STC", ())), tuple(found.get("REF", ())), tuple(found.get("DTP", ())))
    return [StatusLine(procedure, *values, *lists, extra)]


def _read_stc(segment: Segment) -> Status:
    code, when, action, charge, paid, paid_date, method, check_date, check, *more = padded(segment, 12)
    second, third, text = more
    return Status(
        tuple(StatusCode(*components(each, 4)) for each in (code, second, third) if each),
        day_or_none(when),
        action,
        number_or_none(charge),
        number_or_none(paid),
        day_or_none(paid_date),
        method,
        day_or_none(check_date),
        check,
        text,
    )


LINE: Table = {"STC": (_read_stc, MANY), "REF": (read_ref, MANY), "DTP": (read_dtp, MANY)}
TRACE: Table = {**LINE, "AMT": (read_amt, MANY), "QTY": (read_qty, MANY)}


def read_276(transaction: Transaction, findings: list[Finding] | None = None) -> list[Inquiry276]:
    """One question per claim asked about."""
    inquiries = []
    for level in read_levels(transaction, [] if findings is None else findings):
        above, dependent = _with_patient(level)
        for loop in level.traces:
            if {"20", "21", "19", "22"} <= above.keys():
                inquiries.append(
                    Inquiry276(
                        above["20"],
                        above["21"],
                        above["19"],
                        above["22"],
                        loop.trace,
                        dependent,
                        loop.references,
                        loop.amounts,
                        loop.dates,
                        loop.lines,
                        loop.extra,
                    )
                )
    return inquiries


def read_277(transaction: Transaction, findings: list[Finding] | None = None) -> list[Answer277]:
    """One answer per trace, at whatever level the payer gave it."""
    answers = []
    loops = {"21": "2200B", "19": "2200C", "22": "2200D", "23": "2200E"}
    for level in read_levels(transaction, [] if findings is None else findings):
        above, dependent = _with_patient(level)
        for loop in level.traces:
            answers.append(
                Answer277(
                    above.get("20", Party("")),
                    loops.get(level.code, "2200A"),
                    loop.trace,
                    above.get("21"),
                    above.get("19"),
                    above.get("22"),
                    dependent,
                    loop.statuses,
                    loop.references,
                    loop.dates,
                    loop.lines,
                    loop.extra,
                )
            )
    return answers


def _with_patient(level: Level) -> tuple[dict[str, Party], Party | None]:
    """The parties down to this level, and the dependent when this is a dependent's level."""
    return {**level.above, level.code: level.party}, level.party if level.code == "23" else None
