"""The SFTP connector against the sandbox's real SFTP server, with trouble on the wire."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import asyncssh
import httpx
import pytest
from sandbox_practice import DAY, Bill, Practice, batch

from claims.clock import FixedClock, SystemClock
from claims.connect import (
    NotCarried,
    NotWhole,
    Receipt,
    Unauthorised,
    Unavailable,
    Unconfirmed,
    Unknowable,
)
from claims.connect.line import NotTrusted
from claims.connect.sftp import SftpConnector
from config.file_partners import SftpPartner
from deployments.sandbox import running

NAME = "000000001.837"
INTERCHANGE = batch(1, Bill())


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running(today=DAY, sftp_port=0) as url:
        yield url


@pytest.fixture
def sender(request: pytest.FixtureRequest) -> str:
    """Each test is a sender of its own, with folders of its own."""
    return f"T{crc32(request.node.name.encode()) % 10**9}"


@pytest.fixture
def site(server: str, sender: str, tmp_path: Path) -> Iterator["Site"]:
    with httpx.Client(base_url=server, timeout=30) as http:
        made = Site(server, http, sender, tmp_path)
        made.put("sftp", {"leaves_uploads": False})
        yield made
        http.delete("/sandbox/faults")


class Site:
    """The partner's side: its levers, and a connector of ours to it."""

    def __init__(self, url: str, http: httpx.Client, sender: str, home: Path) -> None:
        self.url, self.http, self.sender, self.home = url, http, sender, home
        self.about = http.get("/sandbox/sftp").json()

    def put(self, lever: str, body: object) -> None:
        self.http.put(f"/sandbox/{lever}", json=body).raise_for_status()

    def fault(self, on: str, how: str, times: int = 1) -> None:
        self.put("faults", [{"on": on, "how": how, "times": times}])

    def settings(self, **fields: object) -> SftpPartner:
        known = {
            "host": "127.0.0.1",
            "port": self.about["port"],
            "user": self.sender,
            "password": "sandbox",
            "host_keys": [self.about["host_key"]],
            "receiver_id": "SBXCLEAR",
            "timeout_seconds": 5,
            "attempts": 3,
        }
        return SftpPartner.model_validate({**known, **fields})

    def received(self, pcn: str = "VISIT1") -> list[dict]:
        ledger = self.http.get("/sandbox/ledger").json()
        return [c for c in ledger["claims"] if c["pcn"] == pcn]

    def call(self, *calls: tuple, now: datetime | None = None, **fields: object):
        """The answer to the last of these calls on one connector, which is closed afterwards."""

        async def once():
            clock = FixedClock(now) if now else SystemClock()
            connector = SftpConnector(
                "partner", self.settings(**fields), self.sender, self.home, clock, first_wait=0.01
            )
            try:
                for method, *arguments in calls:
                    named = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
                    answer = await getattr(connector, method)(*arguments, **named)
                return answer
            finally:
                await connector.close()

        return asyncio.run(once())

    def send(self, content: bytes = INTERCHANGE, **fields: object) -> Receipt:
        return self.call(("submit", content, {"control_number": "000000001", "key": "k"}), **fields)

    def find(self) -> Receipt | None:
        return self.call(("find_submission", "000000001"))

    async def _raw(self, work):
        options = {"known_hosts": None, "username": self.sender, "password": "sandbox", "config": None}
        async with (
            asyncssh.connect("127.0.0.1", self.about["port"], **options) as line,
            line.start_sftp_client() as sftp,
        ):
            return await work(sftp)

    def raw(self, work):
        """What somebody sees or does who signs on by hand."""
        return asyncio.run(self._raw(work))

    def lying(self) -> list[str]:
        return sorted(n for n in self.raw(lambda sftp: sftp.listdir("inbound")) if not n.startswith("."))


async def contents(sftp: asyncssh.SFTPClient, path: str) -> bytes:
    async with sftp.open(path, "rb") as file:
        return await file.read()


def test_an_upload_is_taken_in_under_its_final_name(site):
    assert site.send() == Receipt(NAME)
    assert [claim["received"] for claim in site.received()][-1] == 1
    assert site.lying() == []


def test_what_lies_there_whole_is_not_sent_again(site):
    site.put("sftp", {"leaves_uploads": True})
    site.send()
    assert site.send() == Receipt(NAME, repeated=True)
    assert site.find() == Receipt(NAME, repeated=True)


def test_another_file_of_that_name_is_never_overwritten(site):
    site.put("sftp", {"leaves_uploads": True})
    site.send()
    with pytest.raises(Unavailable, match="Another file"):
        site.send(batch(1, Bill(pcn="OTHER9")))


@pytest.mark.parametrize("how", ["cut_before", "cut_after"])
def test_an_upload_that_is_cut_goes_on_where_it_stood(site, how):
    content = bytes(range(256)) * 400  # three blocks of what the partner cannot read, so that it stays
    site.fault("sftp_upload", how)
    assert site.send(content) == Receipt(NAME)
    assert site.lying() == [NAME]
    assert site.raw(lambda sftp: contents(sftp, f"inbound/{NAME}")) == content


def test_what_another_left_under_the_temporary_name_is_written_anew(site):
    async def leave(sftp):
        async with sftp.open(f"inbound/{NAME}.part", "wb") as file:
            await file.write(b"x" * 500)

    site.raw(leave)
    assert site.send() == Receipt(NAME)
    assert site.received()


def test_before_the_rename_nothing_was_sent_and_the_temporary_name_says_so(site):
    site.fault("sftp_rename", "cut_before")
    with pytest.raises(Unconfirmed, match="Whether the file got its name"):
        site.send()
    assert site.lying() == [f"{NAME}.part"]
    assert site.find() is None
    assert site.send() == Receipt(NAME)


def test_after_the_rename_the_final_name_says_that_it_arrived(site):
    site.put("sftp", {"leaves_uploads": True})
    site.fault("sftp_rename", "cut_after")
    with pytest.raises(Unconfirmed):
        site.send()
    assert site.find() == Receipt(NAME, repeated=True)


def test_after_the_rename_nobody_knows_when_the_partner_took_the_file_away(site):
    site.fault("sftp_rename", "cut_after")
    with pytest.raises(Unconfirmed):
        site.send()
    with pytest.raises(Unknowable, match="partners take away"):
        site.find()


@pytest.mark.parametrize(
    ("on", "how", "error"),
    [
        ("sftp_upload", "disk_full", Unavailable),
        ("sftp_upload", "denied", Unauthorised),
        ("sftp_rename", "denied", Unauthorised),
    ],
)
def test_a_partner_that_does_not_take_the_file_got_nothing(site, on, how, error):
    site.fault(on, how)
    with pytest.raises(error):
        site.send()
    assert site.find() is None
    assert site.send() == Receipt(NAME)


def test_a_folder_that_is_not_there_is_named_as_the_trouble(site):
    with pytest.raises(Unavailable, match="no such file or folder"):
        site.send(upload_to="to-nobody")


def test_a_host_key_that_is_not_pinned_is_shown_and_refused(site):
    with pytest.raises(NotTrusted) as unknown:
        site.call(("mailbox",), host_keys=[])
    assert site.about["host_key"] in unknown.value.message
    assert "pinned is none" in unknown.value.message
    other = asyncssh.generate_private_key("ssh-ed25519").get_fingerprint()
    with pytest.raises(NotTrusted, match="pinned is SHA256") as changed:
        site.call(("mailbox",), host_keys=[other])
    assert "host_keys" in changed.value.tip


def test_a_wrong_password_is_not_tried_again(site):
    with pytest.raises(Unauthorised, match="does not take our user"):
        site.call(("mailbox",), password="wrong")


def test_a_key_file_serves_instead_of_a_password(site):
    key = asyncssh.generate_private_key("ssh-ed25519")
    (site.home / "ours").write_bytes(
        key.export_private_key(passphrase="open", rounds=1, ignore_few_rounds=True)
    )
    site.put("sftp", {"authorized_key": key.export_public_key().decode()})
    ours = {"password": "", "key_file": "ours"}
    assert site.call(("mailbox",), key_passphrase="open", **ours) == []
    with pytest.raises(Unauthorised, match="key file cannot be used"):
        site.call(("mailbox",), key_passphrase="wrong", **ours)


def test_a_partner_that_is_not_there_is_unavailable():
    settings = SftpPartner(host="127.0.0.1", port=9, user="u", password="p", receiver_id="AB", attempts=1)

    async def once():
        await SftpConnector("p", settings, "S", Path(), SystemClock()).mailbox()

    with pytest.raises(Unavailable, match="Not reached"):
        asyncio.run(once())


def test_the_mailbox_is_read_by_pattern_and_emptied_when_it_is_done(site, sender):
    Practice(site.url, site.http).http.post(
        "/submissions", content=INTERCHANGE, headers={"Idempotency-Key": sender, "X-Sender": sender}
    )
    site.http.get("/sandbox/ledger")
    files = site.call(("mailbox",))
    assert len(files) == 3
    assert all(set(file.id) <= set("0123456789abcdef") for file in files)
    assert site.call(("mailbox",), pick_up=["*.835"]) == []
    content = site.call(("mailbox",), ("fetch", files[0].id))
    assert content.startswith(b"ISA")
    site.call(("mailbox",), ("done", files[0].id), after_pick_up="leave")
    assert len(site.call(("mailbox",))) == 3
    site.call(("mailbox",), ("done", files[0].id))
    assert [file.id for file in site.call(("mailbox",))] == [file.id for file in files[1:]]


def test_a_file_without_its_end_waits_until_it_is_old(site):
    async def leave(sftp):
        async with sftp.open("outbound/9999999-half.835", "wb") as file:
            await file.write(INTERCHANGE[:300])
        async with sftp.open("outbound/being-written.part", "wb") as file:
            await file.write(b"x")

    site.raw(leave)
    (half,) = site.call(("mailbox",))
    with pytest.raises(NotWhole, match="no end yet"):
        site.call(("mailbox",), ("fetch", half.id))
    later = datetime.now(UTC) + timedelta(hours=2)
    assert site.call(("mailbox",), ("fetch", half.id), now=later) == INTERCHANGE[:300]


def test_a_name_that_is_used_again_is_another_file(site):
    async def leave(sftp, content):
        async with sftp.open("outbound/remit.835", "wb") as file:
            await file.write(content)

    site.raw(lambda sftp: leave(sftp, INTERCHANGE))
    (first,) = site.call(("mailbox",))
    site.raw(lambda sftp: leave(sftp, INTERCHANGE + b"\n\n"))
    (second,) = site.call(("mailbox",))
    assert first.id != second.id


def test_inquiries_and_letters_do_not_go_by_file(site):
    for call in [("eligibility", b""), ("status", b""), ("find_appeal", "k"), ("find_records", "k")]:
        with pytest.raises(NotCarried):
            site.call(call)
