"""What would happen to each claim that is due, without doing it: the dry run's answer, claim by claim."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims.authorization import codes_in_need, foreseen
from claims.bundle import Bundle, load_bundles
from claims.clock import Moment
from claims.coding.accepted import with_accepted
from claims.edits.catalogue import SCRUB, Edit, catalogue
from claims.edits.engine import amend_all, run
from claims.edits.lookups import Lookups, load_lookups
from claims.edits.packs import open_packs
from claims.edits.plain import twins
from claims.edits.repairs import repair
from claims.findings import Finding, Severity
from claims.intake.completeness import missing
from claims.model import Claim, Stage
from claims.portions import in_portions
from config.payers import PayerProfile
from config.settings import Settings

BEFORE = (Stage.INTAKE, Stage.ELIGIBILITY, Stage.AUTHORIZATION, Stage.CODING_REVIEW, Stage.SCRUB, Stage.READY)
CHUNK, GOES = 200, "with the next batch"
Payers = Mapping[str, PayerProfile]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What awaits one claim. ``would`` is send, hold or stay; ``why`` names the first thing in its way."""

    claim: str
    payer: str | None
    stage: str
    charge: Decimal
    would: str
    why: str
    edits: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"charge": str(self.charge)}


def outlook(
    session: Session, at: Moment, settings: Settings, payers: Payers, payer: str | None = None
) -> list[Outlook]:
    """Every claim that was not sent yet, the oldest service first. The session is only read.

    Eligibility is asked of the payer, so a claim that waits for it is told what the rest would say.
    """
    query = select(Claim).where(col(Claim.stage).in_(BEFORE)).order_by(col(Claim.from_date), col(Claim.id))
    claims = [c for c in session.exec(query) if payer in (None, c.payer_id)]
    told = []
    for chunk in in_portions(claims, CHUNK):
        going = [c for c in chunk if not c.hold_reason and _due(c, at.business)]
        judged = _judged(session, at, [c.id for c in going], settings, payers)
        told += [judged.get(claim.id) or _stays(claim) for claim in chunk]
    return told


def _due(claim: Claim, now: datetime) -> bool:
    return claim.stage is Stage.READY or (claim.next_action_at is not None and claim.next_action_at <= now)


def _stays(claim: Claim) -> Outlook:
    why = f"held: {claim.hold_reason}, waits for {claim.hold_owner}" if claim.hold_reason else "not due yet"
    return Outlook(claim.id, claim.payer_id, claim.stage, claim.charge, "stay", why)


def _judged(
    session: Session, at: Moment, ids: Sequence[str], settings: Settings, payers: Payers
) -> dict[str, Outlook]:
    if not ids:
        return {}
    bundles = [twins(bundle, {}) for bundle in load_bundles(session, ids)]
    for bundle in bundles:
        repair(bundle, payers)
        number = foreseen(session, bundle, payers.get(bundle.claim.payer_id or ""))
        bundle.claim.authorization_number = bundle.claim.authorization_number or number
    lookups, day = load_lookups(session, bundles, payers), at.day(settings.zone_info)
    amend_all(bundles, day, settings, lookups, open_packs(settings).amending)
    found = with_accepted(session, run(bundles, day, settings, None, lookups))
    by_id = {each.id: each for each in (*catalogue(), *open_packs(settings).edits)}
    return {b.claim.id: _outlook(b, found[b.claim.id], by_id, payers, lookups) for b in bundles}


def _outlook(
    bundle: Bundle, found: Sequence[Finding], by_id: Mapping[str, Edit], payers: Payers, lookups: Lookups
) -> Outlook:
    claim = bundle.claim
    waived = lookups.waived.get(claim.id, frozenset())
    why = next(_obstacles(bundle, found, by_id, payers, waived), None)
    if why is None:
        asked = " once eligibility is confirmed" if claim.stage in BEFORE[:2] else ""
        return Outlook(claim.id, claim.payer_id, claim.stage, claim.charge, "send", f"{GOES}{asked}")
    codes = tuple(dict.fromkeys(f.code for f in _errors(found) if f.code in by_id))
    return Outlook(claim.id, claim.payer_id, claim.stage, claim.charge, "hold", why, codes)


def _obstacles(
    bundle: Bundle,
    found: Sequence[Finding],
    by_id: Mapping[str, Edit],
    payers: Payers,
    waived: frozenset[str],
) -> Iterator[str]:
    """What is in the claim's way, in the order in which its steps meet it; a scrubbed one has passed."""
    claim, profile = bundle.claim, payers.get(bundle.claim.payer_id or "")
    if claim.stage is Stage.READY:
        return
    if claim.stage is Stage.INTAKE and (lacking := missing(bundle, payers)):
        yield f"intake: missing {', '.join(lacking)}"
    asked = () if claim.authorization_number else codes_in_need(bundle, profile)
    needed = [code for code in asked if code not in waived]
    if claim.stage in BEFORE[:3] and needed:
        yield f"authorization: none for {', '.join(needed)}"
    for finding in sorted(_errors(found), key=lambda f: f.code not in by_id or by_id[f.code].step == SCRUB):
        step = by_id[finding.code].step if finding.code in by_id else SCRUB
        yield f"{step.replace('_', ' ')}: {finding.message}"


def _errors(found: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.severity is Severity.ERROR]
