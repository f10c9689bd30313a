"""Remittances that others wrote, posted against claims made for them. The files are not ours to ship."""

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from claims.bundle import Bundle
from claims.x12.envelope import read_file
from claims.x12.remit835_balance import balance_835
from claims.x12.remit835_read import read_835

CORPUS = Path(os.environ.get("CORPUS", "../shared/corpus"))
FILES = (
    sorted(path for path in CORPUS.rglob("*") if path.suffix == ".835" or "835_files" in str(path.parent))
    if CORPUS.is_dir()
    else []
)
needs_corpus = pytest.mark.skipif(not FILES, reason="the corpus of other people's files is not here")


def visit(accepted, claim, pcn: str) -> Bundle:
    lines = tuple(
        {
            "procedure_code": service.procedure.code,
            "modifiers": list(service.procedure.modifiers),
            "charge": service.charge,
            "units": service.quantity or Decimal(1),
        }
        for service in claim.services
    )
    return accepted(lines=lines or ({"charge": claim.charge},), filing={"pcn": pcn})


@needs_corpus
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_remittance_posts_to_the_cent_or_is_queued_with_its_reason(path, accepted, payer, owed):
    for transaction in read_file(path.read_bytes()).transactions:
        if transaction.type != "835":
            continue
        said = read_835(transaction)
        payments = [claim for claim in said.claims if claim.status != "22"]
        # A file may name one claim several times; each becomes a visit of its own here.
        numbered = {id(claim): f"C{n:09d}" for n, claim in enumerate(payments)}
        ours = [(visit(accepted, claim, numbered[id(claim)]), claim) for claim in payments]
        renamed = tuple(replace(claim, pcn=numbered[id(claim)]) for claim in payments)
        amount = sum((claim.paid for claim in renamed), Decimal(0))
        rest = replace(said, claims=renamed, provider_adjustments=())
        payment = replace(said.payment, amount=amount, date=said.payment.date or date(2026, 3, 2))
        rest = replace(rest, payment=payment, payer=replace(said.payer, last="SANDBOX COMMERCIAL"))
        if balance_835(rest):
            assert payer.receive(rest).state == "queued"
            continue
        assert payer.receive(rest).unmatched == 0
        assert sum(owed(bundle).paid for bundle, _ in ours) == amount
        for bundle, claim in ours:
            now = owed(bundle)
            assert (now.charge, now.paid) == (claim.charge, claim.paid)
            assert now.charge == now.paid + now.patient + now.adjusted + now.open
