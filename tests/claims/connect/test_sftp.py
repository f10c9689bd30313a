"""The SFTP connector against the sandbox's real SFTP server, with trouble on the wire."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
import pytest
from sandbox_practice import Bill, Practice, batch
from sftp_site import INTERCHANGE

from claims.clock import SystemClock
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

NAME = "000000001.837"


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
