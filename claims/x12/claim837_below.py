"""What stands below the claim in an 837: other payers' coverages (2320) and lines (2400)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from claims.x12.claim837 import Drug, LineAdjudication, OtherPayer, ServiceLine
from claims.x12.claim837_segments import ADJUDICATION, DENTAL_LINE, DRUG, LINE, OTHER, read_sbr
from claims.x12.dental import DentalClaim, DentalService
from claims.x12.loops import Blocks, first, flat
from claims.x12.parts import Party
from claims.x12.parts_io import padded, read_party, read_procedure
from claims.x12.syntax import Segment
from claims.x12.values import BadValue, number, number_or_none

NOBODY = Party("", kind="")


def parties_of(blocks: Blocks) -> Iterable[Party]:
    """The NM1 loops that come next."""
    while blocks.at("NM1"):
        yield read_party(blocks, blocks.take())


def other_payers(blocks: Blocks) -> Iterable[OtherPayer]:
    """Loops 2320 with 2330."""
    while blocks.at("SBR"):
        block = blocks.take()
        found, extra = blocks.sort_out(block, OTHER)
        parties = list(parties_of(blocks))
        subscriber, payer = one_of(parties, "IL"), one_of(parties, "PR")
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


def service_lines(blocks: Blocks, *, dental: bool) -> Iterable[ServiceLine]:
    """Loops 2400 with 2410, 2420 and 2430."""
    while blocks.at("LX"):
        block = blocks.take()
        position = blocks.position
        found, extra = blocks.sort_out(block, DENTAL_LINE if dental else LINE)
        text = padded(block[0], 1)[0]
        service = _dental_service(found) if dental else _service(found)
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
            drug=_drug(blocks) if blocks.at("LIN") else None,
            providers=tuple(parties_of(blocks)),
            adjudications=tuple(_adjudications(blocks)),
            extra=extra,
            segment=position,
            **service,
        )


def _drug(blocks: Blocks) -> Drug:
    block = blocks.take()
    found, extra = blocks.sort_out(block, DRUG)
    _, qualifier, ndc = padded(block[0], 3)
    quantity, unit = first(found, "CTP", (None, ""))
    return Drug(ndc, quantity, unit, qualifier, tuple(found.get("REF", ())), extra)


def _adjudications(blocks: Blocks) -> Iterable[LineAdjudication]:
    while blocks.at("SVD"):
        block = blocks.take()
        found, extra = blocks.sort_out(block, ADJUDICATION)
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
            blocks.bad_value("SVD", bad)


def _service(found: dict[str, list[Any]]) -> dict[str, Any]:
    service: dict[str, Any] = first(found, "SV1", None) or first(found, "SV2", {"unit": ""})
    return service


def _dental_service(found: dict[str, list[Any]]) -> dict[str, Any]:
    """SV3 with the teeth that follow it."""
    service: dict[str, Any] = first(found, "SV3", {"unit": "", "dental": DentalService()})
    return service | {"dental": replace(service["dental"], teeth=tuple(found.get("TOO", ())))}


def dental_claim(clm: Segment, found: dict[str, list[Any]]) -> DentalClaim:
    """CLM19, DN1 and DN2."""
    return DentalClaim(padded(clm, 19)[-1], first(found, "DN1", None), tuple(found.get("DN2", ())))


def one_of(parties: list[Party], entity: str) -> Party:
    """The first party of that entity, or nobody."""
    return next((each for each in parties if each.entity == entity), NOBODY)
