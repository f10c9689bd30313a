"""Which of our filings and lines a remittance speaks of. Never by name alone.

Claims: the control number we sent (exact; then cut short by the payer, 15 characters or more), the payer's
own number, a line's control number. Member id, day and charge together are a suggestion for a person only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from claims.errors import NotFound
from claims.events import keyring
from claims.model import Claim, ClaimLine, Coverage, Filing, Payer, Submission
from claims.money.said import Said, SaidLine
from claims.x12.remit835 import RemitClaim, Remittance835
from config.payers import PayerProfile

SHORTEST_CUT = 15
_NOT_SENT = (Submission.NONE, Submission.QUEUED, Submission.SENDING)
_TURNS = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}


@dataclass(slots=True)
class Known:
    """Everything of ours that a payment may speak of, loaded at once."""

    filings: dict[str, list[Filing]] = field(default_factory=dict)
    by_pcn: dict[str, str] = field(default_factory=dict)
    by_icn: dict[tuple[str, str], str] = field(default_factory=dict)
    by_control: dict[str, str] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    lines: dict[str, list[ClaimLine]] = field(default_factory=dict)


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
    controls = {line.control.lower() for each in sayings for line in each.lines if line.control}
    icns = {each.icn for each in sayings if each.icn}
    found = [
        *session.exec(select(Filing).where(col(Filing.pcn).in_(pcns))),
        *session.exec(select(Filing).where(col(Filing.icn).in_(icns), Filing.payer_id == payer_id)),
    ]
    known.by_pcn = {filing.pcn: filing.claim_id for filing in found}
    for pcn in pcns - known.by_pcn.keys():
        known.by_pcn |= _cut_short(session, pcn)
    by_line = session.exec(select(ClaimLine.id, ClaimLine.claim_id).where(col(ClaimLine.id).in_(controls)))
    known.by_control = dict(by_line.all())
    known.by_icn = {(f.payer_id, f.icn): f.claim_id for f in found if f.icn}
    _add_claims(session, known, {f.claim_id for f in found})
    return known


def load_claim(session: Session, claim_id: str) -> Known:
    """The same for one claim that a person chose."""
    known = Known()
    _add_claims(session, known, {claim_id})
    if claim_id not in known.claims:
        raise NotFound(f"No claim {claim_id}.", tip="List them with `cleanclaim claims list`.")
    return known


def _cut_short(session: Session, pcn: str) -> dict[str, str]:
    """The one claim whose control number begins like this; two of them would be a guess."""
    if len(pcn) < SHORTEST_CUT:
        return {}
    starts = select(Filing.claim_id).where(col(Filing.pcn).startswith(pcn, autoescape=True)).distinct()
    claims = session.exec(starts).all()
    return {pcn: claims[0]} if len(claims) == 1 else {}


def _add_claims(session: Session, known: Known, claim_ids: set[str]) -> None:
    ids = claim_ids | set(known.by_pcn.values()) | set(known.by_control.values())
    known.claims = {c.id: c for c in session.exec(select(Claim).where(col(Claim.id).in_(ids)))}
    filings = select(Filing).where(col(Filing.claim_id).in_(ids))
    for filing in session.exec(filings.order_by(col(Filing.sequence), col(Filing.version))):
        known.filings.setdefault(filing.claim_id, []).append(filing)
    lines = select(ClaimLine).where(col(ClaimLine.claim_id).in_(ids)).order_by(col(ClaimLine.number))
    for line in session.exec(lines):
        known.lines.setdefault(line.claim_id, []).append(line)


def match(known: Known, what: Said, payer_id: str) -> Match | None:
    """The claim, and the filing of it that this payer answers."""
    claim_id, by = _claim_of(known, what, payer_id)
    if claim_id is None:
        return None
    return Match(known.claims[claim_id], best_filing(known, claim_id, what, payer_id), by)


def _claim_of(known: Known, what: Said, payer_id: str) -> tuple[str | None, str]:
    if what.pcn in known.by_pcn:
        claim_id = known.by_pcn[what.pcn]
        whole = any(filing.pcn == what.pcn for filing in known.filings.get(claim_id, []))
        return claim_id, "pcn" if whole else "pcn_cut"
    if (payer_id, what.icn) in known.by_icn:
        return known.by_icn[payer_id, what.icn], "icn"
    named = {known.by_control.get(line.control.lower()) for line in what.lines} - {None}
    return (named.pop(), "line") if len(named) == 1 else (None, "")


def best_filing(known: Known, claim_id: str, what: Said, payer_id: str) -> Filing | None:
    """Of those sent to this payer: the one with its number, else of the turn in CLP02, else the last."""
    sent = [f for f in known.filings.get(claim_id, []) if f.submission not in _NOT_SENT]
    here = [f for f in sent if f.payer_id == payer_id]
    numbered = [f for f in here if what.icn and f.icn == what.icn]
    in_turn = [f for f in here if f.sequence == _TURNS.get(what.status)]
    return max(numbered or in_turn or here, key=lambda f: (f.version, f.created_at), default=None)


def matched_lines(lines: Sequence[ClaimLine], what: Said) -> Said:
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
    update = tuple(
        line.model_copy(update={"line_id": matched.get(place) or _named_again(lines, line)})
        for place, line in enumerate(what.lines)
    )
    return what.model_copy(update={"lines": update})


def _named_again(lines: Iterable[ClaimLine], said: SaidLine) -> str | None:
    return next((our.id for our in lines if _same_control(our, said)), None)


def _same_control(our: ClaimLine, said: SaidLine) -> bool:
    return said.control.lower() == our.id


def _same_service(our: ClaimLine, said: SaidLine) -> bool:
    return (
        _same_code(our, said)
        and sorted(our.modifiers) == sorted(said.modifiers)
        and said.day in (None, our.from_date)
        and abs(said.charge) == our.charge
        and said.units in (None, our.units)
    )


def _same_code(our: ClaimLine, said: SaidLine) -> bool:
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
            col(Coverage.payer_id).in_(list(payer_ids)),
            Claim.from_date == first.start,
            Claim.charge == abs(claim.charge),
        )
    )
    return sorted(set(session.exec(likely)))


def payer_of(session: Session, remittance: Remittance835, payers: Mapping[str, PayerProfile]) -> str | None:
    """Our payer: by the ids and the name that the 835 gives, else the only one its claims were filed with."""
    known: dict[str, str] = {}
    for payer in session.exec(select(Payer)):
        aliases = payers[payer.id].aliases if payer.id in payers else ()
        known |= {name.upper(): payer.id for name in (payer.id, payer.name, *aliases)}
    party = remittance.payer
    for name in (party.reference("2U"), party.id, party.last):
        if name.upper() in known:
            return known[name.upper()]
    pcns = {claim.pcn for claim in remittance.claims}
    filed = session.exec(select(Filing.payer_id).where(col(Filing.pcn).in_(pcns)).distinct()).all()
    return filed[0] if len(filed) == 1 else None
