"""The README's pictures of the Prefect UI. Made again by ``pytest tests/browser/screenshots.py``."""

from datetime import date
from pathlib import Path

import pytest
from operations import fault, go_to, run, visits

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MEMBERS = ("PAY2001", "PAY2002", "MED2003", "PAY2004", "DED2005", "PAY2006", "AUT2007", "PAY2008")
PAYERS = ("SBXCO", "SBXMC", "SBXMD")


@pytest.fixture(scope="module")
def switches() -> tuple[str, ...]:
    return ()  # with the timelines


def test_pictures(rt, admin, runs, ui):
    go_to(rt, admin, date(2026, 3, 2))
    claims = visits(rt, *MEMBERS, payers=PAYERS)
    fault(admin, ("eligibility", "status:503"), ("submissions", "status:503"))
    run("daily-submission")
    run("collect-responses")
    lives = [runs.named(f"claim-{claim}")[0] for claim in claims]
    failed = next(life for life in lives if life["state_type"] == "FAILED")
    ready = next(life for life in lives[:: len(PAYERS)] if life is not failed)  # its batch did not go
    runs.steps(ready["id"], 1, "submission")

    IMAGES.mkdir(parents=True, exist_ok=True)
    ui.open_runs()
    ui.sees("claim-", "batch-", "Failed", "collect-responses", "NeedsAttention")
    ui.scroll_to("Hide subflows")
    ui.picture(IMAGES / "prefect-claim-runs.png")

    ui.open_run(ready["id"])
    ui.sees_under("Task Runs", "Waiting", "submission", "scrub")
    ui.picture(IMAGES / "prefect-claim-run.png")

    ui.open_run(failed["id"])
    ui.sees("Failed", "2 Task runs")
    ui.ask_for_retry()
    ui.picture(IMAGES / "prefect-retry.png")
