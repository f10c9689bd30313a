"""The HL levels of a request (270, 276), each with its own segments and its children."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from deployments.sandbox.segments import Segment, TransactionSet, at


@dataclass
class Level:
    """One HL with what follows it up to the next; ``parent`` is None at the top."""

    hl: Segment
    parent: "Level | None"
    segments: list[Segment] = field(default_factory=list)

    @property
    def code(self) -> str:
        return at(self.hl, 3)

    @property
    def leaf(self) -> bool:
        return at(self.hl, 4) != "1"

    def first(self, id: str, *qualifiers: str) -> Segment:
        """The first segment of that id (and first element), an empty one where there is none."""
        found = (s for s in self.segments if s[0] == id and (not qualifiers or at(s, 1) in qualifiers))
        return next(found, [id])

    def above(self, code: str) -> "Level | None":
        """The nearest level of that kind, this one included."""
        level: Level | None = self
        while level and level.code != code:
            level = level.parent
        return level


def levels(one: TransactionSet) -> Iterator[Level]:
    """All levels of a set in file order."""
    by_id: dict[str, Level] = {}
    level: Level | None = None
    for segment in one.segments:
        if segment[0] == "HL":
            if level:
                yield level
            level = by_id[at(segment, 1)] = Level(segment, by_id.get(at(segment, 2)))
        elif level:
            level.segments.append(segment)
    if level:
        yield level
