"""The segments that findings are about, for who asked to see them: they may hold patient data."""

from collections.abc import Collection
from typing import BinaryIO

from claims.x12.show import plain
from claims.x12.syntax import SegmentReader, X12Error

LONGEST = 500


def quotes(source: bytes | BinaryIO, positions: Collection[int]) -> dict[int, str]:
    """The segments at these positions (the first is 1) with the usual delimiters, as far as it reads."""
    found: dict[int, str] = {}
    reader = SegmentReader(source, [])
    last = max(positions, default=0)
    try:
        for segment in reader:
            if reader.position in positions:
                found[reader.position] = plain(segment)[:LONGEST]
            if reader.position >= last:
                break
    except X12Error:
        pass  # what could be read is quoted; the check has said where it ended
    return found
