"""Which of our filings and lines a remittance speaks of. Never by name alone.

Claims: the control number we sent (exact; then cut short), the payer's own number, the control number as
payers change it (`claims.money.control_numbers`) with the claim's charge beside it, a line's control number.
Member id, day and charge together are a suggestion for a person only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from claims.errors import NotFound
from claims.events import keyring
from claims.filing import DECIDED
from claims.model import Claim, ClaimLine, Coverage, Filing, Submission
from claims.model.among import among
from claims.money.control_numbers import alike, cut_short
from claims.money.said import Said, SaidLine
from claims.x12.remit835 import RemitClaim

_NOT_SENT = (Submission.NONE, Submission.QUEUED, Submission.SENDING)
_TURNS = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}


class OurLine(NamedTuple):
    """What a line is known by; columns of `ClaimLine`, of which a payment needs thousands."""

    id: str
    claim_id: str
    procedure_code: str | None
    modifiers: list[str]
    charge: Decimal | None
    units: Decimal
    revenue_code: str | None
    from_date: date


@dataclass(slots=True)
class Known:
    """Everything of ours that a payment may speak of, loaded at once."""

    filings: dict[str, list[Filing]] = field(default_factory=dict)
    by_pcn: dict[str, str] = field(default_factory=dict)
    alike: dict[str, str] = field(default_factory=dict)
    by_icn: dict[str, str] = field(default_factory=dict)
    by_control: dict[str, str] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    lines: dict[str, list[OurLine]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """``filing`` is None while the payer that speaks has no filing of the claim (a crossover)."""

    claim: Claim
    filing: Filing | None
    by: str


def load(session: Session, sayings: Sequence[Said], payer_id: str) -> Known:
    """In a fixed number of queries, but for control numbers that the payer has cut short."""
    known = Known()
    pcns = {each.pcn for each in sayings}
    icns = {each.icn for each in sayings if each.icn}
    by_icn = _by_icn(session, icns, payer_id)
    names = select(Filing.pcn, Filing.claim_id)
    by_pcn = session.exec(names.where(among(col(Filing.pcn), pcns))).all()
    known.by_pcn = dict(by_pcn) | {pcn: claim_id for pcn, claim_id, _ in by_icn}
    for pcn in pcns - known.by_pcn.keys():
        known.by_pcn |= cut_short(session, pcn)
    known.alike = alike(session, pcns - known.by_pcn.keys())
    known.by_icn = {icn: claim_id for _, claim_id, icn in by_icn}
    known.by_control = _by_control(session, [each for each in sayings if not _numbered(known, each)])
    _add_claims(session, known, {claim_id for _, claim_id in by_pcn})
    known.by_control |= _by_control(session, [each for each in sayings if not _names_its_lines(known, each)])
    return known


def _by_icn(session: Session, icns: set[str], payer_id: str) -> list[tuple[str, str, str]]:
    """Control number, claim and the payer's number of its filings that bear one of these. The payer is told
    from others here: a database that is asked for it may read all that was ever filed with it."""
    asked = select(Filing.pcn, Filing.claim_id, col(Filing.icn), Filing.payer_id)
    found = session.exec(asked.where(among(col(Filing.icn), icns)))
    return [(pcn, claim_id, icn) for pcn, claim_id, icn, payer in found if icn and payer == payer_id]


def _by_control(session: Session, sayings: Iterable[Said]) -> dict[str, str]:
    """The claims of the lines that these name: nothing else tells them."""
    controls = {line.control.lower() for each in sayings for line in each.lines if line.control}
    if not controls:
        return {}
    rows = select(ClaimLine.id, ClaimLine.claim_id).where(among(col(ClaimLine.id), controls))
    return dict(session.exec(rows).all())


def _numbered(known: Known, what: Said) -> bool:
    return what.pcn in known.by_pcn or what.icn in known.by_icn


def _names_its_lines(known: Known, what: Said) -> bool:
    """Whether the claim that its number tells has one of the lines that it names."""
    claim_id, _ = _claim_of(known, what)
    ours = {line.id for line in known.lines.get(claim_id or "", [])}
    return claim_id is None or any(line.control.lower() in ours for line in what.lines)


def load_claim(session: Session, claim_id: str) -> Known:
    """The same for one claim that a person chose."""
    known = Known()
    _add_claims(session, known, {claim_id})
    if claim_id not in known.claims:
        raise NotFound(f"No claim {claim_id}.", tip="List them with `cleanclaim claims list`.")
    return known


def _add_claims(session: Session, known: Known, claim_ids: set[str]) -> None:
    found = (known.by_pcn, known.alike, known.by_control)
    ids = claim_ids.union(*(each.values() for each in found))
    # Locked where the database can, in one order for all: two payments of one claim are posted one after the
    # other, each on what the other has left.
    claims = select(Claim).where(among(col(Claim.id), ids)).order_by(col(Claim.id)).with_for_update()
    known.claims = {c.id: c for c in session.exec(claims)}
    filings = select(Filing).where(among(col(Filing.claim_id), ids))
    for filing in session.exec(filings.order_by(col(Filing.sequence), col(Filing.version))):
        known.filings.setdefault(filing.claim_id, []).append(filing)
    columns: Any = [getattr(ClaimLine, name) for name in OurLine._fields]
    lines = select(*columns).where(among(col(ClaimLine.claim_id), ids)).order_by(col(ClaimLine.number))
    for line in map(OurLine._make, session.exec(lines)):
        known.lines.setdefault(line.claim_id, []).append(line)


def match(known: Known, what: Said, payer_id: str) -> Match | None:
    """The claim, and the filing of it that this payer answers."""
    claim_id, by = _claim_of(known, what)
    if claim_id is None:
        return None
    return Match(known.claims[claim_id], best_filing(known, claim_id, what, payer_id), by)


def _claim_of(known: Known, what: Said) -> tuple[str | None, str]:
    if what.pcn in known.by_pcn:
        claim_id = known.by_pcn[what.pcn]
        whole = any(filing.pcn == what.pcn for filing in known.filings.get(claim_id, []))
        return claim_id, "pcn" if whole else "pcn_cut"
    if what.icn in known.by_icn:
        return known.by_icn[what.icn], "icn"
    if what.pcn in known.alike and _same_charge(known, known.alike[what.pcn], what):
        return known.alike[what.pcn], "pcn_alike"
    named = _named_by_lines(known, what)
    return (named.pop(), "line") if len(named) == 1 else (None, "")


def _named_by_lines(known: Known, what: Said) -> set[str | None]:
    """The claims of ours whose lines' control numbers it gives."""
    return {known.by_control.get(line.control.lower()) for line in what.lines} - {None}


def resembles(known: Known, claim_id: str, what: Said) -> bool:
    """More than the control number speaks for it: charge, payer's number, a line's number or its code.

    Control numbers are unique in one practice; the same may be another practice's.
    """
    filings, lines = known.filings.get(claim_id, []), known.lines.get(claim_id, [])
    return (
        _same_charge(known, claim_id, what)
        or (what.icn != "" and what.icn in {filing.icn for filing in filings})
        or any(_same_control(our, said) or _same_code(our, said) for our in lines for said in what.lines)
    )


def _same_charge(known: Known, claim_id: str, what: Said) -> bool:
    billed = (filing.charge for filing in known.filings.get(claim_id, []))
    return abs(what.charge) in (known.claims[claim_id].charge, *billed)


def names_another(known: Known, claim_id: str, what: Said) -> bool:
    """Whether the lines' control numbers are those of another claim of ours: a person must say."""
    named = _named_by_lines(known, what)
    return bool(named) and claim_id not in named


def best_filing(known: Known, claim_id: str, what: Said, payer_id: str) -> Filing | None:
    """Of those sent to this payer: the one with its number, else of the turn in CLP02, else the last.

    A correction may be under way before the first filing is decided, and the payer's number change when it
    is. Then the one that still waits is meant (of a reversal, one that is decided), and of several the one of
    that frequency (CLP09), of that charge, that the payer has accepted.
    """
    sent = [f for f in known.filings.get(claim_id, []) if f.submission not in _NOT_SENT]
    here = [f for f in sent if f.payer_id == payer_id]
    numbered = [f for f in here if what.icn and f.icn == what.icn]
    in_turn = [f for f in here if f.sequence == _TURNS.get(what.status)]
    found = numbered or in_turn or here
    for speaks in (
        lambda f: (f.adjudication in DECIDED) == what.is_reversal,
        lambda f: f.frequency == what.frequency,
        lambda f: f.charge == abs(what.charge),
        lambda f: f.submission is Submission.ACCEPTED,
    ):
        found = [f for f in found if speaks(f)] or found
    return max(found, key=lambda f: (f.version, f.created_at), default=None)


def matched_lines(lines: Sequence[OurLine], what: Said) -> Said:
    """The same with each SVC's line: by control number; code, modifiers, day, charge and units; code alone.

    A line of ours is named once in one CLP, unless its control number says otherwise.
    """
    free = list(lines)
    matched: dict[int, str] = {}
    for test in (_same_control, _same_service, _same_code):
        for place, said in enumerate(what.lines):
            line = None if place in matched else next((our for our in free if test(our, said)), None)
            if line is not None:
                matched[place] = line.id
                free.remove(line)
    placed = tuple(
        replace(line, line_id=matched.get(place) or _named_again(lines, line))
        for place, line in enumerate(what.lines)
    )
    return replace(what, lines=placed)


def _named_again(lines: Iterable[OurLine], said: SaidLine) -> str | None:
    return next((our.id for our in lines if _same_control(our, said)), None)


def _same_control(our: OurLine, said: SaidLine) -> bool:
    return said.control.lower() == our.id


def _same_service(our: OurLine, said: SaidLine) -> bool:
    return (
        _same_code(our, said)
        and sorted(our.modifiers) == sorted(said.modifiers)
        and said.day in (None, our.from_date)
        and abs(said.charge) == our.charge
        and said.units in (None, our.units)
    )


def _same_code(our: OurLine, said: SaidLine) -> bool:
    """The payer may have adjudicated another code than we billed; SVC06 then tells ours."""
    codes = {said.code, said.submitted_code} - {""}
    return our.procedure_code in codes or (not our.procedure_code and our.revenue_code == said.revenue_code)


def suggest(session: Session, claim: RemitClaim, payer_ids: Iterable[str]) -> list[str]:
    """Control numbers of claims of the same member, day and charge: for a person to look at."""
    insured = claim.party("IL") or claim.party("QC")
    first = claim.date("232") or next((p for s in claim.services for p in s.dates), None)
    if insured is None or not insured.id or first is None or first.start is None:
        return []
    index = keyring(session).blind_index("member", insured.id)
    likely = (
        select(Claim.pcn)
        .join(Coverage, col(Coverage.patient_id) == col(Claim.patient_id))
        .where(
            Coverage.member_id_index == index,
            among(col(Coverage.payer_id), payer_ids),
            Claim.from_date == first.start,
            Claim.charge == abs(claim.charge),
        )
    )
    return sorted(set(session.exec(likely)))
