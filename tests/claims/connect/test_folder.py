"""The folder connector: what people carry away and bring, on a real disk."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sandbox_practice import Bill, batch

from claims.clock import FixedClock, SystemClock
from claims.connect import NotCarried, NotWhole, Receipt, Refused, Unavailable, Unknowable
from claims.connect.folder import FolderConnector
from config.file_partners import FolderPartner

NAME = "000000001.837"
INTERCHANGE = batch(1, Bill())
OTHER = batch(1, Bill(pcn="OTHER9"))


class Office:
    def __init__(self, home: Path) -> None:
        self.home, self.written = home, []
        self.out, self.inbox = home / "out", home / "in"

    def note(self, connector: str, name: str, content: bytes) -> None:
        assert not (self.out / name).exists(), "the event comes before the file has its name"
        self.written.append((connector, name))

    def has(self, connector: str, name: str) -> bool:
        return (connector, name) in self.written

    def call(self, *calls: tuple, clock=None, **fields):
        settings = FolderPartner(outbox=Path("out"), inbox=Path("in"), receiver_id="SBXCLEAR", **fields)

        connector = FolderConnector("byhand", settings, "ME", self.home, clock or SystemClock(), self)

        async def once():
            for method, *arguments in calls:
                named = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
                answer = await getattr(connector, method)(*arguments, **named)
            return answer

        return asyncio.run(once())

    def send(self, content: bytes = INTERCHANGE) -> Receipt:
        return self.call(("submit", content, {"control_number": "000000001", "key": "k"}))

    def find(self) -> Receipt | None:
        return self.call(("find_submission", "000000001"))

    def bring(self, name: str, content: bytes = INTERCHANGE) -> Path:
        self.inbox.mkdir(exist_ok=True)
        (self.inbox / name).write_bytes(content)
        return self.inbox / name


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_file_is_left_whole_for_one_user_alone_with_an_event(office):
    assert office.send() == Receipt(NAME)
    assert (office.out / NAME).read_bytes() == INTERCHANGE
    assert (office.out / NAME).stat().st_mode & 0o777 == 0o600
    assert office.written == [("byhand", NAME)]


def test_the_same_file_again_is_no_second_one(office):
    office.send()
    assert office.send() == Receipt(NAME, repeated=True)
    assert office.written == [("byhand", NAME)]


def test_another_file_of_that_name_is_not_overwritten(office):
    office.send()
    with pytest.raises(Unavailable, match="Another file"):
        office.send(INTERCHANGE + b"\n")
    assert (office.out / NAME).read_bytes() == INTERCHANGE


def test_the_name_and_the_record_tell_whether_it_was_handed_over(office):
    assert office.find() is None, "no file of that name was ever written"
    office.out.mkdir()
    (office.out / f"{NAME}.part").write_bytes(b"half")
    assert office.find() is None
    assert office.send() == Receipt(NAME)
    assert office.find() == Receipt(NAME, repeated=True)
    (office.out / NAME).unlink()
    with pytest.raises(Unknowable, match="carried it away"):
        office.find()


def test_a_folder_that_cannot_be_written_took_nothing(office):
    office.out.write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="cannot be written"):
        office.send()
    office.inbox.write_text("here too")
    with pytest.raises(Unavailable, match="cannot be read"):
        office.call(("mailbox",))


def test_what_is_brought_is_read_by_its_bytes_and_put_away(office):
    office.bring("whatever.txt")
    office.bring("copy of whatever.txt")
    files = office.call(("mailbox",))
    assert len({file.id for file in files}) == 1
    for _ in files:
        assert office.call(("mailbox",), ("fetch", files[0].id)) == INTERCHANGE
        office.call(("mailbox",), ("done", files[0].id))
    assert office.call(("mailbox",)) == []
    kept = sorted((office.inbox / "done").iterdir())
    assert len(kept) == 2
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_only_what_fits_the_patterns_is_read_and_never_a_link_or_a_part(office):
    office.bring("remit.835")
    office.bring("notes.doc")
    office.bring("half.835.part")
    os.symlink(office.home / "elsewhere", office.inbox / "link.835")
    (office.inbox / "folder.835").mkdir()
    (file,) = office.call(("mailbox",), pick_up=("*.835",))
    assert file.size == len(INTERCHANGE)


def test_a_file_that_is_still_being_copied_waits(office):
    office.bring("remit.835", INTERCHANGE[:200])
    (file,) = office.call(("mailbox",))
    with pytest.raises(NotWhole):
        office.call(("mailbox",), ("fetch", file.id))
    later = FixedClock(datetime.now(UTC) + timedelta(hours=2))
    assert office.call(("mailbox",), ("fetch", file.id), clock=later) == INTERCHANGE[:200]


def test_an_acknowledgement_is_named_after_its_control_number(office):
    office.call(("acknowledge", INTERCHANGE, {"key": "a"}))
    assert [path.name for path in office.out.iterdir()] == ["000000001.999"]
    with pytest.raises(Refused, match="no X12"):
        office.call(("acknowledge", b"hello", {"key": "a"}))


def test_folders_carry_no_inquiries_and_no_letters(office):
    for call in [("eligibility", b""), ("status", b""), ("find_appeal", "k"), ("find_records", "k")]:
        with pytest.raises(NotCarried):
            office.call(call)


def test_what_took_the_files_name_since_it_was_read_is_not_put_away_with_it(office: Office):
    path = office.bring("remit.835")
    (first,) = office.call(("mailbox",))
    path.write_bytes(OTHER)

    async def late() -> None:
        settings = FolderPartner(outbox=Path("out"), inbox=Path("in"), receiver_id="SBXCLEAR")
        connector = FolderConnector("byhand", settings, "ME", office.home, SystemClock(), office)
        (listed,) = await connector.mailbox()
        path.write_bytes(INTERCHANGE)
        await connector.done(listed.id)

    asyncio.run(late())
    assert [file.id for file in office.call(("mailbox",))] == [first.id]
