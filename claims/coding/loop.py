"""The loop's end: as soon as a question is answered or a finding accepted, the claim is reviewed again."""

from collections.abc import Mapping
from dataclasses import replace

from sqlmodel import Session

from claims import lifecycle
from claims.bundle import load_bundle
from claims.coding import queries
from claims.edits.steps import coding_review
from claims.events import SYSTEM, Act
from claims.model import Claim, ClinicianQuery, Stage, WorkItem
from config.payers import PayerProfile
from config.settings import Settings

Payers = Mapping[str, PayerProfile]


def answer(
    session: Session,
    act: Act,
    query_id: str,
    text: str,
    choice: str | None,
    settings: Settings,
    payers: Payers,
) -> ClinicianQuery:
    """Answer a query and review its claim again; what a command, a console or an API calls."""
    query = queries.answer(session, act, query_id, text, choice)
    review_claim(session, act, query.claim_id, settings, payers)
    return query


def withdraw(
    session: Session, act: Act, query_id: str, reason: str, settings: Settings, payers: Payers
) -> ClinicianQuery:
    """Withdraw a query and review its claim again."""
    query = queries.withdraw(session, act, query_id, reason)
    review_claim(session, act, query.claim_id, settings, payers)
    return query


def review_again(session: Session, act: Act, item_id: str, settings: Settings, payers: Payers) -> None:
    """After a decision on a work item: its claim is judged anew where it stands free in the review."""
    item = session.get_one(WorkItem, item_id)
    if item.claim_id is not None:
        review_claim(session, act, item.claim_id, settings, payers)


def review_claim(session: Session, act: Act, claim_id: str, settings: Settings, payers: Payers) -> None:
    """The coding review of one claim, now, in the system's name; nothing where it is held or elsewhere."""
    claim = session.get_one(Claim, claim_id)
    due = claim.next_action_at is not None and claim.next_action_at <= act.at.business
    if claim.stage is not Stage.CODING_REVIEW or claim.hold_reason or not due:
        return
    session.flush()
    by_the_system = replace(act, actor=SYSTEM)
    changes = coding_review(session, by_the_system, [load_bundle(session, claim_id)], settings, payers)
    lifecycle.apply(session, changes, by_the_system)
