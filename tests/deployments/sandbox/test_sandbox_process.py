"""The sandbox as a process: its port, its end, and what it remembers after being killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from sandbox_practice import Bill, Practice


@contextmanager
def process(data: Path) -> Iterator[tuple[subprocess.Popen[bytes], Practice]]:
    port_file = data.with_suffix(".port")
    port_file.unlink(missing_ok=True)
    arguments = ["--port", "0", "--data", str(data), "--port-file", str(port_file), "--today", "2026-03-02"]
    command = [sys.executable, "-m", "deployments.sandbox", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        try:
            url = f"http://127.0.0.1:{_port(port_file, child)}"
            with httpx.Client(base_url=url, timeout=30) as http:
                yield child, Practice(url, http)
        finally:
            child.kill()


def _port(port_file: Path, child: subprocess.Popen[bytes]) -> str:
    for _ in range(300):
        if port_file.exists():
            return port_file.read_text()
        assert child.poll() is None, child.stderr.read() if child.stderr else ""
        time.sleep(0.05)
    raise AssertionError("the sandbox did not start")


def test_a_killed_sandbox_remembers_what_it_had_taken(tmp_path: Path):
    data = tmp_path / "sandbox.db"
    with process(data) as (child, practice):
        receipt = practice.send(Bill(pcn="KEPT")).json()
        practice.http.put("/sandbox/faults", json=[{"on": "status", "how": "garbage", "times": 3}])
        os.kill(child.pid, signal.SIGKILL)
        child.wait(10)
    with process(data) as (child, practice):
        # The file was taken and not yet read when the process died: it is read now, once.
        assert practice.http.get("/submissions/000000001").json() == receipt
        assert [f["kind"] for f in practice.files()] == ["999", "277CA", "277CA"]
        assert len(practice.ledger()["claims"]) == 1
        assert practice.http.get("/sandbox/faults").json()[0]["times"] == 3


def test_the_clock_and_the_payments_survive_a_clean_stop(tmp_path: Path):
    data = tmp_path / "sandbox.db"
    with process(data) as (child, practice):
        practice.send(Bill(pcn="PAID"))
        practice.http.put("/sandbox/clock", json={"today": "2026-03-13"})
        before = practice.ledger()
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
        assert child.stdout is not None
        assert child.stdout.read().startswith(b"sandbox payer on http://127.0.0.1:")
    with process(data) as (child, practice):
        assert practice.http.get("/sandbox/clock").json() == {"today": "2026-03-13"}
        assert practice.ledger() == before
        assert before["claims"][0]["outcome"] == "paid"
