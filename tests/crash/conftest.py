"""Processes that can be killed in the middle of a run, on the whole system: see `prefect_stack`."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prefect_stack import on_the_stack

HERE = Path(__file__).parent
Cleanclaim = Callable[..., int]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_the_stack(items, HERE, "operations")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.crash)


@pytest.fixture(scope="session")
def mortal(prefect_url: str, prefect_home: Path) -> Iterator[subprocess.Popen[str]]:
    environ = {**os.environ, "PREFECT_API_URL": prefect_url, "PREFECT_HOME": str(prefect_home / "prefect")}
    environ["PYTHONPATH"] = str(HERE.parents[1])
    process = subprocess.Popen(
        [sys.executable, str(HERE / "mortal.py")],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.communicate()  # its input ends, and so does it


@pytest.fixture
def cleanclaim(mortal: subprocess.Popen[str], home: Path) -> Cleanclaim:
    """`cleanclaim("run", "daily", moment=…)`: a real process; its exit code, or minus the signal's number.

    ``together`` lets so many begin at once; the answer is the highest of their codes.
    """

    def run(*arguments: str, moment: str | None = None, together: int = 1) -> int:
        request = {"home": str(home), "arguments": arguments, "moment": moment, "together": together}
        assert mortal.stdin is not None
        assert mortal.stdout is not None
        mortal.stdin.write(json.dumps(request) + "\n")
        mortal.stdin.flush()
        return int(max(json.loads(mortal.stdout.readline())))

    return run
