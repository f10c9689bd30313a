"""The two lanes side by side: claims from intake to sent, each in a run of its own, and in chunks."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, func, select

from claims.database import reading
from claims.errors import CleanclaimError
from claims.model import Filing, Submission
from config.partners import Way
from deployments.bench.stage import stage, take_in
from tasks.runtime import Runtime

BAR = 20
TOWARDS = 100
_ONE_EACH, _IN_CHUNKS = "1000000", "0"
_GONE = (Submission.SENT, Submission.SENT_UNCONFIRMED, Submission.ACCEPTED)
"""Paper and folders wait for a person to carry them; where answers were collected, some are accepted."""


class LaneFailed(CleanclaimError):
    """A lane did not bring its claims to the payer, so that its figures mean nothing."""

    code = "lane_failed"


@dataclass(frozen=True, slots=True)
class Lane:
    """One daily run: how many claims it took from intake to sent, and what that cost."""

    claims: int
    told: Mapping[str, Any]

    @property
    def rate(self) -> float:
        seconds: float = self.told["seconds"]
        return self.claims / seconds

    @property
    def waiting(self) -> float:
        """The share of the time in which the lane's own process had nothing to do."""
        share: float = 1 - self.told["cpu_seconds"] / self.told["seconds"]
        return max(0.0, share)

    def as_json(self) -> dict[str, Any]:
        return {
            "claims": self.claims,
            "seconds": round(self.told["seconds"], 1),
            "claims_per_second": round(self.rate, 2),
            "cpu_seconds": round(self.told["cpu_seconds"], 1),
            "gate_cpu_seconds": round(self.told["gate_cpu_seconds"], 1),
            "waiting_share": round(self.waiting, 2),
            "peak_mb": round(self.told["peak_mb"]),
            "peak_mb_before": round(self.told["peak_mb_before"]),
        }


def bench_lanes(claims: int, sample: int, connector: str, questions: Way = "real_time") -> dict[str, Any]:
    """One run a claim on ``sample`` claims; then a tenth of ``claims``, and ``claims``, in chunks.

    Eligibility is asked, at once or in batch as ``questions`` says, encryption, events and the gate are on,
    and each day is planned and certified.
    """
    with stage(os.environ, connector, questions) as rt:
        asyncio.run(_register(rt))
        each = _lane(rt, 1, sample, _ONE_EACH)
        few = _lane(rt, 1 + sample, claims // 10, _IN_CHUNKS)
        many = _lane(rt, 1 + sample + claims // 10, claims, _IN_CHUNKS)
    ratio = many.rate / each.rate
    return {
        "connector": connector,
        "questions": questions,
        "run_a_claim": each.as_json(),
        "chunks_of_a_tenth": few.as_json(),
        "chunks": many.as_json(),
        "ratio": round(ratio, 1),
        "bar": BAR,
        "towards": TOWARDS,
        "met": ratio >= BAR,
    }


async def _register(rt: Runtime) -> None:
    from deployments.registry import register

    await register(rt.settings.zone)


def _lane(rt: Runtime, first: int, claims: int, runs_up_to: str) -> Lane:
    take_in(rt, first, claims)
    environ = {**os.environ, "CLEANCLAIM_DISPATCH__PER_CLAIM_RUNS_UP_TO": runs_up_to}
    ran = subprocess.run(
        [sys.executable, "-m", "deployments.bench.lane"], env=environ, stdout=subprocess.PIPE, check=True
    )
    told = json.loads(ran.stdout)
    with reading(rt.engine) as session:
        gone = select(func.count()).select_from(Filing).where(col(Filing.submission).in_(_GONE))
        expected, sent = first + claims - 1, session.exec(gone).one()
    if told["state"] != "DayClosed" or sent != expected:
        raise LaneFailed(f"{sent} of {expected} claims were sent. {told['state']}: {told['message']}")
    return Lane(claims, told)
