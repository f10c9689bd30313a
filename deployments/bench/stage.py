"""A bench's stage: a temporary home with its own keys and database, Prefect server and sandbox payer."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from claims.database import transaction
from claims.intake.importer import import_file
from config.partners import Way
from deployments.bench.doors import KEY
from deployments.bench.visits import clean_visits
from deployments.bench.ways import connect
from deployments.home import prepare_home, settings_of
from deployments.ports import free_port
from deployments.stack import Ports, local_stack
from tasks.runtime import Runtime, runtime

_SETTINGS = """profile = "sandbox"
synthetic_identifiers = true

[prefect]
api_url = "http://127.0.0.1:{prefect}/api"
"""
_AT_ONCE = 1_000


@contextmanager
def stage(
    environ: Mapping[str, str], connector: str = "http", questions: Way = "real_time"
) -> Iterator[Runtime]:
    """A running system whose payer is reached by a connector of that kind; all of it is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="cleanclaim-bench-") as folder:
        home, ports = Path(folder), Ports(prefect=free_port(), sandbox=free_port())
        (home / "cleanclaim.toml").write_text(_SETTINGS.format(prefect=ports.prefect))
        own = {**environ, "CLEANCLAIM_HOME": str(home), "SANDBOX_API_KEY": KEY}
        os.environ["CLEANCLAIM_HOME"] = str(home)
        prepare_home()
        sftp = free_port() if connector == "sftp" else None
        with local_stack(settings_of(), ports, own, sandbox=True, runner=False, sandbox_sftp_port=sftp):
            connect(home, connector, f"http://127.0.0.1:{ports.sandbox}", questions)
            rt = runtime()
            yield rt
            rt.engine.dispose()


def take_in(rt: Runtime, first: int, count: int) -> None:
    """Visits of a week ago, numbered from ``first``, a file for each thousand."""
    for start in range(first, first + count, _AT_ONCE):
        _take_in(rt, range(start, min(start + _AT_ONCE, first + count)))


def _take_in(rt: Runtime, numbers: range) -> None:
    act = rt.act()
    week_ago = act.at.day(rt.settings.zone_info) - timedelta(days=7)
    with transaction(rt.engine) as session:
        import_file(
            session,
            clean_visits(numbers, week_ago),
            name=f"bench-{numbers.start}.csv",
            act=act,
            settings=rt.settings,
            charge_map=None,
            payers=rt.payers,
        )
