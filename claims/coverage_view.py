"""A claim's coverage as its payers told it: each answer with benefits, advice and, on demand, the raw 271."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from claims.archive import document
from claims.benefits import BenefitLine, plan_dates, span, told
from claims.codes import code_set
from claims.eligibility import Asking
from claims.model import Claim, Coverage, EligibilityCheck, Exchange, Patient
from claims.x12.eligibility import Answer271
from claims.x12.eligibility_read import read_271
from claims.x12.envelope import read_file
from claims.x12.syntax import X12Error


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer. ``plans``, ``messages`` and ``raw`` are told only to who asked for patient data."""

    payer: str
    sequence: str
    asked_for: date
    at: datetime
    outcome: str
    advice: str
    dates: str
    benefits: list[BenefitLine] = field(default_factory=list)
    plans: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    raw: str = ""

    def as_json(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain["benefits"] = [line.as_json() for line in self.benefits]
        return {name: value for name, value in plain.items() if value not in ("", [])}


def coverage_seen(session: Session, claim: Claim, *, phi: bool = False) -> list[Seen]:
    """Every answer on the claim's patient that was asked for it or for its visit, the latest first."""
    rows = session.exec(
        select(EligibilityCheck, Coverage)
        .join(Coverage, col(Coverage.id) == col(EligibilityCheck.coverage_id))
        .where(
            Coverage.patient_id == claim.patient_id,
            or_(col(EligibilityCheck.claim_id) == claim.id, col(EligibilityCheck.claim_id).is_(None)),
        )
        .order_by(col(EligibilityCheck.at).desc(), col(EligibilityCheck.id).desc())
    ).all()
    return [_seen(session, check, coverage, phi=phi) for check, coverage in rows]


def advice_on(code: str | None) -> str:
    """What an AAA code means, who mends it, and whether it is asked again."""
    if not code:
        return ""
    rows = code_set("reject_reason").rows.get(code)
    if not rows:
        return f"AAA {code}: our table does not have it. Call the payer."
    row = rows[0].more
    again = "it is asked again by itself" if row["retry"] == "1" else "asking again as it is will not help"
    return f"AAA {code}: {row['words']}. {row['tip']} ({row['queue']}; {again})"


def _seen(session: Session, check: EligibilityCheck, coverage: Coverage, *, phi: bool) -> Seen:
    answer, raw = _answer(session, check, coverage)
    return Seen(
        payer=coverage.payer_id,
        sequence=coverage.sequence,
        asked_for=check.asked_for,
        at=check.at,
        outcome=check.outcome,
        advice=advice_on(check.reject_code),
        dates=span(plan_dates(answer)) if answer else "",
        benefits=told(check.benefits),
        plans=_each(benefit.plan for benefit in answer.benefits) if answer and phi else [],
        messages=_each(x for benefit in answer.benefits for x in benefit.messages) if answer and phi else [],
        raw=raw if phi else "",
    )


def _each(texts: Any) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))


def _answer(session: Session, check: EligibilityCheck, coverage: Coverage) -> tuple[Answer271 | None, str]:
    """The answer as it was archived, and its text. The file may hold other patients' answers too: the text is
    only given where it holds this one alone."""
    exchange = session.get(Exchange, check.exchange_id) if check.exchange_id else None
    if exchange is None or exchange.answer_document_id is None:
        return None, ""
    content = document(session, exchange.answer_document_id).content
    try:
        found = read_file(content)
    except X12Error:
        return None, ""
    answers = [each for one in found.transactions if one.type == "271" for each in read_271(one)]
    patient = session.get_one(Patient, coverage.patient_id)
    trace = Asking(coverage, patient, check.asked_for, None).trace
    return _of(answers, trace), content.decode("latin-1") if len(answers) == 1 else ""


def _of(answers: Sequence[Answer271], trace: str) -> Answer271 | None:
    return next((each for each in answers if any(t.number == trace for t in each.traces)), None)
