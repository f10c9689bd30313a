"""What a patient's statement says, from the claim's ledger line by line."""

from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from claims.bundle import Bundle
from claims.documents.statement import Service, Statement
from claims.model import Account, Posting
from claims.money.ledger import Balance

PAY_WITHIN = timedelta(days=21)
_OFF = (Account.CONTRACTUAL, Account.WRITTEN_OFF)
_NOT_A_REASON = ("patient_payment", "patient_refund", "credit_applied", "write_off")
ZERO = Decimal("0.00")


def statement_of(
    session: Session, bundle: Bundle, owed: Balance, *, number: int, today: date, last: bool = False
) -> Statement:
    """The whole statement; a take-back and what followed it are one sum."""
    claim, patient, billing = bundle.claim, bundle.patient, bundle.billing
    services, paid_by_you = _services(session, bundle)
    place = [billing.line1, _town(billing.city, billing.state, billing.postal)] if billing else []
    name = f"{patient.given or ''} {patient.family or ''}".strip()
    home = [name, patient.line1, patient.line2, _town(patient.city, patient.state, patient.postal)]
    return Statement(
        number,
        today,
        [billing.name if billing else "Your doctor's office", *filter(None, place)],
        _phone(billing.phone if billing else None),
        [each for each in home if each],
        claim.pcn,
        claim.from_date,
        bundle.payer.name if bundle.payer else "",
        services,
        charged=owed.charge,
        off=owed.adjusted,
        paid_by_plan=owed.paid - paid_by_you,
        paid_by_you=paid_by_you,
        owed=owed.patient,
        pay_by=today + PAY_WITHIN,
        last=last,
    )


def _services(session: Session, bundle: Bundle) -> tuple[list[Service], Decimal]:
    """Every line of the bill, then what was decided on the claim as a whole; and what the patient paid."""
    lines = {
        line.id: Service(line.from_date, line.procedure_code or line.revenue_code or "", line.units, ZERO)
        for line in bundle.lines
    }
    whole, paid_by_you = Service(bundle.claim.from_date, "", Decimal(1), ZERO), ZERO
    postings = select(Posting).where(Posting.claim_id == bundle.claim.id).order_by(col(Posting.id))
    for posting in session.exec(postings):
        service = lines.get(posting.line_id or "", whole)
        service.charged -= _into(posting, Account.CHARGES)
        service.off += sum((_into(posting, account) for account in _OFF), ZERO)
        service.plan += _into(posting, Account.PAID_BY_PAYER)
        paid_by_you += _into(posting, Account.PAID_BY_PATIENT)
        if posting.kind == "to_next_payer":  # what one plan left, the next one decides anew
            for each in (*lines.values(), whole):
                each.why.clear()
        else:
            _explain(service, posting)
    told = [whole] if any((whole.charged, whole.off, whole.plan, *whole.why.values())) else []
    return [*lines.values(), *told], paid_by_you


def _explain(service: Service, posting: Posting) -> None:
    moved = _into(posting, Account.PATIENT)
    if moved and posting.kind not in _NOT_A_REASON:
        service.why[posting.kind] = service.why.get(posting.kind, ZERO) + moved


def _into(posting: Posting, account: Account) -> Decimal:
    """What the posting brings into the account; negative what it takes out of it."""
    return (posting.amount if posting.debit is account else ZERO) - (
        posting.amount if posting.credit is account else ZERO
    )


def _town(city: str | None, state: str | None, postal: str | None) -> str:
    zip_code = f"{postal[:5]}-{postal[5:]}" if postal and len(postal) == 9 else postal or ""
    return f"{city or ''}, {state or ''} {zip_code}".strip(", ")


def _phone(digits: str | None) -> str:
    if digits and len(digits) == 10 and digits.isdigit():
        return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    return digits or ""
