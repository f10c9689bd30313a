"""The Prefect server that `serve` starts, on SQLite: its writers wait for each other."""

from concurrent.futures import ThreadPoolExecutor

import httpx


def test_runs_that_are_made_side_by_side_wait_for_each_other_and_none_is_refused(prefect_url: str):
    """Refusals leave cursors behind that can stop Prefect's SQLite server for a minute."""
    with httpx.Client(base_url=prefect_url, timeout=60) as api:
        flow = api.post("/flows/", json={"name": "side-by-side"}).json()["id"]
        run = {"flow_id": flow, "state": {"type": "PENDING"}}
        with ThreadPoolExecutor(12) as side_by_side:
            answers = list(side_by_side.map(lambda _: api.post("/flow_runs/", json=run), range(48)))
    assert {answer.status_code for answer in answers} == {201}
