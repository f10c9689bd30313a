"""The machine's clock is set back through whole daily runs: nothing goes twice, and nothing stays behind."""

from datetime import date, timedelta
from typing import Any

import httpx
from factories import Practice
from operations import fault, go_to, received, run

from claims.clock import Clock, Moment
from claims.database import reading, transaction
from claims.day_closed import stored
from tasks.runtime import Runtime


class Off:
    """A machine's clock, business time and real time alike, so far from the right one."""

    def __init__(self, right: Clock, by: timedelta) -> None:
        self.right, self.by = right, by

    def now(self) -> Moment:
        now = self.right.now()
        return Moment(now.real + self.by, now.business + self.by)


def day(rt: Runtime) -> tuple[str, dict[str, Any]]:
    """A daily run: how it ended, and its certificate."""
    ran = run("daily-submission")
    with reading(rt.engine) as session:
        return ran.state.name, stored(session)


def test_a_clock_set_back_between_daily_runs_doubles_and_loses_nothing(rt: Runtime, admin: httpx.Client):
    go_to(rt, admin, date(2026, 3, 3))
    right = rt.clock
    with transaction(rt.engine) as session:
        practice = Practice(session, rt.act())
        practice.claim(coverage={"member_id": "PAY1001"})
    fault(admin, ("submissions", "close_after_accept"), ("ask", "status:503"), ("ask", "status:503"))
    assert day(rt)[0] == "NeedsAttention", "whether it arrived was not told"

    rt.clock = Off(right, timedelta(hours=-30))
    admin.delete("/sandbox/faults")
    with transaction(rt.engine) as practice.session:
        practice.act = rt.act()
        practice.claim(coverage={"member_id": "PAY1002"})
    state, certificate = day(rt)
    assert (state, certificate["sent"]["claims"]) == ("DayClosed", 2), "asked for, and the new one"
    assert day(rt)[0] == "DayClosed"

    rt.clock = right
    state, certificate = day(rt)
    assert (state, certificate["ties_out"], certificate["complete"]) == ("DayClosed", True, True)
    assert received(admin) == [1, 1]
