"""Coverage once more before the claim leaves: a confirmation may be old by then, and plans end backwards."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from claims.answers import RETRIED, judge
from claims.bundle import Bundle
from claims.eligibility import Answers, Payers, askings, check_of, coordinate, hold
from claims.events import Act
from claims.lifecycle import Change
from claims.model import Claim, EligibilityCheck, Filing, Stage, Submission
from claims.x12.eligibility import Answer271

FIRST = "P"


def stale(session: Session, now: datetime, payers: Payers, payer: str | None = None) -> dict[str, list[str]]:
    """By payer the claims that would go next and whose coverage was last confirmed too long ago.

    Only first filings, and payers that answer inquiries. A claim that no payer ever confirmed went on by its
    payer's file or a person's word, and is left alone.
    """
    latest = (
        select(col(EligibilityCheck.coverage_id), func.max(col(EligibilityCheck.at)).label("at"))
        .where(EligibilityCheck.outcome == "active")
        .group_by(col(EligibilityCheck.coverage_id))
        .subquery()
    )
    rows = session.exec(
        select(Filing.payer_id, Claim.id, latest.c.at)
        .join(Claim, col(Claim.id) == col(Filing.claim_id))
        .join(latest, latest.c.coverage_id == Claim.coverage_id)
        .where(
            Claim.stage == Stage.READY,
            col(Claim.hold_reason).is_(None),
            Filing.sequence == FIRST,
            Filing.submission == Submission.NONE,
        )
        .order_by(col(Claim.from_date), col(Claim.id))
    )
    found: dict[str, list[str]] = {}
    for payer_id, claim_id, confirmed in rows:
        profile = payers.get(payer_id)
        if payer not in (None, payer_id) or profile is None or profile.asked_through is None:
            continue
        if confirmed < now - timedelta(profile.eligibility_fresh_days):
            found.setdefault(payer_id, []).append(claim_id)
    return found


def apply_recheck(
    session: Session,
    act: Act,
    bundles: Sequence[Bundle],
    answers: Sequence[Answer271],
    exchange_id: str | None,
) -> list[Change]:
    """Write the checks; a claim whose coverage is not confirmed any more is held.

    Where the payer cannot answer now, the claim goes with the confirmation that it has.
    """
    changes = []
    heard = Answers(answers)
    for bundle in bundles:
        asked = next(iter(askings([bundle])), None)
        answer = heard.to(asked) if asked else None
        if asked is None or answer is None or bundle.claim.stage is not Stage.READY:
            continue
        verdict = judge(answer, asked.day, asked.coverage, bundle.coverages)
        check = check_of(act, asked, answer, verdict, exchange_id, bundle.claim.id)
        session.add(check)
        session.flush()
        if verdict.outcome not in ("active", RETRIED):
            changes.append(hold(session, act, bundle, verdict, check))
        coordinate(session, act, asked, answer, bundle.coverages, bundle.claim)
    return changes
