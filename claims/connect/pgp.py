"""OpenPGP for partners that want it: what goes is signed and encrypted for them, what comes is opened.

Sequoia does it (pysequoia): a maintained implementation that comes as a wheel for each platform. PGPy is no
longer released, and GnuPG would have to be installed beside us, with agents and a keyring of its own. What it
cannot do: check a signature inside a compressed message, as GnuPG makes them unless it is told otherwise.
"""

from datetime import datetime
from pathlib import Path

import pysequoia

from claims.connect import NotOpened, NotSigned, Unavailable
from claims.errors import BadSettings
from config.file_partners import PgpKeys

_ARMOR = b"-----BEGIN PGP MESSAGE-----"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Pgp:
    """The keys of one connector, read once. Raises BadSettings where ours cannot be used."""

    def __init__(self, keys: PgpKeys, home: Path) -> None:
        try:
            ours = pysequoia.Tsk.from_file(str(home / keys.key_file))
            phrase = keys.passphrase.get_secret_value() or None
            self._signer, self._decryptor = ours.signer(phrase), ours.decryptor(phrase)
            self._partner = [pysequoia.Cert.from_file(str(home / path)) for path in keys.partner_keys]
        except Exception as unusable:
            raise BadSettings("Our PGP keys cannot be used.", tip=_OUR_KEY) from unusable
        self._keys = keys

    def seal(self, content: bytes, at: datetime) -> bytes:
        """Signed by us and encrypted for the partner alone; never the same bytes twice.

        Raises Unavailable where a key of the partner has expired by ``at``, which Sequoia does not mind.
        """
        if any(key.expiration is not None and key.expiration <= at for key in self._partner):
            raise Unavailable("The partner's PGP key has expired.", tip=_THEIR_KEY)
        try:
            sealed: bytes = pysequoia.encrypt(
                content, recipients=self._partner, signer=self._signer, armor=self._keys.armor
            )
        except Exception as refused:
            raise Unavailable("It cannot be encrypted for the partner.", tip=_THEIR_KEY) from refused
        return sealed

    def open(self, content: bytes) -> bytes:
        """What is in it. A file that is none of PGP is what it is, unless all must be signed.

        Raises NotOpened and NotSigned.
        """
        if not is_sealed(content):
            if self._keys.signed:
                raise NotSigned("A file came that is neither encrypted nor signed.", tip=_UNSIGNED)
            return content
        try:
            opened = pysequoia.decrypt(content, decryptor=self._decryptor)
        except Exception as closed:
            raise NotOpened("A file cannot be opened with our PGP key.", tip=_CLOSED) from closed
        if self._keys.signed:
            self._check(content)
        return opened.bytes or b""

    def _check(self, content: bytes) -> None:
        """Sequoia opens it again, and this time it fails unless one of the partner's keys has signed."""
        try:
            pysequoia.decrypt(content, decryptor=self._decryptor, store=lambda _ids: self._partner)
        except Exception as foreign:
            raise NotSigned("A file is not signed by the partner's key.", tip=_UNSIGNED) from foreign


def is_sealed(content: bytes) -> bool:
    """Whether it is an OpenPGP message, armored or binary: then the first bit of the first byte is set."""
    if content.startswith(_BYTE_ORDER_MARK):
        return False
    return content.lstrip().startswith(_ARMOR) or bool(content[:1] >= b"\x80")


_OUR_KEY = "pgp.key_file must hold our private key, pgp.passphrase (in the environment) must open it."
_THEIR_KEY = "Ask the partner for its new key. Nothing was sent."
_CLOSED = "Ask the partner for which key it encrypts, and give it ours; the file was left where it lies."
_UNSIGNED = (
    "Ask the partner to sign, and not to compress (gpg --compress-algo none), or say pgp.signed = false: the "
    "line itself is the partner's by its host key. The file was left where it lies."
)
