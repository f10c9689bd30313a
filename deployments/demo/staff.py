"""The practice's staff: they take what is in the queues and act in their own names, as people would."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from claims import decisions, lifecycle, manage, work
from claims.bundle import load_bundle
from claims.coding.loop import review_again
from claims.database import reading, transaction
from claims.intake.correct import correct
from claims.model import Claim, Patient, WorkItem, WorkState
from claims.users import named
from deployments.demo.cases import Answer
from deployments.demo.practice import DemoPractice
from tasks.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Task:
    """A work item that somebody in the practice has an answer to."""

    item_id: str
    claim_id: str
    answer: Answer


def work_the_queues(rt: Runtime, practice: DemoPractice) -> int:
    """Everybody does what they know to do; returns how many items were finished. The rest stays open."""
    tasks = _tasks(rt, practice)
    for task in tasks:
        _do(rt, task)
    return len(tasks)


def _tasks(rt: Runtime, practice: DemoPractice) -> list[Task]:
    with reading(rt.engine) as session:
        found = []
        for item in work.open_items(session):
            if item.claim_id is None:
                continue
            record = _record(session, item.claim_id)
            answer = practice.answer(record, item.kind, _closed_before(session, item))
            if answer is not None:
                found.append(Task(item.id, item.claim_id, answer))
        return found


def _record(session: Session, claim_id: str) -> str | None:
    query = select(Patient).join(Claim, col(Claim.patient_id) == col(Patient.id)).where(Claim.id == claim_id)
    return session.exec(query).one().record_number


def _closed_before(session: Session, item: WorkItem) -> int:
    query = select(func.count()).where(
        col(WorkItem.claim_id) == item.claim_id,
        col(WorkItem.kind) == item.kind,
        col(WorkItem.state).in_([WorkState.DONE, WorkState.CANCELLED]),
    )
    return session.exec(query).one()


def _option(item: WorkItem, answer: Answer) -> dict[str, Any] | None:
    """The option that the answer names, or the one that changes what the answer would."""
    named = (option for option in item.options if option["id"] == answer.decision)
    same = (option for option in item.options if answer.changes and option.get("sets") == answer.changes)
    return next(named, None) or next(same, None)


def _do(rt: Runtime, task: Task) -> None:
    """Decide, correct, release: in the person's name, in one transaction."""
    answer = task.answer
    with transaction(rt.engine) as session:
        act = rt.act(actor=named(session, answer.actor).name)
        item = session.get_one(WorkItem, task.item_id)
        if item.state in (WorkState.DONE, WorkState.CANCELLED):
            return
        decided = _option(item, answer)
        if decided is not None:
            decisions.decide(
                session, act, item.id, decided["id"], answer.note, rt.payers, office=rt.settings.office
            )
            review_again(session, act, item.id, rt.settings, rt.payers)
        if answer.changes and (decided is None or "sets" not in decided):
            bundle = load_bundle(session, task.claim_id)
            lifecycle.apply(session, correct(session, act, bundle, answer.changes, answer.note), act)
        claim = session.get_one(Claim, task.claim_id)
        if claim.hold_reason and answer.decision in ("correct", "release"):
            manage.release(session, act, claim, answer.note)
