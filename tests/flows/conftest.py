"""The flows, on the whole system: see `prefect_stack`."""

from pathlib import Path

import pytest
from prefect_stack import on_the_stack


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_the_stack(items, Path(__file__).parent, "operations")
