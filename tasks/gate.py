"""The gate in a process of its own: pyx12 is slow, keeps the interpreter busy, and must not outlive a crash.

`gate(data)` hands an interchange to a child (`python -m tasks.gate`) and takes its findings. A child is kept
for the next batch, since loading pyx12's maps takes longer than judging a small file; it ends when the pipe
from its parent does, also when the parent was killed.
"""

import asyncio
import atexit
import json
import os
import subprocess
import sys
from contextlib import suppress
from threading import Timer

from claims.errors import CleanclaimError
from claims.findings import Finding, Severity

_LONGEST = 600.0
_idle: list[subprocess.Popen[bytes]] = []
os.register_at_fork(after_in_child=_idle.clear)  # they are their parent's


class GateFailed(CleanclaimError):
    """The gate gave no verdict, so nothing may pass."""

    code = "gate_failed"


async def gate(data: bytes) -> list[Finding]:
    """pyx12's verdict on outbound bytes; no error among the findings means that they may go."""
    findings = json.loads(await asyncio.to_thread(_judged, data))
    return [Finding(**{**found, "severity": Severity(found["severity"])}) for found in findings]


async def errors(data: bytes) -> list[str]:
    """Why the gate refuses these bytes; empty when they may go."""
    return [found.message for found in await gate(data) if found.severity is Severity.ERROR]


def _judged(data: bytes) -> bytes:
    child = _child()
    too_slow = Timer(_LONGEST, child.kill)
    too_slow.start()
    try:
        verdict = _asked(child, data)
    finally:
        too_slow.cancel()
    if not verdict:
        raise GateFailed(
            f"The gate ended with code {child.wait()}.",
            tip="Run `cleanclaim x12 check`; smaller batches may help.",
        )
    _idle.append(child)
    return verdict


def _child() -> subprocess.Popen[bytes]:
    """One that waits for work, or a new one."""
    while _idle:
        child = _idle.pop()
        if child.poll() is None:
            return child
    return subprocess.Popen(
        [sys.executable, "-m", "tasks.gate"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _asked(child: subprocess.Popen[bytes], data: bytes) -> bytes:
    """The length goes first, then the bytes; a line comes back, or nothing from a child that ended."""
    if child.stdin is None or child.stdout is None:
        raise TypeError("a child of the gate is spoken to by pipes")
    with suppress(BrokenPipeError):
        child.stdin.write(b"%d\n" % len(data) + data)
        child.stdin.flush()
    return child.stdout.readline()


@atexit.register
def close() -> None:
    """The children end; the next batch has a new one."""
    while _idle:
        _idle.pop().communicate()


def main() -> None:
    from claims.x12.gate import gate as judge  # pyx12 is loaded in this process alone

    while length := sys.stdin.buffer.readline():
        findings = [finding.as_json() for finding in judge(sys.stdin.buffer.read(int(length)))]
        sys.stdout.write(json.dumps(findings) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
