"""The keys: made once, kept private, named in every stored value."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from claims.errors import BadSettings, KeyMissing
from claims.keys import Keyring, load_keyring, make_keyring, write_key_file


@pytest.fixture
def key_file(tmp_path: Path, keyring: Keyring) -> Path:
    path = tmp_path / "home" / "keys.json"
    write_key_file(path, keyring)
    return path


def test_what_was_encrypted_comes_back_and_never_looks_the_same_twice(keyring: Keyring):
    first, second = (keyring.encrypt(b"PATIENCE", "patient.given") for _ in range(2))
    assert first != second
    assert b"PATIENCE" not in first
    assert keyring.decrypt(first, "patient.given") == b"PATIENCE"


def test_a_value_put_into_another_column_cannot_be_read(keyring: Keyring):
    stored = keyring.encrypt(b"PATIENCE", "patient.given")
    with pytest.raises(KeyMissing, match=r"patient\.family cannot be decrypted"):
        keyring.decrypt(stored, "patient.family")


@pytest.mark.parametrize("broken", [b"", b"k1:", b"k1:short", b"k1:" + bytes(12), b"k1:" + bytes(40)])
def test_changed_or_cut_bytes_are_said_to_be_unreadable(keyring: Keyring, broken):
    with pytest.raises(KeyMissing):
        keyring.decrypt(broken, "patient.given")


def test_a_value_of_an_unknown_key_asks_for_the_right_key_file(keyring: Keyring):
    with pytest.raises(KeyMissing, match="not in the key file"):
        keyring.decrypt(b"k9:" + bytes(40), "patient.given")


def test_a_newer_key_encrypts_and_the_older_one_still_reads(keyring: Keyring):
    old = keyring.encrypt(b"PATIENCE", "patient.given")
    rotated = replace(keyring, current="k2", encryption={**keyring.encryption, "k2": bytes(range(32))})
    assert rotated.encrypt(b"PATIENCE", "patient.given").startswith(b"k2:")
    assert rotated.decrypt(old, "patient.given") == b"PATIENCE"


def test_a_blind_index_is_the_same_for_the_same_parts_only(keyring: Keyring):
    index = keyring.blind_index("member", "PAID0000001")
    assert index == keyring.blind_index("member", "PAID0000001")
    assert len(index) == 32
    others = [("member", "PAID0000002"), ("memberP", "AID0000001"), ("member", "PAID0000001", "")]
    assert all(keyring.blind_index(*parts) != index for parts in others)
    assert make_keyring().blind_index("member", "PAID0000001") != index


def test_a_signature_is_verified_with_the_public_key_alone(keyring: Keyring):
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keyring.public_key))
    public.verify(bytes.fromhex(keyring.sign(b"head")), b"head")


def test_a_keyring_never_shows_its_keys(keyring: Keyring):
    assert repr(keyring) == "Keyring(current='k1')"


def test_the_key_file_gives_the_same_keys_again_and_is_the_owners_alone(key_file: Path, keyring: Keyring):
    assert load_keyring(key_file, {}) == keyring
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key_file.parent.stat().st_mode & 0o777 == 0o700


def test_an_existing_key_file_is_never_overwritten(key_file: Path, keyring: Keyring):
    with pytest.raises(FileExistsError):
        write_key_file(key_file, make_keyring())
    assert load_keyring(key_file, {}) == keyring


def test_a_key_file_that_others_can_read_is_refused(key_file: Path):
    key_file.chmod(0o640)
    with pytest.raises(BadSettings, match="chmod 600"):
        load_keyring(key_file, {})


def test_without_a_key_file_the_message_says_how_to_get_one(tmp_path: Path):
    with pytest.raises(KeyMissing, match="db upgrade"):
        load_keyring(tmp_path / "keys.json", {})


def test_the_environment_wins_over_the_file(key_file: Path, tmp_path: Path):
    other = make_keyring()
    write_key_file(tmp_path / "other.json", other)
    environ = {"CLEANCLAIM_KEYS": (tmp_path / "other.json").read_text()}
    assert load_keyring(key_file, environ) == other


@pytest.mark.parametrize(
    "change",
    [
        {"current": "k9"},
        {"current": ["k1"]},
        {"index": "AAAA"},
        {"index": "not base64!"},
        {"index": 7},
        {"encryption": []},
        {"encryption": {}},
        {"encryption": {"k1": "A" * 43 + "=", "a:b": "A" * 43 + "="}},
        {"encryption": {"k1": "A" * 43 + "=", "clé": "A" * 43 + "="}},
        {"signing": None},
    ],
    ids=str,
)
def test_keys_that_cannot_work_are_refused_before_anything_is_stored_with_them(key_file: Path, change):
    body = json.loads(key_file.read_text()) | change
    with pytest.raises(BadSettings):
        load_keyring(key_file, {"CLEANCLAIM_KEYS": json.dumps(body)})


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe"])
def test_a_key_file_that_is_no_key_file_is_refused(key_file: Path, content):
    key_file.write_bytes(content)
    with pytest.raises(BadSettings):
        load_keyring(key_file, {})
