"""An 837 transaction to claims."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from claims.findings import Finding
from claims.x12.claim837 import (
    Billing,
    Claim837,
    Coverage,
    Drug,
    Header837,
    LineAdjudication,
    OtherPayer,
    Patient,
    PatientInfo,
    ServiceLine,
    Subscriber,
)
from claims.x12.claim837_segments import (
    ADJUDICATION,
    BILLING,
    CLAIM,
    DENTAL_CLAIM,
    DENTAL_LINE,
    DRUG,
    LINE,
    OTHER,
    SUBSCRIBER,
    read_clm,
    read_elements,
    read_sbr,
)
from claims.x12.dental import DentalClaim, DentalService
from claims.x12.envelope import Transaction, TransactionStream
from claims.x12.loops import Blocks, extras_of, first, flat
from claims.x12.parts import Extra, Party
from claims.x12.parts_io import padded, read_party, read_procedure
from claims.x12.syntax import Segment
from claims.x12.values import BadValue, moment, number, number_or_none, odd_time

STARTERS = frozenset(("HL", "NM1", "CLM", "SBR", "LX", "LIN", "SVD"))
NOBODY = Party("", kind="")


def read_837(transaction: Transaction, findings: list[Finding] | None = None) -> list[Claim837]:
    """The claims of one 837 in the order of the file.

    A claim whose CLM cannot be read is left out with an ``x12_bad_value`` error; the others are read.
    """
    found = [] if findings is None else findings
    return list(ClaimReader(transaction, transaction.segments, found).claims())


def read_header_837(transaction: Transaction) -> Header837:
    """BHT, submitter and receiver; blank parties where they are missing."""
    return ClaimReader(transaction, transaction.segments, []).header


def stream_837(source: bytes | BinaryIO, findings: list[Finding]) -> Iterator["ClaimReader"]:
    """The 837s of a file one after the other; use each before asking for the next. Raises X12Error."""
    for transaction, segments in TransactionStream(source, findings):
        if transaction.type in ("837P", "837I", "837D"):
            yield ClaimReader(transaction, segments, findings)


class ClaimReader:
    """One 837, read claim by claim: ``header`` is known at once.

    Walks the loop tree. The levels above a claim are held until the next HL of that level.
    """

    def __init__(
        self, transaction: Transaction, segments: Iterable[Segment], findings: list[Finding]
    ) -> None:
        self.transaction = transaction
        self.institutional = transaction.type == "837I"
        self.dental = transaction.type == "837D"
        self.blocks = Blocks(segments, transaction.first, STARTERS, findings)
        self.billing = Billing(NOBODY)
        self.subscriber = Subscriber(Coverage(""), NOBODY)
        self.payer = NOBODY
        self.patient: Patient | None = None
        self.header = self._header()

    def _header(self) -> Header837:
        """The blocks up to the first HL."""
        found, extra = self.blocks.sort_out(self.blocks.take(), {"BHT": (read_elements, 1)})
        _, purpose, reference, day_text, time, kind = padded(["", *first(found, "BHT", ())], 6)
        parties, others = self._named("41", "40")
        created = moment(day_text, time)
        named = (parties.get("41", NOBODY), parties.get("40", NOBODY))
        odd = odd_time(created, time)
        return Header837(*named, reference, created, purpose, kind, odd, extra + others)

    def _named(self, *entities: str) -> tuple[dict[str, Party], tuple[Extra, ...]]:
        """The first party of each of these; any other as the extras that its segments make."""
        parties: dict[str, Party] = {}
        extra: tuple[Extra, ...] = ()
        before = ""
        while self.blocks.at("NM1"):
            block = self.blocks.take()
            entity = padded(block[0], 1)[0]
            if entity in entities and entity not in parties:
                parties[entity] = read_party(self.blocks, block)
            else:
                extra += extras_of(block, before)
                before = block[-1][0]
        return parties, extra

    def claims(self) -> Iterator[Claim837]:
        """Every claim in the order of the file, with what stands above it."""
        levels = {"20": self._billing, "22": self._subscriber, "23": self._patient}
        while self.blocks.left:
            level = self.blocks.level()
            if level in levels:
                levels[level]()
            elif self.blocks.at("CLM"):
                yield from self._claim()
            else:
                self.blocks.skip()

    def _parties(self) -> Iterable[Party]:
        while self.blocks.at("NM1"):
            yield read_party(self.blocks, self.blocks.take())

    def _billing(self) -> None:
        found, extra = self.blocks.sort_out(self.blocks.take(), BILLING)
        parties, others = self._named("85", "87", "PE")
        provider = parties.get("85", NOBODY)
        taxonomy, currency = first(found, "PRV", ""), first(found, "CUR", "")
        self.billing = Billing(
            provider, taxonomy, currency, parties.get("87"), parties.get("PE"), extra + others
        )

    def _subscriber(self) -> None:
        _, hl_extra = self.blocks.sort_out(self.blocks.take(), {})
        coverage = Coverage("")
        found: dict[str, list[Any]] = {}
        extra: tuple[Extra, ...] = ()
        if self.blocks.at("SBR"):
            block = self.blocks.take()
            coverage = read_sbr(block[0])
            found, extra = self.blocks.sort_out(block, SUBSCRIBER)
        parties = list(self._parties())
        person = _one(parties, "IL")
        self.payer = _one(parties, "PR")
        others = tuple(each for each in parties if each is not person and each is not self.payer)
        info = first(found, "PAT", None)
        self.subscriber = Subscriber(coverage, person, info, others, hl_extra + extra)
        self.patient = None

    def _patient(self) -> None:
        found, extra = self.blocks.sort_out(self.blocks.take(), SUBSCRIBER)
        parties = list(self._parties())
        person = _one(parties, "QC")
        others = tuple(each for each in parties if each is not person)
        self.patient = Patient(first(found, "PAT", PatientInfo()), person, others, extra)

    def _claim(self) -> list[Claim837]:
        """One claim, or none when its CLM cannot be read; its loops are passed over all the same."""
        block = self.blocks.take()
        position = self.blocks.position
        self.blocks.claim = padded(block[0], 1)[0]
        fields: dict[str, Any] | None = None
        try:
            fields = read_clm(block[0])
        except BadValue as bad:
            self.blocks.bad_value("CLM", bad)
        found, extra = self.blocks.sort_out(block, DENTAL_CLAIM if self.dental else CLAIM)
        admission_type, admission_source, patient_status = first(found, "CL1", ("", "", ""))
        providers = tuple(self._parties())
        other_payers = tuple(self._other_payers())
        lines = tuple(self._lines())
        self.blocks.claim = None
        if fields is None:
            return []
        return [
            Claim837(
                billing=self.billing,
                subscriber=self.subscriber,
                payer=self.payer,
                patient=self.patient,
                admission_type=admission_type,
                admission_source=admission_source,
                patient_status=patient_status,
                dates=tuple(found.get("DTP", ())),
                attachments=tuple(found.get("PWK", ())),
                ambulance=first(found, "CR1", None),
                conditions=tuple(found.get("CRC", ())),
                amounts=tuple(found.get("AMT", ())),
                references=tuple(found.get("REF", ())),
                notes=tuple(found.get("NTE", ())),
                codes=flat(found.get("HI", ())),
                providers=providers,
                other_payers=other_payers,
                lines=lines,
                institutional=self.institutional,
                dental=_dental_claim(block[0], found) if self.dental else None,
                extra=extra,
                segment=position,
                **fields,
            )
        ]

    def _other_payers(self) -> Iterable[OtherPayer]:
        while self.blocks.at("SBR"):
            block = self.blocks.take()
            found, extra = self.blocks.sort_out(block, OTHER)
            parties = list(self._parties())
            subscriber, payer = _one(parties, "IL"), _one(parties, "PR")
            benefits, signature, release = first(found, "OI", ("", "", ""))
            yield OtherPayer(
                coverage=read_sbr(block[0]),
                payer=payer if payer is not NOBODY else None,
                subscriber=subscriber if subscriber is not NOBODY else None,
                adjustments=flat(found.get("CAS", ())),
                amounts=tuple(found.get("AMT", ())),
                benefits_assigned=benefits,
                patient_signature=signature,
                release=release,
                inpatient=first(found, "MIA", ()),
                outpatient=first(found, "MOA", ()),
                providers=tuple(each for each in parties if each is not subscriber and each is not payer),
                extra=extra,
            )

    def _lines(self) -> Iterable[ServiceLine]:
        while self.blocks.at("LX"):
            block = self.blocks.take()
            position = self.blocks.position
            found, extra = self.blocks.sort_out(block, DENTAL_LINE if self.dental else LINE)
            text = padded(block[0], 1)[0]
            service = _dental_service(found) if self.dental else _service(found)
            yield ServiceLine(
                number=int(text) if text.isdecimal() and len(text) < 7 else 0,
                dates=tuple(found.get("DTP", ())),
                references=tuple(found.get("REF", ())),
                amounts=tuple(found.get("AMT", ())),
                quantities=tuple(found.get("QTY", ())),
                attachments=tuple(found.get("PWK", ())),
                ambulance=first(found, "CR1", None),
                conditions=tuple(found.get("CRC", ())),
                notes=tuple(found.get("NTE", ())),
                drug=self._drug() if self.blocks.at("LIN") else None,
                providers=tuple(self._parties()),
                adjudications=tuple(self._adjudications()),
                extra=extra,
                segment=position,
                **service,
            )

    def _drug(self) -> Drug:
        block = self.blocks.take()
        found, extra = self.blocks.sort_out(block, DRUG)
        _, qualifier, ndc = padded(block[0], 3)
        quantity, unit = first(found, "CTP", (None, ""))
        return Drug(ndc, quantity, unit, qualifier, tuple(found.get("REF", ())), extra)

    def _adjudications(self) -> Iterable[LineAdjudication]:
        while self.blocks.at("SVD"):
            block = self.blocks.take()
            found, extra = self.blocks.sort_out(block, ADJUDICATION)
            payer_id, paid, code, revenue_code, quantity, bundled = padded(block[0], 6)
            try:
                yield LineAdjudication(
                    payer_id,
                    number(paid),
                    read_procedure(code),
                    revenue_code,
                    number_or_none(quantity),
                    bundled,
                    flat(found.get("CAS", ())),
                    tuple(found.get("DTP", ())),
                    tuple(found.get("AMT", ())),
                    extra,
                )
            except BadValue as bad:
                self.blocks.bad_value("SVD", bad)


def _service(found: dict[str, list[Any]]) -> dict[str, Any]:
    service: dict[str, Any] = first(found, "SV1", None) or first(found, "SV2", {"unit": ""})
    return service


def _dental_service(found: dict[str, list[Any]]) -> dict[str, Any]:
    """SV3 with the teeth that follow it."""
    service: dict[str, Any] = first(found, "SV3", {"unit": "", "dental": DentalService()})
    return service | {"dental": replace(service["dental"], teeth=tuple(found.get("TOO", ())))}


def _dental_claim(clm: Segment, found: dict[str, list[Any]]) -> DentalClaim:
    return DentalClaim(padded(clm, 19)[-1], first(found, "DN1", None), tuple(found.get("DN2", ())))


def _one(parties: list[Party], entity: str) -> Party:
    return next((each for each in parties if each.entity == entity), NOBODY)
