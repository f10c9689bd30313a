"""Authorizations as people look at them: what was granted, what is left, which lines used it."""

from typing import Any

from sqlmodel import Session, col, select

from claims.authorization_record import left, used
from claims.errors import NotFound
from claims.model import Authorization, Coverage


def authorizations_seen(session: Session, patient_id: str | None = None) -> list[dict[str, Any]]:
    """Every one on record, the latest first; of one patient where it is named."""
    query = select(Authorization).order_by(col(Authorization.opened_at).desc(), col(Authorization.id))
    if patient_id is not None:
        query = query.join(Coverage, col(Coverage.id) == col(Authorization.coverage_id)).where(
            Coverage.patient_id == patient_id
        )
    return [_seen(session, row) for row in session.exec(query)]


def one_authorization(session: Session, authorization_id: str) -> dict[str, Any]:
    """With the lines that count against it; raises NotFound."""
    row = session.get(Authorization, authorization_id)
    if row is None:
        raise NotFound(
            f"No authorization {authorization_id}.", tip="List them with `cleanclaim authorizations list`."
        )
    lines = [
        {"claim": each.claim_id, "day": each.day, "code": each.code, "units": f"{each.units.normalize():f}"}
        for each in (used(session, row) if row.number else [])
    ]
    return {**_seen(session, row), "lines": lines}


def _seen(session: Session, row: Authorization) -> dict[str, Any]:
    counted = used(session, row) if row.number and row.units else []
    return {
        "id": row.id,
        "payer": row.payer_id,
        "state": row.state,
        "number": row.number,
        "codes": row.codes,
        "granted": row.units,
        "left": {code: f"{units.normalize():f}" for code, units in left(row, counted).items()},
        "from": row.valid_from,
        "to": row.valid_to,
        "claim": row.claim_id,
        "reference": row.reference,
        "reasons": row.reasons,
        "entered_by": row.entered_by,
        "asked_at": row.asked_at,
        "answered_at": row.answered_at,
    }
