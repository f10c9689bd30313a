"""The folder connector, for people who move files themselves: they carry the outbox away and fill the inbox.

A file is written under a temporary name, for this user alone (0600), and gets its own when it is whole. Each
one leaves an event before that. The final name in the outbox: it was handed over. The temporary name alone,
or no event: it was not. Neither, but an event: somebody carried it away, so nobody knows (``Unknowable``).
"""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from claims.clock import Clock
from claims.connect import (
    NotCarried,
    NotWhole,
    Receipt,
    Refused,
    RemoteFile,
    Unavailable,
    Unknowable,
)
from claims.connect.files import (
    ASK_ELSEWHERE,
    NO_INQUIRIES,
    file_name,
    is_wanted,
    is_whole,
    kind_of,
    upload_name,
    upload_names,
)
from claims.connect.files import control_number as control_number_of
from claims.connect.letterless import Letterless
from config.file_partners import PART, FolderPartner


class LeftFiles(Protocol):
    """The lasting record of what connectors leave for people, by connector and name of the file."""

    def note(self, connector: str, name: str, content: bytes) -> None:
        """Called, and over, before the file gets its name."""

    def has(self, connector: str, name: str) -> bool:
        """Whether a file of that name was ever noted."""


DONE = "done"
"""Where in the inbox a file goes when it is taken in."""


def leave_in(folder: Path, name: str, content: bytes, wrote: Callable[[], None]) -> bool:
    """Write a whole file of mode 0600, or none; False when these bytes lie there already.

    Raises Unavailable where it cannot be written, or where another file has the name.
    """
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            if path.read_bytes() == content:
                return False
            raise Unavailable(f"Another file called {name} lies there.", tip="Move it away.")
        _write(path.with_name(name + PART), content)
        wrote()
        os.replace(path.with_name(name + PART), path)
    except OSError as trouble:
        raise Unavailable(
            f"The folder cannot be written: {trouble.strerror}.", tip="Check outbox, its rights and the disk."
        ) from trouble
    return True


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


class FolderConnector(Letterless):
    """Two folders instead of a line; relative ones lie in ``home``. The clock tells the age of files."""

    def __init__(
        self, name: str, settings: FolderPartner, sender: str, home: Path, clock: Clock, left: LeftFiles
    ) -> None:
        self.name = name
        self.settings = settings
        self._sender = sender
        self._outbox, self._inbox = home / settings.outbox, home / settings.inbox
        self._clock = clock
        self._left = left
        self._listed: dict[str, Path] = {}

    async def close(self) -> None:
        """Nothing is held open."""

    async def eligibility(self, inquiry: bytes) -> bytes:
        raise NotCarried(NO_INQUIRIES, tip=ASK_ELSEWHERE)

    async def status(self, inquiry: bytes) -> bytes:
        raise NotCarried(NO_INQUIRIES, tip=ASK_ELSEWHERE)

    async def submit(self, interchange: bytes, *, control_number: str, key: str) -> Receipt:
        name = upload_name(self.settings, interchange, control_number, self._sender)
        return Receipt(name, repeated=not await self._leave(name, interchange))

    async def find_submission(
        self, control_number: str, *, first_sent: datetime | None = None
    ) -> Receipt | None:
        names = upload_names(self.settings, control_number, self._sender)
        there = [name for name in names if (self._outbox / name).exists()]
        if there:
            return Receipt(there[0], repeated=True)
        begun = any((self._outbox / (name + PART)).exists() for name in names)
        if begun or not any(self._left.has(self.name, name) for name in names):
            return None
        raise Unknowable(f"{names[0]} does not lie in the outbox; somebody may have carried it away.")

    async def mailbox(self) -> list[RemoteFile]:
        """What people put into the inbox, by its bytes: the same file twice is one."""
        return await asyncio.to_thread(self._list)

    async def fetch(self, remote_id: str) -> bytes:
        """Raises NotWhole while the file is still being copied."""
        path = self._known(remote_id)
        content = await asyncio.to_thread(path.read_bytes)
        age = self._clock.now().real - datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if not is_whole(content) and age < timedelta(minutes=self.settings.whole_after_minutes):
            raise NotWhole("The file has no end yet.")
        return content

    async def done(self, remote_id: str) -> None:
        path = self._known(remote_id)
        await asyncio.to_thread(self._put_away, path, remote_id)

    async def acknowledge(self, interchange: bytes, *, key: str) -> None:
        number = control_number_of(interchange)
        await self._leave(file_name(self.settings.acknowledgement_name, number, self._sender), interchange)

    async def _leave(self, name: str, content: bytes) -> bool:
        return await asyncio.to_thread(
            leave_in, self._outbox, name, content, lambda: self._left.note(self.name, name, content)
        )

    def _list(self) -> list[RemoteFile]:
        try:
            self._inbox.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = sorted(path for path in self._inbox.iterdir() if self._is_wanted(path))
            files = [_remote(path.read_bytes()) for path in found]
        except OSError as trouble:
            raise Unavailable(
                f"The inbox cannot be read: {trouble.strerror}.", tip="Check inbox and its rights."
            ) from trouble
        self._listed = {file.id: path for file, path in zip(files, found, strict=True)}
        return files

    def _is_wanted(self, path: Path) -> bool:
        return path.is_file() and not path.is_symlink() and is_wanted(path.name, self.settings)

    def _known(self, remote_id: str) -> Path:
        if remote_id not in self._listed:
            raise Refused("The last listing had no such file.", tip="Read the mailbox again.")
        return self._listed[remote_id]

    def _put_away(self, path: Path, digest: str) -> None:
        """Kept beside the inbox, readable by this user alone; a name that was used before stays apart.

        What has the file's name now, and is another, was not taken in: it stays, and is listed anew.
        """
        if sha256(path.read_bytes()).hexdigest() != digest:
            return
        kept = self._inbox / DONE
        kept.mkdir(exist_ok=True, mode=0o700)
        path.chmod(0o600)
        os.replace(path, kept / f"{digest[:12]}-{path.name}")


def _remote(content: bytes) -> RemoteFile:
    digest = sha256(content).hexdigest()
    return RemoteFile(digest, kind_of(content), len(content), digest)
