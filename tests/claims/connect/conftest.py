"""The other side of every connector: the sandbox payer, once a module."""

import connect_side
import pytest
from connect_side import OtherSide


@pytest.fixture(scope="module")
def sandbox_side():
    with connect_side.opened() as side:
        yield side


@pytest.fixture
def other_side(sandbox_side: OtherSide) -> OtherSide:
    """Without faults, and with an empty mailbox."""
    sandbox_side.fresh()
    return sandbox_side
