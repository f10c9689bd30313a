"""The SFTP connector: a file goes up under a temporary name and gets its own when it is whole.

What may be repeated, by step:

=======================  ======================================================================
sign on, list, fetch     safe to repeat on a broken line
upload (temporary name)  safe to repeat: nobody picks that name up; what is there is added to
rename                   never: where its answer is lost, the folder is looked at
=======================  ======================================================================

The final name seen: it arrived. The temporary name alone: it did not. Neither: nobody knows, since partners
take away what they pick up; the TA1 or 999 tells, or a person (``Unknowable``).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from stat import S_ISDIR
from typing import TypeVar, cast

import asyncssh

from claims.clock import Clock
from claims.connect import (
    NotCarried,
    NotOpened,
    NotWhole,
    Receipt,
    Refused,
    RemoteFile,
    Unauthorised,
    Unavailable,
    Unconfirmed,
    Unknowable,
)
from claims.connect.files import (
    ASK_ELSEWHERE,
    NO_INQUIRIES,
    file_name,
    is_wanted,
    is_whole,
    upload_name,
    upload_names,
)
from claims.connect.files import control_number as control_number_of
from claims.connect.letterless import Letterless
from claims.connect.line import ANY_NAME, LOST, Line
from claims.connect.pgp import Pgp
from claims.connect.retrying import Broken, retrying
from config.file_partners import PART, SftpPartner

_BLOCK = 32_768  # one request each and one after the other: what is cut off is then a prefix, without holes
_PORTION = 262_144  # asked for at a time, in one request (block_size 0); a server may answer with less
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class _Listed:
    """A file as the listing had it; size and time tell whether it still grows."""

    path: str
    size: int
    changed: int

    @property
    def id(self) -> str:
        """Opaque: partners put what they like into names. A name used again is another file."""
        return sha256(f"{self.path}|{self.size}|{self.changed}".encode(errors=ANY_NAME)).hexdigest()[:32]


class SftpConnector(Letterless):
    """One partner over SFTP. The clock tells the age of files, in real time; ``first_wait`` is in seconds."""

    def __init__(
        self,
        name: str,
        settings: SftpPartner,
        sender: str,
        home: Path,
        clock: Clock,
        *,
        first_wait: float = 0.5,
    ) -> None:
        self.name = name
        self.settings = settings
        self._sender = sender
        self._clock = clock
        self._first_wait = first_wait
        self._line = Line(settings, home)
        self._pgp = Pgp(settings.pgp, home) if settings.pgp else None
        self._listed: dict[str, _Listed] = {}

    async def close(self) -> None:
        await self._line.close()

    async def eligibility(self, inquiry: bytes) -> bytes:
        raise NotCarried(NO_INQUIRIES, tip=ASK_ELSEWHERE)

    async def status(self, inquiry: bytes) -> bytes:
        raise NotCarried(NO_INQUIRIES, tip=ASK_ELSEWHERE)

    async def submit(self, interchange: bytes, *, control_number: str, key: str) -> Receipt:
        name = upload_name(self.settings, interchange, control_number, self._sender)
        return await self._deliver(name, interchange)

    async def find_submission(
        self, control_number: str, *, first_sent: datetime | None = None
    ) -> Receipt | None:
        names = upload_names(self.settings, control_number, self._sender)
        return await self._retrying(lambda: self._find(names))

    async def mailbox(self) -> list[RemoteFile]:
        listed = await self._retrying(self._list)
        self._listed = {each.id: each for each in listed}
        return [RemoteFile(each.id, "", each.size, "") for each in listed]

    async def fetch(self, remote_id: str) -> bytes:
        """The bytes of a file that the last ``mailbox`` named; NotWhole while it is still being written."""
        listed = self._known(remote_id)
        return await self._retrying(lambda: self._fetch(listed))

    async def done(self, remote_id: str) -> None:
        listed = self._known(remote_id)
        if self.settings.after_pick_up == "delete":
            await self._retrying(lambda: self._remove(listed))

    async def acknowledge(self, interchange: bytes, *, key: str) -> None:
        number = control_number_of(interchange)
        name = file_name(self.settings.acknowledgement_name, number, self._sender)
        await self._deliver(name, interchange)

    def _known(self, remote_id: str) -> _Listed:
        if remote_id not in self._listed:
            raise Refused("The last listing had no such file.", tip="Read the mailbox again.")
        return self._listed[remote_id]

    async def _retrying(self, once: Callable[[], Awaitable[_Answer]]) -> _Answer:
        return await retrying(self.settings, self._first_wait, once)

    async def _deliver(self, name: str, content: bytes) -> Receipt:
        if self._pgp is not None:
            content = await asyncio.to_thread(self._pgp.seal, content, self._clock.now().real)
        final = f"{self.settings.upload_to}/{name}"
        if await self._retrying(lambda: self._lies_there(final, content)):
            return Receipt(name, repeated=True)
        await self._retrying(lambda: self._upload(final + PART, content))
        await self._rename(await self._line.sftp(), final)
        return Receipt(name)

    async def _lies_there(self, final: str, content: bytes) -> bool:
        """Whether it arrived before. Raises Unavailable where another file has its name."""
        sftp = await self._line.sftp()
        there = await self._size(sftp, final)
        if there is not None and (there != len(content) or await self._read(sftp, final) != content):
            told = f"Another file called {final.rpartition('/')[2]} lies there."
            raise Unavailable(told, tip="Ask the partner, or change upload_name.")
        return there is not None

    async def _upload(self, part: str, content: bytes) -> None:
        sftp = await self._line.sftp()
        await self._write(sftp, part, content)
        if await self._size(sftp, part) != len(content):
            raise Broken("The upload arrived short.")

    async def _write(self, sftp: asyncssh.SFTPClient, path: str, content: bytes) -> None:
        """Add what is missing to what an earlier try left there, if that is a beginning of ours."""
        start = await self._resumable(sftp, path, content)
        flags = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | (0 if start else asyncssh.FXF_TRUNC)
        file = await self._told(sftp.open(path, flags, encoding=None, block_size=0))
        try:
            for at in range(start, len(content), _BLOCK):
                await self._told(file.write(content[at : at + _BLOCK], at))
        finally:
            await self._shut(file)

    async def _resumable(self, sftp: asyncssh.SFTPClient, path: str, content: bytes) -> int:
        there = await self._size(sftp, path) or 0
        if not 0 < there <= len(content):
            return 0
        look = min(there, _BLOCK)
        end = await self._read(sftp, path, look, there - look)
        return there if end == content[there - look : there] else 0

    async def _rename(self, sftp: asyncssh.SFTPClient, final: str) -> None:
        try:
            await self._told(sftp.rename(final + PART, final))
        except Unauthorised:
            raise
        except Unavailable as unclear:
            raise Unconfirmed(f"Whether the file got its name is not known: {unclear.message}") from unclear

    async def _find(self, names: Sequence[str]) -> Receipt | None:
        sftp = await self._line.sftp()
        finals = {name: f"{self.settings.upload_to}/{name}" for name in names}
        for name, final in finals.items():
            if await self._size(sftp, final) is not None:
                return Receipt(name, repeated=True)
        for final in finals.values():
            if await self._size(sftp, final + PART) is not None:
                return None
        raise Unknowable(
            f"{names[0]} does not lie in {self.settings.upload_to}; partners take away what they pick up."
        )

    async def _size(self, sftp: asyncssh.SFTPClient, path: str) -> int | None:
        try:
            return (await self._told(sftp.stat(path))).size
        except _Absent:
            return None

    async def _read(self, sftp: asyncssh.SFTPClient, path: str, size: int = -1, offset: int = 0) -> bytes:
        """``size`` bytes, or all; in portions, since each must come within the time of one answer."""
        opening = sftp.open(path, "rb", encoding=None, block_size=0)
        file, read, portion = await self._told(opening), bytearray(), b" "
        try:
            while portion and len(read) != size:
                wanted = _PORTION if size < 0 else min(_PORTION, size - len(read))
                portion = await self._told(cast(Awaitable[bytes], file.read(wanted, offset + len(read))))
                read += portion
            return bytes(read)
        finally:
            await self._shut(file)

    async def _shut(self, file: asyncssh.SFTPClientFile) -> None:
        with suppress(*LOST, asyncssh.SFTPError):
            async with asyncio.timeout(self.settings.timeout_seconds):
                await file.close()

    async def _list(self) -> list[_Listed]:
        sftp, found = await self._line.sftp(), []
        for folder in self.settings.pick_up_from:
            for each in await self._told(sftp.readdir(folder)):
                name, about = str(each.filename), each.attrs
                if is_wanted(name, self.settings) and not S_ISDIR(about.permissions or 0):
                    found.append(_Listed(f"{folder}/{name}", about.size or 0, int(about.mtime or 0)))
        return sorted(found, key=lambda each: (each.changed, each.path))

    async def _fetch(self, listed: _Listed) -> bytes:
        sftp = await self._line.sftp()
        content = await self._read(sftp, listed.path)
        if len(content) != listed.size or not await self._stands(sftp, listed):
            raise NotWhole("The file is still being written.")
        age = self._clock.now().real - datetime.fromtimestamp(listed.changed, UTC)
        young = age < timedelta(minutes=self.settings.whole_after_minutes)
        content = await asyncio.to_thread(self._opened, content, young)
        if not is_whole(content) and young:
            raise NotWhole("The file has no end yet.")
        return content

    def _opened(self, content: bytes, young: bool) -> bytes:
        """Half of an encrypted file cannot be opened either: while it is young, the rest is waited for."""
        if self._pgp is None:
            return content
        try:
            return self._pgp.open(content)
        except NotOpened as closed:
            raise NotWhole("The file cannot be opened yet.") if young else closed from closed

    async def _stands(self, sftp: asyncssh.SFTPClient, listed: _Listed) -> bool:
        """Whether the file is still the one that was listed."""
        about = await self._told(sftp.stat(listed.path))
        return (about.size, int(about.mtime or 0)) == (listed.size, listed.changed)

    async def _remove(self, listed: _Listed) -> None:
        """What was added to it since, or has its name now, was not fetched: it stays, and is listed anew."""
        sftp = await self._line.sftp()
        with suppress(_Absent):
            if await self._stands(sftp, listed):
                await self._told(sftp.remove(listed.path))

    async def _told(self, request: Awaitable[_Answer]) -> _Answer:
        """The server's answer to one request, or the failure that it means."""
        try:
            async with asyncio.timeout(self.settings.timeout_seconds):
                return await request
        except asyncssh.SFTPNoSuchFile as absent:
            raise _Absent("The partner has no such file or folder.", tip=_FOLDERS) from absent
        except asyncssh.SFTPPermissionDenied as denied:
            raise Unauthorised("The partner's folder refuses us.", tip=_FOLDERS) from denied
        except LOST as lost:
            self._line.drop()
            raise Broken(f"The line broke: {type(lost).__name__}.") from lost
        except asyncio.CancelledError:
            self._line.drop()  # nobody waits for the answer any more, and closing the file would
            raise
        except asyncssh.SFTPError as failed:
            raise Unavailable(
                f"The partner's server failed ({type(failed).__name__}); its disk may be full."
            ) from failed


_FOLDERS = "Check upload_to and pick_up_from, and ask the partner for the rights."


class _Absent(Unavailable):
    """There is no such file or folder."""
