"""The crash matrix in small: a cell or two for each kind of connector. `cleanclaim bench crash` has all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from claims.connect.http import HttpConnector
from config.connectors import KINDS
from deployments.bench.crash import chosen
from deployments.bench.crash.cells import Trouble, matrix, suffer, troubles
from deployments.bench.crash.office import Office
from deployments.bench.crash.ways import WAYS
from deployments.bench.doors import KEY, Address, address
from deployments.sandbox import running


@pytest.fixture
def at() -> Iterator[Address]:
    with running(api_key=KEY, sftp_port=0) as url:
        yield address(url)


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path: Path, sqlite_engine: Engine, at: Address):
    (way,) = chosen([request.param])
    office = Office(tmp_path, sqlite_engine, way, at)
    yield office
    office.close()


@pytest.mark.parametrize(
    ("office", "settled"),
    [
        ("http", {"killed, and the server takes it late": "asked"}),
        ("core-soap", {"killed: the headers have left": "sent again"}),
        ("clearinghouse, key run out", {"killed: the attempt is committed, no byte has left": "person"}),
        (
            "sftp, taken away",
            {"killed: the final name is given": "acknowledged", "server: never answers": "sent again"},
        ),
        ("folder, left lying", {"killed: nothing is written": "sent again"}),
        ("paper", {"killed: the bytes are there, under the temporary name": "person"}),
    ],
    indirect=["office"],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_ends_a_send_the_receiver_has_the_claim_once(office: Office, settled: dict[str, str]):
    rows = [trouble for trouble in troubles(office.way) if trouble.name in settled]
    cells = list(matrix(office, rows, kills=0))
    assert [(cell.trouble, cell.settled, cell.times, cell.wrong) for cell in cells] == [
        (row.name, settled[row.name], 1, "") for row in rows
    ]
    assert len(rows) == len(settled)


@pytest.mark.parametrize("office", ["http"], indirect=True)
def test_a_sender_that_believes_whatever_it_hears_is_found_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    async def it_never_came(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(HttpConnector, "find_submission", it_never_came)
    (batch_id,) = office.ready(1)
    cell = suffer(office, batch_id, Trouble("", fault=("submissions", "close_after_accept", 1)))
    assert cell.wrong == "the other side has it 2 times"


def test_every_kind_of_connector_is_in_the_matrix():
    assert {way.settings["kind"] for way in WAYS} == set(KINDS)
