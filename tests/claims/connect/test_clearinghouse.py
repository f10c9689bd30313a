"""What a JSON clearinghouse does beside what every partner does: keys with an end, codes of its own."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import connect_side
import pytest
from connect_side import KEY, OtherSide, claim_file, next_control

from claims.clock import SystemClock
from claims.connect import NotCarried, Refused, Unknowable
from claims.connect.clearinghouse import ClearinghouseConnector
from config.web_partners import ClearinghousePartner


def call(side: OtherSide, method: str, *arguments: Any, **named: Any) -> Any:
    async def once() -> Any:
        partner = ClearinghousePartner(
            base_url=f"{side.url}/clearinghouse/healthcare",
            core_url=f"{side.url}/clearinghouse/core",
            receiver_id="SBXCLEAR",
            api_key=KEY,
            look_back_days=3650,
            attempts=2,
        )
        connector = ClearinghouseConnector("p", partner, Path(), SystemClock(), first_wait=0.01)
        keyed = {"key": named.pop("idempotency")} if "idempotency" in named else {}
        try:
            return await getattr(connector, method)(*arguments, **named, **keyed)
        finally:
            await connector.close()

    return asyncio.run(once())


def send(side: OtherSide, control: str, key: str, content: bytes = b"") -> Any:
    return call(side, "submit", content or claim_file(control), control_number=control, idempotency=key)


def test_a_key_is_trusted_only_as_long_as_its_receiver_keeps_it(other_side):
    control, now = next_control(), datetime.now(UTC)
    assert call(other_side, "find_submission", control, first_sent=now - timedelta(hours=23)) is None
    with pytest.raises(Unknowable):
        call(other_side, "find_submission", control, first_sent=now - timedelta(hours=25))


def test_after_a_day_the_same_key_would_be_taken_as_new():
    with connect_side.opened() as side:
        control = next_control()
        first, again = send(side, control, "k1"), send(side, control, "k1")
        assert first == again
        side.http.put("/sandbox/clock", json={"today": date(2026, 3, 4).isoformat()}).raise_for_status()
        assert send(side, control, "k1") != first
        assert side.times(control) == 2


def test_a_key_with_another_body_is_refused_with_its_code(other_side):
    control = next_control()
    send(other_side, control, f"key-{control}")
    with pytest.raises(Refused, match="422: IDEMPOTENCY_KEY_REUSED"):
        send(other_side, control, f"key-{control}", claim_file(next_control()))


def test_a_form_that_it_does_not_take_is_not_sent(other_side):
    with pytest.raises(NotCarried):
        send(other_side, next_control(), "k", b"ISA*no guide in here")


def test_a_refusal_tells_codes_and_never_words(other_side):
    content = b"no interchange"
    with pytest.raises(Refused, match="400: BAD_REQUEST") as refused:
        call(other_side, "eligibility", content)
    assert "sandbox.md" not in str(refused.value)
