"""A bad network loses no claim and doubles none. `cleanclaim bench network` has more of it."""

import errno
import socket
from collections.abc import Iterator
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
from sqlalchemy import Engine

from deployments.bench import toxic
from deployments.bench.crash import chosen
from deployments.bench.doors import KEY, address
from deployments.bench.network import cross
from deployments.bench.toxic import ILLNESSES, bad_network
from deployments.sandbox import running

SENT = b"x" * 6000


def test_claims_over_a_bad_network_arrive_once_and_their_answers_too(tmp_path: Path, sqlite_engine: Engine):
    (way,) = chosen(["http"])
    with running(api_key=KEY, sftp_port=0) as url:
        done = cross(tmp_path, sqlite_engine, way, address(url), claims=2, seed=7, rounds=2)
    assert done.met, done.as_json()
    assert sum(done.settled.values()) == 2
    assert sum(done.connections.values()) > done.connections["well"], "some lines were ill"


class Echo(StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.read())


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says back what it was told."""
    with ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.handle_error = lambda *_: None  # resets are what this is about
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def said_back(port: int) -> str:
    """What a client sees: all of it, some of it, a reset, or silence."""
    with socket.create_connection(("127.0.0.1", port), timeout=0.2) as line:
        back = b""
        try:
            line.sendall(SENT)
            line.shutdown(socket.SHUT_WR)
            while block := line.recv(4096):
                back += block
        except ConnectionError:
            return "reset"
        except TimeoutError:
            return "silence"
        except OSError as gone:  # the reset came before our last word: there is no line to shut down
            if gone.errno == errno.ENOTCONN:
                return "reset"
            raise
        return "whole" if back == SENT else "cut"


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("well", "whole"),
        ("reset on the way up", "reset"),
        ("reset on the way down", "reset"),
        ("cut on the way up", "cut"),
        ("cut on the way down", "cut"),
        ("half closed, nothing goes up", "silence"),
        ("half closed, nothing comes down", "silence"),
    ],
)
def test_an_illness_is_what_its_name_says(name: str, seen: str, echo: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(toxic, "ILLNESSES", {name: ILLNESSES[name]})
    with bad_network(echo, seed=1) as network:
        assert said_back(network.port) == seen
    assert network.seen[name] == 1
