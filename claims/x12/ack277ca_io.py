"""The 277CA, read and written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from claims.findings import Finding
from claims.x12.ack277ca import Ack277CA, AckLevel, ClaimAck
from claims.x12.eligibility import Header27x
from claims.x12.eligibility_write import bht, outgoing
from claims.x12.envelope import Transaction
from claims.x12.interchange import Outgoing
from claims.x12.loops import Levels, put_back
from claims.x12.parts import Trace
from claims.x12.parts_io import amt, dtp, party, qty, ref, trn
from claims.x12.status_read import Level, TraceLoop, read_levels
from claims.x12.status_write import status_line, stc

NO_TRACE = TraceLoop(Trace("", ""))


def read_277ca(transaction: Transaction, findings: list[Finding] | None = None) -> list[Ack277CA]:
    """One acknowledgement per information receiver, in practice one per transaction."""
    drafts: list[_Draft] = []
    source: AckLevel | None = None
    for level in read_levels(transaction, [] if findings is None else findings):
        if level.code == "20":
            source = _ack_level(level)
        elif level.code == "21" and source is not None:
            drafts.append(_Draft(source, _ack_level(level)))
        elif drafts:
            drafts[-1].add(level)
    return [
        Ack277CA(draft.source, draft.receiver, tuple(draft.providers), tuple(draft.claims))
        for draft in drafts
    ]


@dataclass(slots=True)
class _Draft:
    """An acknowledgement while it is read."""

    source: AckLevel
    receiver: AckLevel
    providers: list[AckLevel] = field(default_factory=list)
    claims: list[ClaimAck] = field(default_factory=list)

    def add(self, level: Level) -> None:
        """One more provider or patient."""
        if level.code == "19":
            self.providers.append(_ack_level(level))
            return
        provider = self.providers[-1] if self.providers and "19" in level.above else None
        self.claims += [_claim(level, loop, provider) for loop in level.traces]


def _ack_level(level: Level) -> AckLevel:
    loop = level.traces[0] if level.traces else NO_TRACE
    return AckLevel(
        level.party,
        loop.trace if level.traces else None,
        loop.statuses,
        loop.references,
        loop.quantities,
        loop.amounts,
        loop.dates,
        loop.extra,
    )


def _claim(level: Level, loop: TraceLoop, provider: AckLevel | None) -> ClaimAck:
    pcn, lists = loop.trace.number, (loop.references, loop.dates, loop.lines)
    return ClaimAck(pcn, level.party, loop.statuses, provider, *lists, loop.extra)


def write_277ca(header: Header27x, acks: Sequence[Ack277CA]) -> Outgoing:
    """One transaction. A provider level without claims is written too."""
    lines = [bht("0085", header, "08", "TH")]
    levels = Levels(lines)
    for source, members in groupby(acks, key=attrgetter("source")):
        group = list(members)
        number = levels.open("", "20", True)
        _level(source, lines)
        for ack in group:
            _receiver(number, ack, levels, lines)
    return outgoing("277CA", header, lines)


def _receiver(parent: str, ack: Ack277CA, levels: Levels, lines: list[str]) -> None:
    claims: dict[AckLevel | None, list[ClaimAck]] = {provider: [] for provider in ack.providers}
    for claim in ack.claims:
        claims.setdefault(claim.provider, []).append(claim)
    number = levels.open(parent, "21", bool(claims))
    _level(ack.receiver, lines)
    for provider, members in claims.items():
        above = number
        if provider is not None:
            above = levels.open(number, "19", bool(members))
            _level(provider, lines)
        for claim in members:
            levels.open(above, "PT", None)
            _claim_loop(claim, lines)


def _level(level: AckLevel, lines: list[str]) -> None:
    party(level.party, lines)
    if level.trace is None:
        return
    start = len(lines)
    lines.append(trn(level.trace))
    lines += map(stc, level.statuses)
    lines += map(ref, level.references)
    lines += map(dtp, level.dates)
    lines += map(qty, level.quantities)
    lines += map(amt, level.amounts)
    put_back(lines, start, level.extra)


def _claim_loop(claim: ClaimAck, lines: list[str]) -> None:
    party(claim.patient, lines)
    start = len(lines)
    lines.append(trn(Trace("2", claim.pcn)))
    lines += map(stc, claim.statuses)
    lines += map(ref, claim.references)
    lines += map(dtp, claim.dates)
    put_back(lines, start, claim.extra)
    for each in claim.lines:
        status_line(each, lines)
