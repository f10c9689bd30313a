"""Starting and stopping the sandbox: in the foreground, or in a thread of a test or a demo."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from socket import socket

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from deployments.sandbox.app import create_app

STOP_SECONDS = 1


class Line(H11Protocol):
    """Puts the connection into each request's state, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Server(uvicorn.Server):
    """Tells its port once it listens."""

    def __init__(self, app: Starlette, host: str, port: int, tell: Callable[[int], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                http=Line,
                lifespan="off",
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self.tell = tell

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.tell(self.servers[0].sockets[0].getsockname()[1])


def serve(
    host: str,
    port: int,
    path: str | Path,
    *,
    today: date | None = None,
    api_key: str | None = None,
    port_file: Path | None = None,
    as_json: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT; say the port on standard output and in ``port_file``."""

    def tell(chosen: int) -> None:
        url = f"http://{host}:{chosen}"
        print(json.dumps({"url": url}) if as_json else f"sandbox payer on {url}", flush=True)
        if port_file:
            draft = port_file.with_suffix(".part")
            draft.write_text(str(chosen))
            os.replace(draft, port_file)

    app = create_app(path, today=today, api_key=api_key)
    # uvicorn stops in good order and then raises the signal again: a stop that was asked for ends well.
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: None)
    try:
        Server(app, host, port, tell).run()
    finally:
        app.state.world.store.close()


@contextmanager
def running(
    path: str | Path = ":memory:", *, today: date | None = None, api_key: str | None = None
) -> Iterator[str]:
    """The sandbox in a thread of this process on a free port; yields its base URL."""
    ports: list[int] = []
    up = threading.Event()

    def tell(chosen: int) -> None:
        ports.append(chosen)
        up.set()

    app = create_app(path, today=today, api_key=api_key)
    server = Server(app, "127.0.0.1", 0, tell)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        up.wait(10)
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        server.should_exit = True
        thread.join()
        app.state.world.store.close()
