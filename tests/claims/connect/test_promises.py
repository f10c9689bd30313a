"""What every connector promises, whatever it is made of: seven kinds, one suite, the sandbox's real servers.

`test_conformance` goes on where a way is a web: faults on the wire, deadlines, tokens.
"""

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from connect_side import KEY, OtherSide, claim_file, question
from sandbox_practice import Bill, batch

from claims.clock import SystemClock
from claims.connect import (
    AppealMessage,
    ConnectError,
    Connector,
    NotCarried,
    Receipt,
    RecordsMessage,
    Refused,
    Unavailable,
    Unknowable,
    Unmailed,
)
from claims.connect.files import control_number, kind_of
from claims.connect.opening import open_connector
from config.connectors import KINDS
from config.settings import Settings
from deployments.bench.crash.ways import WAYS, Way
from deployments.bench.doors import address

NUMBERS = count(700_000_001)
FILES = ("sftp", "folder", "paper")


class Side:
    """One way to the sandbox, and what the other side of it has."""

    def __init__(self, way: Way, other_side: OtherSide, home: Path) -> None:
        self.kind, self.home, self.other_side = way.settings["kind"], home, other_side
        self.written: list[tuple[str, str]] = []
        partner = {**way.partner(address(other_side.url)), "timeout_seconds": 5, "settle_seconds": 0}
        if self.kind in (*FILES, "clearinghouse"):
            del partner["settle_seconds"]
        self.settings = Settings.model_validate({"home": home, "connectors": {"p": partner}})

    def note(self, connector: str, name: str, content: bytes) -> None:
        self.written.append((connector, name))

    def has(self, connector: str, name: str) -> bool:
        return (connector, name) in self.written

    def run(self, work: Callable[[Connector], Any]) -> Any:
        """What comes of the work on a connection of its own, which is closed twice."""

        async def once() -> Any:
            settings = self.settings.connectors["p"]
            connector = open_connector("p", settings, "PROMISE", self.home, SystemClock(), self)
            try:
                return await work(connector)
            finally:
                await connector.close()
                await connector.close()

        return asyncio.run(once())

    def content(self, control: str) -> bytes:
        """Forms are filled from real claims; what is only received may be anything with an ISA."""
        return batch(int(control), Bill()) if self.kind == "paper" else claim_file(control)

    def send(self, control: str) -> Receipt | None:
        """The receipt; None on paper, whose receipt is a person's."""
        sent = {"control_number": control, "key": f"batch-{control}"}
        try:
            return self.run(lambda connector: connector.submit(self.content(control), **sent))
        except Unmailed:
            return None

    def find(self, control: str) -> Receipt | None:
        return self.run(lambda connector: connector.find_submission(control))

    def arrived(self, control: str) -> int:
        if self.kind == "paper":
            return len(list(self.home.glob(f"mail/{control}.pdf")))
        if self.kind == "folder":
            return len(list(self.home.glob(f"out/{control}.837")))
        return int(self.other_side.arrived(control))

    def answer(self) -> None:
        """Something waits for us over there."""
        if self.kind == "folder":
            (self.home / "in").mkdir(exist_ok=True)
            (self.home / "in" / "answer.999").write_bytes(claim_file(f"{next(NUMBERS):09d}"))
        else:
            self.send(f"{next(NUMBERS):09d}")


@pytest.fixture(params=list(KINDS))
def side(request: pytest.FixtureRequest, other_side: OtherSide, tmp_path: Path) -> Side:
    way = next(way for way in WAYS if way.settings["kind"] == request.param)
    levers = {"leaves_uploads": way.carried == "never", "pgp_key": ""}
    other_side.http.put("/sandbox/sftp", json=levers).raise_for_status()
    return Side(way, other_side, tmp_path)


@pytest.fixture
def control() -> str:
    return f"{next(NUMBERS):09d}"


def test_what_is_handed_over_arrives_once_and_is_found_again(side: Side, control: str):
    receipt = side.send(control)
    assert side.arrived(control) == 1
    if receipt is None:
        with pytest.raises(Unmailed):
            side.find(control)
    else:
        assert side.find(control)


def test_what_is_handed_over_twice_arrives_once(side: Side, control: str):
    first, second = side.send(control), side.send(control)
    assert side.arrived(control) == 1
    assert side.kind == "paper" or (first and second)
    assert side.other_side.times(control) <= 1


def test_of_what_was_never_handed_over_nobody_says_that_it_arrived(side: Side, control: str):
    try:
        assert side.find(control) is None
    except Unknowable:
        assert side.kind in ("sftp", "clearinghouse")
    assert side.arrived(control) == 0


def test_what_waits_is_listed_until_it_is_done_and_its_bytes_stay_the_same(side: Side):
    side.answer()

    async def empty(connector: Connector) -> tuple[list[bytes], list[bytes], int]:
        files = await connector.mailbox()
        once, again = [], []
        for file in files:
            once.append(await connector.fetch(file.id))
            again.append(await connector.fetch(file.id))
        for file in files:
            await connector.done(file.id)
        return once, again, len(await connector.mailbox())

    once, again, left = side.run(empty)
    assert once == again
    assert left == 0
    assert all(content.startswith(b"ISA") for content in once)
    assert bool(once) == (side.kind != "paper")


def test_a_file_that_was_never_listed_is_no_file(side: Side):
    with pytest.raises(ConnectError):
        side.run(lambda connector: connector.fetch("999999999"))


@pytest.mark.parametrize(("kind", "method"), [("270", "eligibility"), ("276", "status")])
def test_a_question_is_answered_or_said_not_to_go_this_way(side: Side, kind: str, method: str):
    def ask() -> bytes:
        return side.run(lambda connector: getattr(connector, method)(question(kind)))

    if side.kind in FILES:
        with pytest.raises(NotCarried):
            ask()
    else:
        assert ask().startswith(b"ISA")


def test_questions_in_batch_arrive_once_and_are_answered_with_the_mailbox(side: Side):
    if "batch" not in KINDS[side.kind].asks:
        return
    sent = {kind: f"{next(NUMBERS):09d}" for kind in ("270", "276")}

    async def ask(connector: Connector) -> list[str]:
        for kind, control in sent.items():
            content = question(kind)
            content = content.replace(control_number(content).encode(), control.encode())
            for _ in range(2):
                assert await connector.submit(content, control_number=control, key=f"batch-{control}")
        return [file.kind or kind_of(await connector.fetch(file.id)) for file in await connector.mailbox()]

    waiting = side.run(ask)
    if side.kind == "folder":
        names = {path.name for path in (side.home / "out").iterdir()}
        assert names == {f"{control}.{kind}" for kind, control in sent.items()}
        assert side.find(sent["276"]).repeated
    else:
        assert (waiting.count("271"), waiting.count("277")) == (1, 1)
        assert all(side.other_side.arrived(control) for control in sent.values())


def test_a_letter_goes_or_is_said_not_to_go_this_way(side: Side):
    appeal = AppealMessage("SBXCO", "NONE", "P1", 1, "reason", "0" * 64, b"%PDF-1.7")
    for letter in (
        lambda connector: connector.appeal(appeal, key="a"),
        lambda connector: connector.records(RecordsMessage("SBXCO", "NONE", "P1", ()), key="r"),
    ):
        with pytest.raises(Refused) as refused:
            side.run(letter)
        assert isinstance(refused.value, NotCarried) == (side.kind != "http")


def test_our_acknowledgement_goes_however_often_or_is_said_not_to(side: Side):
    number = f"{next(NUMBERS):09d}"
    envelope = claim_file(number).split(b"GS*")[0]
    ours = envelope + f"TA1*000000042*260302*0930*A*000~IEA*0*{number}~".encode()

    async def twice(connector: Connector) -> None:
        await connector.acknowledge(ours, key=f"ack-{number}")
        await connector.acknowledge(ours, key=f"ack-{number}")

    if side.kind == "clearinghouse":
        with pytest.raises(NotCarried):
            side.run(twice)
    else:
        before = len(side.other_side.ledger()["acknowledgements"])
        side.run(twice)
        told = len(side.other_side.ledger()["acknowledgements"]) - before
        assert told == (0 if side.kind in ("folder", "paper") else 1)


def test_where_nobody_is_there_nothing_was_taken(side: Side, control: str):
    """A port that is closed, a folder that is a file: it says Unavailable, and so it may go again."""
    if side.kind in ("folder", "paper"):
        (side.home / {"folder": "out", "paper": "mail"}[side.kind]).write_text("no folder")
    else:
        closed = {"port": 9} if side.kind == "sftp" else {"base_url": "http://127.0.0.1:9", "attempts": 1}
        known = {**side.settings.connectors["p"].model_dump(), **closed}
        side.settings = Settings.model_validate({"home": side.home, "connectors": {"p": known}})
    with pytest.raises(Unavailable):
        side.send(control)
    assert side.arrived(control) == 0


def test_the_keys_that_open_the_other_side_are_in_no_text_of_ours(side: Side):
    assert KEY not in repr(side.settings)
