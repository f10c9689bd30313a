"""A Prefect server on SQLite says 503 when two writers meet; it is asked again at once, not in seconds."""

import asyncio
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

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
