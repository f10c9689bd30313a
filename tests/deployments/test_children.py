"""Child processes end with the process that started them, however that is told to stop."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from processes import still_running

BEGIN = """
import os, signal, sys, threading, time
from pathlib import Path
from deployments.children import Children
"""

# As Prefect does while a flow runs: SIGTERM is its own. At the end it is what it was before, and is sent
# again or told as Prefect's own exception.
PARENT = f"""{BEGIN}
with Children(Path(sys.argv[1]), os.environ) as children:
    children.start("a-server", "http.server", "--bind", "127.0.0.1", "0")
    class Flow(Exception): pass
    def cancel(*_): raise Flow
    before = signal.signal(signal.SIGTERM, cancel)
    try:
        print("running", flush=True)
        time.sleep(60)
    except Flow:
        signal.signal(signal.SIGTERM, before)
        {{end}}
"""
ENDS = {
    "sent again": "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)",
    "told": "from prefect.exceptions import TerminationSignal; raise TerminationSignal(signal.SIGTERM)",
}


@pytest.mark.parametrize("end", ENDS)
def test_sigterm_in_the_middle_of_a_run_leaves_no_child_behind(tmp_path: Path, end: str):
    program = PARENT.replace("{end}", ENDS[end])
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stderr is not None
    assert parent.stdout.readline() == "running\n"
    children = psutil.Process(parent.pid).children(recursive=True)
    parent.send_signal(signal.SIGTERM)

    assert parent.wait(20) == 128 + signal.SIGTERM
    assert parent.stderr.read() == ""
    parent.stdout.close()
    parent.stderr.close()
    assert len(children) == 1
    assert still_running(children) == []


# The import system's finalizers run Python code, and what is raised in one is printed and forgotten.
LOST = f"""{BEGIN}
class Finalized:
    def __del__(self): os.kill(os.getpid(), signal.SIGTERM)

with Children(Path(sys.argv[1]), os.environ) as children:
    children.start("a-server", "http.server", "--bind", "127.0.0.1", "0")
    nowhere = "http://127.0.0.1:9/health"
    one = Finalized()
    del one
    print("went on", flush=True)
    {{then}}
    print("never stopped", flush=True)
"""
LATER = {
    "starting": 'children.start("another", "http.server", "0", health=nowhere, within=20)',
    "at work": "children.check()",
}


@pytest.mark.parametrize("then", LATER)
def test_a_stop_whose_exception_was_lost_in_a_finalizer_still_stops(tmp_path: Path, then: str):
    program = LOST.replace("{then}", LATER[then])
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stdout) == (128 + signal.SIGTERM, "went on\n")


# The first stop leaves the block, where the part takes its time to end; the second comes there.
TWICE = f"""{BEGIN}
def stop(): os.kill(os.getpid(), signal.SIGTERM)

with Children(Path(sys.argv[1]), os.environ) as children:
    children.start("slow", "slow")
    while "ready" not in Path(sys.argv[1], "slow.log").read_text(): time.sleep(0.05)
    threading.Timer(0.3, stop).start()
    stop()
    time.sleep(60)
"""
SLOW = """
import os, signal, time

def end(*_):
    time.sleep(1)
    print("ended well", flush=True)
    os._exit(0)

signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(60)
"""


def test_a_second_stop_lets_the_parts_end_as_the_first_told_them(tmp_path: Path):
    (tmp_path / "slow.py").write_text(SLOW)
    ran = subprocess.run(
        [sys.executable, "-c", TWICE, str(tmp_path / "logs")],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path.cwd()}"},
    )
    assert ran.returncode == 128 + signal.SIGTERM, ran.stderr
    assert (tmp_path / "logs" / "slow.log").read_text() == "ready\nended well\n"
