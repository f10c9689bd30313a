"""SFTP on lines that fall silent or crawl, and from partners who still write what we have read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from sftp_site import INTERCHANGE, Site

from claims.clock import SystemClock
from claims.connect import Receipt, Unavailable, Unconfirmed
from claims.connect.sftp import SftpConnector
from deployments.bench import toxic
from deployments.bench.toxic import Illness, bad_network

NAME = "000000001.837"


@asynccontextmanager
async def falling_silent(port: int, after: int) -> AsyncIterator[int]:
    """A way to the port on which nothing more comes down after so many bytes, and no end either."""

    async def serve(client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        server, requests = await asyncio.open_connection("127.0.0.1", port)

        async def up() -> None:
            while block := await client.read(4096):
                requests.write(block)
            requests.close()

        async def down() -> None:
            left = after
            while block := await server.read(4096):
                answers.write(block[:left])
                left -= min(left, len(block))

        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(up(), down())
        requests.close()
        answers.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as door:
        yield door.sockets[0].getsockname()[1]


@pytest.mark.parametrize("after", [0, 1500, 3900, 4100, 4500])
def test_a_line_that_falls_silent_at_any_moment_ends_the_call_and_not_the_day(site: Site, after: int):
    async def once() -> None:
        async with falling_silent(site.about["port"], after) as port:
            settings = site.settings(port=port, timeout_seconds=0.15, attempts=1)
            connector = SftpConnector("p", settings, site.sender, site.home, SystemClock())
            try:
                await connector.submit(INTERCHANGE, control_number="000000001", key="k")
            finally:
                await connector.close()

    with pytest.raises((Unavailable, Unconfirmed)):
        asyncio.run(asyncio.wait_for(once(), 5))


def test_the_deadline_holds_over_a_line_that_crawls_and_the_next_try_goes_on(site: Site, monkeypatch):
    monkeypatch.setattr(toxic, "ILLNESSES", {"crawls": Illness(delay=0.04)})
    content = bytes(range(256)) * 2000
    with bad_network(site.about["port"], seed=1) as network, pytest.raises(Unavailable, match="deadline"):
        site.send(content, port=network.port, deadline_seconds=1)
    (lying,) = site.lying()
    begun = site.raw(lambda sftp: sftp.stat(f"inbound/{lying}")).size
    assert (lying, 0 < begun < len(content)) == (f"{NAME}.part", True)
    assert site.send(content) == Receipt(NAME)


def test_a_name_in_other_letters_hides_no_other_file(site: Site):
    async def leave(sftp) -> None:
        for name in (b"caf\xe9.835", b"pl ain;*.835"):
            async with sftp.open(b"outbound/" + name, "wb", encoding=None) as file:
                await file.write(INTERCHANGE)

    site.raw(leave)
    listed = site.call(("mailbox",))
    assert len({file.id for file in listed}) == 2
    for file in listed:
        assert site.call(("mailbox",), ("fetch", file.id)) == INTERCHANGE
        site.call(("mailbox",), ("done", file.id))
    assert site.call(("mailbox",)) == []


def test_what_a_partner_adds_after_we_have_read_is_not_deleted_with_it(site: Site):
    async def write(sftp, times: int) -> None:
        async with sftp.open("outbound/remit.835", "wb") as file:
            await file.write(INTERCHANGE * times)

    async def read_while_it_grows() -> None:
        connector = SftpConnector("p", site.settings(), site.sender, site.home, SystemClock())
        try:
            (listed,) = await connector.mailbox()
            assert await connector.fetch(listed.id) == INTERCHANGE
            await site.by_hand(lambda sftp: write(sftp, 2))
            await connector.done(listed.id)
            (grown,) = await connector.mailbox()
            assert await connector.fetch(grown.id) == INTERCHANGE * 2
        finally:
            await connector.close()

    site.raw(lambda sftp: write(sftp, 1))
    asyncio.run(read_while_it_grows())
