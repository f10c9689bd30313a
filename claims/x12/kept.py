"""What a file has otherwise than its models are written: kept beside them, so that nothing is lost.

``Extra`` holds a whole segment that a loop has no field for. ``Kept`` holds the rest: loops and segments that
stand where the guide has no place for them, elements without a field, another order, a number written
otherwise. A reader compares the lines that a unit came from (a claim, a level, a whole short transaction)
with those that its model gives; the writer puts the difference back. A model that was edited in between is
written as it is now: then only what it has no field for is put back.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from claims.x12.record import record
from claims.x12.syntax import GS, Segment

# Runs of differences with more pairs of equal lines are kept as one: comparing them takes longer than linear.
MOST_PAIRS = 20_000


@record
class Kept:
    """One place where the file read otherwise than the model is written.

    ``at`` is how many of the model's own lines stand before it, ``after`` the last of these; ``written`` is
    what the model gives there, ``read`` what the file had instead. Lines are in memory form.
    """

    at: int
    after: str
    written: tuple[str, ...]
    read: tuple[str, ...]


def lines_of(segments: Iterable[Segment]) -> list[str]:
    """Segments that were read, in memory form."""
    return [GS.join(segment) for segment in segments]


def kept(read: Sequence[str], written: Sequence[str]) -> tuple[Kept, ...]:
    """The differences between a unit's lines as read and as its model is written; none for most."""
    return () if read == written else tuple(_differences(read, written))


def in_front(lines: Sequence[str]) -> tuple[Kept, ...]:
    """Lines that stood before a unit and belong to none: the first of what is kept with it."""
    return (Kept(0, "", (), tuple(lines)),) if lines else ()


def _differences(read: Sequence[str], written: Sequence[str]) -> Iterator[Kept]:
    shorter = min(len(read), len(written))
    top = next((i for i in range(shorter) if read[i] != written[i]), shorter)
    most = shorter - top
    below = next((i for i in range(most) if read[-1 - i] != written[-1 - i]), most)
    old, new = written[top : len(written) - below], read[top : len(read) - below]
    for begin, end, start, stop in _changes(old, new):
        at = top + begin
        after = written[at - 1] if at else ""
        yield Kept(at, after, tuple(old[begin:end]), tuple(new[start:stop]))


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    counts = Counter(old)
    if not old or not new or sum(counts[text] for text in new) > MOST_PAIRS:
        yield 0, len(old), 0, len(new)
        return
    for tag, *places in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield places[0], places[1], places[2], places[3]


def before(differences: Sequence[Kept]) -> tuple[str, ...]:
    """The lines that stood in front of the unit and belong to none."""
    first = differences[0] if differences else None
    return first.read if first and not first.at and not first.written else ()


def restore(lines: list[str], start: int, differences: Sequence[Kept]) -> None:
    """Turns the lines since ``start``, as the model is written, into those that were read."""
    if not differences:
        return
    own = lines[start:]
    if all(_fits(own, each) for each in differences):
        for each in reversed(differences):
            own[each.at : each.at + len(each.written)] = each.read
    else:
        own = _merged(own, differences)
    lines[start:] = own


def _fits(own: Sequence[str], each: Kept) -> bool:
    """The model still gives there what it gave when it was read."""
    before = own[each.at - 1 : each.at] == [each.after] if each.at else not each.after
    return before and own[each.at : each.at + len(each.written)] == list(each.written)


def _merged(own: list[str], differences: Sequence[Kept]) -> list[str]:
    """An edited model's lines with what it has no field for; nothing that it now says otherwise."""
    moved = Counter(text for each in differences for text in each.written)
    for each in reversed(differences):
        given = list(each.written)
        at = min(each.at, len(own))
        for text in reversed(each.read):
            if moved[text]:
                moved[text] -= 1
            elif (base := next((g for g in given if _alike(g, text)), None)) is not None:
                given.remove(base)
                _overlay(own, base, text)
            else:
                own.insert(_place(own, each.after, at), text)
    return own


def _alike(one: str, other: str) -> bool:
    return one.split(GS, 1)[0] == other.split(GS, 1)[0]


def _overlay(own: list[str], base: str, read: str) -> None:
    """Elements that the file had otherwise, where the line still stands and says there what it said."""
    if base in own:
        own[own.index(base)] = read
        return
    head = base.split(GS)[:2]
    found = next((i for i, text in enumerate(own) if text.split(GS)[:2] == head), None)
    if found is not None:
        size = max(text.count(GS) for text in (own[found], base, read)) + 1
        now, was, had = (_elements(text, size) for text in (own[found], base, read))
        merged = [h if n == w else n for n, w, h in zip(now, was, had, strict=True)]
        own[found] = GS.join(merged).rstrip(GS)


def _elements(text: str, size: int) -> list[str]:
    found = text.split(GS)
    return found + [""] * (size - len(found))


def _place(own: Sequence[str], after: str, at: int) -> int:
    """Behind the line that it stood behind, else behind the last one of that kind up to there."""
    if after in own:
        return own.index(after) + 1
    name = after.split(GS, 1)[0]
    return next((i for i in range(at, 0, -1) if own[i - 1].split(GS, 1)[0] == name), at)
