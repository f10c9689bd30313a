"""What each kind of status answer does to its claim, by ``status.toml`` (domain rules, sections 3 and 4)."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import takewhile
from typing import Any

from sqlmodel import Session, col, select

from claims import lifecycle, records, work
from claims.events import Act, Story
from claims.filing import UNDECIDED
from claims.lifecycle import Change
from claims.model import Claim, Filing, Queue, StatusCheck
from claims.rejections import reject
from claims.transitions import Event
from claims.usual import alarm_at
from claims.x12.status import Answer277, StatusCode
from config.payers import Cadence

ASK_AGAIN, LONGEST_PAUSE = timedelta(hours=4), timedelta(hours=24)
"""After the payer's system did not answer (E1, E2): so long at first, so long at most."""
SEARCH_AGAIN = timedelta(days=1)
"""After a search that found nothing (D0)."""
FOUND_WITHIN = timedelta(hours=48)
"""A claim may be unknown this long after it was sent (A4)."""
MONEY_WITHIN = timedelta(days=15)
"""A remittance should follow a final status within this time."""


def next_time(filing: Filing, now: datetime, cadence: Cadence) -> datetime | None:
    """When to ask again by the payer's cadence; None when from then on it is a person's."""
    start = filing.accepted_at or now
    slower = now - start >= timedelta(days=cadence.slower_after_days)
    again = now + timedelta(days=cadence.slower_every_days if slower else cadence.every_days)
    return again if again - start <= timedelta(days=cadence.person_after_days) else None


@dataclass(frozen=True, slots=True)
class Asked:
    """One filing that was asked after, and what follows from the answer."""

    session: Session
    act: Act
    claim: Claim
    filing: Filing
    cadence: Cadence

    def take(self, code: StatusCode | None, exchange_id: str) -> list[Change]:
        self.filing.status_due_at = next_time(self.filing, self.act.at.business, self.cadence)
        self.session.add(self.filing)
        if code is None:
            return []
        check = StatusCheck(
            filing_id=self.filing.id,
            exchange_id=exchange_id,
            category=code.category,
            status_code=code.code or None,
            entity=code.entity or None,
            at=self.act.at.business,
        )
        self.session.add(check)
        rule = rule_of(code.category)
        return _WAYS[rule["way"]](self, code, rule) if self.filing.adjudication in UNDECIDED else []

    def story(self, code: StatusCode, words: str) -> Story:
        facts = {
            "category": code.category,
            "code": code.code,
            "entity": code.entity,
            "filing": self.filing.id,
        }
        return Story(f"{code.category}: {words}", facts)

    def moved(self, event: Event, story: Story, until: datetime | None) -> list[Change]:
        if not lifecycle.allows(self.claim, event, self.filing):
            return []
        return [Change(self.claim, event, story, filing=self.filing, next_action_at=until)]

    @property
    def alarm(self) -> datetime:
        return alarm_at(self.session, self.filing, self.cadence, self.act.at.business)

    @property
    def sent(self) -> datetime:
        return self.filing.sent_at or self.filing.accepted_at or self.filing.created_at

    def in_a_row(self, *categories: str) -> int:
        """How many answers up to this one were of these categories."""
        self.session.flush()  # this answer counts too
        query = select(StatusCheck.category).where(StatusCheck.filing_id == self.filing.id)
        rows = self.session.exec(query.order_by(col(StatusCheck.id).desc()))
        return sum(1 for _ in takewhile(lambda category: category in categories, rows))

    def learn(self, answer: Answer277) -> list[Change]:
        """The payer's number for the claim (REF*1K): a first one, or that of a revised claim (F3)."""
        told = next((r.value for r in answer.references if r.qualifier == "1K" and r.value), None)
        before, revised = self.filing.icn, answer.statuses[0].category.startswith("F3")
        if told is None or told == before or (before and not revised):
            return []
        self.filing.icn = told
        self.session.add(self.filing)
        facts = {"filing": self.filing.id, "icn": told, "before": before}
        return [Change(self.claim, "number_learned", Story("the payer's number", facts), filing=self.filing)]

    def item(
        self,
        queue: Queue,
        kind: str,
        reason: str,
        *,
        subject: str = "",
        due_at: datetime | None = None,
        options: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Work beside the claim, which goes on waiting for its payer."""
        about = None if subject else self.claim
        subject = subject or f"claim:{self.claim.id}"
        work.open_item(
            self.session,
            self.act,
            queue=queue,
            kind=kind,
            reason=reason,
            subject=subject,
            claim=about,
            due_at=due_at,
            options=options,
        )


Rule = Mapping[str, Any]
_AGAIN = ({"id": "ask_status", "title": "It is mended: ask the payer again"},)
_NOT_FOUND = (
    {"id": "wait", "title": "The payer has it after all: wait on"},
    {"id": "never", "title": "The payer never had it: send it again"},
)


def _pending(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    return asked.moved(Event.STATUS_PENDING, asked.story(code, rule["words"]), asked.alarm)


def _wait(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    """Not yet with those who decide: two days are usual, then somebody asks."""
    sent = asked.sent
    if "late" in rule and asked.act.at.business - sent >= FOUND_WITHIN:
        reason = f"{code.category}: {rule['words']}, though it was sent on {sent:%Y-%m-%d}: {rule['late']}."
        asked.item(Queue.FOLLOW_UP, "status_not_accepted", reason)
    return []


def _noted(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    """Accepted, or split: the claim's history keeps it, and it is waited on."""
    return [Change(asked.claim, "status_noted", asked.story(code, rule["words"]), filing=asked.filing)]


def _info(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    if records.under_way(asked.session, asked.filing, asked.act.at.business):
        return []
    due = asked.act.at.business + timedelta(days=rule["days"])
    reason = f"{code.category}:{code.code} {rule['words']}. Without it the claim will be denied."
    asked.item(Queue(rule["queue"]), "records_requested", reason, due_at=due, options=records.OPTIONS)
    return asked.moved(Event.STATUS_INFO_REQUESTED, asked.story(code, rule["words"]), asked.alarm)


def _final(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    asked.filing.status_due_at = None
    until = asked.act.at.business + MONEY_WITHIN
    return asked.moved(Event.STATUS_FINAL, asked.story(code, rule["words"]), until)


def _rejected(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    facts = asked.story(code, rule["words"]).facts
    event = Event.REJECTED_PAYER
    return reject(
        asked.session,
        asked.act,
        asked.claim,
        asked.filing,
        event,
        category=code.category,
        code=code.code,
        facts=facts,
    )


def _not_found(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    """Not a rejection: the payer may not have it yet; later a person looks at the receipts."""
    sent = asked.sent
    if asked.act.at.business - sent < FOUND_WITHIN:
        asked.filing.status_due_at = sent + FOUND_WITHIN
        return []
    reason = f"{code.category}: {rule['words']}, though it was sent on {sent:%Y-%m-%d}: show the receipts."
    asked.item(Queue.FOLLOW_UP, "status_not_found", reason, options=_NOT_FOUND)
    return []


def _search(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    """It is asked once more, with fewer details over more days; found nothing again, a person looks."""
    if asked.in_a_row("D0") < 2:
        asked.filing.status_due_at = asked.act.at.business + SEARCH_AGAIN
        return []
    asked.item(Queue.FOLLOW_UP, "status_search_unsuccessful", f"{code.category}: {rule['words']}.")
    return []


def _request(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    """Nothing is asked until somebody has corrected the question."""
    asked.filing.status_due_at = None
    reason = f"{code.category}:{code.code} {rule['words']}: correct it before it is asked again."
    asked.item(Queue.OPERATIONS, "status_question", reason, options=_AGAIN)
    return []


def _config(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    """One item for the payer: none of its claims is asked after until it is mended."""
    asked.filing.status_due_at = None
    reason = f"{code.category}:{code.code} {rule['words']} ({asked.filing.payer_id})."
    subject = f"payer:{asked.filing.payer_id}"
    asked.item(Queue.OPERATIONS, "status_setup", reason, subject=subject, options=_AGAIN)
    return []


def _transport(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    """Says nothing of the claim: asked again, each time after twice as long, at most a day."""
    tries = asked.in_a_row("E1", "E2")
    asked.filing.status_due_at = asked.act.at.business + min(ASK_AGAIN * 2 ** (tries - 1), LONGEST_PAUSE)
    return []


def _unknown(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    asked.item(Queue.FOLLOW_UP, "status_unknown", f"{code.category}:{code.code}: {rule['words']}.")
    return []


_WAYS: dict[str, Callable[[Asked, StatusCode, Rule], list[Change]]] = {
    "config": _config,
    "final": _final,
    "info": _info,
    "not_found": _not_found,
    "noted": _noted,
    "pending": _pending,
    "rejected": _rejected,
    "request": _request,
    "search": _search,
    "transport": _transport,
    "unknown": _unknown,
    "wait": _wait,
}


def rule_of(category: str) -> Rule:
    """The row of a category: its own, else its letter's, else that of the unknown."""
    table = _table()
    return table.get(category) or table.get(category[:1]) or table["other"]


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("claims").joinpath("status.toml").read_text("utf-8"))
