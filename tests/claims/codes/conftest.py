"""A home for code sets, and files in the publishers' layouts."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from claims.codes import Codes
from claims.codes.importing import Imported, import_files

DAY = date(2026, 2, 16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a publisher's files lie; not the home."""
    made = tmp_path / "files"
    made.mkdir()
    return made


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """A file of that name with this text."""

    def make(name: str, text: str | bytes) -> Path:
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


@pytest.fixture
def load(home: Path) -> Callable[..., Imported]:
    """Import files of a set into the home; the last of what was made."""

    def run(name: str, *paths: Path, day: date | None = None, fewer: bool = False) -> Imported:
        return import_files(home, name, paths, day, fewer=fewer)[-1]

    return run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="session")
def icd(icd_home: Path) -> Codes:
    return Codes(icd_home)
