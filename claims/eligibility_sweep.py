"""Coverage before the visit: what to ask about the coming appointments, and what the answers open as work."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session, col, select

from claims import work
from claims.answers import RETRIED, judge
from claims.confirmations import Confirmations
from claims.eligibility import KINDS, Answers, Asking, Payers, check_of, coordinate
from claims.events import Act
from claims.model import Coverage, Encounter, Patient, Provider, WorkItem
from claims.x12.eligibility import Answer271


def due_for_sweep(session: Session, day: date, ahead_days: int, payers: Payers) -> list[Asking]:
    """The primary coverages of the visits planned from ``day`` on that no fresh answer confirms."""
    rows = session.exec(
        select(Encounter, Coverage, Patient)
        .join(Coverage, col(Coverage.patient_id) == col(Encounter.patient_id))
        .join(Patient, col(Patient.id) == col(Encounter.patient_id))
        .where(
            col(Encounter.planned).is_(True),
            col(Encounter.starts_on).between(day, day + timedelta(ahead_days)),
            Coverage.sequence == "P",
        )
        .order_by(col(Encounter.starts_on), col(Encounter.id))
    ).all()
    confirmed = Confirmations(session, (coverage.id for _, coverage, _ in rows))
    found: dict[str, Asking] = {}
    for encounter, coverage, patient in rows:
        profile = payers.get(coverage.payer_id)
        days = profile.eligibility_fresh_days if profile else 0
        day = encounter.starts_on
        if profile and profile.asked_through and not confirmed.serving(coverage.id, day, days):
            provider = session.get(Provider, encounter.rendering_id) if encounter.rendering_id else None
            asking = Asking(coverage, patient, day, provider)
            found.setdefault(asking.trace, asking)
    return list(found.values())


def apply_sweep(
    session: Session,
    act: Act,
    asked: Sequence[Asking],
    answers: Sequence[Answer271],
    exchange_id: str | None,
) -> list[WorkItem]:
    """Write the checks, and open work, before the visit, for each coverage that is not confirmed."""
    items = []
    heard = Answers(answers)
    for asking in asked:
        answer = heard.to(asking)
        if answer is None:
            continue
        known = _coverages(session, asking)
        verdict = judge(answer, asking.day, asking.coverage, known)
        coordinate(session, act, asking, answer, known)
        session.add(check_of(act, asking, answer, verdict, exchange_id, None))
        subject = f"coverage:{asking.coverage.id}"
        if verdict.outcome == "active":
            work.cancel_for(session, subject, act.at.business, "the coverage is confirmed", [*KINDS.values()])
        elif verdict.outcome != RETRIED:
            reason = f"Visit planned for {asking.day}, {asking.coverage.payer_id}: {verdict.advice}"
            kind = KINDS[verdict.outcome]
            items.append(
                work.open_item(session, act, queue=verdict.queue, kind=kind, reason=reason, subject=subject)
            )
    session.flush()
    return items


def _coverages(session: Session, asking: Asking) -> list[Coverage]:
    mine = select(Coverage).where(Coverage.patient_id == asking.patient.id)
    return list(session.exec(mine.order_by(col(Coverage.sequence))))
