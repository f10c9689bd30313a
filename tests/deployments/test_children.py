"""Child processes end with the process that started them, however that is told to stop."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from processes import still_running

# As Prefect does while a flow runs: SIGTERM is its own. At the end it is what it was before, and is sent
# again or told as Prefect's own exception.
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
        {end}
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
