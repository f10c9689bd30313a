"""Authorizations on record: entered by people or granted by payers, and what is left of them.

What was used is not booked anywhere: it is counted from the lines of the claims that carry the number and
are past authorization, so that corrections and voids count by themselves.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlmodel import Session, col, or_, select

from claims.authorization_needs import matches
from claims.bundle import Bundle
from claims.errors import BadInput
from claims.events import Act
from claims.model import Authorization, AuthorizationState, Claim, ClaimLine, Coverage, EventRow, Stage
from claims.model.among import among
from claims.transitions import Event

ALL = "*"
"""The key of units that are granted for all codes together."""

NOT_YET = (Stage.INTAKE, Stage.ELIGIBILITY, Stage.AUTHORIZATION)
_TIP = "Such as A123, or A123 97110=12 2026-02-01..2026-04-30 (*=12: twelve units of all codes together)."


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person enters of an authorization: its number, and as far as it is known its extent."""

    number: str
    units: Mapping[str, Decimal] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class UsedLine:
    """One line that was counted against an authorization."""

    claim_id: str
    day: date
    code: str
    units: Decimal


def terms(text: str) -> Terms:
    """``NUMBER CODE=UNITS CODE … FROM..TO`` as people type it; raises BadInput."""
    number, *rest = text.split() or [""]
    if not re.fullmatch(r"[A-Za-z0-9./-]{1,50}", number):
        raise BadInput("That is no authorization number.", tip=_TIP)
    units: dict[str, Decimal] = {}
    codes: list[str] = []
    days: tuple[date | None, date | None] = (None, None)
    for word in rest:
        if ".." in word:
            days = _days(word)
            continue
        code, _, many = word.partition("=")
        if code != ALL:
            codes.append(_code(code))
        if many:
            units[code.upper()] = _quantity(many)
    return Terms(number, units, tuple(codes), *days)


def enter(session: Session, act: Act, bundle: Bundle, given: Terms, wanted: Sequence[str]) -> Authorization:
    """Put a number on record for the claim's coverage, for ``wanted`` unless it names its codes itself.

    The same number entered again replaces what was entered before.
    """
    coverage = _coverage(bundle)
    if given.first and given.last and given.last < given.first:
        raise BadInput("The authorization ends before it begins.", tip=_TIP)
    row = find(session, bundle, given.number) or Authorization(
        coverage_id=coverage.id,
        payer_id=coverage.payer_id,
        claim_id=bundle.claim.id,
        number=given.number,
        opened_at=act.at.business,
    )
    row.state, row.entered_by, row.answered_at = AuthorizationState.GRANTED, act.actor, act.at.business
    row.codes = list(given.codes or wanted)
    row.units = {code: str(units) for code, units in given.units.items()}
    row.valid_from, row.valid_to = given.first, given.last
    session.add(row)
    session.flush()
    return row


def waive(session: Session, act: Act, bundle: Bundle, codes: Sequence[str], by: str | None) -> Authorization:
    """Keep that none is needed for these codes of the claim, as a person decided."""
    coverage = _coverage(bundle)
    row = Authorization(
        coverage_id=coverage.id,
        payer_id=coverage.payer_id,
        claim_id=bundle.claim.id,
        state=AuthorizationState.NOT_NEEDED,
        codes=list(codes),
        entered_by=by,
        opened_at=act.at.business,
        answered_at=act.at.business,
    )
    session.add(row)
    session.flush()
    return row


def waivers(session: Session, claim_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """By claim the codes for which its payer or a person said that none is needed."""
    session.flush()
    rows = session.exec(
        select(Authorization).where(
            among(col(Authorization.claim_id), claim_ids),
            Authorization.state == AuthorizationState.NOT_NEEDED,
        )
    )
    said: dict[str, frozenset[str]] = {}
    for row in rows:
        if row.claim_id:
            said[row.claim_id] = said.get(row.claim_id, frozenset()) | {*row.codes}
    return said


def find(session: Session, bundle: Bundle, number: str) -> Authorization | None:
    """The granted authorization of that number under the patient's coverages with the claim's payer."""
    return next((row for row in granted(session, bundle) if row.number == number), None)


def granted(session: Session, bundle: Bundle, *, lock: bool = True) -> Sequence[Authorization]:
    """Those on record for the patient with the claim's payer, the first to run out first.

    They are locked until the commit, so that two claims do not take the same last unit; who only looks
    takes no lock.
    """
    coverages = [each.id for each in bundle.coverages if each.payer_id == bundle.claim.payer_id]
    session.flush()
    found = (
        select(Authorization)
        .where(
            among(col(Authorization.coverage_id), coverages),
            Authorization.state == AuthorizationState.GRANTED,
            col(Authorization.number).is_not(None),
        )
        .order_by(
            col(Authorization.valid_to).is_(None), col(Authorization.valid_to), col(Authorization.opened_at)
        )
    )
    return session.exec(found.with_for_update() if lock else found).all()


def used(session: Session, row: Authorization, passed: Collection[str] = ()) -> list[UsedLine]:
    """The lines counted against it: of claims past authorization and ``passed``, not of voided ones."""
    voided = select(EventRow.subject).where(EventRow.kind == Event.VOIDED, EventRow.subject == Claim.id)
    patient = select(Coverage.patient_id).where(Coverage.id == row.coverage_id).scalar_subquery()
    found = session.exec(
        select(ClaimLine)
        .join(Claim, col(Claim.id) == col(ClaimLine.claim_id))
        .where(
            Claim.patient_id == patient,
            Claim.payer_id == row.payer_id,
            Claim.authorization_number == row.number,
            or_(col(Claim.stage).not_in(NOT_YET), col(Claim.id).in_(passed)),
            ClaimLine.number > 0,
            ~voided.exists(),
        )
        .order_by(col(ClaimLine.from_date), col(ClaimLine.id))
    )
    return [
        UsedLine(line.claim_id, line.from_date, line.procedure_code or "", line.units)
        for line in found
        if _speaks_of(row, line.procedure_code or "")
    ]


def left(row: Authorization, counted: Iterable[UsedLine]) -> dict[str, Decimal]:
    """The units that are left, by code; nothing for codes of which no number is known."""
    some = list(counted)
    rest = {}
    for code, units in row.units.items():
        taken = (each.units for each in some if code in (ALL, each.code))
        rest[code] = Decimal(units) - sum(taken, Decimal(0))
    return rest


def shortfall(
    session: Session, row: Authorization, bundle: Bundle, codes: Sequence[str], passed: Collection[str] = ()
) -> str | None:
    """Why the authorization does not cover what the claim bills of these codes, or None."""
    name = f"Authorization {row.number}"
    foreign = [code for code in codes if not _speaks_of(row, code)]
    if foreign:
        return f"{name} does not speak of {', '.join(foreign)}."
    lines = [line for line in bundle.lines if line.procedure_code in codes]
    first, last = row.valid_from or date.min, row.valid_to or date.max
    if any(line.from_date < first or line.through_date > last for line in lines):
        return f"{name} holds {_span(row)}, not on every day of the claim."
    others = [each for each in used(session, row, passed) if each.claim_id != bundle.claim.id]
    for code, rest in left(row, others).items():
        billed = sum((x.units for x in lines if code in (ALL, x.procedure_code)), Decimal(0))
        if billed > rest:
            what = "in all" if code == ALL else f"of {code}"
            there = _plain(max(rest, Decimal(0)))
            return f"{name} has {there} units {what} left, the claim bills {_plain(billed)}."
    return None


def _plain(units: Decimal) -> str:
    return f"{units.normalize():f}"


def _speaks_of(row: Authorization, code: str) -> bool:
    return not row.codes or matches(code, tuple(row.codes))


def _span(row: Authorization) -> str:
    return " ".join(
        f"{word} {day}" for word, day in (("from", row.valid_from), ("to", row.valid_to)) if day is not None
    )


def _coverage(bundle: Bundle) -> Coverage:
    if bundle.coverage is None:
        raise BadInput("The claim has no coverage to authorize it under.", tip="Enter the coverage first.")
    return bundle.coverage


def _days(word: str) -> tuple[date | None, date | None]:
    first, _, last = word.partition("..")
    try:
        return (
            date.fromisoformat(first) if first else None,
            date.fromisoformat(last) if last else None,
        )
    except ValueError as wrong:
        raise BadInput("The days of the authorization cannot be read.", tip=_TIP) from wrong


def _code(word: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]{1,5}\*?", word):
        raise BadInput("One of the codes is none.", tip=_TIP)
    return word.upper()


def _quantity(many: str) -> Decimal:
    try:
        units = Decimal(many)
    except InvalidOperation:
        units = Decimal(0)
    if not units.is_finite() or units <= 0:
        raise BadInput("Units are a number above 0.", tip=_TIP)
    return units
