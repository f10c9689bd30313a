"""Past claims as they were filed: read back from the archived files, with what the payers decided on them.

A claim that was denied is often another one by now, corrected and filed again; a rule must be tried on what
went out. Each filing is judged by itself: the patient's other claims of that day are not looked up again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from sqlmodel import Session, col, select

from claims.archive import document
from claims.bundle import Bundle
from claims.errors import BadInput
from claims.filing import STANDING
from claims.intake import x837
from claims.intake.unstored import bundles_of
from claims.model import Adjudication, Batch, ClaimLine, Denial, Filing
from claims.model.among import among
from config.payers import PayerProfile

Payers = Mapping[str, PayerProfile]


@dataclass(frozen=True, slots=True)
class Filed:
    """One decided filing as it went out on ``day``; ``denials`` are what the payer refused of it."""

    filing: Filing
    bundle: Bundle
    day: date
    denials: tuple[Denial, ...]

    @property
    def good(self) -> bool:
        return not self.denials and self.filing.adjudication is Adjudication.PAID

    def line_of(self, denial: Denial, numbers: Mapping[str, int]) -> ClaimLine | None:
        """The line that was refused; None where the claim as a whole was."""
        number = numbers.get(denial.line_id or "")
        return next((line for line in self.bundle.lines if line.number == number), None)


def filed(
    session: Session, payers: Payers, since: date | None = None, most: int | None = None
) -> Iterator[Filed]:
    """The filings that a payer decided and whose file can be read, batch by batch, the latest first.

    ``most`` bounds how many; what stands beside it in memory is one batch.
    """
    query = (
        select(Filing, Batch)
        .join(Batch, col(Batch.id) == col(Filing.batch_id))
        .where(col(Filing.adjudication).in_(STANDING), col(Batch.document_id).is_not(None))
        .order_by(col(Batch.business_date).desc(), col(Batch.id))
        .limit(most)
    )
    if since is not None:
        query = query.where(Batch.business_date >= since)
    for _, several in groupby(session.exec(query).all(), key=lambda pair: pair[1].id):
        pairs = list(several)
        yield from _of_batch(session, pairs[0][1], [filing for filing, _ in pairs], payers)


def _of_batch(session: Session, batch: Batch, filings: Sequence[Filing], payers: Payers) -> Iterator[Filed]:
    by_pcn = _bundles(session, batch, payers)
    refused = select(Denial).where(among(col(Denial.filing_id), [filing.id for filing in filings]))
    denials: dict[str, list[Denial]] = {}
    for denial in session.exec(refused):
        denials.setdefault(denial.filing_id, []).append(denial)
    for filing in filings:
        if filing.pcn in by_pcn:
            found = tuple(denials.get(filing.id, ()))
            yield Filed(filing, by_pcn[filing.pcn], batch.business_date, found)


def _bundles(session: Session, batch: Batch, payers: Payers) -> dict[str, Bundle]:
    content = document(session, batch.document_id or "").content
    try:
        bundles = bundles_of(x837.read(content or b"").visits, payers)
    except BadInput:
        return {}
    return {bundle.claim.pcn: replace(bundle, filings=[]) for bundle in bundles}


def line_numbers(session: Session, denials: Sequence[Denial]) -> dict[str, int]:
    """The number on the claim of each refused line, by the line's id."""
    ids = {denial.line_id for denial in denials if denial.line_id}
    rows = session.exec(select(ClaimLine.id, ClaimLine.number).where(among(col(ClaimLine.id), ids)))
    return {id: number for id, number in rows if number > 0}
