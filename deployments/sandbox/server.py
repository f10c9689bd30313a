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
from deployments.sandbox.sftp import SftpDoor

STOP_SECONDS = 1


class Line(H11Protocol):
    """Puts the connection into each request's state, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Server(uvicorn.Server):
    """Tells its port once it listens."""

    def __init__(
        self, app: Starlette, host: str, port: int, tell: Callable[[int], None], sftp_port: int | None = None
    ) -> None:
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
        self.sftp_port = sftp_port
        self.door: SftpDoor = app.state.sftp

    async def startup(self, sockets: list[socket] | None = None) -> None:
        if self.sftp_port is not None:
            await self.door.open(self.config.host, self.sftp_port)
        await super().startup(sockets)
        if self.started:
            self.tell(self.servers[0].sockets[0].getsockname()[1])

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        await self.door.close()
        await super().shutdown(sockets)


def serve(
    host: str,
    port: int,
    path: str | Path,
    *,
    today: date | None = None,
    api_key: str | None = None,
    port_file: Path | None = None,
    as_json: bool = False,
    sftp_port: int | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; say the port on standard output and in ``port_file``.

    ``sftp_port`` opens the SFTP server beside it (0 takes a free port); its address is said as well.
    """

    def tell(chosen: int) -> None:
        url = f"http://{host}:{chosen}"
        sftp = app.state.sftp.about() if sftp_port is not None else None
        if as_json:
            print(json.dumps({"url": url, **({"sftp": sftp} if sftp else {})}), flush=True)
        else:
            beside = f", SFTP on port {sftp['port']} with host key {sftp['host_key']}" if sftp else ""
            print(f"sandbox payer on {url}{beside}", flush=True)
        if port_file:
            draft = port_file.with_suffix(".part")
            draft.write_text(str(chosen))
            os.replace(draft, port_file)

    app = create_app(path, today=today, api_key=api_key)
    # uvicorn stops in good order and then raises the signal again: a stop that was asked for ends well.
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: None)
    try:
        Server(app, host, port, tell, sftp_port).run()
    finally:
        app.state.world.store.close()


@contextmanager
def running(
    path: str | Path = ":memory:",
    *,
    today: date | None = None,
    api_key: str | None = None,
    sftp_port: int | None = None,
) -> Iterator[str]:
    """The sandbox in a thread of this process on a free port; yields its base URL."""
    ports: list[int] = []
    up = threading.Event()

    def tell(chosen: int) -> None:
        ports.append(chosen)
        up.set()

    app = create_app(path, today=today, api_key=api_key)
    server = Server(app, "127.0.0.1", 0, tell, sftp_port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        up.wait(10)
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        server.should_exit = True
        thread.join()
        app.state.world.store.close()
