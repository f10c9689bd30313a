"""The sandbox over SFTP: what gets its final name in /inbound is taken in, /outbound is the mailbox.

The user's name is the sender. A file is taken away once it is read, as partners do; the lever
``PUT /sandbox/sftp`` can let it lie. Faults (``on`` sftp_upload or sftp_rename) cut the connection before or
after the thing was done, give no answer before or after it, or refuse it.
"""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncssh
import pysequoia

from claims.errors import BadInput, CleanclaimError
from deployments.sandbox.frontdoor import TAKEN
from deployments.sandbox.segments import read
from deployments.sandbox.world import World

INBOUND, OUTBOUND, UNFINISHED = "inbound", "outbound", b".part"
HOST_KEY, AUTHORIZED, LEAVES = "sftp_host_key", "sftp_authorized_key", "sftp_leaves_uploads"
PGP_KEY, PGP_OF_SENDERS = "sftp_pgp_key", "sftp_pgp_of_senders"


@dataclass
class SftpDoor:
    """The server of one world: ``port`` and ``host_key`` (its fingerprint) once it listens."""

    world: World
    password: str
    port: int = 0
    host_key: str = ""
    _root: TemporaryDirectory[str] | None = None
    _acceptor: asyncssh.SSHAcceptor | None = None

    async def open(self, host: str, port: int) -> None:
        key, self._root = self._own_key(), TemporaryDirectory(prefix="sandbox-sftp-")
        root = Path(self._root.name)
        self._acceptor = await asyncssh.listen(
            host,
            port,
            server_factory=lambda: _Guard(self),
            server_host_keys=[key],
            sftp_factory=lambda channel: _Folders(channel, self.world, root),
            allow_scp=False,
            line_editor=False,
        )
        self.port, self.host_key = self._acceptor.get_port(), key.get_fingerprint()

    async def close(self) -> None:
        if self._acceptor is not None and self._root is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
            self._root.cleanup()

    def _own_key(self) -> asyncssh.SSHKey:
        """The same after a restart, so that it can be pinned."""
        kept = self.world.store.setting(HOST_KEY)
        key = asyncssh.import_private_key(kept) if kept else asyncssh.generate_private_key("ssh-ed25519")
        self.world.store.set(HOST_KEY, key.export_private_key().decode())
        return key

    def about(self) -> dict[str, Any]:
        pgp_key = str(_pgp_key(self.world).extract_certificate())
        return {
            "port": self.port,
            "host_key": self.host_key,
            "folders": [INBOUND, OUTBOUND],
            "pgp_key": pgp_key,
        }

    def arrange(self, asked: dict[str, Any]) -> None:
        """``leaves_uploads``: what was read is not taken away; ``authorized_key``: who may come without a
        password; ``pgp_key``: the senders' public key, from which on all files go both ways under PGP."""
        if "leaves_uploads" in asked:
            self.world.store.set(LEAVES, "yes" if asked["leaves_uploads"] else "")
        if "authorized_key" in asked:
            self.world.store.set(AUTHORIZED, str(asked["authorized_key"]))

        if "pgp_key" in asked:
            self.world.store.set(PGP_OF_SENDERS, str(asked["pgp_key"]))


def _pgp_key(world: World) -> pysequoia.Tsk:
    """The sandbox's own, the same after a restart."""
    kept = world.store.setting(PGP_KEY)
    key = pysequoia.Tsk.from_bytes(kept.encode()) if kept else pysequoia.Tsk.generate("sandbox")
    world.store.set(PGP_KEY, str(key))
    return key


def _sealed(world: World, content: bytes) -> bytes:
    """Signed and encrypted for the senders, where they want it."""
    senders = world.store.setting(PGP_OF_SENDERS)
    if not senders:
        return content
    to = pysequoia.Cert.from_bytes(senders.encode())
    return bytes(pysequoia.encrypt(content, recipients=[to], signer=_pgp_key(world).signer(), armor=False))


def _opened(world: World, content: bytes) -> bytes:
    """What a sender signed and encrypted for us; raises BadInput where it is anything else."""
    senders = world.store.setting(PGP_OF_SENDERS)
    if not senders:
        return content
    known = [pysequoia.Cert.from_bytes(senders.encode())]
    try:
        found = pysequoia.decrypt(content, decryptor=_pgp_key(world).decryptor(), store=lambda _: known)
    except Exception as closed:
        raise BadInput("The file is not encrypted for the sandbox's key.") from closed
    if not found.valid_sigs:
        raise BadInput("The file is not signed by the sender's key.")
    return found.bytes or b""


class _Guard(asyncssh.SSHServer):
    """Lets in whoever knows the password or holds the key, under any name."""

    def __init__(self, door: SftpDoor) -> None:
        self.door = door

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == self.door.password

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        known = self.door.world.store.setting(AUTHORIZED)
        return bool(known) and asyncssh.import_public_key(str(known)) == key


class _Folders(asyncssh.SFTPServer):
    """Two folders of a sender, on disk; the world is told what happens in them."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], world: World, root: Path) -> None:
        self.world = world
        self.sender = str(channel.get_extra_info("username"))
        self.home = root / sha256(self.sender.encode()).hexdigest()[:16]
        for folder in (INBOUND, OUTBOUND):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        super().__init__(channel, chroot=os.fsencode(self.home))

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        if path.strip(b"/") == OUTBOUND.encode():
            await asyncio.to_thread(self._fill)
        async for name in super().scandir(path):
            yield name

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """What is cut in an upload, or never answered, leaves half of a block."""
        fault = self.world.faults.take("sftp_upload")
        await self._before(fault)
        if fault.endswith("_after"):
            data = data[: len(data) // 2]
        written = super().write(file_obj, offset, data)
        assert isinstance(written, int)
        await self._after(fault)
        return written

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        fault = self.world.faults.take("sftp_rename")
        await self._before(fault)
        super().rename(oldpath, newpath)
        if not newpath.endswith(UNFINISHED):
            await asyncio.to_thread(self._take, Path(os.fsdecode(self.map_path(newpath))))
        await self._after(fault)

    async def _before(self, fault: str) -> None:
        match fault:
            case "disk_full":
                raise OSError(errno.ENOSPC, "no space")
            case "denied":
                raise asyncssh.SFTPPermissionDenied("denied")
            case "cut_before":
                self._cut()
            case "hang_before":
                await self._hang()

    async def _after(self, fault: str) -> None:
        match fault:
            case "cut_after":
                self._cut()
            case "hang_after":
                await self._hang()

    async def _hang(self) -> None:
        """No answer until the client has gone."""
        await self.channel.wait_closed()
        raise asyncssh.SFTPConnectionLost("The sandbox was asked to give no answer.")

    def remove(self, path: bytes) -> None:
        """A file of the mailbox that was fetched leaves its list."""
        super().remove(path)
        number = os.path.basename(path).partition(b"-")[0]
        if path.strip(b"/").startswith(OUTBOUND.encode()) and number.isdigit():
            self.world.fetched(int(number))

    def _fill(self) -> None:
        for file in self.world.files(self.sender, "", fetched=False):
            path = self.home / OUTBOUND / f"{int(file['id']):07d}-{file['name']}"
            if not path.exists():
                path.write_bytes(_sealed(self.world, self.world.file(int(file["id"]))["content"]))

    def _take(self, path: Path) -> None:
        """Read what arrived under its final name; what cannot be read stays where it lies."""
        with suppress(CleanclaimError):
            content = _opened(self.world, path.read_bytes())
            key = f"sftp:{self.sender}:{path.name}:{sha256(content).hexdigest()}"
            if any(one.kind in TAKEN for one in read(content).sets):
                self.world.submit(key, self.sender, content)
            else:
                self.world.acknowledged(key, self.sender, content)
            if not self.world.store.setting(LEAVES):
                path.unlink()

    def _cut(self) -> None:
        self.channel.get_connection().abort()
        raise asyncssh.SFTPConnectionLost("The sandbox was asked to cut the connection.")
