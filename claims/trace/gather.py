"""Everything that the record knows of one claim, as plain values."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from claims import events
from claims.audit import Verification, verify_claim
from claims.bundle import Bundle, load_bundle
from claims.errors import BadInput
from claims.events import Act, Story
from claims.listing import find_claim
from claims.model import Document, EventRow
from claims.money.ledger import Balance, balance
from claims.paperwork import papers
from claims.trace.sections import SECTIONS, Rows

_HEADER = (
    "id pcn form stage hold_reason hold_owner hold_since hold_expires next_action_at payer_id facility_code "
    "from_date through_date authorization_number referral_number created_at version event_head"
)
_EVENT = "number kind actor real_at business_at before after why facts versions inputs run_id previous hash"
_PERSON = "record_number family given middle birth_date sex line1 line2 city state postal phone"
_COVERAGE = (
    "sequence payer_id member_id group_number relationship subscriber_family subscriber_given "
    "subscriber_birth_date starts ends"
)


@dataclass(frozen=True, slots=True)
class Trace:
    """One claim's whole history. ``sections`` holds the tables by name (see `claims.trace.sections` and
    ``documents``); ``patient`` and ``coverages`` are filled only where patient data was asked for."""

    claim: dict[str, Any]
    money: Balance
    verification: Verification
    events: Rows
    sections: dict[str, Rows]
    phi: bool = False
    raw: bool = False
    patient: dict[str, Any] = field(default_factory=dict)
    coverages: Rows = field(default_factory=list)


def trace(session: Session, claim: str, *, phi: bool = False, raw: bool = False) -> Trace:
    """Trace a claim by its id or PCN; raises NotFound.

    Without ``phi`` nothing in it tells who the patient is. ``raw`` adds the text of the documents; those
    hold patient data (of others too, where they travelled in bulk), so it is refused without ``phi``.
    """
    if raw and not phi:
        raise BadInput("Raw documents hold patient data.", tip="Ask for patient data as well.")
    found = find_claim(session, claim)
    sections = {section.name: section.rows(session, found.id, phi) for section in SECTIONS}
    bundle = load_bundle(session, found.id)
    return Trace(
        claim=_header(bundle),
        money=balance(session, found.id),
        verification=verify_claim(session, found.id),
        events=_events(session, found.id, phi),
        sections=sections | {"documents": _documents(session, found.id, phi, raw)},
        phi=phi,
        raw=raw,
        patient=_taken(bundle.patient, _PERSON) if phi else {},
        coverages=[_taken(coverage, _COVERAGE) for coverage in bundle.coverages] if phi else [],
    )


def record(session: Session, act: Act, told: Trace, form: str) -> None:
    """Put on record that a trace was given to someone, as ``form`` (text, json, html, pdf)."""
    facts = {"claim": told.claim["id"], "form": form, "patient_data": told.phi, "documents": told.raw}
    events.note(session, act, "trace_given", Story("a claim's history was given out", facts))


def _taken(row: Any, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}


def _header(bundle: Bundle) -> dict[str, Any]:
    """Who bills whom for what; providers and payers are business data."""
    header = _taken(bundle.claim, _HEADER)
    header["payer"] = bundle.payer.name if bundle.payer else None
    for role, provider in (("billing", bundle.billing), ("rendering", bundle.rendering)):
        names = (provider.given, provider.name) if provider else ()
        header[role] = " ".join(name for name in names if name) or None
        header[f"{role}_npi"] = provider.npi if provider else None
    return header


def _events(session: Session, claim_id: str, phi: bool) -> Rows:
    columns = _taken(EventRow, f"{_EVENT} note" if phi else _EVENT)
    chain = select(*columns.values()).where(col(EventRow.subject) == claim_id).order_by(col(EventRow.number))
    return [dict(row._mapping) for row in session.execute(chain)]


def _documents(session: Session, claim_id: str, phi: bool, raw: bool) -> Rows:
    names = f"id sha256 kind direction size archived_at {'name' if phi else ''} {'content' if raw else ''}"
    roles: dict[str, list[str]] = {}
    for paper in papers(session, [claim_id]):
        roles.setdefault(paper.document_id, []).append(paper.what)
    columns = _taken(Document, names).values()
    found = select(*columns).where(col(Document.id).in_(roles)).order_by(col(Document.archived_at))
    rows = [dict(row._mapping) for row in session.execute(found)]
    return [_document(row, roles[row.pop("id")]) for row in rows]


def _document(row: dict[str, Any], what: list[str]) -> dict[str, Any]:
    if "content" in row:
        row["content"] = row["content"].decode("utf-8", "replace")
    return {"what": ", ".join(dict.fromkeys(what)), **row}
