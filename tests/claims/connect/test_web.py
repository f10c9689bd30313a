"""What the shared HTTP client refuses and keeps, whatever is spoken over it."""

import asyncio
from pathlib import Path

import pytest
from connect_side import BEARER, OtherSide

from claims.clock import SystemClock
from claims.connect import Refused
from claims.connect.calls import INQUIRY
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
