"""Child processes end with the process that started them, however that is told to stop."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil

# As Prefect does while a flow runs: SIGTERM is its own, and at the end it is what it was before.
PARENT = """
import os, signal, sys, time
from pathlib import Path
from deployments.children import Children

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
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
"""


def test_sigterm_in_the_middle_of_a_run_leaves_no_child_behind(tmp_path: Path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "running\n"
    children = psutil.Process(parent.pid).children(recursive=True)
    parent.send_signal(signal.SIGTERM)

    assert parent.wait(20) == 128 + signal.SIGTERM
    parent.stdout.close()
    assert len(children) == 1
    assert [child for child in children if child.is_running()] == []
