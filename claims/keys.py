"""The keys: one to encrypt, one for blind indexes and input hashes, one to sign the history.

They come from the environment or from a key file of mode 0600, never through Prefect. Every stored value
names the key it was made with, so that a key can be followed by a newer one without rewriting the past.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from claims.errors import BadSettings, KeyMissing

_NONCE = 12


@dataclass(frozen=True)
class Keyring:
    """The keys in force and their predecessors; ``current`` names the one that encrypts."""

    current: str
    encryption: Mapping[str, bytes] = field(repr=False)
    index: bytes = field(repr=False)
    signing: bytes = field(repr=False)

    def encrypt(self, plain: bytes, place: str) -> bytes:
        """Key id, nonce and AES-GCM ciphertext. ``place`` (table.column) is bound in as associated data."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self.encryption[self.current]).encrypt(nonce, plain, place.encode())
        return self.current.encode() + b":" + nonce + sealed

    def decrypt(self, stored: bytes, place: str) -> bytes:
        key_id, _, rest = stored.partition(b":")
        key = self.encryption.get(key_id.decode("ascii", "replace"))
        if key is None:
            raise KeyMissing(
                "A stored value was encrypted with a key that is not in the key file.",
                tip="Restore the key file that belongs to this database.",
            )
        try:
            return AESGCM(key).decrypt(rest[:_NONCE], rest[_NONCE:], place.encode())
        except (InvalidTag, ValueError) as wrong:  # ValueError: cut so short that no nonce is left
            raise KeyMissing(
                f"A stored value in {place} cannot be decrypted: another key, or changed bytes.",
                tip="Restore the key file that belongs to this database, then run `cleanclaim audit verify`.",
            ) from wrong

    def blind_index(self, *parts: str) -> str:
        """Look-up value for equality on an encrypted column; the same parts give the same 32 hex digits."""
        return self.fingerprint("\x1f".join(parts).encode())[:32]

    def fingerprint(self, content: bytes) -> str:
        """HMAC-SHA256 in hex: proves what went in without telling it."""
        return hmac.new(self.index, content, hashlib.sha256).hexdigest()

    def sign(self, content: bytes) -> str:
        return Ed25519PrivateKey.from_private_bytes(self.signing).sign(content).hex()

    @property
    def public_key(self) -> str:
        """Ed25519 public key in hex, for those who verify an exported history offline."""
        key: Ed25519PublicKey = Ed25519PrivateKey.from_private_bytes(self.signing).public_key()
        return key.public_bytes_raw().hex()


def make_keyring() -> Keyring:
    return Keyring("k1", {"k1": os.urandom(32)}, os.urandom(32), os.urandom(32))


def write_key_file(path: Path, keyring: Keyring) -> None:
    """Create the key file with mode 0600; an existing one is never overwritten."""
    body = {
        "current": keyring.current,
        "encryption": {name: _encode(key) for name, key in keyring.encryption.items()},
        "index": _encode(keyring.index),
        "signing": _encode(keyring.signing),
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(body, file, indent=2)


def load_keyring(path: Path, environ: Mapping[str, str]) -> Keyring:
    """From ``CLEANCLAIM_KEYS`` (the key file's JSON) where set, else from the file."""
    given = environ.get("CLEANCLAIM_KEYS")
    content = _read_private(path) if given is None else given.encode()
    try:
        body = json.loads(content)
        keys = {name: _decode(key) for name, key in body["encryption"].items()}
        keyring = Keyring(str(body["current"]), keys, _decode(body["index"]), _decode(body["signing"]))
        lengths = {len(key) for key in (*keys.values(), keyring.index, keyring.signing)}
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise BadSettings(
            "The keys cannot be read.", tip="They are JSON with current, encryption, index and signing."
        ) from wrong
    if lengths != {32} or keyring.current not in keys:
        raise BadSettings("Each key has 32 bytes in base64, and `current` names an encryption key.")
    if not all(name.isascii() and ":" not in name for name in keys):
        raise BadSettings("A key's name is ASCII without a colon: it stands before each stored value.")
    return keyring


def _read_private(path: Path) -> bytes:
    if not path.exists():
        raise KeyMissing(
            f"No key file at {path}.",
            tip="Make one with `cleanclaim db upgrade`, or set CLEANCLAIM_KEYS.",
        )
    if path.stat().st_mode & 0o077:
        raise BadSettings(f"Others can read the key file {path}.", tip=f"Run `chmod 600 {path}`.")
    try:
        return path.read_bytes()
    except OSError as trouble:
        raise BadSettings(f"The key file {path} cannot be read: {trouble.strerror}.") from trouble


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
