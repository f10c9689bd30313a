"""A runtime on a test's own database, with its clock standing still."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from claims.clock import FixedClock
from config.payers import load_payers
from config.settings import Dispatch, Settings
from tasks.runtime import Runtime


@pytest.fixture
def rt(engine: Engine, clock: FixedClock, tmp_path: Path) -> Runtime:
    settings = Settings(home=tmp_path, profile="sandbox", dispatch=Dispatch(lease_seconds=120))
    return Runtime(settings, engine, load_payers(settings), clock)
