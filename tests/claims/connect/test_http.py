"""The HTTP connector against the sandbox's real server: what each failure means, and what is repeated."""

import asyncio
from datetime import date
from pathlib import Path

import httpx
import pytest

from claims.clock import SystemClock
from claims.connect import (
    Enclosure,
    Garbled,
    RecordsMessage,
    Refused,
    Unauthorised,
    Unavailable,
    Unconfirmed,
)
from claims.connect.http import HttpConnector
from config.connectors import ConnectorSettings
from deployments.sandbox import running

CLAIM_FILE = (
    b"ISA*00*          *00*          *ZZ*TESTER         *ZZ*SANDBOX        "
    b"*260301*0700*^*00501*000000001*0*T*:~IEA*0*000000001~"
)


@pytest.fixture
def sandbox():
    with running(today=date(2026, 3, 2), api_key="s3cret") as url:
        yield url


@pytest.fixture
def faults(sandbox):
    def put(on: str, how: str, times: int = 1) -> None:
        rows = [{"on": on, "how": how, "times": times}]
        headers = {"authorization": "Bearer s3cret"}
        httpx.put(f"{sandbox}/sandbox/faults", json=rows, headers=headers).raise_for_status()

    return put


def call(url: str, method: str, *arguments, key="s3cret", attempts=3, timeout=2.0, idempotency=None, **named):
    """One call on a fresh connector, which is closed afterwards."""
    keyed = {"key": idempotency} if idempotency else {}

    async def once():
        settings = ConnectorSettings(
            base_url=url,
            receiver_id="SANDBOX",
            api_key=key,
            timeout_seconds=timeout,
            attempts=attempts,
            deadline_seconds=20,
        )
        connector = HttpConnector("sandbox", settings, "TESTER", Path(), SystemClock(), first_wait=0.01)
        try:
            return await getattr(connector, method)(*arguments, **named, **keyed)
        finally:
            await connector.close()

    return asyncio.run(once())


def repeats(url: str) -> int:
    """How often the sandbox was handed something that it already had."""
    ledger = httpx.get(f"{url}/sandbox/ledger", headers={"authorization": "Bearer s3cret"}).json()
    return ledger["repeats"]


def send(url: str, **settings):
    return call(url, "submit", CLAIM_FILE, control_number="000000001", idempotency="batch-1", **settings)


@pytest.mark.parametrize("how", ["status:503", "status:500", "close_before_read"])
def test_an_inquiry_is_repeated_until_it_is_answered(sandbox, faults, how):
    faults("mailbox", how, 2)
    assert call(sandbox, "mailbox") == []


def test_an_inquiry_that_is_never_answered_is_unavailable(sandbox, faults):
    faults("mailbox", "status:503", 10)
    with pytest.raises(Unavailable, match="503"):
        call(sandbox, "mailbox")


def test_a_server_that_hangs_is_unavailable_after_the_time_out(sandbox, faults):
    faults("mailbox", "hang", 5)
    with pytest.raises(Unavailable, match="No answer"):
        call(sandbox, "mailbox", attempts=1, timeout=0.3)


def test_garbage_in_a_listing_is_garbled(sandbox, faults):
    faults("mailbox", "garbage", 5)
    with pytest.raises(Garbled):
        call(sandbox, "mailbox")


def test_wrong_credentials_are_told_from_trouble(sandbox):
    with pytest.raises(Unauthorised, match="401"):
        call(sandbox, "mailbox", key="wrong")


def test_a_submission_gives_a_receipt_that_can_be_asked_for(sandbox):
    receipt = send(sandbox)
    assert call(sandbox, "find_submission", "000000001").number == receipt.number


def test_a_submission_that_never_arrived_is_not_found(sandbox):
    assert call(sandbox, "find_submission", "000000009") is None


@pytest.mark.parametrize(
    "how",
    ["status:503", "status:500", "hang", "close_before_read", "close_after_accept", "garbage", "truncate"],
)
def test_a_submission_whose_end_is_not_known_is_unconfirmed_and_not_repeated(sandbox, faults, how):
    faults("submissions", how)
    with pytest.raises(Unconfirmed):
        send(sandbox)
    assert repeats(sandbox) == 0


def test_a_submission_is_repeated_when_the_receiver_asked_to_slow_down(sandbox, faults):
    faults("submissions", "status:429", 1)
    assert send(sandbox).number
    assert repeats(sandbox) == 0


def test_a_submission_to_a_closed_port_is_unavailable_so_nothing_was_sent():
    with pytest.raises(Unavailable, match="ConnectError"):
        send("http://127.0.0.1:9", attempts=1)


def test_a_refused_submission_is_not_repeated(sandbox, faults):
    faults("submissions", "status:400")
    with pytest.raises(Refused, match="400"):
        send(sandbox)


def test_records_for_a_claim_that_the_payer_does_not_know_are_refused_and_never_found(sandbox):
    message = RecordsMessage("SBXCO", "NONE", "P1", (Enclosure("0" * 64, "text/plain", b"seen twice"),))
    with pytest.raises(Refused):
        call(sandbox, "records", message, idempotency="records-1")
    assert call(sandbox, "find_records", "records-1") is None
