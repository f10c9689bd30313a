"""Claims to an 837 transaction: the HL tree is built from claims that share what stands above them."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from claims.x12.claim837 import Billing, Claim837, Coverage, Header837, Patient, PatientInfo, Subscriber
from claims.x12.claim837_lines import claim_lines, sbr
from claims.x12.interchange import Outgoing
from claims.x12.kept import restore
from claims.x12.loops import Levels, put_back
from claims.x12.parts import Party
from claims.x12.parts_io import party
from claims.x12.rendering import line
from claims.x12.values import of_day, of_moment, of_number

CLAIMS_PER_PATIENT = 100
# Levels that were read apart stay apart, also where they say the same.
BILLING = attrgetter("billing", "billing.segment")
SUBSCRIBER = attrgetter("subscriber", "payer", "subscriber.segment")


def write_837(header: Header837, claims: Sequence[Claim837]) -> Outgoing:
    """One transaction, professional, institutional or dental as its first claim is.

    Neighbours with the same billing provider, subscriber, payer or patient share an HL: sort them first.
    """
    writer = _Writer()
    header_lines(header, writer.lines)
    restore(writer.lines, 0, header.kept)
    for _, members in groupby(claims, key=BILLING):
        writer.billing(list(members))
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
    def __init__(self) -> None:
        self.lines: list[str] = []
        self._levels = Levels(self.lines)

    def billing(self, claims: list[Claim837]) -> None:
        """Loop 2000A and all below it."""
        billing, number = claims[0].billing, ""
        if not billing.is_absent:
            start = len(self.lines)
            number = self._levels.open("", "20", True, billing.kept)
            billing_lines(billing, self.lines)
            restore(self.lines, start, billing.kept)
        for _, members in groupby(claims, key=SUBSCRIBER):
            self._subscriber(number, list(members))

    def _subscriber(self, parent: str, claims: list[Claim837]) -> None:
        groups = [(patient, list(members)) for patient, members in groupby(claims, key=_patient_of)]
        value, payer = claims[0].subscriber, claims[0].payer
        if not value.is_absent:
            start = len(self.lines)
            parent = self._levels.open(parent, "22", any(patient for (patient, _), _ in groups), value.kept)
            subscriber_lines(value, payer, self.lines)
            restore(self.lines, start, value.kept)
        for (patient, _), members in groups:
            # A patient who was read with more claims than the guide allows keeps them.
            most = CLAIMS_PER_PATIENT if not patient or not patient.segment else len(members)
            for at in range(0, len(members), most):
                if patient is not None:
                    self._patient(parent, patient)
                for claim in members[at : at + most]:
                    self._claim(claim)

    def _patient(self, parent: str, patient: Patient) -> None:
        start = len(self.lines)
        self._levels.open(parent, "23", False, patient.kept)
        patient_lines(patient, self.lines)
        restore(self.lines, start, patient.kept)

    def _claim(self, claim: Claim837) -> None:
        start = len(self.lines)
        claim_lines(claim, self.lines)
        if claim.kept:
            restore(self.lines, start, claim.kept)


def _patient_of(claim: Claim837) -> tuple[Patient | None, int]:
    return claim.patient, claim.patient.segment if claim.patient else 0


def billing_lines(value: Billing, lines: list[str]) -> None:
    """Loop 2000A behind its HL, which is the last line."""
    start = len(lines) - 1
    if value.taxonomy:
        lines.append(line("PRV", "BI", "PXC", value.taxonomy))
    if value.currency:
        lines.append(line("CUR", "85", value.currency))
    put_back(lines, start, value.extra)
    for each in (value.provider, value.pay_to, value.pay_to_plan):
        if each is not None:
            party(each, lines)


def subscriber_lines(value: Subscriber, payer: Party, lines: list[str]) -> None:
    """Loop 2000B behind its HL, which is the last line."""
    start = len(lines) - 1
    if value.coverage != Coverage(""):
        lines.append(sbr(value.coverage))
    if value.info is not None:
        lines.append(_pat(value.info))
    put_back(lines, start, value.extra)
    for each in (value.person, payer, *value.others):
        party(each, lines)


def patient_lines(value: Patient, lines: list[str]) -> None:
    """Loop 2000C behind its HL, which is the last line."""
    start = len(lines) - 1
    lines.append(_pat(value.info))
    put_back(lines, start, value.extra)
    for each in (value.person, *value.others):
        party(each, lines)


def _pat(value: PatientInfo) -> str:
    died = ("D8", of_day(value.death_date)) if value.death_date else ("", "")
    weight = ("01", of_number(value.weight)) if value.weight is not None else ("", "")
    return line("PAT", value.relationship, "", "", "", *died, *weight, value.pregnant)
