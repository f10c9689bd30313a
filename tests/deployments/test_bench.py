"""What benches measure is what claims really do."""

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from claims import responses
from claims.archive import archive
from claims.database import reading, transaction
from claims.intake.importer import import_file
from claims.model import Claim, Stage
from claims.money.ledger import Balance, totals
from config.payers import load_payers
from config.settings import Settings, load_settings
from deployments.bench.doors import KEY
from deployments.bench.posting_claims import remittance, store_claims
from deployments.bench.visits import clean_visits
from deployments.bench.ways import KINDS, connect
from deployments.sandbox import running


def test_a_benchs_visits_are_claims_that_nothing_holds(session, act, tmp_path):
    (tmp_path / "cleanclaim.toml").write_text('profile = "sandbox"\nsynthetic_identifiers = true\n')
    settings = load_settings({"CLEANCLAIM_HOME": str(tmp_path)})
    import_file(
        session,
        clean_visits(range(1, 4), date(2026, 2, 16)),
        name="bench.csv",
        act=act,
        settings=settings,
        charge_map=None,
        payers=load_payers(settings),
    )
    session.flush()
    stages = [(claim.stage, claim.hold_reason) for claim in session.exec(select(Claim))]
    assert stages == [(Stage.ELIGIBILITY, None)] * 3


@pytest.fixture(scope="module")
def url():
    with running(api_key=KEY, sftp_port=0) as url:
        yield url


@pytest.mark.parametrize("kind", KINDS)
def test_a_benchs_payer_is_reached_by_each_kind_of_connector(url: str, kind: str, tmp_path):
    (tmp_path / "cleanclaim.toml").write_text('profile = "sandbox"\n')
    connect(tmp_path, kind, url)
    settings = load_settings({"CLEANCLAIM_HOME": str(tmp_path)})
    payer = load_payers(settings)["SBXCO"]
    assert settings.connectors[payer.connector].kind == kind
    assert settings.connectors[payer.asked_through or ""].kind in ("http", kind)


def test_the_bench_of_posting_pays_every_claim_that_it_stored(engine, act, tmp_path):
    content = remittance(store_claims(engine, act, 3))
    with transaction(engine) as session:
        kept = archive(session, content, kind="835", direction="in", at=act.at.real)
    payers = load_payers(Settings(home=tmp_path, profile="sandbox"))
    assert responses.apply(engine, act, kept, payers, "bench").changes == 3
    with reading(engine) as session:
        assert totals(session) == Balance(
            charge=Decimal("675.00"),
            paid=Decimal("450.00"),
            patient=Decimal("90.00"),
            adjusted=Decimal("135.00"),
            open=Decimal("0.00"),
        )
