"""A person's decision on a work item: the options that items offer, and what each does.

One transaction carries the decision, what follows from it, and the closing of the item.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from claims import (
    authorization_ways,
    denial_ways,
    eligibility_ways,
    events,
    lifecycle,
    mailing,
    patients,
    payment_ways,
    plans,
    sending_ways,
    work,
)
from claims.bundle import load_bundle
from claims.coding import aftermath, together
from claims.coding import ways as coding
from claims.errors import BadInput, NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.listing import find_claim
from claims.model import Claim, WorkItem
from claims.money import decisions as denials
from claims.money.disputes import EVENTS as DISPUTES
from claims.patient_credits import apply_credit
from claims.transitions import Event
from claims.users import named
from config.office import Office
from config.payers import PayerProfile

WAIT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, on what, by whom, and the value that some options need: the id of a claim,
    or of the document that holds the records. ``alone`` unless others were decided with it."""

    session: Session
    act: Act
    item: WorkItem
    chosen: Sequence[Mapping[str, Any]]
    reason: str
    payers: Mapping[str, PayerProfile]
    value: str | None = None
    alone: bool = True
    office: Office = denials.SHIPPED

    @property
    def story(self) -> Story:
        facts = {"work_item": self.item.id, "option": self.option}
        return Story(f"decided: {self.option}", facts, note=self.reason)

    @property
    def claim(self) -> Claim:
        if self.item.claim_id is None:
            raise NotAllowed("This item is about no claim.", tip="Finish it without an option.")
        return self.session.get_one(Claim, self.item.claim_id)

    @property
    def option(self) -> str:
        """The option's id; of several fixes all their ids."""
        return " ".join(each["id"] for each in self.chosen)

    @property
    def subject_id(self) -> str:
        return self.item.subject.partition(":")[2]


def decide(
    session: Session,
    act: Act,
    item_id: str,
    option: str | None,
    reason: str,
    payers: Mapping[str, PayerProfile],
    value: str | None = None,
    office: Office = denials.SHIPPED,
) -> str:
    """Carry out the decision and close the item; returns what was done, without patient data.

    ``option`` is the id of one option, or of several with blanks between (`claims.coding.together`).
    Raises NotAllowed when the actor may not, someone else has the item, an option is none of its own, or
    the options contradict each other; then nothing is done.
    """
    item = work.open_work(session, item_id)
    actor = named(session, act.actor)
    chosen = _chosen(item, option)
    work.require_free(item, actor)
    for id in [each["id"] for each in chosen] or [None]:
        work.require_role(actor, *work.deciders(item, id))
    turns = together.turns(chosen) if chosen else []
    # Closed first: what follows may close or open items of the same subject, and must not meet this one.
    work.finish(session, item.id, actor.name, option or "done", act.at.business)
    session.flush()
    if not turns:
        lifecycle.apply(session, _finished(session, act, item, reason), act)
    for turn in turns:
        alone = len(turns) == 1
        decision = Decision(session, act, item, turn, reason, payers, value, alone, office)
        lifecycle.apply(session, _way(item, turn[0])(decision), act)
    return f"{item.kind}: {option or 'done'}"


def _finished(session: Session, act: Act, item: WorkItem, reason: str) -> list[Change]:
    """A claim that was held for what is done now goes on, through the checks that held it."""
    story = Story("its work item is done", {"work_item": item.id}, note=reason)
    claim = session.get_one(Claim, item.claim_id) if item.claim_id else None
    if claim is not None and claim.hold_reason == item.kind:
        return [Change(claim, Event.RELEASED, story, next_action_at=act.at.business)]
    events.note(session, act, "work_done", story)
    return []


def _chosen(item: WorkItem, option: str | None) -> list[dict[str, Any]]:
    offered = {each["id"]: each for each in item.options}
    ids = list(dict.fromkeys((option or "").split()))
    if not ids and (item.options or option is not None):
        raise NotAllowed("This item wants a decision.", tip=f"Choose one of {', '.join(offered)}.")
    for id in ids:
        if id not in offered:
            raise NotAllowed(
                f"{id} is no option of this item.", tip=f"Choose one of {', '.join(offered) or 'none'}."
            )
    return [offered[id] for id in ids]


def _release(decision: Decision) -> list[Change]:
    claim = decision.claim
    if not claim.hold_reason:
        return []
    return [Change(claim, Event.RELEASED, decision.story, next_action_at=decision.act.at.business)]


def _wait(decision: Decision) -> list[Change]:
    """Somebody is working on it: look again in two weeks."""
    if decision.item.claim_id is None or not decision.claim.hold_reason:
        return []
    again = decision.act.at.business + WAIT
    return [Change(decision.claim, Event.RELEASED, decision.story, next_action_at=again)]


def _last_notice(decision: Decision) -> list[Change]:
    return patients.last_notice(
        decision.session, decision.act, load_bundle(decision.session, decision.claim.id)
    )


def _apply_credit(decision: Decision) -> list[Change]:
    if decision.value is None:
        raise BadInput("To which claim?", tip="Name it with --value CLAIM.")
    session, source = decision.session, load_bundle(decision.session, decision.claim.id)
    return apply_credit(session, decision.act, source, find_claim(session, decision.value), decision.reason)


def _end_plan(decision: Decision) -> list[Change]:
    plan = plans.active(decision.session, [decision.claim.patient_id]).get(decision.claim.id)
    if plan is None:
        raise NotAllowed("This claim has no plan any more.", tip="Release it.")
    return plans.cancel(decision.session, decision.act, plan.id, decision.reason)


def _nothing(_decision: Decision) -> list[Change]:
    return []


_Way = Callable[[Decision], list[Change]]

WAYS: dict[str, _Way] = {
    "release": _release,
    "wait": _wait,
    "approve": denial_ways.approve,
    "enclose": denial_ways.enclose,
    "not_forwarded": denial_ways.not_forwarded,
    "drop": denial_ways.drop,
    "assign": payment_ways.assign,
    "post_again": payment_ways.post_again,
    "another_payment": payment_ways.another_payment,
    "take_back": payment_ways.take_back,
    "last_notice": _last_notice,
    "end_plan": _end_plan,
    "seen": _nothing,
    "not_ours": payment_ways.not_ours,
    "ask": _nothing,
    "ask_status": sending_ways.ask_status,
    "correct": denial_ways.on_denial,
    "send_records": denial_ways.send_records,
    "answered": denial_ways.answered,
    "appeal": denial_ways.on_denial,
    "bill_next_payer": denial_ways.on_denial,
    "bill_patient": denial_ways.on_denial,
    "write_off": denial_ways.on_denial,
    "approve_write_off": denial_ways.approve_write_off,
    "decline_write_off": _release,
    "refund": denial_ways.on_denial,
    "apply_credit": _apply_credit,
    **dict.fromkeys(DISPUTES, payment_ways.on_payment),
    "fix": coding.fix,
    "query": coding.query,
    "accept": coding.accept,
    "used": coding.used,
    "void": coding.void,
    "answer": coding.answer,
    "ask_again": coding.ask_again,
    "withdraw": coding.withdraw,
    "agree": coding.agree,
    "disagree": coding.disagree,
    "put_right": aftermath.put_right,
    "refund_part": aftermath.refund,
    "settled": _nothing,
    "covered": eligibility_ways.covered,
    "ask_authorization": authorization_ways.ask,
    "enter_authorization": authorization_ways.enter,
    "authorization_not_needed": authorization_ways.not_needed,
}
"""What an option does, whatever item offers it."""

WAYS_OF_KIND: dict[tuple[str, str], _Way] = {
    ("unconfirmed_send", "arrived"): sending_ways.batch_arrived,
    ("unconfirmed_send", "never"): sending_ways.batch_never,
    (mailing.KIND, "mailed"): sending_ways.mailed,
    (mailing.KIND, "never"): sending_ways.batch_never,
    ("appeal_unconfirmed", "arrived"): sending_ways.letter_arrived,
    ("appeal_unconfirmed", "never"): sending_ways.letter_never,
    ("appeal_refused", "never"): sending_ways.letter_never,
    ("denial", "send_records"): denial_ways.on_denial,
    ("records_unconfirmed", "arrived"): sending_ways.letter_arrived,
    ("records_unconfirmed", "never"): sending_ways.letter_never,
    ("records_refused", "never"): sending_ways.letter_never,
    ("appeal_to_mail", "mailed"): sending_ways.letter_mailed,
    ("records_to_mail", "mailed"): sending_ways.letter_mailed,
    ("appeal_to_mail", "never"): sending_ways.letter_never,
    ("records_to_mail", "never"): sending_ways.letter_never,
    ("acknowledgement_overdue_ta1", "never"): sending_ways.never_acknowledged,
    ("acknowledgement_overdue_999", "never"): sending_ways.never_acknowledged,
    ("acknowledgement_overdue_277ca", "never"): sending_ways.never_acknowledged,
    ("acknowledgement_overdue_271", "never"): sending_ways.never_acknowledged,
    ("acknowledgement_overdue_277", "never"): sending_ways.never_acknowledged,
    ("status_not_found", "never"): sending_ways.never_found,
}
"""Options whose meaning depends on the kind of item."""


def _way(item: WorkItem, option: Mapping[str, Any]) -> _Way:
    """An option may name its way; else its id does."""
    id = option["id"]
    return WAYS_OF_KIND.get((item.kind, id)) or WAYS[option.get("way", id)]
