"""`cleanclaim serve` and `sandbox`: where they come up, and what is in the way."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from operations import until
from prefect_stack import copy_database
from processes import still_running

from deployments.ports import free_port

COMMAND = (sys.executable, "-c", "from deployments.cli import main; main()")


@contextmanager
def running(home: Path, *words: object) -> Iterator[subprocess.Popen[str]]:
    """The command as a process of its own, killed at the end if it is still there."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    process = subprocess.Popen(
        [*COMMAND, *map(str, words)],
        env={**environ, "CLEANCLAIM_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def parts(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes that it has started, and theirs."""
    return psutil.Process(process.pid).children(recursive=True)


def first_json(process: subprocess.Popen[str]) -> dict[str, str]:
    text = ""
    while not text.rstrip().endswith("}"):
        line = process.stdout.readline()
        assert line, process.stderr.read()
        text += line
    return json.loads(text)


@pytest.mark.parametrize("words", [("serve", "--prefect-port"), ("sandbox", "--port")])
def test_a_busy_port_is_named_with_what_to_do(cleanclaim, bare_home, words):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = cleanclaim(*words, port)
    assert (ran.exit, ran.out) == (2, "")
    assert f"Port {port} on 127.0.0.1 is in use" in ran.err
    assert words[1] in ran.err


def test_the_sandbox_is_not_served_to_a_real_practice(cleanclaim, home):
    (home / "cleanclaim.toml").write_text('profile = "production"\n')
    ran = cleanclaim("serve", "--sandbox")
    assert (ran.exit, "a home of its own" in ran.err) == (2, True)


def test_the_sandbox_alone_says_where_it_is_and_stops(bare_home, tmp_path):
    with running(bare_home, "sandbox", "--port", 0, "--data", tmp_path / "sandbox.db", "--json") as process:
        url = first_json(process)["url"]
        assert httpx.get(f"{url}/health").json()["ok"] is True
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_serve_brings_up_every_part_and_a_stop_leaves_none(coded_home, prefect_database):
    copy_database(prefect_database, coded_home)
    prefect, payer = free_port(), free_port()
    words = ("serve", "--sandbox", "--prefect-port", prefect, "--sandbox-port", payer, "--json")
    with running(coded_home, *words) as process:
        told = first_json(process)
        assert told["prefect_ui"] == f"http://127.0.0.1:{prefect}"
        assert httpx.get(f"http://127.0.0.1:{prefect}/api/health").json() is True
        assert httpx.get(f"http://127.0.0.1:{payer}/health").json()["ok"] is True
        started = parts(process)
        assert len(started) >= 3, "Prefect server, runner, sandbox payer"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert still_running(started) == []


def test_a_stop_while_the_parts_are_starting_leaves_none(coded_home):
    with running(coded_home, "serve", "--prefect-port", free_port()) as process:
        started = until(lambda: parts(process), "the first part")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert still_running(started) == []
