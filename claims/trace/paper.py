"""A trace on paper: what the page shows, as PDF."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from claims.trace.gather import Trace
from claims.trace.plain import UNTOLD, details, filled, moves, told, verdict
from claims.trace.sections import TITLES, Rows


def as_pdf(trace: Trace) -> bytes:
    """Verification on top, then money, timeline and tables; each page tells the claim and its number."""
    import typst  # takes a tenth of a second: only where paper is asked for

    source = files("claims.trace").joinpath("paper.typ").read_bytes()
    return typst.compile(
        source, format="pdf", sys_inputs={"trace": json.dumps(_told(trace))}, ignore_system_fonts=True
    )


def _told(trace: Trace) -> dict[str, Any]:
    tables = [_table(TITLES[name], rows) for name, rows in trace.sections.items() if rows]
    coverages = [_table("Coverages", trace.coverages)] if trace.coverages else []
    return {
        "pcn": trace.claim["pcn"],
        "whole": trace.verification.ok,
        "verdict": verdict(trace.verification),
        "problems": [problem.message for problem in trace.verification.problems],
        "header": list(_header(trace)),
        "events": [_event(event) for event in trace.events],
        "tables": coverages + tables,
        "documents": [_document(each) for each in trace.sections["documents"] if "content" in each],
    }


def _header(trace: Trace) -> Iterator[dict[str, Any]]:
    yield {"title": "Where it stands", "pairs": _pairs(trace.claim)}
    if trace.phi:
        yield {"title": "Patient", "pairs": _pairs(trace.patient)}
    yield {"title": "Money", "pairs": _pairs(asdict(trace.money))}


def _label(name: str) -> str:
    return name.replace("_", " ")


def _pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(_label(n), told(value)) for n, value in values.items() if n not in UNTOLD and told(value)]


def _table(title: str, rows: Rows) -> dict[str, Any]:
    names = filled(rows)
    cells = [[told(row[name]) for name in names] for row in rows]
    return {"title": title, "columns": [_label(name) for name in names], "rows": cells}


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    real = "" if event["real_at"] == event["business_at"] else f" (really {told(event['real_at'])})"
    return {
        "number": event["number"],
        "when": told(event["business_at"]) + real,
        "kind": _label(event["kind"]),
        "actor": event["actor"],
        "moves": moves(event),
        "why": event["why"],
        "details": list(details(event).items()),
        "hash": event["hash"],
    }


def _document(document: Mapping[str, Any]) -> dict[str, str]:
    title = f"{document['kind']} · {document['what']} · {document['sha256']}"
    return {"title": title, "text": document["content"]}
