"""Chromium on the real Prefect UI, and the served runner that picks up what is retried in it.

One browser and one runner serve the module; the runner's home is a link that follows the test's own.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from operations import Runs, until
from prefect_stack import on_the_stack
from prefect_ui import WITHOUT_TIMELINE, PrefectUI, chromium

from config.settings import load_settings
from deployments.children import Children
from deployments.stack import prefect_environ


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    on_the_stack(items, here, "browser")
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def switches() -> tuple[str, ...]:
    """Chromium's own, beside those that it always gets."""
    return WITHOUT_TIMELINE


@pytest.fixture(scope="module")
def ui(prefect_url: str, switches: tuple[str, ...]) -> Iterator[PrefectUI]:
    driver = shutil.which("chromedriver")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if driver is None or browser is None:
        pytest.skip("no Chromium with its driver (chromedriver) on this machine")
    with chromium(browser, driver, *switches) as page:
        yield PrefectUI(page, prefect_url.removesuffix("/api"))


@pytest.fixture
def runs(prefect_url: str) -> Runs:
    return Runs(prefect_url)


@pytest.fixture(scope="module")
def served_home(tmp_path_factory: pytest.TempPathFactory, prefect_url: str) -> Iterator[Path]:
    """The home that the served runner works for. Its schedules rest: tests say what runs when."""
    folder = tmp_path_factory.mktemp("served")
    settings = load_settings({"CLEANCLAIM_HOME": str(folder)})
    environ = {
        **os.environ,
        **prefect_environ(settings, prefect_url),
        "CLEANCLAIM_HOME": str(folder / "home"),
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    runs = Runs(prefect_url)
    with Children(folder / "logs", environ) as children:
        children.start("runner", "deployments.runner")
        until(runs.are_served, "the runner's first look for work")
        runs.rest_schedules()
        yield folder / "home"


@pytest.fixture
def served(served_home: Path, home: Path) -> Iterator[None]:
    """The runner works for this test's practice."""
    served_home.symlink_to(home)
    yield
    served_home.unlink()
