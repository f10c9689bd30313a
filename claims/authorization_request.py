"""Asking a payer for an authorization (278), asking after it (X215), and what its answer says of the request.

A request is not safe to repeat: it is committed before it is sent, and while it has no answer the payer is
asked whether it has it. Only where it says that it has not, or surely never got it, is it sent again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from claims.authorization_record import ALL
from claims.bundle import Bundle
from claims.codes import code_set
from claims.eligibility import DEPENDENTS, ORIGINATOR
from claims.errors import BadInput
from claims.events import Act
from claims.model import Authorization, AuthorizationState, Claim
from claims.parties import SELF, patient_party, payer_party, provider_party, subscriber_party
from claims.x12.eligibility import Reject
from claims.x12.parts import HealthCode, Period, Procedure, Reference, Trace, period, reference
from claims.x12.review278 import PENDED, PatientEvent, Review278, ReviewedService, ReviewInfo
from config.payers import PayerProfile

State = AuthorizationState

DENIED, REFUSED, PENDING = "authorization_denied", "authorization_refused", "authorization_pending"
OPEN = (State.WANTED, State.ASKED, State.PENDED)
"""Requests that the payer has still to answer."""

HEALTH_SERVICES, INITIAL = "HS", "I"
OTHER_DEPENDENT = "G8"
NO_NEED = "NA"
NO_SUCH_REQUEST = "AA"
"""AAA03 of an answer to an inquiry: the payer finds no such request."""

ASK_AGAIN, LOOK_AGAIN = timedelta(hours=4), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing is decided; ask again then."""

    why: str
    pause: timedelta


def latest(session: Session, claim: Claim) -> Authorization | None:
    """The claim's latest request to its payer."""
    return session.exec(
        select(Authorization)
        .where(Authorization.claim_id == claim.id, Authorization.trace != "")
        .order_by(col(Authorization.opened_at).desc(), col(Authorization.id).desc())
    ).first()


def open_requests(session: Session, claim_ids: Sequence[str]) -> dict[str, str]:
    """Request by claim, of those that the payer has still to answer."""
    rows = session.exec(
        select(Authorization)
        .where(col(Authorization.claim_id).in_(claim_ids), col(Authorization.state).in_(OPEN))
        .order_by(col(Authorization.opened_at))
    )
    return {row.claim_id: row.id for row in rows if row.claim_id and row.trace}


def want(session: Session, act: Act, bundle: Bundle, codes: Sequence[str]) -> Authorization:
    """A new request, not yet sent. Raises BadInput for a claim that cannot be asked about."""
    if bundle.coverage is None or bundle.billing is None:
        tip = "Enter the coverage and the billing provider."
        raise BadInput("The claim has no coverage or no billing provider to ask with.", tip=tip)
    row = Authorization(
        coverage_id=bundle.coverage.id,
        payer_id=bundle.coverage.payer_id,
        claim_id=bundle.claim.id,
        codes=list(codes),
        opened_at=act.at.business,
    )
    row.trace = row.id.upper()
    session.add(row)
    session.flush()
    return row


def review(row: Authorization, bundle: Bundle, profile: PayerProfile, *, inquiry: bool) -> Review278:
    """What the 278 says; an ``inquiry`` names the request without its services."""
    coverage, billing = bundle.coverage, bundle.billing
    if coverage is None or billing is None:
        raise BadInput("The claim has lost its coverage or its billing provider.", tip="Enter it again.")
    relation = coverage.relationship
    return Review278(
        payer=payer_party(profile.id, profile.name, "X3"),
        requester=provider_party("1P", billing),
        subscriber=subscriber_party(bundle.patient, coverage),
        dependent=None if relation == SELF else patient_party("QC", bundle.patient),
        relationship="" if relation == SELF else DEPENDENTS.get(relation, OTHER_DEPENDENT),
        event=_event(row, bundle, inquiry=inquiry),
    )


def _event(row: Authorization, bundle: Bundle, *, inquiry: bool) -> PatientEvent:
    claim = bundle.claim
    qualifier = "A" if claim.form == "I" else "B"
    known = (Reference("NT", row.reference),) if row.reference and inquiry else ()
    rendering = () if inquiry or bundle.rendering is None else (provider_party("SJ", bundle.rendering),)
    return PatientEvent(
        info=ReviewInfo(HEALTH_SERVICES, INITIAL, "", claim.facility_code or "", qualifier),
        traces=(Trace("1", row.trace, ORIGINATOR),),
        references=known,
        dates=(_span("AAH", claim.from_date, claim.through_date),),
        codes=tuple(HealthCode(each.qualifier, each.code) for each in bundle.diagnoses if each.qualifier),
        providers=rendering,
        services=() if inquiry else tuple(_services(row, bundle)),
    )


def _span(qualifier: str, first: date, last: date) -> Period:
    return Period(qualifier, first, last if last != first else None)


def _services(row: Authorization, bundle: Bundle) -> Iterator[ReviewedService]:
    for line in bundle.lines:
        if line.procedure_code in row.codes:
            yield ReviewedService(
                "SV2" if bundle.claim.form == "I" else "SV1",
                procedure=Procedure(line.procedure_code or "", tuple(line.modifiers)),
                revenue_code=line.revenue_code or "" if bundle.claim.form == "I" else "",
                charge=line.charge,
                unit=line.unit_kind,
                quantity=_short(line.units),
                dates=(_span("472", line.from_date, line.through_date),),
            )


def answer(
    row: Authorization, reviews: Sequence[Review278], act: Act, profile: PayerProfile, *, inquiry: bool
) -> Later | None:
    """Write the payer's word into the row; Later while it has not decided."""
    found = next((each for each in reviews if _is_about(each, row)), None)
    if found is None:
        return Later("the payer's answer does not speak of the request", ASK_AGAIN)
    row.answered_at = act.at.business
    if found.decision is None:
        return _rejected(row, found.all_rejects, inquiry=inquiry)
    row.reasons = list(found.decision.reasons)
    if found.event is not None:
        row.reference = reference(found.event.references, "NT") or row.reference
    if found.decision.is_certified and found.event is not None:
        _certified(row, found.event, found.decision.number)
    elif found.decision.action == PENDED:
        return _pended(row, act, profile)
    elif found.decision.action == NO_NEED:
        row.state = State.NOT_NEEDED
    else:
        row.state, row.reasons = State.DENIED, [found.decision.action, *found.decision.reasons]
    return None


def _pended(row: Authorization, act: Act, profile: PayerProfile) -> Later | None:
    """Under review: asked after each day, and a person's work when it takes too long."""
    row.state = State.PENDED
    days = profile.authorization.decision_days if profile.authorization else LOOK_AGAIN.days
    if row.asked_at and act.at.business - row.asked_at > timedelta(days):
        return None
    return Later("the payer reviews the request for an authorization", LOOK_AGAIN)


def _is_about(found: Review278, row: Authorization) -> bool:
    """The answer has the request's trace, or refuses the whole file above the events."""
    if found.event is None or not found.event.traces:
        return bool(found.all_rejects)
    return any(trace.number == row.trace for trace in found.event.traces)


def _rejected(row: Authorization, rejects: Sequence[Reject], *, inquiry: bool) -> Later | None:
    """AAA: later; not known to the payer, so it is sent again; or for a person."""
    if not rejects:
        return Later("the payer's answer decides nothing", ASK_AGAIN)
    reason = rejects[0].reason
    rows = code_set("reject_reason").rows.get(reason)
    if rows and rows[0].more["retry"] == "1":
        row.state = row.state if inquiry else State.WANTED
        return Later("the payer cannot answer now", ASK_AGAIN)
    if inquiry and reason == NO_SUCH_REQUEST:
        row.state = State.WANTED
        return Later("the payer never had the request: it is sent again", timedelta(0))
    row.state, row.reasons = State.REFUSED, [reason]
    return None


def _certified(row: Authorization, event: PatientEvent, number: str) -> None:
    row.state = State.GRANTED
    numbers = [number, *(s.decision.number for s in event.services if s.decision)]
    row.number = next((each for each in numbers if each), None)
    row.units = {code: f"{_short(units):f}" for code, units in _units(event)}
    dates = [*event.dates, *(each for service in event.services for each in service.dates)]
    valid, until = period(dates, "007"), period(dates, "036")
    row.valid_from = valid.start if valid else None
    row.valid_to = (valid.end if valid else None) or (until.start if until else None)


def _units(event: PatientEvent) -> Iterator[tuple[str, Decimal]]:
    """Granted units by code; those of the event as a whole hold for all codes together."""
    if event.delivery is not None and event.delivery.quantity is not None:
        yield ALL, event.delivery.quantity
    for service in event.services:
        granted = service.delivery.quantity if service.delivery else service.quantity
        refused = service.decision is not None and not service.decision.is_certified
        if service.procedure is not None and (refused or granted is not None):
            yield service.procedure.code, Decimal(0) if refused or granted is None else granted


def _short(units: Decimal) -> Decimal:
    """Without zeros behind the point: the database keeps three places."""
    return Decimal(f"{units.normalize():f}")


def kind_of(row: Authorization) -> str:
    """The kind of work that the payer's word makes."""
    return {State.DENIED: DENIED, State.REFUSED: REFUSED}.get(row.state, PENDING)


def told(row: Authorization) -> str:
    """What the payer said, for people."""
    codes = ", ".join(row.codes)
    if row.state is State.DENIED:
        said = ", ".join(row.reasons) or "no reason given"
        return f"{row.payer_id} does not authorize {codes} ({said})."
    if row.state is State.REFUSED:
        return f"{row.payer_id} does not take the request for {codes}. {_advice(row.reasons)}"
    since = f" since {row.asked_at:%Y-%m-%d}" if row.asked_at else ""
    return f"{row.payer_id} has been reviewing the request for {codes}{since}: call it."


def _advice(reasons: Sequence[str]) -> str:
    reason = reasons[0] if reasons else ""
    rows = code_set("reject_reason").rows.get(reason)
    if not rows:
        return f"It could not be asked that way ({reason}): ask by telephone or portal."
    return f"AAA {reason}: {rows[0].more['words']}. {rows[0].more['tip']}"
