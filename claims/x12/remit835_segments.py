"""The segments of the 835 that it shares with no other set, and which of them each loop holds."""

from typing import Any

from claims.x12.loops import MANY, Table
from claims.x12.parts import Party
from claims.x12.parts_io import (
    padded,
    read_amt,
    read_cas,
    read_dtm,
    read_per,
    read_qty,
    read_ref,
    read_trn,
)
from claims.x12.remit835 import Remark
from claims.x12.syntax import Segment
from claims.x12.values import number, number_or_none


def _read_bpr(segment: Segment) -> list[str]:
    return padded(segment, 16)


def read_clp(segment: Segment) -> dict[str, Any]:
    """CLP as the claim's fields."""
    pcn, status, charge, paid, patient, filing, icn, facility, frequency = padded(segment, 9)
    return {
        "pcn": pcn,
        "status": status,
        "charge": number(charge),
        "paid": number(paid),
        "patient_responsibility": number_or_none(patient),
        "filing_indicator": filing,
        "icn": icn,
        "facility": facility,
        "frequency": frequency,
        "more": tuple(segment[10:]),
    }


def _read_nm1(segment: Segment) -> Party:
    entity, kind, last, given, middle, prefix, suffix, qualifier, id_ = padded(segment, 9)
    return Party(
        entity, last, given, middle, suffix, kind, qualifier, id_, prefix=prefix, more=tuple(segment[10:])
    )


def _read_lq(segment: Segment) -> Remark:
    return Remark(*padded(segment, 2))


def _read_elements(segment: Segment) -> tuple[str, ...]:
    return tuple(segment[1:])


HEADER: Table = {
    "BPR": (_read_bpr, 1),
    "TRN": (read_trn, 1),
    "REF": (read_ref, MANY),
    "DTM": (read_dtm, MANY),
}
CLAIM: Table = {
    "CAS": (read_cas, MANY),
    "NM1": (_read_nm1, MANY),
    "MIA": (_read_elements, 1),
    "MOA": (_read_elements, 1),
    "REF": (read_ref, MANY),
    "DTM": (read_dtm, MANY),
    "PER": (read_per, MANY),
    "AMT": (read_amt, MANY),
    "QTY": (read_qty, MANY),
}
SERVICE: Table = {
    "DTM": (read_dtm, MANY),
    "CAS": (read_cas, MANY),
    "REF": (read_ref, MANY),
    "AMT": (read_amt, MANY),
    "QTY": (read_qty, MANY),
    "LQ": (_read_lq, MANY),
}
