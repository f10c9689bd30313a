"""An 835 to models, whole or claim by claim for files of any size."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from claims.findings import Finding
from claims.x12.envelope import Transaction, TransactionStream
from claims.x12.kept import in_front, kept
from claims.x12.loops import Blocks, extras_of, first, flat
from claims.x12.parts import Extra, Party, Trace
from claims.x12.parts_io import PARTY, address_of, components, padded, read_procedure
from claims.x12.remit835 import (
    ZERO,
    Payment,
    ProviderAdjustment,
    RemitClaim,
    RemitGroup,
    RemitService,
    Remittance835,
)
from claims.x12.remit835_segments import CLAIM, HEADER, SERVICE, read_clp
from claims.x12.remit835_write import claim_lines, group_lines, header_lines, plb_lines
from claims.x12.syntax import Segment
from claims.x12.values import BadValue, day_or_none, number, number_or_none

STARTERS = frozenset(("ST", "N1", "LX", "CLP", "SVC", "PLB"))
UNITS = ("LX", "CLP", "PLB")
NOBODY = Party("")


def read_835(transaction: Transaction, findings: list[Finding] | None = None) -> Remittance835:
    """One payment. What cannot be typed is in ``unreadable`` and in ``findings``."""
    reader = RemittanceReader(transaction, transaction.segments)
    claims = tuple(reader.claims())
    remittance = replace(reader.finish(), claims=claims)
    if findings is not None:
        findings += remittance.unreadable
    return remittance


def stream_835(
    source: bytes | BinaryIO, findings: list[Finding], *, verbatim: bool = True
) -> Iterator["RemittanceReader"]:
    """The payments of a file one after the other; use each before asking for the next. Raises X12Error."""
    for transaction, segments in TransactionStream(source, findings):
        if transaction.type == "835":
            yield RemittanceReader(transaction, segments, verbatim=verbatim)


class RemittanceReader:
    """One payment, read claim by claim.

    ``header`` is known at once (without claims and provider adjustments); then exhaust ``claims()``; then
    ``finish()`` gives the payment with its provider adjustments, still without claims. What has no place in a
    unit (the header, a group, a claim) is kept with it; what belongs to no claim, with the unit that follows.
    Without ``verbatim`` nothing is kept with claims: who will never write them again reads a fifth faster.
    """

    def __init__(
        self, transaction: Transaction, segments: Iterable[Segment], *, verbatim: bool = True
    ) -> None:
        self.transaction = transaction
        self._verbatim = verbatim
        self._findings: list[Finding] = []
        self._blocks = Blocks(segments, transaction.first, STARTERS, self._findings)
        self._group = RemitGroup("")
        self._front: list[str] = []
        self._idle: list[str] = []
        self._stray: list[str] = []
        self.header = self._read_header()

    def claims(self) -> Iterator[RemitClaim]:
        """Every claim in the order of the file."""
        while self._blocks.left and not self._blocks.at("PLB"):
            self._blocks.begin()
            if self._blocks.at("LX"):
                self._open_group()
            else:
                yield from self._claim()

    def _rest_of_unit(self) -> list[str]:
        """Passes over what has no place here, and gives the lines of the whole unit."""
        while self._blocks.left and not any(map(self._blocks.at, UNITS)):
            self._blocks.skip()
        return self._blocks.lines

    def _open_group(self) -> None:
        self._front = self._left_over()
        block = self._blocks.take()
        position = self._blocks.position
        extra = self._blocks.sort_out(block, {})[1]
        group = RemitGroup(padded(block[0], 1)[0], extra, segment=position)
        self._idle = self._rest_of_unit()
        written: list[str] = []
        group_lines(group, written)
        self._group = replace(group, kept=kept(self._idle, written))

    def _left_over(self) -> list[str]:
        """What belongs to no claim: groups without one, claims that cannot be read."""
        front = self._front
        front += self._idle
        front += self._stray
        self._front, self._idle, self._stray = [], [], []
        return front

    def _use_group(self) -> None:
        """The open group has a claim: what stood in front of it stays with it."""
        if self._front:
            self._group = replace(self._group, kept=in_front(self._front) + self._group.kept)
        self._front, self._idle = [], []

    def finish(self) -> Remittance835:
        """The payment, complete but for its claims."""
        adjustments: list[ProviderAdjustment] = []
        self._blocks.begin()
        while self._blocks.left:
            if self._blocks.at("PLB"):
                adjustments += self._plb(self._blocks.take()[0])
            else:
                self._blocks.skip()
        found = tuple(adjustments)
        return replace(
            self.header,
            provider_adjustments=found,
            kept_below=in_front(self._left_over()) + kept(self._blocks.lines, plb_lines(found)),
            unreadable=tuple(self._findings),
        )

    def _read_header(self) -> Remittance835:
        self._blocks.begin()
        found, extra = self._blocks.sort_out(self._blocks.take(), HEADER)
        for name in ("BPR", "TRN"):
            if name not in found:
                message = f"The payment has no {name}."
                self._blocks.trouble("x12_missing_segment", message, self._blocks.position, name)
        payment = self._payment(first(found, "BPR", [""] * 16))
        parties, others = self._parties()
        header = Remittance835(
            payment=payment,
            trace=first(found, "TRN", Trace("", "")),
            payer=parties.get("PR", NOBODY),
            payee=parties.get("PE", NOBODY),
            references=tuple(found.get("REF", ())),
            dates=tuple(found.get("DTM", ())),
            extra=extra + others,
        )
        written: list[str] = []
        header_lines(header, written)
        # The ST is the envelope's.
        return replace(header, kept=kept(self._rest_of_unit()[1:], written))

    def _parties(self) -> tuple[dict[str, Party], tuple[Extra, ...]]:
        """Payer and payee; any other N1 loop as the extras that its segments make."""
        parties: dict[str, Party] = {}
        extra: tuple[Extra, ...] = ()
        while self._blocks.at("N1"):
            block = self._blocks.take()
            party = self._party(block)
            if party.entity in ("PR", "PE") and party.entity not in parties:
                parties[party.entity] = party
            else:
                extra += extras_of(block, "")
        return parties, extra

    def _payment(self, elements: list[str]) -> Payment:
        handling, amount, credit_debit, method, *banking, when = elements
        payment = Payment(handling, ZERO, credit_debit, method, _trimmed(banking))
        try:
            payment = replace(payment, amount=number(amount or "0"))
            return replace(payment, date=day_or_none(when))
        except BadValue as bad:
            self._blocks.bad_value("BPR", bad, 1)
            return payment

    def _party(self, block: list[Segment]) -> Party:
        entity, name, qualifier, id_ = padded(block[0], 4)
        found, extra = self._blocks.sort_out(block, PARTY)
        references, contacts = tuple(found.get("REF", ())), tuple(found.get("PER", ()))
        return Party(
            entity,
            name,
            id_qualifier=qualifier,
            id=id_,
            address=address_of(found),
            references=references,
            contacts=contacts,
            extra=extra,
        )

    def _claim(self) -> Iterator[RemitClaim]:
        """One claim; nothing when its CLP cannot be read, which the payment's findings then say."""
        front, self._stray = self._stray, []
        block = self._blocks.take()
        self._blocks.claim = padded(block[0], 1)[0]
        fields = self._clp(block[0]) | {"segment": self._blocks.position}
        found, extra = self._blocks.sort_out(block, CLAIM)
        services, unread = self._services()
        lines = self._rest_of_unit()
        self._blocks.claim = None
        if "pcn" not in fields:
            front += lines
            self._stray = front
            return
        self._use_group()
        own = _own(found)
        claim = RemitClaim(
            **fields, **own, services=tuple(services), group=self._group, extra=extra + tuple(unread)
        )
        yield _with_kept(claim, lines, front) if self._verbatim else claim

    def _clp(self, segment: Segment) -> dict[str, Any]:
        """The fields of a CLP; none, with a finding, where it cannot be read."""
        try:
            return read_clp(segment)
        except BadValue as bad:
            self._blocks.bad_value("CLP", bad)
            return {}

    def _services(self) -> tuple[list[RemitService], list[Extra]]:
        """The claim's services; those whose SVC cannot be read are kept as extras of the claim."""
        services: list[RemitService] = []
        unread: list[Extra] = []
        while self._blocks.at("SVC"):
            block = self._blocks.take()
            try:
                services.append(self._service(block))
            except BadValue as bad:
                self._blocks.bad_value("SVC", bad)
                unread += extras_of(block, "SVC")
        return services, unread

    def _service(self, block: list[Segment]) -> RemitService:
        code, charge, paid, revenue_code, quantity, submitted, submitted_quantity = padded(block[0], 7)
        procedure = read_procedure(code)
        if procedure is None:
            raise BadValue("procedure")
        values = (number(charge), number(paid), revenue_code, number_or_none(quantity))
        before = (read_procedure(submitted), number_or_none(submitted_quantity))
        found, extra = self._blocks.sort_out(block, SERVICE)
        return RemitService(
            procedure,
            *values,
            *before,
            dates=tuple(found.get("DTM", ())),
            adjustments=flat(found.get("CAS", ())),
            references=tuple(found.get("REF", ())),
            amounts=tuple(found.get("AMT", ())),
            quantities=tuple(found.get("QTY", ())),
            remarks=tuple(found.get("LQ", ())),
            extra=extra,
            segment=self._blocks.position,
        )

    def _plb(self, segment: Segment) -> list[ProviderAdjustment]:
        provider, fiscal_end, *pairs = padded(segment, 14)
        adjustments = []
        try:
            for reason, amount in zip(pairs[::2], pairs[1::2], strict=True):
                if reason or amount:
                    code, reference = components(reason, 2)
                    when = day_or_none(fiscal_end)
                    adjustments.append(ProviderAdjustment(provider, when, code, number(amount), reference))
        except BadValue as bad:
            self._blocks.bad_value("PLB", bad)
        return adjustments


def _trimmed(elements: list[str]) -> tuple[str, ...]:
    while elements and not elements[-1]:
        elements = elements[:-1]
    return tuple(elements)


def _own(found: dict[str, list[Any]]) -> dict[str, Any]:
    """What stands in loop 2100 itself."""
    return {
        "adjustments": flat(found.get("CAS", ())),
        "parties": tuple(found.get("NM1", ())),
        "mia": first(found, "MIA", ()),
        "moa": first(found, "MOA", ()),
        "references": tuple(found.get("REF", ())),
        "dates": tuple(found.get("DTM", ())),
        "contacts": tuple(found.get("PER", ())),
        "amounts": tuple(found.get("AMT", ())),
        "quantities": tuple(found.get("QTY", ())),
    }


def _with_kept(claim: RemitClaim, lines: list[str], front: list[str]) -> RemitClaim:
    written: list[str] = []
    claim_lines(claim, written)
    differences = in_front(front) + kept(lines, written)
    return replace(claim, kept=differences) if differences else claim
