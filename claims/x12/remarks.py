"""What a reader takes all the same and another one may refuse, told of the first segments that have it."""

from collections import Counter
from collections.abc import Iterator

MOST_REMARKS = 10
PRINTED = bytes(range(0x20, 0x7F))
MESSAGES = {
    "x12_character_set": "A letter beyond ASCII stands in the data; X12 has none, many receivers refuse it.",
    "x12_control_character": "A control character stands in the data: it was read as a blank.",
    "x12_trailing_separator": "The segment ends with separators that nothing follows: they were passed over.",
}


class Remarks:
    """The remarks on segments with these delimiters; ``seen`` counts those of the whole file by code.

    ``dropped`` are the bytes that mean nothing wherever they stand.
    """

    def __init__(self, element: bytes, others: bytes, terminator: bytes, dropped: bytes) -> None:
        self._plain = PRINTED + element + others + terminator + dropped
        self._element, self._end = element, element + terminator

    def any_in(self, raw: bytes) -> bool:
        """Some segment of these needs a remark: one look at many, as most need none."""
        return self._end in raw or raw.endswith(self._element) or bool(raw.translate(None, self._plain))

    def on(self, piece: bytes, seen: Counter[str]) -> Iterator[tuple[str, str]]:
        """Code and message for one segment."""
        for code in self._codes(piece):
            seen[code] += 1
            if seen[code] <= MOST_REMARKS:
                yield code, MESSAGES[code]

    def _codes(self, piece: bytes) -> Iterator[str]:
        if strange := piece.translate(None, self._plain):
            yield "x12_control_character" if strange.isascii() else "x12_character_set"
        if piece.endswith(self._element):
            yield "x12_trailing_separator"
