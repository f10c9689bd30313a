"""Files that commands read and write: whole folders too, one plain message for each that cannot be read."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from claims.errors import BadInput

ENCLOSING = ("send_records", "appeal", "enclose")
"""Options of work items whose value is a file that goes to the payer."""


def files_of(paths: Sequence[Path]) -> Iterator[Path]:
    """The paths, and for a folder every file below it; raises BadInput for one that holds none.

    A path that is not there, a link to nothing and a folder that must not be looked into are given too, so
    that whoever opens them says so and goes on.
    """
    for path in paths:
        if not os.path.isdir(path):
            yield path
        elif found := sorted(_below(path)):
            yield from found
        else:
            raise BadInput(f"There is no file in {path}.")


def _below(folder: Path) -> Iterator[Path]:
    closed: list[Path] = []
    for top, _, names in os.walk(folder, onerror=lambda trouble: closed.append(Path(trouble.filename))):
        for entry in (Path(top, name) for name in names):
            if os.path.isfile(entry) or not os.path.exists(entry):
                yield entry
    yield from closed


def require_end(path: Path) -> None:
    """Raises BadInput for what may never end (a device, a named pipe) and for what is not there."""
    try:
        mode = path.stat().st_mode
    except OSError as trouble:
        raise BadInput(f"{path} cannot be read: {trouble.strerror}.") from trouble
    named_pipe = stat.S_ISFIFO(mode) and Path("/dev") not in path.parents
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or named_pipe:
        raise BadInput("It is a device or a named pipe.", tip="Name a file.")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, open to be read; raises BadInput with the reason why it cannot be, also while it is read."""
    require_end(path)
    try:
        with path.open("rb") as file:
            yield file
    except OSError as trouble:
        raise BadInput(f"{path} cannot be read: {trouble.strerror}.") from trouble


def bytes_of(path: Path) -> bytes:
    """The file's bytes; raises BadInput with the reason why they cannot be read."""
    require_end(path)
    try:
        return path.read_bytes()
    except OSError as trouble:
        raise BadInput(f"{path} cannot be read: {trouble.strerror}.") from trouble


def write_private(path: Path, content: bytes) -> None:
    """Write the file so that its owner alone can read it (0600), also where it was there before."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(content)
    except OSError as trouble:
        raise BadInput(f"{path} cannot be written: {trouble.strerror}.") from trouble


def new_folder(path: Path) -> Path:
    """The folder, made with mode 0700; raises BadInput where there is something in it."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        filled = any(path.iterdir())
    except OSError as trouble:
        raise BadInput(f"The folder {path} cannot be made: {trouble.strerror}.") from trouble
    if filled:
        raise BadInput(f"The folder {path} is not empty.", tip="Name a new one.")
    return path
