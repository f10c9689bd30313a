"""What every connector promises, against the sandbox's real servers.

A new way joins with a row in ``WAYS``: how it is opened, and what it can and cannot say.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from connect_side import KEY, OtherSide, claim_file, next_control, question

from claims.clock import SystemClock
from claims.connect import (
    AppealMessage,
    Garbled,
    NotCarried,
    Refused,
    Unauthorised,
    Unavailable,
    Unconfirmed,
)
from claims.connect.clearinghouse import ClearinghouseConnector
from claims.connect.core_rest import core_rest
from claims.connect.core_soap import core_soap
from claims.connect.http import HttpConnector
from config.web_partners import ClearinghousePartner, ConnectorSettings, CoreRestPartner, CoreSoapPartner

PATIENCE = {"timeout_seconds": 5.0, "attempts": 3, "deadline_seconds": 20.0}


@dataclass(frozen=True)
class Way:
    """``keyed``: a send in doubt is repeated under its key; ``letters``: it carries appeals;
    ``acknowledges``: it takes our 999 and TA1."""

    open: Callable[..., Any]
    keyed: bool = False
    letters: bool = False
    acknowledges: bool = True


def _http(url: str, key: str, **settings: Any) -> Any:
    partner = ConnectorSettings(base_url=url, receiver_id="SBXCLEAR", api_key=key, **settings)
    return HttpConnector("p", partner, "PRACTICE1", Path(), SystemClock(), first_wait=0.01)


_CORE: dict[str, Any] = {
    "receiver_id": "SBXCLEAR",
    "resend_seconds": 0,
    "never_received": ["PayloadIDIllegal"],
    "pick_up": ["X12_005010_Request_BatchResultsMixed"],
}


def _core_rest(url: str, key: str, **settings: Any) -> Any:
    own = {"token_url": f"{url}/core/v4/token", "client_id": "us", "client_secret": key}
    partner = CoreRestPartner(base_url=f"{url}/core/v4", **_CORE, **own, **settings)
    return core_rest("p", partner, "PRACTICE1", Path(), SystemClock(), first_wait=0.01)


def _core_soap(url: str, key: str, **settings: Any) -> Any:
    own = {"base_url": f"{url}/core/soap", "username": "us", "password": key}
    partner = CoreSoapPartner(**own, **_CORE, **settings)
    return core_soap("p", partner, "PRACTICE1", Path(), SystemClock(), first_wait=0.01)


def _clearinghouse(url: str, key: str, **settings: Any) -> Any:
    home = f"{url}/clearinghouse"
    partner = ClearinghousePartner(
        base_url=f"{home}/healthcare",
        core_url=f"{home}/core",
        receiver_id="SBXCLEAR",
        api_key=key,
        look_back_days=3650,
        **settings,
    )
    return ClearinghouseConnector("p", partner, Path(), SystemClock(), first_wait=0.01)


WAYS = {
    "http": Way(_http, letters=True),
    "core-rest": Way(_core_rest),
    "core-soap": Way(_core_soap),
    "clearinghouse": Way(_clearinghouse, keyed=True, acknowledges=False),
}
IN_DOUBT = (
    "status:503",
    "status:500",
    "garbage",
    "hang",
    "close_before_read",
    "close_after_accept",
    "truncate",
)


@pytest.fixture(params=sorted(WAYS))
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]


@pytest.fixture
def call(way: Way, other_side: OtherSide):
    """One call on a fresh connector, which is closed afterwards: ``call("mailbox")``."""

    def once(
        method: str, *arguments: Any, key: str = KEY, url: str = "", patience: Any = None, **named: Any
    ) -> Any:
        async def run() -> Any:
            connector = way.open(url or other_side.url, key, **{**PATIENCE, **(patience or {})})
            try:
                keyed = {"key": named.pop("_key")} if "_key" in named else {}
                return await getattr(connector, method)(*arguments, **named, **keyed)
            finally:
                await connector.close()

        return asyncio.run(run())

    return once


@pytest.fixture
def send(call):
    """Hand over an 837: ``send(control)``."""

    def once(control: str, content: bytes | None = None, **patience: Any) -> Any:
        connection = {name: patience.pop(name) for name in ("url",) if name in patience}
        sent = claim_file(control) if content is None else content
        return call(
            "submit", sent, control_number=control, _key=f"batch-{control}", patience=patience, **connection
        )

    return once


def test_what_is_accepted_has_a_receipt_that_can_be_asked_for(call, send, other_side):
    receipt = send(control := next_control())
    assert receipt.number
    assert other_side.arrived(control)
    assert call("find_submission", control, first_sent=datetime.now(UTC)).number


def test_what_never_came_is_told_so(call):
    assert call("find_submission", next_control(), first_sent=datetime.now(UTC)) is None


def test_what_is_no_claim_file_is_refused_and_not_repeated(send, other_side):
    with pytest.raises(Refused):
        send(control := next_control(), b"this is no interchange")
    assert not other_side.arrived(control)


@pytest.mark.parametrize("how", IN_DOUBT)
def test_a_send_in_doubt_is_asked_for_and_arrives_once(way, call, send, other_side, how):
    control = next_control()
    other_side.fault("submissions", how, 1)
    patience = {"timeout_seconds": 0.3} if how == "hang" else {}
    if way.keyed:
        assert send(control, **patience).number
    else:
        with pytest.raises(Unconfirmed):
            send(control, **patience)
        assert (
            call("find_submission", control, first_sent=datetime.now(UTC)) is not None
        ) == other_side.arrived(control)
        send(control)
    assert other_side.times(control) == 1


def test_what_was_not_taken_for_too_many_calls_is_repeated_when_it_may_be(send, other_side):
    other_side.fault("submissions", "status:429", 1)
    begun = monotonic()
    assert send(next_control()).number
    assert monotonic() - begun >= 1.0


def test_a_wait_beyond_the_deadline_is_not_waited_for(send, other_side):
    other_side.fault("submissions", "status:429", 1)
    begun = monotonic()
    with pytest.raises(Unavailable, match="429"):
        send(control := next_control(), deadline_seconds=0.8)
    assert monotonic() - begun < 0.8
    assert not other_side.arrived(control)


def test_the_deadline_ends_all_attempts_together(call, other_side):
    other_side.fault("mailbox", "slow:0.25", 9)
    begun = monotonic()
    with pytest.raises(Unavailable):
        call("mailbox", patience={"timeout_seconds": 0.2, "attempts": 9, "deadline_seconds": 0.7})
    assert monotonic() - begun < 1.0


@pytest.mark.parametrize("kind", ["270", "276"])
def test_a_question_is_answered_in_real_time(call, kind):
    method, answer = {"270": ("eligibility", b"ST*271*"), "276": ("status", b"ST*277*")}[kind]
    assert answer in call(method, question(kind))


@pytest.mark.parametrize("kind", ["http", "core-rest", "core-soap"])
def test_an_authorization_is_asked_for_and_in_doubt_not_repeated(kind, other_side):
    async def review() -> bytes:
        connector = WAYS[kind].open(other_side.url, KEY, **PATIENCE)
        try:
            return await connector.review(question("278"), inquiry=False)
        finally:
            await connector.close()

    assert b"ST*278*" in asyncio.run(review())
    place = "authorizations" if kind == "http" else "eligibility"
    other_side.fault(place, "close_before_read", 1)
    with pytest.raises(Unconfirmed):
        asyncio.run(review())


@pytest.mark.parametrize(
    "how", ["status:503", "close_before_read", "close_after_accept", "truncate", "status:429"]
)
def test_a_question_is_repeated_until_it_is_answered(call, other_side, how):
    other_side.fault("eligibility", how, 1)
    assert b"ST*271*" in call("eligibility", question())


def test_a_question_that_is_met_with_silence_is_unavailable(call, other_side):
    other_side.fault("eligibility", "hang", 9)
    with pytest.raises(Unavailable):
        call("eligibility", question(), patience={"timeout_seconds": 0.1, "attempts": 2})


def test_garbage_is_no_answer(call, other_side):
    other_side.fault("mailbox", "garbage", 9)
    with pytest.raises(Garbled):
        call("mailbox")


def test_the_mailbox_is_emptied_once(way, send, other_side):
    send(next_control())
    send(next_control())

    async def empty() -> list[list[bytes]]:
        connector = way.open(other_side.url, KEY, **PATIENCE)
        rounds = []
        for _ in range(2):
            files = await connector.mailbox()
            rounds.append([await connector.fetch(file.id) for file in files])
            for file in files:
                await connector.done(file.id)
        await connector.close()
        return rounds

    first, second = asyncio.run(empty())
    assert len(first) == 2
    assert all(b"TA1*" in content and content.startswith(b"ISA") for content in first)
    assert second == []


def test_what_is_listed_and_not_confirmed_is_listed_again_under_the_same_id(call, send):
    send(next_control())
    (before,), (after,) = call("mailbox"), call("mailbox")
    assert before == after


def test_our_acknowledgement_arrives_once_however_often_it_is_sent(way, call, other_side):
    ours = claim_file(next_control()).split(b"GS*")[0] + b"TA1*000000042*260302*0930*A*000~IEA*0*000000001~"
    before = len(other_side.ledger()["acknowledgements"])
    other_side.fault("acknowledgements", "close_after_accept", 1)
    if not way.acknowledges:
        with pytest.raises(NotCarried):
            call("acknowledge", ours, _key="ack-1")
        return
    call("acknowledge", ours, _key=f"ack-{next_control()}")
    assert len(other_side.ledger()["acknowledgements"]) == before + 1


def test_wrong_credentials_are_told_from_trouble_and_nothing_is_taken(call, other_side):
    control = next_control()
    with pytest.raises(Unauthorised):
        call("submit", claim_file(control), control_number=control, _key="k", key="wrong")
    assert not other_side.arrived(control)


def test_a_closed_port_means_that_nothing_was_sent(send):
    with pytest.raises(Unavailable):
        send(next_control(), url="http://127.0.0.1:9", attempts=1)


def test_an_appeal_goes_or_is_said_not_to_go_this_way(way, call):
    message = AppealMessage("SBXCO", "NONE", "P1", 1, "reason", "0" * 64, b"%PDF-1.7")
    with pytest.raises(Refused) as refused:
        call("appeal", message, _key="appeal-1")
    assert isinstance(refused.value, NotCarried) == (not way.letters)
