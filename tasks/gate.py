"""The gate in a process of its own: pyx12 is slow, keeps the interpreter busy, and must not outlive a crash.

`gate(data)` starts `python -m tasks.gate`, which reads an interchange from standard input and writes its
findings as JSON; it ends by itself when its parent is gone.
"""

import asyncio
import json
import sys

from claims.errors import CleanclaimError
from claims.findings import Finding, Severity

_LONGEST = 600.0


class GateFailed(CleanclaimError):
    """The gate gave no verdict, so nothing may pass."""

    code = "gate_failed"


async def gate(data: bytes) -> list[Finding]:
    """pyx12's verdict on outbound bytes; no error among the findings means that they may go."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tasks.gate",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(data), _LONGEST)
    except TimeoutError as slow:
        process.kill()
        await process.wait()
        raise GateFailed("The gate took too long over a batch.", tip="Send smaller batches.") from slow
    if process.returncode != 0:
        raise GateFailed(f"The gate ended with code {process.returncode}.", tip="Run `cleanclaim x12 check`.")
    return [Finding(**{**found, "severity": Severity(found["severity"])}) for found in json.loads(output)]


def main() -> None:
    from claims.x12.gate import gate as judge  # pyx12 is loaded in this process alone

    findings = [finding.as_json() for finding in judge(sys.stdin.buffer.read())]
    sys.stdout.write(json.dumps(findings))


if __name__ == "__main__":
    main()
