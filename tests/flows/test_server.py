"""A Prefect server on SQLite: in ours writers wait for each other; one that says 503 is asked again soon."""

import asyncio
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from flows.server import server


class _Busy(BaseHTTPRequestHandler):
    """Busy for the first two requests about its health, and well from then on."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += self.path.endswith("/health")
        self.send_response(503 if self.path.endswith("/health") and self.asked < 3 else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def _a_busy_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Busy) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/api"
        http.shutdown()
        thread.join()


def test_a_busy_server_is_asked_again_within_a_fraction_of_a_second(caplog: pytest.LogCaptureFixture):
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED,
        temporary_settings,
    )

    async def health() -> Exception | None:
        async with server() as client:
            return await client.api_healthcheck()

    with (
        _a_busy_server() as url,
        temporary_settings({PREFECT_API_URL: url, PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED: False}),
        caplog.at_level(logging.DEBUG, "prefect.client"),
    ):
        assert asyncio.run(health()) is None
    waits = [float(wait) for wait in re.findall(r"made in ([\d.]+)s", caplog.text)]
    assert len(waits) == 2
    assert max(waits) < 0.5


def test_runs_that_are_made_side_by_side_wait_for_each_other_and_none_is_refused(prefect_url: str):
    """Refusals leave cursors behind that can stop Prefect's SQLite server for a minute."""
    with httpx.Client(base_url=prefect_url, timeout=60) as api:
        flow = api.post("/flows/", json={"name": "side-by-side"}).json()["id"]
        run = {"flow_id": flow, "state": {"type": "PENDING"}}
        with ThreadPoolExecutor(12) as side_by_side:
            answers = list(side_by_side.map(lambda _: api.post("/flow_runs/", json=run), range(48)))
    assert {answer.status_code for answer in answers} == {201}
