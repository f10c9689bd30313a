"""Prior authorizations: what a payer was asked by 278 or by a person, and what it granted."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from claims.model.fields import choice, clear_json, instant, key, ref


class AuthorizationState(StrEnum):
    """``wanted`` was surely not taken yet; ``asked`` may have arrived; ``pended`` is under review."""

    WANTED = "wanted"
    ASKED = "asked"
    PENDED = "pended"
    GRANTED = "granted"
    DENIED = "denied"
    REFUSED = "refused"
    NOT_NEEDED = "not_needed"


class Authorization(SQLModel, table=True):
    """One authorization under one coverage. A request is committed before it is sent.

    ``codes`` are those that it is about (* at the end: a family), ``units`` what was granted by code ("*" for
    all together), as text. What is used of them is counted from the claims that carry the number.
    """

    __tablename__ = "prior_authorization"

    id: str = key()
    coverage_id: str = ref("coverage.id")
    payer_id: str = ref("payer.id")
    claim_id: str | None = ref("claim.id", nullable=True)
    exchange_id: str | None = ref("exchange.id", nullable=True)
    trace: str = Field(default="", index=True, description="TRN02 of the 278: comes back in the answer")
    state: AuthorizationState = choice(AuthorizationState, default=AuthorizationState.WANTED)
    codes: list[str] = clear_json(list)
    number: str | None = Field(default=None, index=True, description="the certification's number, HCR02")
    reference: str | None = Field(default=None, description="REF*NT, the payer's own number of the request")
    units: dict[str, Any] = clear_json(dict)
    valid_from: date | None = None
    valid_to: date | None = None
    reasons: list[str] = clear_json(list)
    entered_by: str | None = Field(default=None, description="who entered it; null where the payer answered")
    opened_at: datetime = instant()
    asked_at: datetime | None = instant(nullable=True)
    answered_at: datetime | None = instant(nullable=True)
