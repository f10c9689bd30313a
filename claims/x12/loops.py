"""From segments to loops: a transaction is cut into blocks, each begun by a segment that can begin a loop.

The readers walk over the blocks as a guide's loop tree does; what they have no field for becomes an ``Extra``
of the block it stood in, and the writers put it back there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from claims.findings import Finding, Severity
from claims.x12.kept import Kept, before, restore
from claims.x12.parts import Extra
from claims.x12.rendering import line
from claims.x12.syntax import GS, Segment, X12Error
from claims.x12.values import BadValue

# Segment id: how it is read, and how often it may stand in the block. Further ones become extras, and so does
# one that its reader answers with None.
Table = Mapping[str, tuple[Callable[[Segment], Any], int]]
MANY = 1 << 30
# Bounds on what a hostile file can make us hold.
LONGEST_BLOCK = 10_000
MOST_FINDINGS = 1_000
MOST_LINES = 200_000
HL = ("HL", "HL" + GS)  # the second with what follows its id
NO_BLOCK: list[Segment] = [[""]]


class Blocks:
    """A transaction's blocks, with one of look-ahead.

    ``position`` is where the current block begins, ``levels`` how many HL were taken, and ``lines`` what was
    taken since ``begin``.
    """

    def __init__(
        self, segments: Iterable[Segment], first: int, starters: frozenset[str], findings: list[Finding]
    ) -> None:
        self.findings = findings
        self.position = first
        self.claim: str | None = None
        self.levels = 0
        self.lines: list[str] = []
        self._gathers = False
        self._starters = starters
        self._segments = iter(segments)
        self._start: Segment | None = next(self._segments, None)
        self._next_position = first
        self._ahead: list[Segment] = NO_BLOCK
        self._read_ahead()

    def _read_ahead(self) -> None:
        if self._start is None:
            self._ahead = NO_BLOCK
            return
        block = [self._start]
        starters, append = self._starters, block.append
        self._start = None
        for segment in self._segments:
            if segment[0] in starters or len(block) == LONGEST_BLOCK:
                self._start = segment
                break
            append(segment)
        self._ahead = block

    def take(self) -> list[Segment]:
        """The next block; call it only when ``left`` is true."""
        block = self._ahead
        self.position = self._next_position
        self._next_position += len(block)
        if self._gathers:
            self._gather(block)
        self.levels += block[0][0] == "HL"
        self._read_ahead()
        return block

    def begin(self) -> None:
        """From here on the lines of one unit, a claim or a level, are gathered."""
        self._gathers, self.lines = True, []

    def _gather(self, block: list[Segment]) -> None:
        self.lines += map(GS.join, block)
        if len(self.lines) > MOST_LINES:
            raise X12Error(
                f"Segment {self.position}: one claim or level of more than {MOST_LINES} segments.",
                tip="The file is damaged: ask the sender for it again.",
            )

    @property
    def left(self) -> bool:
        """Blocks are left."""
        return self._ahead is not NO_BLOCK

    def at(self, segment_id: str, *qualifiers: str) -> bool:
        """The next block begins with that segment (and one of these first elements)."""
        head = self._ahead[0]
        return head[0] == segment_id and (not qualifiers or (len(head) > 1 and head[1] in qualifiers))

    def level(self) -> str:
        """HL03 of the next block, or an empty string when it does not begin with HL."""
        head = self._ahead[0]
        return head[3] if head[0] == "HL" and len(head) > 3 else ""

    def skip(self) -> None:
        """Passes over a block that has no place here, with a finding."""
        head = self.take()[0]
        self.trouble(
            "x12_unexpected", "A segment stands where the guide does not allow it.", self.position, head[0]
        )

    def trouble(self, code: str, message: str, segment: int, element: str) -> None:
        """Adds an error."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(
                Finding(
                    code, Severity.ERROR, message, snip=2, segment=segment, element=element, claim=self.claim
                )
            )

    def sort_out(self, block: list[Segment], table: Table) -> tuple[dict[str, list[Any]], tuple[Extra, ...]]:
        """The segments behind the block's head, read by the table; others, and unreadable ones, as extras."""
        if len(block) == 1:
            return {}, ()
        found: dict[str, list[Any]] = {}
        extra: list[Extra] = []
        after = block[0][0]
        for offset, segment in enumerate(block[1:], 1):
            name = segment[0]
            value = None
            if name in table:
                read, most = table[name]
                values = found.setdefault(name, [])
                try:
                    value = read(segment) if len(values) < most else None
                except BadValue as bad:
                    self.bad_value(name, bad, offset)
            if value is None:
                extra.append(Extra(after, tuple(segment)))
            else:
                values.append(value)
            after = name
        return found, tuple(extra)

    def bad_value(self, name: str, bad: BadValue, offset: int = 0) -> None:
        """A number or a day that is none."""
        self.trouble("x12_bad_value", f"{name} holds no valid {bad}.", self.position + offset, name)


class Levels:
    """Writes HL segments, counted from 1 without gaps."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._count = 0

    def open(self, parent: str, code: str, children: bool | None, differences: Sequence[Kept] = ()) -> str:
        """Adds an HL and gives its number. ``children`` is None where the guide leaves HL04 out.

        ``differences`` are those that its unit is restored with: levels that stand in front of it count.
        """
        self._count += 1
        number = str(self._count + (_levels_in(before(differences)) if differences else 0))
        self._lines.append(hl(number, parent, code, children))
        return number

    def restore(self, start: int, differences: Sequence[Kept]) -> None:
        """Puts back what was kept of the unit since ``start``, and counts the levels in it."""
        if differences:
            own = _levels_in(self._lines[start:])
            restore(self._lines, start, differences)
            self._count += _levels_in(self._lines[start:]) - own


def hl(number: str, parent: str, code: str, children: bool | None) -> str:
    """An HL."""
    return line("HL", number, parent, code, "" if children is None else str(int(children)))


def _levels_in(lines: Iterable[str]) -> int:
    return sum(text[:3] in HL for text in lines)


def extras_of(block: list[Segment], after: str) -> tuple[Extra, ...]:
    """A whole block that the model has no place for, as extras that stand behind one another."""
    names = [after, *(segment[0] for segment in block)]
    return tuple(Extra(name, tuple(segment)) for name, segment in zip(names, block, strict=False))


def flat(groups: Iterable[Iterable[Any]]) -> tuple[Any, ...]:
    """One tuple of what several segments of one kind hold."""
    return tuple(each for group in groups for each in group)


def first(found: Mapping[str, list[Any]], name: str, default: Any) -> Any:
    """What the block's first segment of that name was read to, or the default."""
    values = found.get(name)
    return values[0] if values else default


def put_back(lines: list[str], start: int, extra: Iterable[Extra]) -> None:
    """Puts each extra behind the last line since ``start`` of the segment that it stood behind."""
    for each in extra:
        text = GS.join(each.elements)
        at = next(_last_of(lines, start, each.after), len(lines))
        lines.insert(at, text)


def _last_of(lines: list[str], start: int, name: str) -> Iterator[int]:
    return (i + 1 for i in range(len(lines) - 1, start - 1, -1) if lines[i].split(GS, 1)[0] == name)
