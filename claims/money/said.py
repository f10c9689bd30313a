"""What a payer said of one claim in an 835, without a name or a member id: kept in clear beside the postings.

It is all that posting, a later match by hand, and the next payer's claim (2320, 2430) need.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter

from claims.x12 import parts
from claims.x12.record import record
from claims.x12.remit835 import RemitClaim, RemitService

ZERO = Decimal("0.00")
REVERSAL = "22"
CROSSOVER_REMARKS = frozenset({"MA07", "MA18", "N89"})
"""Forwarded to Medicaid, to the supplemental insurer, to several payers."""

_STATUSES = ("1", "2", "3", "4", "19", "20", "21", "22", "23", "25")


@record
class Adjustment:
    """One CAS triplet; a positive amount reduces the payment."""

    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None


@record
class SaidLine:
    """One SVC. ``control`` is REF*6R, ``day`` the first day of service, ``line_id`` our line."""

    code: str
    charge: Decimal
    paid: Decimal
    modifiers: tuple[str, ...] = ()
    qualifier: str = "HC"
    submitted_code: str = ""
    revenue_code: str = ""
    units: Decimal | None = None
    day: date | None = None
    control: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    line_id: str | None = None


@record
class Said:
    """One CLP. ``adjustments`` and ``remarks`` are those of the claim level."""

    pcn: str
    status: str
    charge: Decimal
    paid: Decimal
    icn: str = ""
    patient: Decimal = ZERO
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[SaidLine, ...] = ()
    crossed_over: bool = False
    frequency: str = ""

    @property
    def is_reversal(self) -> bool:
        return self.status == REVERSAL

    @property
    def tells_no_money(self) -> bool:
        """CLP02 23 (not our claim, forwarded) and 25 (predetermination) decide nothing."""
        return self.status in ("23", "25")

    @property
    def every_adjustment(self) -> list[tuple[SaidLine | None, Adjustment]]:
        """Claim level first, then line by line."""
        own: list[tuple[SaidLine | None, Adjustment]] = [(None, each) for each in self.adjustments]
        return own + [(line, each) for line in self.lines for each in line.adjustments]


def strange(what: Said) -> str:
    """Why a person must look before it is posted, whatever it matches; empty for what a guide allows."""
    if what.status not in _STATUSES:
        return f"has a claim status (CLP02 {what.status or 'missing'}) that no guide knows"
    below = what.charge < 0 or what.paid < 0
    if below and not what.is_reversal:
        return "takes money back without saying that it is a reversal (CLP02 22)"
    return ""


def body_of(what: Said) -> dict[str, Any]:
    """As `RemittanceClaim.body` keeps it."""
    return cast(dict[str, Any], _adapter().dump_python(what, mode="json"))


def said_of(body: Mapping[str, Any]) -> Said:
    """What was kept."""
    return _adapter().validate_python(body)


@cache
def _adapter() -> TypeAdapter[Said]:
    return TypeAdapter(Said)


def said(claim: RemitClaim) -> Said:
    """The CLP as it will be kept."""
    return Said(
        pcn=claim.pcn,
        status=claim.status,
        icn=claim.icn,
        charge=claim.charge,
        paid=claim.paid,
        patient=claim.patient_responsibility or ZERO,
        adjustments=_adjustments(claim.adjustments),
        remarks=claim.remarks,
        lines=tuple(_line(service) for service in claim.services),
        frequency=claim.frequency,
        crossed_over=claim.crossed_over or not CROSSOVER_REMARKS.isdisjoint(claim.remarks),
    )


def _line(service: RemitService) -> SaidLine:
    day = parts.period(service.dates, "472", "150")
    return SaidLine(
        code=service.procedure.code,
        modifiers=service.procedure.modifiers,
        qualifier=service.procedure.qualifier,
        submitted_code=service.submitted.code if service.submitted else "",
        revenue_code=service.revenue_code,
        units=service.quantity,
        charge=service.charge,
        paid=service.paid,
        day=day.start if day else None,
        control=service.control_number,
        adjustments=_adjustments(service.adjustments),
        remarks=tuple(remark.code for remark in service.remarks if remark.qualifier == "HE"),
    )


def _adjustments(adjustments: tuple[parts.Adjustment, ...]) -> tuple[Adjustment, ...]:
    return tuple(
        Adjustment(group=each.group, reason=each.reason, amount=each.amount, quantity=each.quantity)
        for each in adjustments
    )
