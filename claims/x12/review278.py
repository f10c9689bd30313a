"""Prior authorization: 278 request and response, 005010X217, and the inquiry about one, 005010X215.

One ``Review278`` is one patient event that is to be reviewed, with its services; in a response, what the
payer's utilization management (UMO) decided. A payer that refuses the request as such stops at a level above.
``segment`` is where a loop began in the file that was read; it does not count in comparisons.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from claims.x12.dental import DentalService
from claims.x12.eligibility import Reject
from claims.x12.parts import Attachment, Extra, HealthCode, Party, Period, Procedure, Reference, Trace

# HCR01: wholly, in part, with changes.
CERTIFIED = ("A1", "A2", "A6")
PENDED = "A4"


@dataclass(frozen=True, slots=True)
class ReviewInfo:
    """UM: what is asked for.

    ``category`` UM01 (HS health services, AR admission, SC referral, IN individual), ``certification`` UM02
    (I initial, R renewal, S revised, 3 cancel), ``service_type`` UM03, place UM04, ``level_of_service`` UM06
    (03 emergency, U urgent, E elective).
    """

    category: str
    certification: str = "I"
    service_type: str = ""
    place_of_service: str = ""
    facility_qualifier: str = ""
    related_causes: tuple[str, ...] = ()
    level_of_service: str = ""
    health_condition: str = ""
    prognosis: str = ""
    release: str = ""
    delay_reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """HCR: what was decided.

    ``action`` A1 certified, A2 in part, A6 modified, A3 not certified, A4 pended, CT contact the payer, NA no
    need, C cancelled; ``number`` is the certification's, ``reasons`` are of code list 886.
    """

    action: str
    number: str = ""
    reasons: tuple[str, ...] = ()
    second_opinion: str = ""

    @property
    def is_certified(self) -> bool:
        """Wholly, in part or with changes."""
        return self.action in CERTIFIED


@dataclass(frozen=True, slots=True)
class Delivery:
    """HSD: how much (``quantity`` of VS visits, DY days, UN units …), how often, over which time."""

    unit: str = ""
    quantity: Decimal | None = None
    frequency_unit: str = ""
    frequency: Decimal | None = None
    period: str = ""
    periods: Decimal | None = None
    pattern: str = ""
    time_of_day: str = ""


@dataclass(frozen=True, slots=True)
class ReviewedService:
    """Loop 2000F: one service of the event. ``segment_id`` is SV1, SV2, SV3, or empty when none stands.

    ``rest`` are the elements of that segment behind the ones named here.
    """

    segment_id: str = ""
    procedure: Procedure | None = None
    revenue_code: str = ""
    charge: Decimal | None = None
    unit: str = ""
    quantity: Decimal | None = None
    rest: tuple[str, ...] = ()
    dental: DentalService | None = None
    traces: tuple[Trace, ...] = ()
    rejects: tuple[Reject, ...] = ()
    info: ReviewInfo | None = None
    decision: Decision | None = None
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    codes: tuple[HealthCode, ...] = ()
    delivery: Delivery | None = None
    attachments: tuple[Attachment, ...] = ()
    messages: tuple[str, ...] = ()
    providers: tuple[Party, ...] = ()
    extra: tuple[Extra, ...] = ()
    segment: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PatientEvent:
    """Loop 2000E: what is reviewed. Dates: AAH event, 435 admission, 007 and 036 certified from and to."""

    info: ReviewInfo | None = None
    decision: Decision | None = None
    traces: tuple[Trace, ...] = ()
    rejects: tuple[Reject, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Period, ...] = ()
    codes: tuple[HealthCode, ...] = ()
    delivery: Delivery | None = None
    attachments: tuple[Attachment, ...] = ()
    messages: tuple[str, ...] = ()
    providers: tuple[Party, ...] = ()
    services: tuple[ReviewedService, ...] = ()
    extra: tuple[Extra, ...] = ()
    segment: int = field(default=0, compare=False)

    @property
    def nodes(self) -> "tuple[PatientEvent | ReviewedService, ...]":
        """The event itself, then its services: each may have a decision."""
        return (self, *self.services)


@dataclass(frozen=True, slots=True)
class Review278:
    """Who asks whom about which patient's event. ``payer`` is the UMO (NM1*X3), ``relationship`` INS02."""

    payer: Party
    requester: Party | None = None
    subscriber: Party | None = None
    dependent: Party | None = None
    relationship: str = ""
    rejects: tuple[Reject, ...] = ()
    event: PatientEvent | None = None

    @property
    def decision(self) -> Decision | None:
        """The event's decision, else that of its first service that has one."""
        if self.event is None:
            return None
        return self.event.decision or next((s.decision for s in self.event.services if s.decision), None)

    @property
    def all_rejects(self) -> tuple[Reject, ...]:
        """Every AAA, down to the services."""
        if self.event is None:
            return self.rejects
        nodes = self.event.nodes
        below = [each for node in nodes for each in (*node.rejects, *_of_providers(node.providers))]
        return self.rejects + tuple(below)


def _of_providers(providers: tuple[Party, ...]) -> Iterator[Reject]:
    """What the payer refused of a provider: the AAA that its NM1 loop keeps."""
    for party in providers:
        for each in party.extra:
            if each.elements[0] == "AAA":
                valid, _, reason, follow_up = (*each.elements[1:], "", "", "", "")[:4]
                yield Reject(reason, follow_up, "2010E", valid)
