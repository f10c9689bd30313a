"""pyx12 as the independent gate: what goes out is judged by code that did not write it.

pyx12 loads its maps on every call (half a second for an 837): give it whole batches, in a process pool.
It knows the guides of the 837P, 837I, 835, 277CA and 999, checks no balances, no situational rules and no
current code lists, and has no usable map of the 270, 271, 276 and 277 (X212).
"""

import io
import json
import logging
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyx12.errors
import pyx12.map_if
import pyx12.params
import pyx12.x12n_document

from claims.findings import Finding, Severity
from claims.x12.envelope import X12File, read_file

# pyx12 writes data values into its log, as errors.
logging.getLogger("pyx12").setLevel(logging.CRITICAL + 1)

JUDGED = frozenset(
    ("005010X222A1", "005010X223A2", "005010X221A1", "005010X214", "005010X231A1", "005010X231")
)
# Its code lists of about 2014, which refuse valid codes: remark codes since N735 and claim status codes since
# 772 (x12.org's lists), countries since (ISO 3166: ME, RS, SS, …), currencies since (ISO 4217: MXN, …).
STALE_LISTS = "remark_code,claim_status,country,currency"
# What a broken file makes pyx12 raise besides its own errors.
STUMBLES = (
    pyx12.errors.EngineError,
    pyx12.errors.X12Error,
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class FalseRejection:
    """A fault that pyx12 reports and the guide does not know."""

    segment: str
    element: int
    code: str
    value: str
    reason: str
    source: str


FALSE_REJECTIONS = (
    FalseRejection(
        *("PWK", 2, "7", "AD"),
        reason="PWK02 of a line may say that the certificate of medical necessity is with the claim",
        source="005010X222A1, loop 2400, the PWK for certificates of durable medical equipment",
    ),
)

SEGMENT_FAULTS = {
    "1": "is not known here",
    "2": "was not expected here",
    "3": "is required and missing",
    "4": "begins a loop that occurs too often",
    "5": "occurs too often",
    "6": "does not belong in this transaction",
    "7": "stands in the wrong order",
    "8": "has element faults",
}
ELEMENT_FAULTS = {
    "1": "is required and missing",
    "2": "is missing beside another element",
    "3": "is one element too many",
    "4": "is too short",
    "5": "is too long",
    "6": "holds a character that is not allowed",
    "7": "holds a code that is not in the list",
    "8": "is no valid date",
    "9": "is no valid time",
    "10": "must not be used beside another element",
    "I10": "must not be used here",
}
TIP = "Correct the claim or the payer's settings; nothing is sent while the gate says no."


@dataclass(frozen=True, slots=True)
class Fault:
    """What pyx12 says of one place: ``position`` counts from the file's first segment, ``place`` from ST."""

    segment: str
    position: int
    place: int
    loop: str
    code: str
    element: int = 0
    component: int = 0
    repetition: int = 0
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """pyx12's judgement; ``document`` is its tree, from interchanges down to elements."""

    valid: bool
    document: dict[str, Any]


def gate(data: bytes) -> list[Finding]:
    """What pyx12 says of an outbound file; empty when it may go out. Raises X12Error for what is no X12.

    Transactions that it has no map for are named in a note. No message holds data of the file.
    """
    file = read_file(data)
    if unjudged := {each.version for each in file.transactions} - JUDGED:
        message = (
            f"The gate has no map of {', '.join(sorted(unjudged)) or 'this guide'}: structure was not judged."
        )
        return [Finding("x12_gate_no_map", Severity.NOTE, message, snip=2)]
    verdict = judge(data)
    claims = _ClaimPlaces(file)
    findings = [_envelope_finding(each) for each in envelope_codes(verdict)]
    for transaction in transactions_of(verdict):
        findings += [_set_finding(code, transaction) for code in set_codes(transaction)]
        findings += [_finding(fault, claims) for fault in faults(transaction)]
    if not findings and not verdict.valid and not _only_false(verdict):
        findings.append(_envelope_finding("024"))
    return findings


@cache
def _settings() -> pyx12.params.ParamsBase:
    settings = pyx12.params.ParamsBase()
    settings.set("exclude_external_codes", STALE_LISTS)
    return settings


# pyx12 reads its maps anew for every file: half a second each. Nothing in a map changes while a file is
# walked (its counters are the walker's), so one copy serves every file of the process.
pyx12.map_if.load_map_file = cache(pyx12.map_if.load_map_file)


def judge(data: bytes) -> Verdict:
    """Runs pyx12 over a file. A file that makes it stumble is not valid and has no document."""
    document = io.StringIO()
    text = io.StringIO(data.decode("latin-1"))
    try:
        valid = pyx12.x12n_document.x12n_document(_settings(), text, None, None, fd_json=document)
        return Verdict(valid, json.loads(document.getvalue() or "{}"))
    except STUMBLES:
        return Verdict(False, {})


def envelope_codes(verdict: Verdict) -> list[str]:
    """TA105 codes of what is wrong with the interchanges; 022 when pyx12 could not follow the file at all."""
    interchanges = verdict.document.get("interchanges", [])
    if not interchanges:
        return ["022"]
    return [error["err_cde"] for each in interchanges for error in each["errors"]]


def transactions_of(verdict: Verdict) -> Iterator[dict[str, Any]]:
    """pyx12's transactions over all interchanges and groups."""
    for interchange in verdict.document.get("interchanges", []):
        for group in interchange["groups"]:
            yield from group["transactions"]


def set_codes(transaction: dict[str, Any]) -> list[str]:
    """IK502 codes of the transaction's own envelope: counts and control numbers."""
    return sorted({error["err_cde"] for error in transaction["errors"]})


def faults(transaction: dict[str, Any]) -> list[Fault]:
    """The faults of a transaction, without the known false rejections."""
    found = []
    for segment in transaction["segments"]:
        place = (segment["seg_id"], segment["cur_line"], segment["seg_count"], segment["ls_id"] or "")
        elements = list(_element_faults(segment, place))
        codes = {error["err_cde"] for error in segment["errors"]} & SEGMENT_FAULTS.keys() - {"8"}
        found += [Fault(*place, code) for code in sorted(codes)]
        found += elements
    return found


def _element_faults(segment: dict[str, Any], place: tuple[str, int, int, str]) -> Iterator[Fault]:
    for element in segment["elements"]:
        for error in element["errors"]:
            if not _is_false(segment["seg_id"], element["ele_pos"], error):
                yield Fault(
                    *place,
                    error["err_cde"],
                    element["ele_pos"] or 0,
                    element["subele_pos"] or 0,
                    element["repeat_pos"] or 0,
                    str(element["ele_ref_num"] or ""),
                )


def _is_false(segment: str, element: int, error: dict[str, Any]) -> bool:
    said = (segment, element, error["err_cde"], error["err_val"])
    return any(said == (each.segment, each.element, each.code, each.value) for each in FALSE_REJECTIONS)


def _only_false(verdict: Verdict) -> bool:
    """pyx12 said no, and every fault it named is a known false one."""
    return any(segment["elements"] for each in transactions_of(verdict) for segment in each["segments"])


class _ClaimPlaces:
    """Which claim a segment belongs to: those from its CLM or CLP to the next one or the next HL."""

    def __init__(self, file: X12File) -> None:
        self._starts: list[int] = []
        self._names: list[str | None] = []
        for transaction in file.transactions:
            for position, segment in enumerate(transaction.segments, transaction.first):
                if segment[0] in ("CLM", "CLP", "HL", "ST"):
                    self._starts.append(position)
                    self._names.append(segment[1] if segment[0][0] == "C" and len(segment) > 1 else None)

    def at(self, position: int) -> str | None:
        """The claim's number, or None above the claims."""
        index = bisect_right(self._starts, position) - 1
        return self._names[index] if index >= 0 else None


def _finding(fault: Fault, claims: _ClaimPlaces) -> Finding:
    name, words = fault.segment, SEGMENT_FAULTS.get(fault.code, "is refused")
    if fault.element:
        name = f"{fault.segment}{fault.element:02d}" + (f"-{fault.component}" if fault.component else "")
        words = ELEMENT_FAULTS.get(fault.code, "is refused")
    return Finding(
        "x12_gate",
        Severity.ERROR,
        f"{name} {words} (pyx12 {fault.code}).",
        TIP,
        snip=2 if fault.code != "7" else 5,
        segment=fault.position,
        element=name,
        claim=claims.at(fault.position),
    )


def _set_finding(code: str, transaction: dict[str, Any]) -> Finding:
    message = f"The transaction's own envelope is wrong (pyx12, IK502 {code})."
    return Finding("x12_gate_set", Severity.ERROR, message, TIP, snip=1, segment=transaction["cur_line"])


def _envelope_finding(code: str) -> Finding:
    message = f"The envelope of the file is wrong (pyx12, TA105 {code})."
    return Finding("x12_gate_envelope", Severity.ERROR, message, TIP, snip=1)
