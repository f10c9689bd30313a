"""The command line as people use it: its real entry point, a home of its own, claims in its database."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from factories import Practice
from sqlalchemy import Engine

from claims.bundle import Bundle, load_bundle
from claims.clock import Moment
from claims.database import open_engine, sqlite_url, transaction
from claims.events import Act
from claims.keys import Keyring, write_key_file
from claims.model import Actor
from claims.money.ledger import post_charges
from claims.transitions import Event
from deployments.cli import main

STAFF = {"ada": ["admin"], "bea": ["biller"], "cleo": ["coder"], "otto": ["ops"], "aud": ["auditor"]}


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cleanclaim = Callable[..., Ran]


@pytest.fixture(scope="session")
def _built_once() -> Iterator[None]:
    """The tree of commands, which a process builds once and our tests share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", cache(typer.main.get_command))
        yield


@pytest.fixture
def cleanclaim(
    _built_once: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cleanclaim:
    """Run a command in this process: `cleanclaim("claims", "list", "--json")`."""

    def run(*words: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["cleanclaim", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, said.out, said.err)

    return run


@pytest.fixture
def bare_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with nothing in it."""
    home = tmp_path / "home"
    monkeypatch.setenv("CLEANCLAIM_HOME", str(home))
    return home


@pytest.fixture
def coded_home(bare_home: Path, icd_home: Path) -> Path:
    """A home with nothing but the code sets, which are made once; linked, since an import replaces files."""
    bare_home.mkdir(mode=0o700)
    shutil.copytree(icd_home / "codes", bare_home / "codes", copy_function=os.link)
    return bare_home


@pytest.fixture
def home(coded_home: Path, bare_home: Path, keyring: Keyring, empty_database: Path) -> Path:
    """A practice's home in the sandbox profile."""
    write_key_file(bare_home / "keys.json", keyring)
    (bare_home / "claims.db").write_bytes(empty_database.read_bytes())
    (bare_home / "cleanclaim.toml").write_text('profile = "sandbox"\nsynthetic_identifiers = true\n')
    return bare_home


@pytest.fixture
def engine(home: Path, keyring: Keyring):
    engine = open_engine(sqlite_url(home / "claims.db"), keyring)
    yield engine
    engine.dispose()


@pytest.fixture
def staff(engine: Engine) -> None:
    with transaction(engine) as session:
        for name, roles in STAFF.items():
            session.add(Actor(name=name, roles=roles, since=datetime.now(UTC)))


@pytest.fixture
def now() -> Act:
    at = datetime.now(UTC)
    return Act("system", Moment(at, at))


@pytest.fixture
def visit(engine: Engine, staff: None, now: Act) -> Callable[..., Bundle]:
    """A claim in the home's database; ``filed`` are the events of a filing of it."""

    def make(filed: Sequence[Event] = (), **fields: Any) -> Bundle:
        with transaction(engine) as session:
            practice = Practice(session, now)
            bundle = practice.claim(**fields)
            if filed:
                practice.filing(bundle, *filed, icn="C0001")
            post_charges(session, now, [bundle.claim])
            return load_bundle(session, bundle.claim.id)

    return make
