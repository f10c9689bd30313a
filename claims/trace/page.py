"""A trace as one HTML page for an auditor: nothing is loaded from elsewhere, and it prints well."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from claims.trace.gather import Trace
from claims.trace.plain import UNTOLD, details, filled, moves, told, verdict
from claims.trace.sections import TITLES, Rows

_PAGE = Path(__file__).with_name("page.html")


def as_html(trace: Trace) -> str:
    """The whole page, verification on top, then money, timeline and tables."""
    sections = [_section(TITLES[name], _table(rows)) for name, rows in trace.sections.items() if rows]
    return Template(_PAGE.read_text("utf-8")).substitute(
        pcn=escape(trace.claim["pcn"]),
        whole="whole" if trace.verification.ok else "broken",
        verdict=escape(verdict(trace.verification)),
        problems=_items(problem.message for problem in trace.verification.problems),
        header=_pairs(trace.claim),
        person=_person(trace) if trace.phi else "",
        money=_table([asdict(trace.money)]),
        timeline="".join(_event(event) for event in trace.events),
        sections="".join(sections),
        documents="".join(_raw(document) for document in trace.sections["documents"]),
    )


def _person(trace: Trace) -> str:
    coverages = _section("Coverages", _table(trace.coverages)) if trace.coverages else ""
    return _section("Patient", _pairs(trace.patient)) + coverages


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>\n"


def _label(name: str) -> str:
    return escape(name.replace("_", " "))


def _pairs(values: Mapping[str, Any]) -> str:
    shown = {name: told(value) for name, value in values.items() if name not in UNTOLD and told(value)}
    return f"<dl>{''.join(f'<dt>{_label(n)}</dt><dd>{escape(v)}</dd>' for n, v in shown.items())}</dl>"


def _table(rows: Rows) -> str:
    names = filled(rows)
    head = "".join(f'<th scope="col">{_label(name)}</th>' for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{escape(told(row[n]))}</td>' for n in names)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _items(texts: Iterable[str]) -> str:
    listed = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{listed}</ul>" if listed else ""


def _event(event: Mapping[str, Any]) -> str:
    """One step of the timeline: business time large, real time where it is another."""
    real = "" if event["real_at"] == event["business_at"] else f" (really {told(event['real_at'])})"
    moved = "".join(f'<span class="move">{escape(text)}</span>' for text in moves(event))
    small = "; ".join(f"{name} {text}" for name, text in details(event).items())
    return (
        f'<li><div class="when">{event["number"]} · {told(event["business_at"])}{real}</div>'
        f"<strong>{_label(event['kind'])}</strong> by {escape(event['actor'])} {moved}"
        f'<p>{escape(event["why"])}</p><p class="small">{escape(small)}</p>'
        f'<p class="hash">{event["hash"]}</p></li>\n'
    )


def _raw(document: Mapping[str, Any]) -> str:
    """A raw document, one X12 segment a line for the eye."""
    if "content" not in document:
        return ""
    text = document["content"]
    if text.startswith("ISA") and "\n" not in text:
        terminator = text[105:106]  # the ISA has a fixed width, so its terminator is its 106th character
        text = text.replace(terminator, f"{terminator}\n")
    title = f"{document['kind']} · {document['what']} · {document['sha256']}"
    return f"<details><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>\n"
