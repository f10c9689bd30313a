"""What people have to do: typed tasks in queues, each with an owner's place and a due date."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from claims.model.fields import choice, clear_json, instant, key, ref, secret
from claims.model.types import Json


class Queue(StrEnum):
    CODING = "coding"
    CLINICIAN = "clinician"
    AUDIT = "audit"
    BILLING = "billing"
    FRONT_DESK = "front_desk"
    AUTHORIZATION = "authorization"
    DENIALS = "denials"
    FOLLOW_UP = "follow_up"
    OPERATIONS = "operations"


class WorkState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    CANCELLED = "cancelled"


class WorkItem(SQLModel, table=True):
    """One thing for one person to decide or to do. Its options are data, so any front end can offer them."""

    __tablename__ = "work_item"

    id: str = key()
    claim_id: str | None = ref("claim.id", nullable=True)
    subject: str = Field(default="", description="claim:…, batch:…, remittance:…, file:…")
    queue: Queue = choice(Queue)
    kind: str = Field(description="missing_field, coverage_inactive, rejected, denial, appeal_approval …")
    reason: str = Field(description="what is wrong, in plain words without patient data")
    fields: list[str] = clear_json(list)
    options: list[dict[str, Any]] = clear_json(list)
    findings: list[dict[str, Any]] | None = Field(
        default=None, sa_column=Column(Json(), nullable=True), description="what the edits found, in clear"
    )
    note: str | None = secret("work_item.note")
    state: WorkState = choice(WorkState, default=WorkState.OPEN)
    owner: str | None = None
    resolution: str = ""
    due_at: datetime | None = instant(nullable=True, index=True)
    created_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)
