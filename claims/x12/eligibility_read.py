"""270 and 271 transactions to questions and answers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from claims.findings import Finding
from claims.x12.eligibility import Answer271, Benefit, Inquiry270, Question, Reject
from claims.x12.envelope import Transaction
from claims.x12.loops import MANY, Blocks, Table, first
from claims.x12.parts import Extra, Party, Period, Trace
from claims.x12.parts_io import (
    PARTY,
    padded,
    party_of,
    read_dtp,
    read_party,
    read_procedure,
    read_ref,
    read_trn,
)
from claims.x12.syntax import RS, US, Segment
from claims.x12.values import BadValue, number_or_none

STARTERS = frozenset(("HL", "NM1", "EQ", "EB", "LS", "LE"))
NOBODY = Party("")
LOOPS = {"20": "A", "21": "B", "22": "C", "23": "D"}


def read_270(transaction: Transaction, findings: list[Finding] | None = None) -> list[Inquiry270]:
    """One question per patient; a patient without EQ is asked about with no question."""
    inquiries = []
    for node in _patients(transaction, [] if findings is None else findings):
        if node.provider is not None and node.subscriber is not None:
            inquiries.append(
                Inquiry270(
                    node.payer,
                    node.provider,
                    node.subscriber,
                    node.dependent,
                    node.traces,
                    node.relationship,
                    node.dates,
                    tuple(node.questions),
                    node.extra,
                )
            )
    return inquiries


def read_271(transaction: Transaction, findings: list[Finding] | None = None) -> list[Answer271]:
    """One answer per patient, or per level at which the payer stopped."""
    return [
        Answer271(
            node.payer,
            node.provider,
            node.subscriber,
            node.dependent,
            node.traces,
            node.relationship,
            node.rejects,
            node.dates,
            tuple(node.benefits),
            node.extra,
        )
        for node in _patients(transaction, [] if findings is None else findings)
    ]


@dataclass(frozen=True, slots=True)
class _Node:
    """One HL with what it inherits from the levels above."""

    payer: Party = NOBODY
    provider: Party | None = None
    subscriber: Party | None = None
    dependent: Party | None = None
    traces: tuple[Trace, ...] = ()
    relationship: str = ""
    rejects: tuple[Reject, ...] = ()
    dates: tuple[Period, ...] = ()
    questions: list[Question] = field(default_factory=list)
    benefits: list[Benefit] = field(default_factory=list)
    extra: tuple[Extra, ...] = ()


PARTY_OF = {"20": "payer", "21": "provider", "22": "subscriber", "23": "dependent"}


def _patients(transaction: Transaction, findings: list[Finding]) -> Iterator[_Node]:
    """Every HL without a child, and every patient with an answer of its own."""
    blocks = Blocks(transaction.segments, transaction.first, STARTERS, findings)
    blocks.take()
    above: dict[str, _Node] = {"19": _Node()}
    while blocks.left:
        level = blocks.level()
        if level not in LOOPS:
            blocks.skip()
            continue
        parent = next((above[str(n)] for n in range(int(level) - 1, 18, -1) if str(n) in above), _Node())
        above = {key: node for key, node in above.items() if key < level}
        node = above[level] = _level(blocks, level, parent)
        if blocks.level() <= level or node.questions or node.benefits:
            yield node


def _level(blocks: Blocks, level: str, parent: _Node) -> _Node:
    """One HL: its own segments, its NM1, then EQ or EB loops."""
    loop = LOOPS[level]
    table: Table = {"TRN": (read_trn, MANY), "AAA": (read_aaa(f"2000{loop}"), MANY)}
    found, extra = blocks.sort_out(blocks.take(), table)
    rejects = found.get("AAA", [])
    node = replace(parent, traces=tuple(found.get("TRN", ())), questions=[], benefits=[], extra=extra)
    if blocks.at("NM1"):
        node, refused = _party(blocks, level, node)
        rejects += refused
    while blocks.at("EQ") or blocks.at("EB"):
        if blocks.at("EQ"):
            node.questions.append(_question(blocks))
        else:
            node.benefits.extend(_benefit(blocks, f"2110{loop}"))
    return replace(node, rejects=parent.rejects + tuple(rejects))


def _party(blocks: Blocks, level: str, node: _Node) -> tuple[_Node, list[Reject]]:
    """The level's NM1 loop; the patient's DTP and INS belong to the question or the answer."""
    block = blocks.take()
    table = {
        **PARTY,
        "AAA": (read_aaa(f"2100{LOOPS[level]}"), MANY),
        "INS": (_read_subscriber_ins if level == "22" else _read_dependent_ins, 1),
    }
    found, extra = blocks.sort_out(block, table)
    party = party_of(block[0], found, extra)
    if level in ("22", "23"):
        node = replace(node, dates=party.dates, relationship=first(found, "INS", ""))
        party = replace(party, dates=())
    changes: dict[str, Any] = {PARTY_OF[level]: party}
    return replace(node, **changes), found.get("AAA", [])


def _read_subscriber_ins(segment: Segment) -> str | None:
    return segment[2] if len(segment) == 3 and segment[1] == "Y" else None


def _read_dependent_ins(segment: Segment) -> str | None:
    return segment[2] if len(segment) == 3 and segment[1] == "N" else None


def read_aaa(loop: str) -> Callable[[Segment], Reject]:
    """A reader of AAA segments that stand in that loop."""

    def read(segment: Segment) -> Reject:
        valid, _, reason, follow_up = padded(segment, 4)
        return Reject(reason, follow_up, loop, valid)

    return read


def _question(blocks: Blocks) -> Question:
    block = blocks.take()
    types, code, level, _, pointers = padded(block[0], 5)
    _, extra = blocks.sort_out(block, {})
    return Question(_split(types, RS), read_procedure(code), level, _split(pointers, US), extra)


def _benefit(blocks: Blocks, loop: str) -> list[Benefit]:
    """One EB loop; none when its amounts cannot be read."""
    block = blocks.take()
    table: Table = {
        "REF": (read_ref, MANY),
        "DTP": (read_dtp, MANY),
        "AAA": (read_aaa(loop), MANY),
        "MSG": (lambda segment: padded(segment, 1)[0], MANY),
    }
    found, extra = blocks.sort_out(block, table)
    parties = _benefit_parties(blocks)
    try:
        benefit = _read_eb(block[0])
    except BadValue as bad:
        blocks.bad_value("EB", bad)
        return []
    return [
        replace(
            benefit,
            references=tuple(found.get("REF", ())),
            dates=tuple(found.get("DTP", ())),
            rejects=tuple(found.get("AAA", ())),
            messages=tuple(found.get("MSG", ())),
            parties=parties,
            extra=extra,
        )
    ]


def _benefit_parties(blocks: Blocks) -> tuple[Party, ...]:
    """The NM1 loops between LS and LE."""
    if not blocks.at("LS"):
        return ()
    blocks.take()
    parties = []
    while blocks.at("NM1"):
        parties.append(read_party(blocks, blocks.take()))
    if blocks.at("LE"):
        blocks.take()
    return tuple(parties)


def _read_eb(segment: Segment) -> Benefit:
    info, level, types, insurance, plan, time, amount, percent, *rest = padded(segment, 14)
    unit, quantity, authorization, network, code, pointers = rest
    return Benefit(
        info,
        level,
        _split(types, RS),
        insurance,
        plan,
        time,
        number_or_none(amount),
        number_or_none(percent),
        unit,
        number_or_none(quantity),
        authorization,
        network,
        read_procedure(code),
        _split(pointers, US),
    )


def _split(element: str, mark: str) -> tuple[str, ...]:
    return tuple(element.split(mark)) if element else ()
