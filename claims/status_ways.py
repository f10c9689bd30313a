"""What each kind of status answer does to its claim, by ``status.toml`` (domain rules, sections 3 and 4)."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from sqlmodel import Session

from claims import lifecycle, records, work
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Adjudication, Claim, Filing, Queue, StatusCheck
from claims.rejections import reject
from claims.transitions import Event
from claims.x12.status import StatusCode
from config.payers import Cadence

UNDECIDED = (Adjudication.NONE, Adjudication.PENDING, Adjudication.INFO_REQUESTED)
ASK_AGAIN = timedelta(hours=4)
"""After the payer's system did not answer (E1, E2)."""
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
        start = self.filing.accepted_at or self.act.at.business
        return start + timedelta(days=self.cadence.person_after_days)

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


def _pending(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    return asked.moved(Event.STATUS_PENDING, asked.story(code, rule["words"]), asked.alarm)


def _wait(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    return []


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
    sent = asked.filing.sent_at or asked.filing.accepted_at or asked.filing.created_at
    if asked.act.at.business - sent < FOUND_WITHIN:
        asked.filing.status_due_at = sent + FOUND_WITHIN
        return []
    reason = f"{code.category}: {rule['words']}, though it was sent on {sent:%Y-%m-%d}: show the receipts."
    asked.item(Queue.FOLLOW_UP, "status_not_found", reason)
    return []


def _search(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    asked.item(Queue.FOLLOW_UP, "status_search_unsuccessful", f"{code.category}: {rule['words']}.")
    return []


def _request(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    reason = f"{code.category}:{code.code} {rule['words']}: correct it before it is asked again."
    asked.item(Queue.OPERATIONS, "status_question", reason)
    return []


def _config(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    reason = f"{code.category}:{code.code} {rule['words']} ({asked.filing.payer_id})."
    asked.item(Queue.OPERATIONS, "status_setup", reason, subject=f"payer:{asked.filing.payer_id}")
    return []


def _transport(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    asked.filing.status_due_at = asked.act.at.business + ASK_AGAIN
    return []


def _unknown(asked: Asked, code: StatusCode, rule: Rule) -> list[Change]:
    asked.item(Queue.FOLLOW_UP, "status_unknown", f"{code.category}:{code.code}: {rule['words']}.")
    return []


_WAYS: dict[str, Callable[[Asked, StatusCode, Rule], list[Change]]] = {
    "config": _config,
    "final": _final,
    "info": _info,
    "not_found": _not_found,
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
