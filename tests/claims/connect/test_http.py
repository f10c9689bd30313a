"""What the HTTP connector carries beside what every connector does: letters (see test_conformance)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from connect_side import KEY, OtherSide

from claims.clock import SystemClock
from claims.connect import AppealMessage, Enclosure, RecordsMessage, Refused, Unconfirmed
from claims.connect.http import HttpConnector
from config.web_partners import ConnectorSettings

LETTERS = {
    "appeal": AppealMessage("SBXCO", "NONE", "P1", 1, "reason", "0" * 64, b"%PDF-1.7"),
    "records": RecordsMessage("SBXCO", "NONE", "P1", (Enclosure("0" * 64, "text/plain", b"seen twice"),)),
}


def call(side: OtherSide, method: str, *arguments: Any, **named: Any) -> Any:
    async def once() -> Any:
        settings = ConnectorSettings(base_url=side.url, receiver_id="SANDBOX", api_key=KEY, attempts=2)
        connector = HttpConnector("p", settings, "PRACTICE1", Path(), SystemClock(), first_wait=0.01)
        try:
            return await getattr(connector, method)(*arguments, **named)
        finally:
            await connector.close()

    return asyncio.run(once())


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_about_a_claim_that_the_payer_does_not_know_is_refused_and_never_found(
    other_side, kind: str
):
    with pytest.raises(Refused):
        call(other_side, kind, LETTERS[kind], **{"key": "letter-1"})
    assert call(other_side, f"find_{kind}", "letter-1") is None


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_in_doubt_is_not_repeated(other_side, kind: str):
    other_side.fault({"appeal": "appeals"}.get(kind, kind), "status:503", 1)
    with pytest.raises(Unconfirmed):
        call(other_side, kind, LETTERS[kind], **{"key": "letter-2"})
