"""The local stack: Prefect server and UI, the runner with its schedules, and the sandbox payer if wanted."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import certifi
import httpx

from config.settings import Settings
from deployments.children import Children
from deployments.ports import require_free

# Measured on SQLite: a claim's run costs a third of what the defaults cost, and 503s become rare.
BATCHING = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "500",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE": "50",
}
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "DO_NOT_TRACK": "1",
}


@dataclass(frozen=True, slots=True)
class Ports:
    prefect: int = 4200
    sandbox: int = 4280

    def require_free(self, *, sandbox: bool) -> None:
        """Raises BadSettings that names the port in use and the option that chooses another."""
        require_free(self.prefect, "prefect server", "--prefect-port")
        if sandbox:
            require_free(self.sandbox, "sandbox payer", "--sandbox-port")


def prefect_environ(settings: Settings, api_url: str) -> dict[str, str]:
    """What a process needs to work with this home's Prefect server."""
    return {
        **QUIET,
        **_authorities(settings.home / "prefect", api_url),
        "CLEANCLAIM_HOME": str(settings.home),
        "PREFECT_HOME": str(settings.home / "prefect"),
        "PREFECT_API_URL": api_url,
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_RUNNER_HEARTBEAT_FREQUENCY": "30",
    }


def _authorities(folder: Path, api_url: str) -> dict[str, str]:
    """Whom Prefect's clients trust. They read the file anew for each client, and a run makes three of them:
    without TLS nobody is asked, and one authority, not 140, halves the time of a run."""
    if not api_url.startswith("http://"):
        return {}
    one = folder / "authority.pem"
    if not one.exists():
        folder.mkdir(parents=True, exist_ok=True)
        mine = one.with_suffix(f".{os.getpid()}")
        mine.write_text(one_authority())
        mine.replace(one)  # whole at once: others read it meanwhile
    return {"PREFECT_API_SSL_CERT_FILE": str(one)}


def one_authority() -> str:
    """The first certificate of those that clients trust, as a file has it."""
    first, end, _others = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----\n")
    return first + end


@contextmanager
def local_stack(
    settings: Settings,
    ports: Ports,
    environ: Mapping[str, str],
    *,
    sandbox: bool,
    runner: bool,
    sandbox_today: date | None = None,
    sandbox_sftp_port: int | None = None,
) -> Iterator[Children]:
    """Start the parts, wait until each is healthy, and stop them all at the end of the block.

    ``sandbox_today`` pins the sandbox payer's clock, which otherwise follows the calendar;
    ``sandbox_sftp_port`` opens its SFTP server too.
    """
    ports.require_free(sandbox=sandbox)
    api_url = f"http://127.0.0.1:{ports.prefect}/api"
    everything = {**environ, **prefect_environ(settings, api_url), **BATCHING}
    os.environ.update(prefect_environ(settings, api_url))
    with Children(settings.home / "logs", everything) as children:
        if sandbox:
            _start_sandbox(children, settings.home, ports.sandbox, sandbox_today, sandbox_sftp_port)
        start_prefect(children, api_url)
        if runner:
            children.start("runner", "deployments.runner")
        yield children


def start_prefect(children: Children, api_url: str) -> None:
    """Prefect server and UI at the address of ``api_url``."""
    at = httpx.URL(api_url)
    children.start(
        "prefect-server",
        "deployments.prefect_server",
        "server",
        "start",
        "--host",
        at.host,
        "--port",
        str(at.port),
        health=f"{api_url}/health",
    )


def _start_sandbox(
    children: Children, home: Path, port: int, today: date | None, sftp_port: int | None
) -> None:
    children.start(
        "sandbox-payer",
        "deployments.sandbox",
        "--port",
        str(port),
        "--data",
        str(home / "sandbox.db"),
        *(("--today", today.isoformat()) if today else ()),
        *(("--sftp-port", str(sftp_port)) if sftp_port else ()),
        health=f"http://127.0.0.1:{port}/health",
    )


def until_stopped(children: Children) -> None:
    """Wait for Ctrl-C or SIGTERM; a part that ends by itself is an error that names it."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    while not stop.wait(1):
        children.check()
