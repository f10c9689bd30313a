"""`cleanclaim bench crash`: the sender killed at every point, the receiver failing in every way."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from claims.errors import BadInput
from deployments.bench.crash.cells import Cell, matrix, troubles
from deployments.bench.crash.office import Office, new_engine
from deployments.bench.crash.ways import WAYS, Way
from deployments.bench.doors import KEY, Address, address
from deployments.children import Children
from deployments.ports import free_port

Told = Callable[[Cell], None]


def bench_crash(names: Sequence[str], kills: int, tell: Told) -> list[Cell]:
    """Every cell of the ways named (all, if none is); ``tell`` hears of each as it is done."""
    done = []
    for way in chosen(names):
        with TemporaryDirectory(prefix="cleanclaim-crash-") as folder, sandbox(Path(folder)) as at:
            for cell in suffered(Path(folder) / "home", way, at, kills):
                tell(cell)
                done.append(cell)
    return done


def chosen(names: Sequence[str]) -> list[Way]:
    """The ways of these names, or whose name begins so. Raises BadInput where none does; all without any."""
    found = [way for name in names for way in _called(name)]
    return [way for way in WAYS if not names or way in found]


def _called(name: str) -> list[Way]:
    known = [way for way in WAYS if way.name == name] or [way for way in WAYS if way.name.startswith(name)]
    if not known:
        tip = f"Choose from {', '.join(way.name for way in WAYS)}."
        raise BadInput(f"There is no way called {name}.", tip=tip)
    return known


def suffered(home: Path, way: Way, at: Address, kills: int) -> Iterator[Cell]:
    office = Office(home, new_engine(home), way, at)
    try:
        yield from matrix(office, troubles(way), kills)
    finally:
        office.close()


@contextmanager
def sandbox(folder: Path) -> Iterator[Address]:
    """A sandbox payer of its own, in a process of its own, with its SFTP server."""
    port, sftp_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    with Children(folder / "logs", {**os.environ, "SANDBOX_API_KEY": KEY}) as children:
        children.start(
            "sandbox-payer",
            "deployments.sandbox",
            *("--port", str(port), "--sftp-port", str(sftp_port), "--data", str(folder / "sandbox.db")),
            health=f"{url}/health",
        )
        yield address(url)


def as_json(cells: Sequence[Cell]) -> dict[str, Any]:
    wrong = [cell for cell in cells if cell.wrong]
    return {"cells": [cell.as_json() for cell in cells], "wrong": len(wrong), "met": not wrong}
