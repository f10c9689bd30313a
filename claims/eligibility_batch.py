"""Claims whose coverage is asked about in batch: they wait in `eligibility` until the answer is there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from claims import batch_questions, eligibility
from claims.batch_questions import CLAIMS, RENEWAL, Asked
from claims.bundle import Bundle
from claims.business_days import hours_later
from claims.eligibility import Asking
from claims.events import Act, Story
from claims.inquiry import BadQuestion
from claims.lifecycle import Change
from claims.model import Batch, BatchQuestion, Claim, Exchange, Provider
from claims.model.among import among
from claims.x12.eligibility_write import write_270
from claims.x12.interchange import Outgoing
from config.payers import PayerProfile

NEXT_BATCH = "its coverage is asked about with the next batch of questions"


@dataclass(frozen=True, slots=True)
class About:
    """One question, and the claims that wait for its answer."""

    asking: Asking
    claim_ids: tuple[str, ...]


def together(session: Session, claim_ids: Sequence[str]) -> list[list[str]]:
    """The claims of one question each, in the order of ``claim_ids``; those without a coverage have none."""
    found: dict[tuple[str | None, date | None], list[str]] = {}
    rows = select(Claim.id, Claim.coverage_id, col(Claim.from_date)).where(among(col(Claim.id), claim_ids))
    asked = {claim_id: (coverage_id, day) for claim_id, coverage_id, day in session.exec(rows)}
    for claim_id in claim_ids:
        if asked[claim_id][0] is not None:
            found.setdefault(asked[claim_id], []).append(claim_id)
    return list(found.values())


def by_coverage(bundles: Iterable[Bundle]) -> list[About]:
    """Each coverage and day once."""
    found: dict[str, About] = {}
    for bundle in bundles:
        for asking in eligibility.askings([bundle]):
            before = found.get(asking.trace)
            ids = (*(before.claim_ids if before else ()), bundle.claim.id)
            found[asking.trace] = About(asking, ids)
    return list(found.values())


def questions(
    reference: str,
    askings: Sequence[Asking],
    profile: PayerProfile,
    now: datetime,
    practice: Provider | None = None,
) -> Outgoing:
    """One 270 set about these coverages. Raises BadQuestion where one has no provider who asks."""
    written = eligibility.inquiry(askings, profile, practice)
    if len(written) < len(askings):
        raise BadQuestion("Nobody asks: the claim or visit has no billing provider.", tip="Enter one.")
    return write_270(eligibility.header(reference, now), written)


def asked(purpose: str, asking: Asking, claim_ids: Sequence[str | None] = (None,)) -> list[Asked]:
    """What is kept of one question: once for each claim that waits for its answer."""
    return [
        Asked(purpose, asking.trace, coverage_id=asking.coverage.id, asked_for=asking.day, claim_id=claim_id)
        for claim_id in claim_ids
    ]


def sent_off(act: Act, claims: Sequence[Claim], batch: Batch, profile: PayerProfile) -> list[Change]:
    """The claims wait until the payer's usual time for an answer is over; the answer wakes them before."""
    due = hours_later(profile, act.at.business, profile.questions.answer_hours)
    return [_waits(claim, f"asked in batch {batch.id}", batch.id, due) for claim in claims]


def awaited(
    session: Session, act: Act, bundles: Sequence[Bundle], payers: Mapping[str, PayerProfile]
) -> tuple[list[Change], dict[str, str]]:
    """What each claim waits for, in words; those whose time has come, while the answer is not overdue, wait
    on."""
    under_way = batch_questions.awaited(session, CLAIMS, act.at.business) if bundles else {}
    changes, told = [], {}
    for bundle in bundles:
        asking = next(iter(eligibility.askings([bundle])), None)
        waits = under_way.get(asking.trace.upper()) if asking else None
        told[bundle.claim.id] = waits.told if waits else NEXT_BATCH
        if asking and waits and _is_due(bundle.claim, act):
            profile = payers[asking.coverage.payer_id]
            later = hours_later(profile, act.at.business, profile.questions.answer_hours)
            changes.append(_waits(bundle.claim, waits.told, waits.batch_id, waits.due_at or later))
    return changes, told


def _is_due(claim: Claim, act: Act) -> bool:
    return claim.next_action_at is None or claim.next_action_at <= act.at.business


def _waits(claim: Claim, why: str, batch_id: str, due: datetime) -> Change:
    claim.next_action_at = due
    facts = {"batch": batch_id, "due": due}
    return Change(claim, "coverage_awaited", Story(f"the payer answers later: {why}", facts))


def renewed_since(session: Session, since: datetime) -> set[str | None]:
    """The claims whose old confirmation was asked about after then: once is enough, they go with what they
    have when no answer came."""
    rows = select(BatchQuestion.claim_id).join(Exchange, col(Exchange.id) == col(BatchQuestion.exchange_id))
    return set(session.exec(rows.where(BatchQuestion.purpose == RENEWAL, Exchange.at > since)))
