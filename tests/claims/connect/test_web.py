"""What the shared HTTP client refuses and keeps, whatever is spoken over it."""

import asyncio
from pathlib import Path

import pytest
from connect_side import BEARER, OtherSide

from claims.clock import SystemClock
from claims.connect import Refused
from claims.connect.calls import HAND_OVER, INQUIRY, KEYED_HAND_OVER, Repeat, Signal
from claims.connect.web import Call, HostNotAllowed, Web
from config.web_partners import ConnectorSettings


def call(url: str, path: str, **settings: object) -> None:
    async def once() -> None:
        partner = ConnectorSettings(base_url=url, receiver_id="SBXCLEAR", **settings)
        web = Web(partner, Path(), SystemClock(), headers=BEARER)
        try:
            await web.call(Call("GET", path, INQUIRY), lambda response: None)
        finally:
            await web.close()

    asyncio.run(once())


def test_a_host_that_our_settings_do_not_name_is_never_called(other_side: OtherSide):
    elsewhere = other_side.url.replace("127.0.0.1", "localhost") + "/health"
    with pytest.raises(HostNotAllowed, match="Nothing was sent to localhost"):
        call(other_side.url, elsewhere)
    call(other_side.url, elsewhere, hosts=["localhost"])


def test_a_redirect_is_not_followed(other_side: OtherSide):
    other_side.fault("mailbox", "status:302")
    with pytest.raises(Refused, match="302"):
        call(other_side.url, "/mailbox")


WORDS = {Repeat.SAFE: "safe", Repeat.KEYED: "under its key", Repeat.ASK: "ask first", Repeat.NEVER: "never"}


def test_the_written_classification_is_the_one_in_force():
    page = (Path(__file__).parents[3] / "docs" / "connectors.md").read_text()
    table = page.partition("| What came back |")[2].partition("\n\n")[0]
    written = [tuple(cell.strip() for cell in row.split("|")[2:5]) for row in table.splitlines()[2:]]
    order = ("UNREACHED", "NOT_NOW", "DAMAGED", "SILENT", "BROKEN", "FAILED", "GARBLED")
    signals = [Signal[name] for name in (*order, "UNAUTHORISED", "MISSING", "REFUSED")]
    tables = (INQUIRY, HAND_OVER, KEYED_HAND_OVER)
    assert written == [tuple(WORDS[table[signal]] for table in tables) for signal in signals]
    assert set(signals) == set(Signal)
