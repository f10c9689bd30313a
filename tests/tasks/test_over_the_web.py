"""The whole way over each web connector: 837 out, asked for in doubt, acknowledged, paid, posted, once."""

from datetime import date, timedelta

import connect_side
import pytest
from connect_side import KEY, OtherSide
from factories import Practice
from offices import AnyOffice

from claims.clock import FixedClock
from claims.connect.circuit import FAILURES
from claims.database import transaction
from claims.events import Act
from claims.model import Adjudication, Batch, Filing, Submission
from config.partners import Partner
from config.settings import Submitter
from config.web_partners import ClearinghousePartner, ConnectorSettings, CoreRestPartner, CoreSoapPartner
from tasks.assemble import assemble
from tasks.responses import collect
from tasks.runtime import Runtime
from tasks.send import Sending, Sent, send_batch

KINDS = ("http", "core-rest", "core-soap", "clearinghouse")
PATIENCE = {"receiver_id": "SBXCLEAR", "attempts": 1, "deadline_seconds": 10}


def partner(kind: str, url: str) -> Partner:
    core = {**PATIENCE, "pick_up": ["X12_005010_Request_BatchResultsMixed"]}
    if kind == "core-rest":
        token = {"token_url": f"{url}/core/v4/token", "client_id": "us", "client_secret": KEY}
        return CoreRestPartner(base_url=f"{url}/core/v4", **token, **core)
    if kind == "core-soap":
        return CoreSoapPartner(base_url=f"{url}/core/soap", username="us", password=KEY, **core)
    if kind == "clearinghouse":
        own = {"core_url": f"{url}/clearinghouse/core", "api_key": KEY}
        return ClearinghousePartner(base_url=f"{url}/clearinghouse/healthcare", **own, **PATIENCE)
    return ConnectorSettings(base_url=url, api_key=KEY, **PATIENCE)


@pytest.fixture
def side():
    with connect_side.opened() as side:
        yield side


class Office(AnyOffice):
    """A practice with one ready claim, whose payer is reached as ``kind`` says."""

    def __init__(self, rt: Runtime, side: OtherSide, kind: str, act: Act) -> None:
        known = {"connectors": {"sandbox": partner(kind, side.url)}, "submitter": Submitter(id="PRACTICE1")}
        self.rt = Runtime(rt.settings.model_copy(update=known), rt.engine, rt.payers, rt.clock)
        with transaction(rt.engine) as session:
            practice = Practice(session, act)
            practice.filing(practice.claim(coverage={"member_id": "PAY4711"}))
        self.run(assemble(self.rt, None, None))

    def send(self) -> Sent:
        return self.run(send_batch(self.rt, self.one(Batch).id, None))

    def collect(self) -> None:
        assert self.run(collect(self.rt, None)).problems == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_claim_goes_out_in_doubt_and_is_paid_once(rt: Runtime, side: OtherSide, act: Act, kind: str):
    office = Office(rt, side, kind, act)
    side.fault("submissions", "close_after_accept")
    sent = office.send()
    assert sent.outcome in (Sending.SENT, Sending.CONFIRMED), sent.message
    office.collect()
    assert office.one(Filing).submission is Submission.ACCEPTED
    clock = office.rt.clock
    assert isinstance(clock, FixedClock)
    clock.move(timedelta(days=15))
    side.http.put("/sandbox/clock", json={"today": date(2026, 3, 17).isoformat()}).raise_for_status()
    office.collect()
    assert office.one(Filing).adjudication is Adjudication.PAID
    office.collect()
    (claim,) = side.ledger()["claims"]
    assert (claim["received"], claim["outcome"]) == (1, "paid")


def test_a_payer_that_fails_again_and_again_is_left_alone(rt: Runtime, side: OtherSide, act: Act):
    office = Office(rt, side, "http", act)
    side.fault("submissions", "status:429", 99)
    told = [office.send().message for _ in range(FAILURES + 1)]
    assert "left alone" not in " ".join(told[:-1])
    assert "left alone" in told[-1]
    assert side.ledger()["claims"] == []
