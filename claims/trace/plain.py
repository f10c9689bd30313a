"""A trace as JSON values and as lines of text."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from claims.audit import Verification
from claims.trace.gather import Trace
from claims.trace.sections import TITLES, Rows

UNTOLD = ("hash", "previous", "event_head", "content")
"""What only the JSON form carries in full: hashes and raw text would drown the tables."""


def as_json(trace: Trace) -> dict[str, Any]:
    """The whole trace as JSON values: amounts as strings, instants as ISO 8601."""
    whole = {
        "claim": trace.claim,
        "money": asdict(trace.money),
        "verification": trace.verification.as_json(),
        "events": trace.events,
        **trace.sections,
    }
    if trace.phi:
        whole |= {"patient": trace.patient, "coverages": trace.coverages}
    plain: dict[str, Any] = _jsonable(whole)
    return plain


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _jsonable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | str) else value


def as_text(trace: Trace) -> str:
    """Plain lines without markup, for a terminal or a pager."""
    return "\n".join(_lines(trace)) + "\n"


def _lines(trace: Trace) -> Iterator[str]:
    yield f"Claim {trace.claim['pcn']} ({trace.claim['id']})"
    yield verdict(trace.verification)
    yield from _pairs("Claim", trace.claim)
    if trace.phi:
        yield from _pairs("Patient", trace.patient)
        yield from _table("Coverages", trace.coverages)
    yield from _pairs("Money", asdict(trace.money))
    yield from ("", "History", "-------")
    for event in trace.events:
        yield from _event_lines(event)
    for name, rows in trace.sections.items():
        if rows:
            yield from _table(TITLES[name], rows)
    for document in trace.sections["documents"]:
        if "content" in document:
            yield from ("", f"{document['kind']} {document['sha256']}", document["content"])


def verdict(checked: Verification) -> str:
    """One sentence on whether the claim's own history is whole."""
    if checked.first_break is not None:
        return f"BROKEN HISTORY: {checked.first_break.message}"
    return f"The history is whole: {checked.events} events recomputed, {checked.sealed} of them under a seal."


def told(value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "" or value in ([], {}):
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {told(each)}" for name, each in value.items())
    if isinstance(value, list):
        return " ".join(told(each) for each in value)
    return str(value)


def moves(event: Mapping[str, Any]) -> list[str]:
    """What the event changed: "stage scrub → ready"."""
    before, after = event["before"], event["after"]
    return [
        f"{axis} {told(before.get(axis)) or 'none'} → {told(value)}"
        for axis, value in after.items()
        if value != before.get(axis)
    ]


def details(event: Mapping[str, Any]) -> dict[str, str]:
    """The small print of an event: facts, versions, the keyed hash of its inputs, its run."""
    names = ("facts", "versions", "inputs", "run_id", "note")
    filing = {"filing": told(event["after"].get("filing"))}
    found = filing | {name: told(event.get(name)) for name in names}
    return {name: text for name, text in found.items() if text}


def _event_lines(event: Mapping[str, Any]) -> Iterator[str]:
    yield f"{event['number']:>3}  {told(event['business_at'])}  {event['kind']}  by {event['actor']}"
    if event["real_at"] != event["business_at"]:
        yield f"     really at {told(event['real_at'])}"
    for text in (*moves(event), event["why"]):
        yield f"     {text}"
    for name, text in details(event).items():
        yield f"     {name}: {text}"


def _pairs(title: str, values: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", title, "-" * len(title))
    for name, value in values.items():
        if name not in UNTOLD and told(value):
            yield f"{name.replace('_', ' '):<22}{told(value)}"


def _table(title: str, rows: Rows) -> Iterator[str]:
    yield from ("", title, "-" * len(title))
    names = filled(rows)
    cells = [[name.replace("_", " ") for name in names], *([told(row[n]) for n in names] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(names))]
    for line in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def filled(rows: Rows) -> list[str]:
    """The columns in which at least one row says something."""
    return [name for name in rows[0] if name not in UNTOLD and any(told(row[name]) for row in rows)]
