"""Opening what publishers send: text, CSV, spreadsheets, zips and zips in zips, line by line, never whole.

Text is UTF-8, with or without a mark, UTF-16 with one (what spreadsheets call Unicode text), or else Latin-1;
a cell may hold line breaks.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import IO, NoReturn
from xml.etree import ElementTree

from claims.errors import BadInput

Cells = list[str]
_LARGEST_CELL = 50_000_000
_LARGEST_MEMBER = 4 << 30
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_LONGEST_SHOWN = 24
_HEAD = 40  # lines that may be banner
_SHEET_FILE = re.compile(r"xl/worksheets/[^/]+\.xml")
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True, slots=True)
class Member:
    """One file, alone or inside a zip; ``name`` is its own, ``path`` says where it was found."""

    name: str
    path: str
    _open: Callable[[], IO[bytes]] = field(repr=False)

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        try:
            with self._stream() as stream:
                yield stream
        except (zipfile.BadZipFile, zlib.error, EOFError) as broken:
            raise BadInput(f"{self.path} is damaged inside its zip.", tip="Fetch it again.") from broken

    def _stream(self) -> IO[bytes]:
        try:
            return self._open()
        except (RuntimeError, NotImplementedError) as locked:  # how zipfile tells of a password
            raise BadInput(f"{self.path} is locked by a password.", tip="Unpack it first.") from locked

    def lines(self) -> Iterator[tuple[int, str]]:
        """Numbered from 1, without line ends."""
        for number, text in enumerate(self._texts(), 1):
            yield number, text.rstrip("\r\n\x1a\x00")

    def _texts(self) -> Iterator[str]:
        with self.opened() as stream:
            first = stream.readline(_LARGEST_CELL)
            if first.startswith(_WIDE):
                whole = first + stream.read(_LARGEST_CELL)
                yield from whole.decode("utf-16", "replace").splitlines(keepends=True)
                return
            for number, raw in enumerate(chain((first,), iter(partial(stream.readline, _LARGEST_CELL), b""))):
                if len(raw) == _LARGEST_CELL:
                    refuse(self, number + 1, 1, "a line of a text", "")
                yield _text(raw, number + 1)

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """The cells of a spreadsheet, a CSV or a tab-delimited text, each row with the number of its line."""
        if self.name.lower().endswith(".xlsx"):
            return _sheet_rows(self)
        return self._delimited()

    def _delimited(self) -> Iterator[tuple[int, Cells]]:
        csv.field_size_limit(_LARGEST_CELL)
        text = self._texts()
        head = list(islice(text, _HEAD))
        delimiter = "\t" if any("\t" in line for line in head) else ","
        reader = csv.reader(chain(head, text), delimiter=delimiter, strict=delimiter == ",")
        begins = 1
        try:
            while (row := next(reader, None)) is not None:
                yield begins, row
                begins = reader.line_num + 1
        except csv.Error as wrong:
            self._refuse_row(begins, wrong)

    def _refuse_row(self, line: int, wrong: csv.Error) -> NoReturn:
        raise BadInput(
            f"{self.path}, line {line}, column 1: what begins here is no row of a table ({wrong}).",
            tip="Nothing was changed. Import the publisher's own file, unedited; see docs/codes.md.",
        ) from wrong


def refuse(member: Member, line: int, column: int, expected: str, found: str) -> NoReturn:
    """The layout is not the one that was promised; nothing of the file is taken."""
    shown = found[:_LONGEST_SHOWN].strip()
    there = f"{shown!r} is there" if shown else "it is empty"
    raise BadInput(
        f"{member.path}, line {line}, column {column}: {expected} was expected, {there}.",
        tip="Nothing was changed. Import the publisher's own file, unedited; see docs/codes.md.",
    )


def members(path: Path) -> Iterator[Member]:
    """The file itself, or every file inside when it is a zip; raises BadInput when it cannot be opened."""
    try:
        if path.suffix.lower() == ".zip" or (path.suffix.lower() != ".xlsx" and zipfile.is_zipfile(path)):
            yield from _inside(path.name, lambda: path.open("rb"), 2)
        else:
            with path.open("rb"):
                yield Member(path.name, path.name, lambda: path.open("rb"))
    except OSError as trouble:
        raise BadInput(f"{path} cannot be opened: {trouble.strerror}.", tip="Check its path.") from trouble
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as broken:
        raise BadInput(f"{path.name} is no readable zip.", tip="Fetch it again.") from broken


def _inside(shown: str, opened: Callable[[], IO[bytes]], depth: int) -> Iterator[Member]:
    with opened() as stream, zipfile.ZipFile(stream) as archive:
        names = [entry for entry in archive.infolist() if not entry.is_dir()]
        for entry in names:
            if entry.file_size > _LARGEST_MEMBER:
                raise BadInput(f"{shown} holds more than 4 GiB in one file.", tip="It is no code set.")
            own = PurePosixPath(entry.filename).name
            reach = _reach(opened, entry.filename)
            if own.lower().endswith(".zip") and depth:
                yield from _inside(f"{shown}/{own}", _whole(archive, entry), depth - 1)
            else:
                yield Member(own, f"{shown}/{own}", reach)


def _reach(opened: Callable[[], IO[bytes]], name: str) -> Callable[[], IO[bytes]]:
    return lambda: zipfile.ZipFile(opened()).open(name)


def _whole(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    """A zip in a zip has to be read whole to be searched."""
    data = archive.read(entry)
    return lambda: io.BytesIO(data)


def _text(raw: bytes, number: int) -> str:
    if number == 1:
        raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _sheet_rows(member: Member) -> Iterator[tuple[int, Cells]]:
    """The first sheet of a workbook."""
    with member.opened() as stream:
        try:
            book = zipfile.ZipFile(stream)
            shared = list(_shared(book))
            sheets = sorted(
                (n for n in book.namelist() if re.match(r"xl/worksheets/[^/]+\.xml", n)), key=_order
            )
            with book.open(sheets[0]) as sheet:
                yield from _rows_of(sheet, shared)
        except (zipfile.BadZipFile, IndexError, KeyError, ValueError, ElementTree.ParseError) as broken:
            raise BadInput(
                f"{member.path} is no readable workbook.", tip="Fetch it again, or take the text file."
            ) from broken


def _order(name: str) -> tuple[int, str]:
    return len(name), name  # sheet2 before sheet10


def _shared(book: zipfile.ZipFile) -> Iterator[str]:
    if "xl/sharedStrings.xml" in book.namelist():
        with book.open("xl/sharedStrings.xml") as strings:
            for _, element in ElementTree.iterparse(strings):
                if element.tag == f"{_SHEET}si":
                    yield "".join(part.text or "" for part in element.iter(f"{_SHEET}t"))
                    element.clear()


def _rows_of(sheet: IO[bytes], shared: list[str]) -> Iterator[tuple[int, Cells]]:
    number = 0
    for _, element in ElementTree.iterparse(sheet):
        if element.tag == f"{_SHEET}row":
            number = int(element.get("r") or number + 1)
            cells: Cells = []
            for cell in element.iter(f"{_SHEET}c"):
                place = _column(cell.get("r") or "") or len(cells) + 1
                cells += [""] * (place - 1 - len(cells))
                cells.append(_cell(cell, shared))
            yield number, cells
            element.clear()


def _column(reference: str) -> int:
    number = 0
    for letter in reference:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number


def _cell(cell: ElementTree.Element, shared: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{_SHEET}t"))
    value = cell.findtext(f"{_SHEET}v") or ""
    if kind == "s":
        return shared[int(value)]
    return value.removesuffix(".0")
