"""OpenPGP over SFTP: sealed for the partner and signed by us, both ways; GnuPG reads and writes the same."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which

import pytest
from pysequoia import Tsk, encrypt
from pysequoia.packet import PacketPile, Tag
from sftp_site import INTERCHANGE, Site

from claims.connect import NotOpened, NotSigned, NotWhole, Receipt, Unavailable
from claims.connect.pgp import Pgp, is_sealed
from claims.errors import BadSettings
from config.file_partners import PgpKeys

NAME = "000000001.837.pgp"
PROTECTED = Path(__file__).with_name("protected.asc")  # by GnuPG, under the passphrase "sesame"


def keys(home: Path, **fields) -> PgpKeys:
    known = {"key_file": "ours.asc", "partner_keys": ["theirs.asc"]}
    return PgpKeys.model_validate({**known, **fields})


@pytest.fixture
def ours(tmp_path: Path) -> Tsk:
    key = Tsk.generate("practice")
    (tmp_path / "ours.asc").write_text(str(key))
    return key


@pytest.fixture
def sealed_site(site: Site, ours: Tsk) -> Site:
    """A partner that takes and gives nothing but what is sealed."""
    (site.home / "theirs.asc").write_text(site.about["pgp_key"])
    site.put("sftp", {"pgp_key": str(ours.extract_certificate())})
    return site


def pgp(site: Site, **fields) -> dict:
    return {"upload_name": "{control}.837.pgp", "pgp": keys(site.home, **fields).model_dump()}


def leave(site: Site, name: str, content: bytes) -> None:
    async def work(sftp):
        async with sftp.open(f"outbound/{name}", "wb") as file:
            await file.write(content)

    site.raw(work)


def taken(site: Site, now: datetime | None = None, **fields) -> bytes:
    (file,) = site.call(("mailbox",), **pgp(site))
    return site.call(("mailbox",), ("fetch", file.id), now=now, **pgp(site, **fields))


def arrived(site: Site) -> int:
    return sum(claim["sender"] == site.sender for claim in site.received())


@pytest.mark.parametrize("armor", [False, True])
def test_a_claim_file_goes_sealed_and_its_answers_are_opened(sealed_site: Site, armor: bool):
    assert sealed_site.send(**pgp(sealed_site, armor=armor)) == Receipt(NAME)
    assert arrived(sealed_site) == 1
    files = sealed_site.call(("mailbox",), **pgp(sealed_site))
    opened = [sealed_site.call(("mailbox",), ("fetch", f.id), **pgp(sealed_site)) for f in files]
    assert files
    assert all(content.startswith(b"ISA") for content in opened)
    lying = sealed_site.raw(lambda sftp: sftp.listdir("outbound"))
    assert is_sealed(sealed_site.raw(lambda sftp: _bytes(sftp, f"outbound/{max(lying)}")))


async def _bytes(sftp, path: str) -> bytes:
    async with sftp.open(path, "rb") as file:
        return await file.read()


def test_a_partner_that_wants_it_sealed_takes_nothing_that_is_not(sealed_site: Site):
    sealed_site.send()
    assert arrived(sealed_site) == 0


def test_a_sealed_upload_that_broke_off_is_written_anew(sealed_site: Site):
    sealed_site.fault("sftp_upload", "cut_after", 9)
    with pytest.raises(Unavailable):
        sealed_site.send(**pgp(sealed_site))
    sealed_site.http.delete("/sandbox/faults")
    assert sealed_site.send(**pgp(sealed_site)) == Receipt(NAME)
    assert arrived(sealed_site) == 1


def test_what_the_partner_did_not_sign_stays_where_it_lies(sealed_site: Site, ours: Tsk):
    stranger = Tsk.generate("stranger")
    to_us = [ours.extract_certificate()]
    leave(sealed_site, "forged.835", encrypt(INTERCHANGE, recipients=to_us, signer=stranger.signer()))
    with pytest.raises(NotSigned, match="not signed by the partner"):
        taken(sealed_site, signed=True)
    leave(sealed_site, "forged.835", INTERCHANGE)
    with pytest.raises(NotSigned, match="neither encrypted nor signed"):
        taken(sealed_site, signed=True)
    assert taken(sealed_site) == INTERCHANGE
    assert "forged.835" in sealed_site.raw(lambda sftp: sftp.listdir("outbound"))


def test_what_our_key_does_not_open_waits_while_it_is_young_and_is_told_then(sealed_site: Site):
    other = Tsk.generate("other").extract_certificate()
    leave(sealed_site, "closed.835", encrypt(INTERCHANGE, recipients=[other]))
    with pytest.raises(NotWhole):
        taken(sealed_site)
    with pytest.raises(NotOpened, match="our PGP key"):
        taken(sealed_site, now=datetime.now(UTC) + timedelta(hours=2))


def test_half_of_a_sealed_file_is_waited_for(sealed_site: Site, ours: Tsk):
    whole = encrypt(INTERCHANGE, recipients=[ours.extract_certificate()], armor=False)
    leave(sealed_site, "half.835", whole[: len(whole) // 2])
    with pytest.raises(NotWhole):
        taken(sealed_site)


def test_a_key_that_cannot_be_used_is_told_at_once(tmp_path: Path, ours: Tsk):
    (tmp_path / "theirs.asc").write_text("no key")
    assert list(keys(tmp_path).problems(tmp_path)) == ["pgp.partner_keys: theirs.asc holds no OpenPGP key"]
    assert list(keys(tmp_path, key_file="none.asc").problems(tmp_path)) == ["pgp.key_file: no file none.asc"]
    (tmp_path / "theirs.asc").write_bytes(_signing_only())
    (told,) = keys(tmp_path).problems(tmp_path)
    assert "for signing alone" in told
    (tmp_path / "ours.asc").write_text("no key")
    with pytest.raises(BadSettings, match="PGP keys"):
        Pgp(keys(tmp_path), tmp_path)


def test_nothing_is_encrypted_for_a_key_that_has_expired(tmp_path: Path, ours: Tsk):
    short = Tsk.generate("short", validity_seconds=3600).extract_certificate()
    (tmp_path / "theirs.asc").write_text(str(short))
    mine, now = Pgp(keys(tmp_path), tmp_path), datetime.now(UTC)

    assert is_sealed(mine.seal(INTERCHANGE, now))
    with pytest.raises(Unavailable, match="has expired"):
        mine.seal(INTERCHANGE, now + timedelta(hours=2))


def _signing_only() -> bytes:
    """A key whose encryption subkey was left out, with what binds it."""
    packets = list(PacketPile.from_bytes(bytes(Tsk.generate("signer").extract_certificate())))
    cut = max(n for n, packet in enumerate(packets) if packet.tag == Tag.PublicSubkey)
    return b"".join(bytes(packet) for packet in packets[:cut])


@pytest.fixture
def gpg(tmp_path: Path):
    """GnuPG with a keyring of its own, in which it has a key."""
    if which("gpg") is None:
        pytest.skip("there is no gpg on this machine")
    home = tmp_path / "g"
    home.mkdir(mode=0o700)

    def run(*arguments: str, given: bytes = b"") -> bytes:
        options = ["--homedir", str(home), "--batch", "--quiet", "--trust-model", "always"]
        phrase = ["--pinentry-mode", "loopback", "--passphrase", ""]
        command = ["gpg", *options, *phrase, *arguments]
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout

    run("--quick-generate-key", "partner@example.com", "future-default", "default", "1d")
    yield run
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)


def test_gnupg_opens_what_we_seal_and_we_open_what_it_seals(tmp_path: Path, ours: Tsk, gpg):
    (tmp_path / "theirs.asc").write_bytes(gpg("--armor", "--export"))
    gpg("--import", given=str(ours.extract_certificate()).encode())
    mine = Pgp(keys(tmp_path), tmp_path)
    assert gpg("--decrypt", given=mine.seal(INTERCHANGE, datetime.now(UTC))) == INTERCHANGE
    sealed = gpg("--sign", "--encrypt", "-u", "partner@example.com", "-r", "practice", given=INTERCHANGE)
    assert is_sealed(sealed)
    assert mine.open(sealed) == INTERCHANGE
    strict = Pgp(keys(tmp_path, signed=True), tmp_path)
    with pytest.raises(NotSigned, match="by the partner"):
        strict.open(sealed)  # compressed: whose signature it is cannot be told
    signed = ["--sign", "--compress-algo", "none", "-u", "partner@example.com"]
    assert strict.open(gpg(*signed, "--encrypt", "-r", "practice", given=INTERCHANGE)) == INTERCHANGE


@pytest.mark.parametrize(("phrase", "opens"), [("sesame", True), ("simsim", False), ("", False)])
def test_our_key_is_opened_by_its_passphrase(tmp_path: Path, phrase: str, opens: bool):
    (tmp_path / "ours.asc").write_bytes(PROTECTED.read_bytes())
    (tmp_path / "theirs.asc").write_text(str(Tsk.generate("partner").extract_certificate()))
    used = keys(tmp_path, passphrase=phrase)
    if opens:
        assert is_sealed(Pgp(used, tmp_path).seal(INTERCHANGE, datetime.now(UTC)))
    else:
        with pytest.raises(BadSettings, match="PGP keys"):
            Pgp(used, tmp_path)
