"""The whole system on this machine: a real Prefect server, a real sandbox payer, a practice's home.

One Prefect server serves a worker's session; each test has a home, a database and a sandbox payer of its own.
Tests that use it run in groups (`on_the_stack`), each in one worker and before all others, because they take
longest. Prefect is imported by the fixtures alone: tests that do without it do not wait for it.
"""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest
from processes import made_once

from claims.keys import write_key_file
from config.settings import load_settings
from deployments.children import Children
from deployments.ports import free_port
from deployments.sandbox import running
from deployments.stack import BATCHING, prefect_environ, start_prefect
from tasks.runtime import Runtime, runtime

FIRST_DAY = date(2026, 3, 2)


def on_the_stack(items: list[pytest.Item], folder: Path, group: str) -> None:
    """Mark the tests below ``folder`` as users of a Prefect server, and let them go first."""
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.prefect)
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker("prefect") is None)


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the Prefect server keeps its database (`prefect/prefect.db`) and its log (`logs/`)."""
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def prefect_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a Prefect server that knows nothing yet, to copy: making it takes long."""
    with made_once(tmp_path_factory, "prefect-database") as folder:
        made = folder / "prefect.db"
        if not made.exists():
            environ = {**os.environ, "PREFECT_HOME": str(folder)}
            upgrade = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"]
            subprocess.run(upgrade, env=environ, check=True, capture_output=True)
    return made


def copy_database(made: Path, home: Path) -> None:
    """Give the home's Prefect server a database to begin with."""
    (home / "prefect").mkdir(parents=True)
    with (
        closing(sqlite3.connect(made)) as source,
        closing(sqlite3.connect(home / "prefect/prefect.db")) as copy,
    ):
        source.backup(copy)


@contextmanager
def prefect_server(home: Path, database: Path) -> Iterator[str]:
    """A new Prefect server that knows the deployments and nothing else; this process works with it."""
    copy_database(database, home)
    from prefect.logging.handlers import APILogHandler
    from prefect.settings import (
        PREFECT_API_SSL_CERT_FILE,
        PREFECT_API_URL,
        PREFECT_HOME,
        PREFECT_LOGGING_LEVEL,
        temporary_settings,
    )

    from deployments.registry import register

    url = f"http://127.0.0.1:{free_port()}/api"
    settings = load_settings({"CLEANCLAIM_HOME": str(home)})
    environ = {**os.environ, **prefect_environ(settings, url), **BATCHING}
    with Children(home / "logs", environ) as children:
        start_prefect(children, url)
        overrides = {
            PREFECT_API_URL: url,
            PREFECT_HOME: home / "prefect",
            PREFECT_LOGGING_LEVEL: "ERROR",
            PREFECT_API_SSL_CERT_FILE: environ["PREFECT_API_SSL_CERT_FILE"],
        }
        with temporary_settings(overrides):
            asyncio.run(register("America/New_York"))
            yield url
            APILogHandler().flush()  # while there is a server to take what is left


@pytest.fixture(scope="session")
def prefect_url(prefect_home: Path, prefect_database: Path) -> Iterator[str]:
    with prefect_server(prefect_home, prefect_database) as url:
        yield url


@pytest.fixture
def sandbox() -> Iterator[str]:
    with running(today=FIRST_DAY, api_key="demo") as url:
        yield url


@pytest.fixture
def home(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    keyring,
    empty_database: Path,
    sandbox: str,
    prefect_url: str,
) -> Path:
    """A practice's home in the sandbox profile, with keys and an empty database."""
    write_key_file(tmp_path / "keys.json", keyring)
    (tmp_path / "claims.db").write_bytes(empty_database.read_bytes())
    (tmp_path / "cleanclaim.toml").write_text(
        f"""
profile = "sandbox"
synthetic_identifiers = true

[connectors.sandbox]
base_url = "{sandbox}"
receiver_id = "SANDBOX"
api_key = "demo"
attempts = 1
timeout_seconds = 5

[prefect]
api_url = "{prefect_url}"
"""
    )
    monkeypatch.setenv("CLEANCLAIM_HOME", str(tmp_path))
    monkeypatch.setenv("PREFECT_API_URL", prefect_url)
    return tmp_path


@pytest.fixture
def rt(home: Path) -> Iterator[Runtime]:
    runtime.cache_clear()
    rt = runtime()
    yield rt
    rt.engine.dispose()
    runtime.cache_clear()


@pytest.fixture
def admin(sandbox: str) -> Iterator[httpx.Client]:
    """The sandbox payer's own levers: its clock, its faults, its ledger."""
    with httpx.Client(base_url=sandbox, headers={"authorization": "Bearer demo"}) as client:
        yield client
