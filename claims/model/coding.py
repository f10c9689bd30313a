"""The coding review: questions to clinicians, accepted findings, and audits of finished coding."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from claims.model.fields import choice, clear_json, instant, key, ref, secret


class QueryState(StrEnum):
    """``answered`` waits for a coder to take it into the codes; then it is ``used``."""

    OPEN = "open"
    ANSWERED = "answered"
    USED = "used"
    WITHDRAWN = "withdrawn"


class ClinicianQuery(SQLModel, table=True):
    """A coder's question to a clinician about the record of one visit; its words are encrypted.

    ``held_before`` is the reason of the hold that the question took the place of.
    """

    __tablename__ = "clinician_query"

    id: str = key()
    claim_id: str = ref("claim.id")
    kind: str = Field(description="a kind of claims/coding/kinds.toml")
    fields: list[str] = clear_json(list)
    provider_id: str | None = ref("provider.id", nullable=True)
    asked_by: str
    asked_of: str | None = Field(
        default=None, description="the user who is to answer; any clinician if empty"
    )
    question: str | None = secret("clinician_query.question")
    choices: str | None = secret("clinician_query.choices")
    state: QueryState = choice(QueryState, default=QueryState.OPEN)
    held_before: str | None = None
    escalations: int = 0
    due_at: datetime = instant(index=True)
    asked_at: datetime = instant()
    answer: str | None = secret("clinician_query.answer")
    answered_by: str | None = None
    closed_at: datetime | None = instant(nullable=True)


class AcceptedFinding(SQLModel, table=True):
    """A finding that a person with the role for it accepts on one claim, for a reason; an override.

    ``place`` is a keyed hash of what the edit said: when the claim changes so that it says something else,
    the finding is back.
    """

    __tablename__ = "accepted_finding"
    __table_args__ = (UniqueConstraint("claim_id", "edit", "place"),)

    id: str = key()
    claim_id: str = ref("claim.id", index=False)
    edit: str
    place: str = Field(max_length=64)
    reason: str = Field(description="a reason of claims/coding/reasons.toml")
    note: str | None = secret("accepted_finding.note")
    actor: str
    at: datetime = instant()


class Verdict(StrEnum):
    OPEN = "open"
    AGREE = "agree"
    DISAGREE = "disagree"


class CodingAudit(SQLModel, table=True):
    """One claim whose coding a second person looks at. ``codes`` are those of the day it was drawn.

    ``errors`` has a row for each code that the reviewer would have set otherwise: family, kind, field, was,
    should. ``picture`` has the figures of the pattern for which the claim was drawn.
    """

    __tablename__ = "coding_audit"
    __table_args__ = (UniqueConstraint("claim_id", "drawn_on"),)

    id: str = key()
    claim_id: str = ref("claim.id", index=False)
    drawn_on: date
    coder: str = Field(index=True, description="a user's name, or clinician:<NPI> where nobody here coded")
    chosen_for: str = Field(description="sample, or the measure that stood out")
    codes: list[dict[str, Any]] = clear_json(list)
    picture: dict[str, Any] = clear_json(dict)
    verdict: Verdict = choice(Verdict, default=Verdict.OPEN)
    errors: list[dict[str, Any]] = clear_json(list)
    reviewer: str | None = None
    note: str | None = secret("coding_audit.note")
    closed_at: datetime | None = instant(nullable=True)
