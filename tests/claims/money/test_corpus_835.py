"""Remittances that others wrote, posted whole against claims made for them. The files are not ours to ship.

``corpus_835.csv`` says what becomes of each file, to the cent; docs/remittances.md shows it.
"""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import col, select

from claims.archive import archive
from claims.model import Payer, ProviderAdjustment, Remittance, RemittanceClaim
from claims.money import ledger
from claims.money.payments import post_again
from claims.x12.envelope import read_file
from claims.x12.remit835_read import read_835

CORPUS = Path(os.environ.get("CORPUS", "../shared/corpus"))
TABLE = Path(__file__).with_name("corpus_835.csv")
ROWS = {row["file"]: row for row in csv.DictReader(TABLE.read_text("utf-8").splitlines())}
FILES = sorted(path for path in CORPUS.rglob("*") if path.is_file() and b"ST*835*" in path.read_bytes())
needs_corpus = pytest.mark.skipif(not FILES, reason="the corpus of other people's files is not here")


def visit(accepted, claim):
    lines = tuple(
        {
            "procedure_code": service.procedure.code,
            "modifiers": list(service.procedure.modifiers),
            "charge": service.charge,
            "units": service.quantity or Decimal(1),
        }
        for service in claim.services
    )
    return accepted(lines=lines or ({"charge": claim.charge},), filing={"pcn": claim.pcn})


def become_the_payee(practice, session, said) -> None:
    """The practice that the file pays, and the payer that pays it."""
    practice.billing.npi, practice.billing.tax_id = said.payee.id, said.payee.reference("TJ") or None
    session.get_one(Payer, "SBXCO").name = said.payer.last
    session.add(practice.billing)
    session.flush()


def outcome(path: Path, accepted, practice, session, act, payers) -> dict[str, str]:
    """A row of the table: what the file says, and what came of it."""
    content = path.read_bytes()
    said = [read_835(t) for t in read_file(content).transactions if t.type == "835"]
    claims = [claim for each in said for claim in each.claims]
    for each in said:
        become_the_payee(practice, session, each)
    for claim in {claim.pcn: claim for claim in reversed(claims)}.values():
        visit(accepted, claim)
    kept = archive(session, content, kind="835", direction="in", at=act.at.real)
    post_again(session, act, kept, payers)
    session.flush()
    rows = session.exec(select(RemittanceClaim)).all()
    kept_back = session.exec(select(ProviderAdjustment)).all()
    money = ledger.totals(session)
    reasons = session.exec(select(Remittance.reason).where(col(Remittance.state) == "queued")).all()
    assert money.charge == money.paid + money.patient + money.adjusted + money.open
    return {
        "file": path.name,
        "payments": str(len(said)),
        "claims": str(len(claims)),
        "posted": str(sum(row.state == "posted" for row in rows)),
        "for_a_person": str(sum(row.state == "unmatched" for row in rows)),
        "payment": str(sum((each.payment.amount for each in said), Decimal("0.00"))),
        "provider_level": str(sum((each.amount for each in kept_back), Decimal("0.00"))),
        "billed": str(money.charge),
        "paid": str(money.paid),
        "adjusted": str(money.adjusted),
        "patient": str(money.patient),
        "open": str(money.open),
        "refused": "; ".join(reasons),
    }


@needs_corpus
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_remittance_posts_to_the_cent_or_is_refused_for_its_reason(
    path, accepted, practice, session, act, payers
):
    came = outcome(path, accepted, practice, session, act, payers)
    assert came == ROWS[path.name]
    if not came["refused"]:
        told = Decimal(came["payment"]) + Decimal(came["provider_level"])
        assert Decimal(came["paid"]) == told


@needs_corpus
def test_the_table_has_every_remittance_of_the_corpus():
    assert {path.name for path in FILES} == set(ROWS)
