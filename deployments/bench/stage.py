"""A bench's stage: a temporary home with its own keys and database, Prefect server and sandbox payer."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from claims.database import transaction
from claims.intake.importer import import_file
from deployments.bench.visits import clean_visits
from deployments.home import SANDBOX_SETTINGS, prepare_home, settings_of
from deployments.ports import free_port
from deployments.stack import Ports, local_stack
from tasks.runtime import Runtime, runtime


@contextmanager
def stage(visits: int, environ: Mapping[str, str]) -> Iterator[Runtime]:
    """A running system in which as many clean visits were taken in; all of it is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="cleanclaim-bench-") as folder:
        home, ports = Path(folder), Ports(prefect=free_port(), sandbox=free_port())
        settings = SANDBOX_SETTINGS.format(prefect=ports.prefect, sandbox=ports.sandbox)
        (home / "cleanclaim.toml").write_text(settings)
        own = {**environ, "CLEANCLAIM_HOME": str(home)}
        os.environ["CLEANCLAIM_HOME"] = str(home)
        prepare_home()
        with local_stack(settings_of(), ports, own, sandbox=True, runner=False):
            rt = runtime()
            take_in(rt, visits)
            yield rt
            rt.engine.dispose()


def take_in(rt: Runtime, count: int) -> None:
    act = rt.act()
    week_ago = act.at.day(rt.settings.zone_info) - timedelta(days=7)
    with transaction(rt.engine) as session:
        import_file(
            session,
            clean_visits(count, week_ago),
            name="bench.csv",
            act=act,
            settings=rt.settings,
            charge_map=None,
            payers=rt.payers,
        )
