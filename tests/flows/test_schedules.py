"""The Prefect server itself plans the runs that the schedules ask for."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from operations import Runs, until

from deployments.registry import ENTRIES

ZONE = ZoneInfo("America/New_York")


def test_the_next_run_of_every_schedule_is_planned_at_the_practices_own_hour(prefect_url: str):
    runs = Runs(prefect_url)
    crons = {entry.flow: entry.cron for entry in ENTRIES if entry.cron}
    names = {runs.deployment(flow): flow for flow in crons}

    def planned() -> dict[str, Any] | None:
        first = {names[run["deployment_id"]]: run for run in reversed(runs.planned([*names]))}
        return first if {*first} == {*crons} else None

    for flow, run in until(planned, "a planned run of each schedule").items():
        at = datetime.fromisoformat(run["expected_start_time"]).astimezone(ZONE)
        minute, hour, _, _, weekdays = crons[flow].split()
        assert not minute.isdigit() or at.minute == int(minute)
        assert not hour.isdigit() or at.hour == int(hour)
        assert weekdays != "1-5" or at.isoweekday() <= 5
