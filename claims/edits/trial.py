"""Trying edits on the claims of a file: everything is judged, nothing is stored.

An 837 is checked as X12 first, so that a file's findings go from its envelope to the payer's own rules. The
claims are judged as of the file's own day: when it was made, for other files the last day of service.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from claims.bundle import Bundle
from claims.edits.amend import amend
from claims.edits.catalogue import Edit
from claims.edits.engine import run, subject_of
from claims.edits.lookups import Lookups, Sibling, service_of, sibling_of
from claims.edits.packs import open_packs
from claims.errors import BadInput
from claims.findings import Finding, Severity
from claims.intake import sniff
from claims.intake import values as v
from claims.intake.charge_map import ChargeMap, load_charge_map
from claims.intake.unstored import bundles_of
from claims.intake.visit import UNDATED, Reading, Visit
from claims.x12.check import CheckResult, check
from claims.x12.envelope import read_file
from config.payers import PayerProfile
from config.settings import Settings

SUPERSEDED = {
    "005010X222": "005010X222A1",
    "005010X223": "005010X223A2",
    "005010X223A1": "005010X223A2",
    "005010X224": "005010X224A2",
    "005010X224A1": "005010X224A2",
}
"""GS08 of guides that were replaced by their errata before anyone had to use 5010 (1 January 2012)."""
MOST_SIBLINGS = 40
UNREAD, UNKEPT, AMENDED, VERSION = "intake.unread", "intake.not_kept", "edit.amends", "envelope.version"


@dataclass(frozen=True, slots=True)
class Trial(CheckResult):
    """One file's part of the answer, as `x12 check` has it; ``day`` is the one that it was judged on."""

    day: date | None = None

    def as_json(self) -> dict[str, Any]:
        return {**CheckResult.as_json(self), "as_of": self.day.isoformat() if self.day else None}


def try_file(
    data: bytes,
    name: str,
    settings: Settings,
    payers: Mapping[str, PayerProfile],
    edits: Sequence[Edit] | None = None,
    day: date | None = None,
) -> Trial:
    """Every edit, or only ``edits``, over the claims of a file. Never raises for what the bytes hold."""
    kind = sniff.kind_of(data)
    checked = check(data, name=name) if kind == "837" else None
    found = list(checked.findings) if checked and edits is None else []
    try:
        reading = sniff.read(data, kind, settings.zone_info)
    except BadInput as unread:
        if not any(each.severity is Severity.ERROR for each in found):
            found.append(Finding("file_unreadable", Severity.ERROR, unread.message, unread.tip, snip=1))
        return Trial(name, False, checked.transactions if checked else (), tuple(found))
    day = day or _day_of(data, reading)
    if edits is None:
        found += _version(data, kind)
    found += _judged(reading, settings, payers, edits, day, {each.segment for each in found})
    counted = checked.transactions if checked else ((kind, len(_finished(reading))),)
    return Trial(name, True, counted, tuple(found), day)


def _finished(reading: Reading) -> list[Visit]:
    return [visit for visit in reading.visits if not visit.planned]


def _judged(
    reading: Reading,
    settings: Settings,
    payers: Mapping[str, PayerProfile],
    edits: Sequence[Edit] | None,
    day: date,
    told: set[int | None],
) -> list[Finding]:
    visits = _finished(reading)
    charge_map = _charge_map(settings)
    for visit in visits:
        charge_map.apply(visit)
    bundles = bundles_of(visits, payers)
    lookups = Lookups(payers, _siblings(bundles))
    found: list[Finding] = []
    own = open_packs(settings).edits if edits is None else edits
    amended = [_amended(bundle, settings, lookups, own, day) for bundle in bundles]
    judged = run(bundles, day, settings, None, lookups, edits)
    for visit, bundle, changes in zip(visits, bundles, amended, strict=True):
        place = _segment(visit)
        here = [*(_unread(visit, bundle, told) if edits is None else ()), *changes, *judged[bundle.claim.id]]
        found += [replace(each, segment=each.segment or place) for each in here]
    return found


def _charge_map(settings: Settings) -> ChargeMap:
    """The home's map of source codes to billed ones, which an import would use."""
    path = settings.home / "charge_map.csv"
    return load_charge_map(path.read_bytes(), path.name) if path.exists() else ChargeMap()


def _amended(
    bundle: Bundle, settings: Settings, lookups: Lookups, edits: Sequence[Edit], day: date
) -> list[Finding]:
    """What edits would change, changed in memory, so that the others judge what would go out."""
    asked = [each for each in edits if each.own and each.own.does in ("set", "add_modifier")]
    if not asked:
        return []
    changes = amend(bundle, subject_of(bundle, day, settings, lookups), asked)
    words = "The edit {} sets {} to {}."
    return [
        Finding(
            AMENDED, Severity.NOTE, words.format(each.edit, each.path, _plain(each.after)),
            element=each.path, claim=bundle.claim.pcn,
        )
        for each in changes
    ]  # fmt: skip


def _plain(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _unread(visit: Visit, bundle: Bundle, told: set[int | None]) -> list[Finding]:
    """Values that do not fit their fields, unless the file's own check has said so at that place."""
    found = []
    for trouble in visit.troubles:
        segment = _number(trouble)
        severity, code, tip = _weight(trouble)
        if severity is not Severity.ERROR or segment is None or segment not in told:
            found.append(
                Finding(code, severity, trouble, tip, snip=2, segment=segment, claim=bundle.claim.pcn)
            )
    return found


def _weight(trouble: str) -> tuple[Severity, str, str]:
    if ": not taken over: " in trouble:
        return Severity.NOTE, UNKEPT, ""
    if ", CLM01: " in trouble:
        return Severity.WARNING, UNREAD, "An import gives the claim a number of its own."
    return Severity.ERROR, UNREAD, "Correct the value; an import leaves such a field empty."


def _number(text: str) -> int | None:
    first, _, rest = text.partition(" ")
    digits = rest.partition(",")[0].partition(":")[0]
    return int(digits) if first == "segment" and digits.isdecimal() else None


def _segment(visit: Visit) -> int | None:
    return _number(visit.where)


def _siblings(bundles: Sequence[Bundle]) -> dict[str, list[Sibling]]:
    """The other claims of the same patient around each one in the file, in their order."""
    by_patient: dict[str, list[Bundle]] = {}
    for bundle in bundles:
        by_patient.setdefault(bundle.patient.id, []).append(bundle)
    several = (together for together in by_patient.values() if len(together) > 1)
    return {
        bundle.claim.id: [
            _sibling(other, earlier=place < n) for place, other in enumerate(together) if place != n
        ]
        for together in several
        for n, bundle in enumerate(together)
    }


def _sibling(bundle: Bundle, *, earlier: bool) -> Sibling:
    """By its number in the file; what stands before it there counts as sent."""
    services = frozenset(service_of(line) for line in bundle.lines)
    found = sibling_of(bundle.claim, bundle.filings, services)
    return replace(found, claim_id=bundle.claim.pcn, sent=earlier or found.sent)


def _day_of(data: bytes, reading: Reading) -> date:
    """The latest GS04 of an 837, else the last day of service."""
    made = [*_made_on(data)] if reading.kind == "837" else []
    served = [visit.ends_on or visit.starts_on for visit in reading.visits]
    return max(made or [day for day in served if day], default=UNDATED)


def _made_on(data: bytes) -> Iterator[date]:
    for transaction in read_file(data).transactions:
        text = (
            transaction.group.segment[4] if transaction.group and len(transaction.group.segment) > 4 else ""
        )
        try:
            yield v.DAY.read(text)
        except v.Unfit:
            continue


def _version(data: bytes, kind: str) -> list[Finding]:
    if kind != "837":
        return []
    found = {}
    for transaction in read_file(data).transactions:
        newer = SUPERSEDED.get(transaction.version)
        if newer:
            message = f"The guide {transaction.version} was replaced by {newer}."
            tip = "Ask the sender for files by the present guide; payers refuse the old one."
            finding = Finding(
                VERSION, Severity.ERROR, message, tip, snip=1, segment=transaction.first, element="GS08"
            )
            found[transaction.version] = finding
    return list(found.values())
