"""The 277CA (X214): what the clearinghouse, and then the payer, says of each claim it received."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from deployments.sandbox.segments import Segment, text
from deployments.sandbox.values import ZERO, Claim

KIND = ("HN", "277", "005010X214")
REJECTING = ("A3", "A6", "A7", "A8")


@dataclass(frozen=True)
class Verdict:
    """One claim at a front door: ``code`` is category:status[:entity], ``icn`` the payer's number if any."""

    claim: Claim
    code: str
    icn: str = ""

    @property
    def accepted(self) -> bool:
        return not self.code.startswith(REJECTING)


@dataclass(frozen=True)
class Source:
    """Who speaks: the clearinghouse (AY) or a payer (PR)."""

    entity: str
    name: str
    id: str


def span(first: date, last: date) -> tuple[str, str]:
    """A DTP's format and value: one day, or a range."""
    one, two = first.strftime("%Y%m%d"), last.strftime("%Y%m%d")
    return ("D8", one) if one == two else ("RD8", f"{one}-{two}")


def acknowledgement(
    source: Source, receiver: str, verdicts: Sequence[Verdict], number: str, now: datetime
) -> list[Segment]:
    """The body of one 277CA set about the claims of one received set."""
    body = list(_top(source, receiver, verdicts, number, now))
    level = 3
    by_provider = sorted(verdicts, key=lambda v: v.claim.provider)
    for _, rows in groupby(by_provider, key=lambda v: v.claim.provider):
        group = list(rows)
        body += _provider(level, group, now)
        for n, verdict in enumerate(group, 1):
            body += _patient(level + n, level, verdict, now)
        level += len(group) + 1
    return body


def _top(
    source: Source, receiver: str, verdicts: Sequence[Verdict], number: str, now: datetime
) -> Iterator[Segment]:
    today = now.strftime("%Y%m%d")
    yield ["BHT", "0085", "08", number, today, now.strftime("%H%M%S"), "TH"]
    yield ["HL", "1", "", "20", "1"]
    yield [
        "NM1",
        source.entity,
        "2",
        source.name,
        "",
        "",
        "",
        "",
        "PI" if source.entity == "PR" else "46",
        source.id,
    ]
    yield ["TRN", "1", number]
    yield ["DTP", "050", "D8", today]
    yield ["DTP", "009", "D8", today]
    yield ["HL", "2", "1", "21", "1"]
    yield ["NM1", "41", "2", text(receiver), "", "", "", "", "46", text(receiver)]
    yield ["TRN", "2", text(verdicts[0].claim.batch) or "0"]
    yield ["STC", "A1:19:PR", today, "WQ", str(_sum(verdicts))]
    yield from _totals(verdicts, "90", "AA")


def _provider(level: int, verdicts: Sequence[Verdict], now: datetime) -> Iterator[Segment]:
    claim = verdicts[0].claim
    yield ["HL", str(level), "2", "19", "1"]
    yield ["NM1", "85", "2", text(claim.provider_name), "", "", "", "", "XX", claim.provider]
    yield ["TRN", "1", "0"]
    yield ["STC", "A1:19:PR", "", "WQ", str(_sum(verdicts))]
    yield from _totals(verdicts, "QA", "QC")


def _patient(level: int, parent: int, verdict: Verdict, now: datetime) -> Iterator[Segment]:
    claim, who = verdict.claim, verdict.claim.who
    today = now.strftime("%Y%m%d")
    yield ["HL", str(level), str(parent), "PT"]
    name = [text(who.last) or "UNKNOWN", text(who.first), "", "", "", "MI", text(claim.member) or "UNKNOWN"]
    yield ["NM1", "QC", "1", *name]
    yield ["TRN", "2", text(claim.pcn)]
    yield ["STC", verdict.code, today, "WQ" if verdict.accepted else "U", str(claim.charge)]
    if verdict.icn:
        yield ["REF", "1K", verdict.icn]
    if "D9" in claim.refs:
        yield ["REF", "D9", text(claim.refs["D9"])]
    days = span(claim.first or now.date(), claim.last or now.date())
    yield ["DTP", "472", *days]


def _totals(verdicts: Sequence[Verdict], good: str, bad: str) -> Iterator[Segment]:
    """Counts and dollars of what was accepted and what was not; a zero count is left out."""
    sides = [[v for v in verdicts if v.accepted], [v for v in verdicts if not v.accepted]]
    for side, code in zip(sides, (good, bad), strict=True):
        if side:
            yield ["QTY", code, str(len(side))]
    for side, code in zip(sides, ("YU", "YY"), strict=True):
        if side:
            yield ["AMT", code, str(_sum(side))]


def _sum(verdicts: Sequence[Verdict]) -> Decimal:
    return sum((v.claim.charge for v in verdicts), ZERO)
