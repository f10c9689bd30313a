"""A practice beside a sandbox that really runs."""

from collections.abc import Iterator

import pytest
from sandbox_practice import Practice, opened


@pytest.fixture
def practice() -> Iterator[Practice]:
    """A practice beside a sandbox of its own, on Monday 2 March 2026."""
    with opened() as one:
        yield one


@pytest.fixture(scope="module")
def shared_practice() -> Iterator[Practice]:
    """One practice for a whole module, for tests that do not get into each other's way."""
    with opened() as one:
        yield one
