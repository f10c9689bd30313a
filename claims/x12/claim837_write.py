"""Claims to an 837 transaction: the HL tree is built from claims that share what stands above them."""

from collections.abc import Sequence
from typing import TypeVar

from claims.x12.claim837 import Billing, Claim837, Coverage, Header837, Patient, PatientInfo, Subscriber
from claims.x12.claim837_lines import claim_lines, sbr
from claims.x12.interchange import Outgoing
from claims.x12.loops import Levels, hl, put_back
from claims.x12.parts import Party
from claims.x12.parts_io import party
from claims.x12.rendering import line
from claims.x12.values import of_day, of_moment, of_number

CLAIMS_PER_PATIENT = 100
Level = Billing | Subscriber | Patient
Levelled = TypeVar("Levelled", Billing, Subscriber, Patient)


def write_837(header: Header837, claims: Sequence[Claim837]) -> Outgoing:
    """One transaction, professional, institutional or dental as its first claim is.

    Neighbours with the same billing provider, subscriber, payer or patient share an HL: sort them first.
    """
    writer = _Writer()
    writer.header(header)
    for claim in claims:
        writer.claim(claim)
    return Outgoing(_kind(claims[0]) if claims else "837P", writer.lines)


def _kind(claim: Claim837) -> str:
    return "837D" if claim.dental is not None else "837I" if claim.institutional else "837P"


def header_lines(header: Header837, lines: list[str]) -> None:
    """BHT, 1000A, 1000B."""
    day, time = of_moment(header.created)
    lines.append(line("BHT", "0019", header.purpose, header.reference, day, header.time or time, header.kind))
    put_back(lines, 0, header.extra)
    party(header.submitter, lines)
    party(header.receiver, lines)


class _Writer:
    """Opens a level where a claim has another one than the claim before it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._levels = Levels(self.lines)
        self._billing: Billing | None = None
        self._subscriber: Subscriber | None = None
        self._payer: Party | None = None
        self._patient: Patient | None = None
        self._numbers = ("", "")
        self._subscriber_hl = self._claims = 0

    def header(self, header: Header837) -> None:
        """BHT, 1000A, 1000B."""
        header_lines(header, self.lines)
        self._levels.restore(0, header.kept)

    def claim(self, claim: Claim837) -> None:
        """Loop 2300 and all below it, with the levels above it that are not open yet."""
        if not _same(claim.billing, self._billing):
            self._open_billing(claim.billing)
        if self._needs_subscriber(claim):
            self._open_subscriber(claim)
        if claim.patient is not None and not (_same(claim.patient, self._patient) and self._has_room()):
            self._open_patient(claim.patient)
        self._patient = claim.patient
        self._claims += 1
        start = len(self.lines)
        claim_lines(claim, self.lines)
        if claim.kept:
            self._levels.restore(start, claim.kept)

    def _needs_subscriber(self, claim: Claim837) -> bool:
        """Another one, or the same one again: a claim of the own must not stand below a dependent's level."""
        other = not _same(claim.subscriber, self._subscriber) or claim.payer != self._payer
        return other or (claim.patient is None and self._patient is not None)

    def _has_room(self) -> bool:
        """The patient's level takes more claims; one that was read keeps those that it had."""
        return self._claims < CLAIMS_PER_PATIENT or bool(self._patient and self._patient.segment)

    def _open_billing(self, billing: Billing) -> None:
        start, number = len(self.lines), ""
        if not billing.is_absent:
            number = self._levels.open("", "20", True, billing.kept)
            _billing(billing, self.lines)
            self._levels.restore(start, billing.kept)
        self._billing, self._subscriber, self._patient = billing, None, None
        self._numbers = (number, number)

    def _open_subscriber(self, claim: Claim837) -> None:
        start, number = len(self.lines), self._numbers[0]
        value = claim.subscriber
        if not value.is_absent:
            number = self._levels.open(number, "22", claim.patient is not None, value.kept)
            _subscriber(value, claim.payer, self.lines)
            self._levels.restore(start, value.kept)
        self._subscriber, self._payer, self._patient = value, claim.payer, None
        self._numbers = (self._numbers[0], number)
        self._subscriber_hl = start

    def _open_patient(self, patient: Patient) -> None:
        subscriber = self._subscriber
        if subscriber and not subscriber.segment and not subscriber.is_absent:
            # HL04 of a subscriber who has claims of the own before those of a dependent.
            self.lines[self._subscriber_hl] = hl(self._numbers[1], self._numbers[0], "22", True)
        start = len(self.lines)
        self._levels.open(self._numbers[1], "23", False, patient.kept)
        _patient(patient, self.lines)
        self._levels.restore(start, patient.kept)
        self._claims = 0


def _same(one: Levelled, other: Levelled | None) -> bool:
    """The same level: what was read apart stays apart, also where it says the same."""
    return one is other or (other is not None and one.segment == other.segment and one == other)


def level_lines(value: Level, payer: Party, lines: list[str]) -> None:
    """What stands below the HL of a level, which is the last line."""
    if isinstance(value, Billing):
        _billing(value, lines)
    elif isinstance(value, Subscriber):
        _subscriber(value, payer, lines)
    else:
        _patient(value, lines)


def _billing(value: Billing, lines: list[str]) -> None:
    """Loop 2000A behind its HL."""
    start = len(lines) - 1
    if value.taxonomy:
        lines.append(line("PRV", "BI", "PXC", value.taxonomy))
    if value.currency:
        lines.append(line("CUR", "85", value.currency))
    put_back(lines, start, value.extra)
    for each in (value.provider, value.pay_to, value.pay_to_plan):
        if each is not None:
            party(each, lines)


def _subscriber(value: Subscriber, payer: Party, lines: list[str]) -> None:
    """Loop 2000B behind its HL."""
    start = len(lines) - 1
    if value.coverage != Coverage(""):
        lines.append(sbr(value.coverage))
    if value.info is not None:
        lines.append(_pat(value.info))
    put_back(lines, start, value.extra)
    for each in (value.person, payer, *value.others):
        party(each, lines)


def _patient(value: Patient, lines: list[str]) -> None:
    """Loop 2000C behind its HL."""
    start = len(lines) - 1
    lines.append(_pat(value.info))
    put_back(lines, start, value.extra)
    for each in (value.person, *value.others):
        party(each, lines)


def _pat(value: PatientInfo) -> str:
    died = ("D8", of_day(value.death_date)) if value.death_date else ("", "")
    weight = ("01", of_number(value.weight)) if value.weight is not None else ("", "")
    return line("PAT", value.relationship, "", "", "", *died, *weight, value.pregnant)
