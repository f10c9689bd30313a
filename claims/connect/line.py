"""The SSH connection to a partner: opened when it is needed, and only to a host key that is pinned."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import asyncssh

from claims.connect import Unauthorised
from claims.connect.retrying import Broken
from config.file_partners import SftpPartner

LOST = (OSError, asyncssh.DisconnectError, asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection)
"""A broken line, a time-out among them."""
ANY_NAME = "surrogateescape"  # partners name files in any letters; one that is no UTF-8 hides no other


class NotTrusted(Unauthorised):
    """The other side shows another identity than the one that is pinned; it was told nothing."""

    code = "not_trusted"


class _Pinned(asyncssh.SSHClient):
    """Accepts the pinned fingerprints alone, and remembers what was shown."""

    def __init__(self, pinned: Sequence[str]) -> None:
        self.pinned = pinned
        self.shown = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.shown = key.get_fingerprint()
        return self.shown in self.pinned


class Line:
    """One connection with one SFTP session; ``drop`` it when it broke and the next call opens another."""

    def __init__(self, settings: SftpPartner, home: Path) -> None:
        self._settings = settings
        self._home = home
        self._connection: asyncssh.SSHClientConnection | None = None
        self._session: asyncssh.SFTPClient | None = None

    async def sftp(self) -> asyncssh.SFTPClient:
        """Raises NotTrusted, Unauthorised, or Broken where nobody is reached."""
        if self._session is None:
            client = _Pinned(self._settings.host_keys)
            try:
                async with asyncio.timeout(self._settings.timeout_seconds):
                    self._connection = await self._connect(client)
                    self._session = await self._connection.start_sftp_client(path_errors=ANY_NAME)
            except asyncssh.HostKeyNotVerifiable as stranger:
                raise NotTrusted(_stranger(client), tip=_COMPARE) from stranger
            except asyncssh.PermissionDenied as denied:
                raise Unauthorised(
                    "The partner's server does not take our user, key or password.", tip=_SIGN_ON
                ) from denied
            except (*LOST, asyncssh.ChannelOpenError, asyncssh.SFTPError) as lost:
                self.drop()
                raise Broken(f"Not reached: {type(lost).__name__}.") from lost
        return self._session

    async def _connect(self, client: _Pinned) -> asyncssh.SSHClientConnection:
        """Nothing of the machine's own SSH settings plays a part: what is not in ours is not used."""
        settings = self._settings
        return await asyncssh.connect(
            settings.host,
            settings.port,
            client_factory=lambda: client,
            known_hosts=([], [], []),
            config=None,
            agent_path=None,
            username=settings.user,
            client_keys=self._keys(),
            password=settings.password.get_secret_value() or None,
            connect_timeout=settings.timeout_seconds,
            login_timeout=settings.timeout_seconds,
        )

    def _keys(self) -> list[asyncssh.SSHKey] | None:
        if self._settings.key_file is None:
            return None
        phrase = self._settings.key_passphrase.get_secret_value() or None
        try:
            return [asyncssh.read_private_key(self._home / self._settings.key_file, phrase)]
        except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as unusable:
            raise Unauthorised(
                f"Our key file cannot be used: {type(unusable).__name__}.", tip=_KEY_FILE
            ) from unusable

    def drop(self) -> None:
        if self._connection is not None:
            self._connection.abort()
        self._connection = self._session = None

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            await self._connection.wait_closed()
        self._connection = self._session = None


def _stranger(client: _Pinned) -> str:
    pinned = ", ".join(client.pinned) or "none"
    return f"The server's host key is {client.shown}; pinned is {pinned}. It was told nothing."


_COMPARE = (
    "Compare it with the fingerprint that the partner publishes, or ask by telephone; "
    "if it is theirs, write it into host_keys. If nobody there knows it, do not connect."
)
_SIGN_ON = "Check user and key_file, or the password in the environment; too many tries may lock the account."
_KEY_FILE = "It must be a private key that this user may read; its passphrase is key_passphrase."
