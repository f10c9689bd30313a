"""What payers paid against what their contracts say, line by line, with the evidence; and codes they changed.

Expected is what the contract allows, less what the payer left to the patient, less sequestration. Lines that
are refused stand with the denials, and what a later payer pays follows from the payer before: neither is
judged here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from claims.codes.lookup import Codes
from claims.model import Account, Claim, ClaimLine, Filing, Remittance, RemittanceClaim
from claims.model.among import among
from claims.money.contracts import Price, Service, prices, sequestration, terms, wanted
from claims.money.ledger import CENT
from claims.money.ruling import treated
from claims.money.said import ZERO, Said, SaidLine, said_of
from claims.portions import in_portions
from config.payers import PayerProfile

JUDGED = ("paid", "partially_paid", "zero_paid")
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Variance:
    """One line that was paid otherwise than the contract says, or under another code than was billed.

    ``kind`` is underpaid, downcoded or overpaid; ``difference`` is paid less expected, negative where money
    is missing, None where the contract has no rate; ``evidence`` says all in words, without patient data.
    """

    kind: str
    claim_id: str
    remittance_claim_id: str
    payer: str
    code: str
    adjudicated: str
    modifiers: tuple[str, ...]
    day: date
    billed: Decimal
    expected: Decimal | None
    paid: Decimal
    difference: Decimal | None
    remittance: str
    paid_on: date
    position: str
    contract: str
    evidence: str

    def as_json(self) -> dict[str, Any]:
        plain = asdict(self) | {"modifiers": list(self.modifiers)}
        return {k: str(v) if isinstance(v, Decimal | date) else v for k, v in plain.items()}


@dataclass(frozen=True, slots=True)
class Paid:
    """A standing adjudication by the first payer, and the lines that were billed."""

    row: RemittanceClaim
    filing: Filing
    remittance: Remittance
    what: Said
    lines: Mapping[str, ClaimLine]

    @property
    def services(self) -> list[Service]:
        """Every line that the payer speaks of, as it was billed; one that is none of ours as it was said."""
        return [_service(line, self.lines.get(line.line_id or ""), self.filing) for line in self.what.lines]


def _service(said: SaidLine, ours: ClaimLine | None, filing: Filing) -> Service:
    units = said.units if said.units is not None else Decimal(1)
    day = said.day or filing.created_at.date()
    if ours is None or ours.procedure_code is None:
        return Service(said.submitted_code or said.code, said.modifiers, units, said.charge, day)
    place = ours.place_of_service or ""
    return Service(ours.procedure_code, tuple(ours.modifiers), ours.units, said.charge, ours.from_date, place)


def variances(
    session: Session,
    codes: Codes,
    payers: Mapping[str, PayerProfile],
    *,
    since: date | None = None,
    claim_ids: Sequence[str] | None = None,
) -> list[Variance]:
    """Over the adjudications that still stand: of payments from ``since`` on, or of these claims."""
    found: list[Variance] = []
    for chunk in in_portions(_standing(session, since, claim_ids), _CHUNK):
        several = list(_with_lines(session, chunk))
        beside = _beside(session, several)
        for each in several:
            payer_id = each.remittance.payer_id
            near = beside.get(each.filing.claim_id, ())
            day = [other for other in near if other.remittance.payer_id == payer_id]
            found += _judge(codes, payers.get(payer_id), each, day)
    return found


def _standing(
    session: Session, since: date | None, claim_ids: Sequence[str] | None
) -> Sequence[tuple[RemittanceClaim, Filing, Remittance]]:
    query = (
        select(RemittanceClaim, Filing, Remittance)
        .join(Filing, col(Filing.id) == col(RemittanceClaim.filing_id))
        .join(Remittance, col(Remittance.id) == col(RemittanceClaim.remittance_id))
        .where(
            col(RemittanceClaim.undone_by).is_(None),
            col(RemittanceClaim.outcome).in_(JUDGED),
            Filing.sequence == "P",
        )
        .order_by(col(Remittance.paid_on), col(Remittance.id), col(RemittanceClaim.position))
    )
    if since is not None:
        query = query.where(col(Remittance.paid_on) >= since)
    if claim_ids is not None:
        query = query.where(among(col(RemittanceClaim.claim_id), claim_ids))
    return session.exec(query).all()


def _with_lines(
    session: Session, rows: Iterable[tuple[RemittanceClaim, Filing, Remittance]]
) -> Iterator[Paid]:
    several = list(rows)
    lines: dict[str, dict[str, ClaimLine]] = {}
    ids = {filing.claim_id for _, filing, _ in several}
    for line in session.exec(select(ClaimLine).where(among(col(ClaimLine.claim_id), ids))):
        lines.setdefault(line.claim_id, {})[line.id] = line
    for row, filing, remittance in several:
        yield Paid(row, filing, remittance, said_of(row.body), lines.get(filing.claim_id, {}))


def _beside(session: Session, several: Sequence[Paid]) -> dict[str, list[Paid]]:
    """By claim every CLP of its patient's same days at the same practice, where there is more than one: of
    other claims, or of one that the payer split. A contract ranks the procedures of a day, not of a claim."""
    claims = Counter(each.filing.claim_id for each in several)
    near = {claim_id: {claim_id} for claim_id, clps in claims.items() if clps > 1}
    for claim_id, other in session.exec(_same_days(list(claims))):
        near.setdefault(claim_id, {claim_id}).add(other)
    by_claim: dict[str, list[Paid]] = {}
    for each in _with_lines(session, _standing(session, None, [*chain(*near.values())]) if near else ()):
        by_claim.setdefault(each.filing.claim_id, []).append(each)
    return {mine: [paid for id in sorted(ids) for paid in by_claim.get(id, [])] for mine, ids in near.items()}


def _same_days(claim_ids: Sequence[str]) -> Select[str, str]:
    """Each of the claims with each other one of its patient, of the same biller and with days in common."""
    mine, other = aliased(Claim), aliased(Claim)
    together = (
        (col(other.patient_id) == mine.patient_id)
        & (col(other.billing_id) == mine.billing_id)
        & (col(other.id) != mine.id)
        & (col(other.from_date) <= mine.through_date)
        & (col(other.through_date) >= mine.from_date)
    )
    return select(mine.id, other.id).join(other, together).where(among(col(mine.id), claim_ids))


def _judge(codes: Codes, profile: PayerProfile | None, paid: Paid, day: Sequence[Paid]) -> Iterator[Variance]:
    """``day`` is what the payer paid on the same days, this one with it or not."""
    services, payer_id = paid.services, paid.remittance.payer_id
    earlier = [service for each in day if each.row.id < paid.row.id for service in each.services]
    later = [service for each in day if each.row.id > paid.row.id for service in each.services]
    of_the_day = [*earlier, *services, *later]  # in one order for all, where several are worth the same
    codes.prepare(wanted(payer_id.upper(), of_the_day))
    found = prices(codes, payer_id, of_the_day, profile)[len(earlier) :][: len(services)]
    for number, (said, service, price) in enumerate(
        zip(paid.what.lines, services, found, strict=True), start=1
    ):
        expected = _expected(said, price, profile)
        kind = _kind(said, service, expected, terms(profile).tolerance)
        if kind:
            yield _told(kind, paid, number, said, service, price, expected)


def _expected(said: SaidLine, price: Price, profile: PayerProfile | None) -> Decimal | None:
    """What the payer itself owes; None where the contract does not say or part of the line is refused."""
    rules = [(each, treated(said, each)) for each in said.adjustments]
    refused = any(rule.denial and each.amount > 0 for each, rule in rules)
    if price.allowed is None or refused:
        return None
    shares = sum((e.amount for e, rule in rules if rule.account is Account.PATIENT and not rule.denial), ZERO)
    due = max(price.allowed - shares, ZERO)
    return (due - due * sequestration(profile) / 100).quantize(CENT)


def _kind(said: SaidLine, service: Service, expected: Decimal | None, tolerance: Decimal) -> str:
    if said.code and service.code and said.code != service.code:
        return "downcoded"
    if expected is None or abs(said.paid - expected) <= tolerance:
        return ""
    return "underpaid" if said.paid < expected else "overpaid"


def _told(
    kind: str,
    paid: Paid,
    number: int,
    said: SaidLine,
    service: Service,
    price: Price,
    expected: Decimal | None,
) -> Variance:
    position = f"CLP {paid.row.position} SVC {number}"
    difference = None if expected is None else said.paid - expected
    return Variance(
        kind=kind,
        claim_id=paid.filing.claim_id,
        remittance_claim_id=paid.row.id,
        payer=paid.remittance.payer_id,
        code=service.code,
        adjudicated=said.code,
        modifiers=service.modifiers,
        day=service.day,
        billed=said.charge,
        expected=expected,
        paid=said.paid,
        difference=difference,
        remittance=paid.remittance.trace,
        paid_on=paid.remittance.paid_on,
        position=position,
        contract=str(price.rate) if price.rate else "no rate for this code",
        evidence=_evidence(said, service, price, expected, f"payment {paid.remittance.trace} {position}"),
    )


def _evidence(said: SaidLine, service: Service, price: Price, expected: Decimal | None, where: str) -> str:
    billed = "-".join((service.code, *service.modifiers))
    what = f"{billed} decided as {said.code}" if said.code != service.code else billed
    owed = f"{expected} expected" if expected is not None else price.why_not or "no rate to compare with"
    by = "; ".join(str(share) for share in price.shares)
    rate = f"; {price.rate}" if price.rate else ""
    return f"{what}: {said.paid} paid, {owed} ({where}{rate}{'; ' + by if by else ''})"
