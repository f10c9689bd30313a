"""The other side of every connector: the sandbox payer, once a module."""

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import connect_side
import httpx
import pytest
from connect_side import OtherSide
from sandbox_practice import DAY
from sftp_site import Site

from deployments.sandbox import running


@pytest.fixture(scope="module")
def sandbox_side():
    with connect_side.opened() as side:
        yield side


@pytest.fixture
def other_side(sandbox_side: OtherSide) -> OtherSide:
    """Without faults, and with an empty mailbox."""
    sandbox_side.fresh()
    return sandbox_side


@pytest.fixture(scope="module")
def sftp_server() -> Iterator[str]:
    with running(today=DAY, sftp_port=0) as url:
        yield url


@pytest.fixture
def sender(request: pytest.FixtureRequest) -> str:
    """Each test is a sender of its own, with folders of its own."""
    return f"T{crc32(request.node.name.encode()) % 10**9}"


@pytest.fixture
def site(sftp_server: str, sender: str, tmp_path: Path) -> Iterator[Site]:
    with httpx.Client(base_url=sftp_server, timeout=30) as http:
        made = Site(sftp_server, http, sender, tmp_path)
        made.put("sftp", {"leaves_uploads": False, "pgp_key": ""})
        yield made
        http.delete("/sandbox/faults")
