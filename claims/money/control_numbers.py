"""Control numbers as payers give them back: cut short, in other letters, without signs or leading zeros.

Two numbers are alike when their plain forms are: letters large, without signs, blanks and leading zeros. One
that was cut short is the beginning of ours, 15 characters or more. What fits two claims fits none.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from itertools import takewhile

from sqlmodel import Session, col, select

from claims.model import Claim, Filing, Stage
from claims.transitions import WITH_PAYER

SHORTEST_CUT = 15
OPEN = (*WITH_PAYER, Stage.ADJUDICATED, Stage.SECONDARY, Stage.DENIAL, Stage.APPEAL, Stage.PATIENT)
"""Claims of which a payer may have something to say. What it says of a closed one bears its own number."""


def plain(pcn: str) -> str:
    """As it compares: ``ab 012-3`` and ``AB0123`` are one, so are ``0017`` and ``17``."""
    return "".join(filter(str.isalnum, pcn)).upper().lstrip("0")


def cut_short(session: Session, pcn: str) -> dict[str, str]:
    """The one claim, open or closed, whose number as it stands begins like this."""
    if len(pcn) < SHORTEST_CUT:
        return {}
    starts = select(Filing.claim_id).where(col(Filing.pcn).startswith(pcn, autoescape=True)).distinct()
    claims = session.exec(starts).all()
    return {pcn: claims[0]} if len(claims) == 1 else {}


def alike(session: Session, pcns: Collection[str]) -> dict[str, str]:
    """For each of the numbers, none of which is ours as it stands, the one open claim whose it must be.

    Reads the numbers of all open claims once, however many are asked about.
    """
    if not pcns:
        return {}
    numbers = select(Filing.pcn, Filing.claim_id).join(Claim, col(Claim.id) == col(Filing.claim_id))
    ours = sorted({(plain(pcn), id) for pcn, id in session.exec(numbers.where(col(Claim.stage).in_(OPEN)))})
    found = {pcn: _only(ours, plain(pcn), len(pcn) >= SHORTEST_CUT) for pcn in pcns}
    return {pcn: claim_id for pcn, claim_id in found.items() if claim_id}


def _only(ours: list[tuple[str, str]], number: str, may_be_cut: bool) -> str | None:
    """``ours`` in order, each with its claim."""
    if not number:
        return None
    begun: Iterable[tuple[str, str]] = takewhile(
        lambda each: each[0].startswith(number), ours[bisect_left(ours, (number, "")) :]
    )
    fitting = list(begun)
    whole = {claim_id for each, claim_id in fitting if each == number}
    claims = whole or {claim_id for _, claim_id in fitting if may_be_cut}
    return next(iter(claims)) if len(claims) == 1 else None
