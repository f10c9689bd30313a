"""An 837 transaction to claims."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO, TypeVar

from claims.findings import Finding
from claims.x12.claim837 import (
    Billing,
    Claim837,
    Coverage,
    Header837,
    Patient,
    PatientInfo,
    Subscriber,
)
from claims.x12.claim837_below import NOBODY, dental_claim, one_of, other_payers, parties_of, service_lines
from claims.x12.claim837_lines import claim_lines
from claims.x12.claim837_segments import (
    BILLING,
    CLAIM,
    DENTAL_CLAIM,
    SUBSCRIBER,
    read_clm,
    read_elements,
    read_sbr,
)
from claims.x12.claim837_write import Level, header_lines, level_lines
from claims.x12.envelope import Transaction, TransactionStream
from claims.x12.kept import Kept, in_front, kept, restore
from claims.x12.loops import Blocks, extras_of, first, flat, hl
from claims.x12.parts import Extra, Party
from claims.x12.parts_io import padded, read_party
from claims.x12.syntax import Segment
from claims.x12.values import BadValue, moment, odd_time

STARTERS = frozenset(("HL", "NM1", "CLM", "SBR", "LX", "LIN", "SVD"))
NOBODY_BILLED = Billing(NOBODY)
NOT_COVERED = Subscriber(Coverage(""), NOBODY)
Unit = TypeVar("Unit", Header837, Claim837)
# HL03 of the levels above a claim, and the reader's name for each.
LEVELS = {"20": "billing", "22": "subscriber", "23": "patient"}


def read_837(transaction: Transaction, findings: list[Finding] | None = None) -> list[Claim837]:
    """The claims of one 837 in the order of the file.

    A claim whose CLM cannot be read is left out with an ``x12_bad_value`` error; the others are read.
    """
    found = [] if findings is None else findings
    return list(ClaimReader(transaction, transaction.segments, found).claims())


def read_header_837(transaction: Transaction) -> Header837:
    """BHT, submitter and receiver; blank parties where they are missing."""
    reader = ClaimReader(transaction, transaction.segments, [])
    next(reader.claims(), None)
    return reader.header


def stream_837(source: bytes | BinaryIO, findings: list[Finding]) -> Iterator["ClaimReader"]:
    """The 837s of a file one after the other; use each before asking for the next. Raises X12Error."""
    for transaction, segments in TransactionStream(source, findings):
        if transaction.type in ("837P", "837I", "837D"):
            yield ClaimReader(transaction, segments, findings)


class ClaimReader:
    """One 837, read claim by claim: ``header`` is known at once (in a file without claims, behind them).

    Walks the loop tree in units: the header, each level above the claims, each claim. A unit ends where the
    next one begins; what has no place in it is kept with it all the same. The levels above a claim are held
    until the next HL of that level. What belongs to no claim, such as a level without one, goes with the unit
    that follows, at the end with the last claim.
    """

    def __init__(
        self, transaction: Transaction, segments: Iterable[Segment], findings: list[Finding]
    ) -> None:
        self.transaction = transaction
        self.institutional = transaction.type == "837I"
        self.dental = transaction.type == "837D"
        self.blocks = Blocks(segments, transaction.first, STARTERS, findings)
        self.billing = NOBODY_BILLED
        self.subscriber = NOT_COVERED
        self.payer = NOBODY
        self.patient: Patient | None = None
        self._numbers: dict[str, str] = {}
        self._idle: list[tuple[str, list[str], list[str]]] = []
        self._stray: list[str] = []
        self.header = self._header()

    def _header(self) -> Header837:
        """The blocks up to the first level."""
        self.blocks.begin()
        found, extra = self.blocks.sort_out(self.blocks.take(), {"BHT": (read_elements, 1)})
        _, purpose, reference, day_text, time, kind = padded(["", *first(found, "BHT", ())], 6)
        parties, others = self._named("41", "40")
        created = moment(day_text, time)
        named = (parties.get("41", NOBODY), parties.get("40", NOBODY))
        odd = odd_time(created, time)
        header = Header837(*named, reference, created, purpose, kind, odd, extra + others)
        lines: list[str] = []
        header_lines(header, lines)
        # The ST is the envelope's.
        return replace(header, kept=kept(self._rest_of_unit()[1:], lines))

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

    def _rest_of_unit(self) -> list[str]:
        """Passes over what has no place here, and gives the lines of the whole unit."""
        while self.blocks.left and not self.blocks.at("CLM") and self.blocks.level() not in LEVELS:
            self.blocks.skip()
        return self.blocks.lines

    def claims(self) -> Iterator[Claim837]:
        """Every claim in the order of the file, with what stands above it."""
        last: Claim837 | None = None
        while self.blocks.left:
            self.blocks.begin()
            if self.blocks.at("CLM"):
                for claim in self._claim():
                    if last is not None:
                        yield last
                    last = claim
            else:
                self._level(self.blocks.level())
        rest = self._left_over()
        if last is not None:
            yield replace(last, kept=_longer(claim_lines, last, rest)) if rest else last
        elif rest:
            self.header = replace(self.header, kept=_longer(header_lines, self.header, rest))

    def _level(self, code: str) -> None:
        """One HL with its parties."""
        self._leave(code)
        front, self._stray = self._stray, []
        block = self.blocks.take()
        number = str(self.blocks.levels)
        value: Level = getattr(self, f"_read_{LEVELS[code]}")(block)
        lines = self._rest_of_unit()
        self._idle.append((code, front, lines))
        written = [self._hl(code, number)]
        level_lines(value, self.payer, written)
        setattr(self, LEVELS[code], replace(value, kept=kept(lines, written)))

    def _leave(self, code: str) -> None:
        """The levels that end here without a claim leave their lines to the next unit."""
        while self._idle and self._idle[-1][0] >= code:
            _, front, lines = self._idle.pop()
            front += lines
            front += self._stray
            self._stray = front

    def _use_levels(self) -> None:
        """The open levels have a claim: what stood in front of them stays with them."""
        for code, front, _ in self._idle:
            value: Level = getattr(self, LEVELS[code])
            setattr(self, LEVELS[code], replace(value, kept=in_front(front) + value.kept))
        self._idle.clear()

    def _hl(self, code: str, number: str) -> str:
        """The HL as the writer counts it."""
        above = {key: each for key, each in self._numbers.items() if key < code}
        self._numbers = above | {code: number}
        children = code == "20" or (code == "22" and self.blocks.level() == "23")
        return hl(number, above[max(above)] if above else "", code, children)

    def _read_billing(self, block: list[Segment]) -> Billing:
        position = self.blocks.position
        found, extra = self.blocks.sort_out(block, BILLING)
        parties, others = self._named("85", "87", "PE")
        self.subscriber, self.payer, self.patient = NOT_COVERED, NOBODY, None
        return Billing(
            parties.get("85", NOBODY),
            first(found, "PRV", ""),
            first(found, "CUR", ""),
            parties.get("87"),
            parties.get("PE"),
            extra + others,
            segment=position,
        )

    def _read_subscriber(self, block: list[Segment]) -> Subscriber:
        position = self.blocks.position
        _, hl_extra = self.blocks.sort_out(block, {})
        coverage = Coverage("")
        found: dict[str, list[Any]] = {}
        extra: tuple[Extra, ...] = ()
        if self.blocks.at("SBR"):
            block = self.blocks.take()
            coverage = read_sbr(block[0])
            found, extra = self.blocks.sort_out(block, SUBSCRIBER)
        parties = list(parties_of(self.blocks))
        person = one_of(parties, "IL")
        self.payer = one_of(parties, "PR")
        others = tuple(each for each in parties if each is not person and each is not self.payer)
        info = first(found, "PAT", None)
        self.patient = None
        return Subscriber(coverage, person, info, others, hl_extra + extra, segment=position)

    def _read_patient(self, block: list[Segment]) -> Patient:
        position = self.blocks.position
        found, extra = self.blocks.sort_out(block, SUBSCRIBER)
        parties = list(parties_of(self.blocks))
        person = one_of(parties, "QC")
        others = tuple(each for each in parties if each is not person)
        return Patient(first(found, "PAT", PatientInfo()), person, others, extra, segment=position)

    def _left_over(self) -> list[str]:
        """What stands behind the last claim and belongs to none."""
        self._leave("")
        return self._stray

    def _claim(self) -> list[Claim837]:
        """One claim, or none when its CLM cannot be read: its lines are left to the next unit."""
        front, self._stray = self._stray, []
        block = self.blocks.take()
        self.blocks.claim = padded(block[0], 1)[0]
        fields = self._clm(block[0]) | {"segment": self.blocks.position}
        fields |= self._own(block)
        fields["providers"] = tuple(parties_of(self.blocks))
        fields["other_payers"] = tuple(other_payers(self.blocks))
        fields["lines"] = tuple(service_lines(self.blocks, dental=self.dental))
        lines = self._rest_of_unit()
        self.blocks.claim = None
        if "pcn" not in fields:
            front += lines
            self._stray = front
            return []
        self._use_levels()
        above = (self.billing, self.subscriber, self.payer)
        claim = Claim837(*above, patient=self.patient, institutional=self.institutional, **fields)
        return [_with_kept(claim, lines, front)]

    def _clm(self, segment: Segment) -> dict[str, Any]:
        """The fields of a CLM; none, with a finding, where it cannot be read."""
        try:
            return read_clm(segment)
        except BadValue as bad:
            self.blocks.bad_value("CLM", bad)
            return {}

    def _own(self, block: list[Segment]) -> dict[str, Any]:
        """What stands in loop 2300 itself."""
        found, extra = self.blocks.sort_out(block, DENTAL_CLAIM if self.dental else CLAIM)
        admission_type, admission_source, patient_status = first(found, "CL1", ("", "", ""))
        return {
            "admission_type": admission_type,
            "admission_source": admission_source,
            "patient_status": patient_status,
            "dates": tuple(found.get("DTP", ())),
            "attachments": tuple(found.get("PWK", ())),
            "ambulance": first(found, "CR1", None),
            "conditions": tuple(found.get("CRC", ())),
            "amounts": tuple(found.get("AMT", ())),
            "references": tuple(found.get("REF", ())),
            "notes": tuple(found.get("NTE", ())),
            "codes": flat(found.get("HI", ())),
            "dental": dental_claim(block[0], found) if self.dental else None,
            "extra": extra,
        }


def _with_kept(claim: Claim837, lines: list[str], front: list[str]) -> Claim837:
    written: list[str] = []
    claim_lines(claim, written)
    differences = in_front(front) + kept(lines, written)
    return replace(claim, kept=differences) if differences else claim


def _longer(write: Callable[[Unit, list[str]], None], unit: Unit, rest: list[str]) -> tuple[Kept, ...]:
    """What is kept of a unit behind which ``rest`` stands."""
    written: list[str] = []
    write(unit, written)
    lines = list(written)
    restore(lines, 0, unit.kept)
    return kept(lines + rest, written)
