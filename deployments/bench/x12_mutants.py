"""Broken copies of X12 files: cuts, flips, swaps and repeats, of bytes and of whole segments."""

import random
from collections.abc import Callable, Sequence

# Larger files are tried in windows of this size, so that a mutant costs milliseconds.
WINDOW = 4_000
MOST_CHANGES = 4
NOISE = b"*:~^>|\n\r\x00\x1c\x1d\x1f\xff\xc3 A1I0-.+SEHLCLMISA"


def mutant(files: Sequence[bytes], seed: int, number: int) -> tuple[int, bytes]:
    """Which file, and a broken copy of it; the same for the same seed and number."""
    chance = random.Random(f"{seed}:{number}")
    place = chance.randrange(len(files))
    data = _window(files[place], chance)
    for _ in range(chance.randint(1, MOST_CHANGES)):
        data = chance.choice(CHANGES)(data, chance)
    return place, data


def _window(data: bytes, chance: random.Random) -> bytes:
    """The file, or of a large one its envelope and a part."""
    if len(data) <= WINDOW:
        return data
    at = chance.randrange(len(data) - WINDOW)
    return data[: WINDOW // 8] + data[at : at + WINDOW]


def _span(size: int, chance: random.Random) -> tuple[int, int]:
    at = chance.randrange(size + 1)
    return at, min(size, at + chance.choice((1, 2, 8, 40, 400)))


def _cut(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return chance.choice((data[:at], data[at:]))


def _drop(data: bytes, chance: random.Random) -> bytes:
    begin, end = _span(len(data), chance)
    return data[:begin] + data[end:]


def _flip(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8) if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _noise(data: bytes, chance: random.Random) -> bytes:
    begin, end = _span(len(data), chance)
    piece = bytes(chance.choices(NOISE, k=chance.randint(1, 6)))
    return data[:begin] + piece + data[chance.choice((begin, end)) :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    begin, end = _span(len(data), chance)
    return data[:end] + data[begin:end] * chance.choice((1, 1, 1, 2, 30)) + data[end:]


def _swap(data: bytes, chance: random.Random) -> bytes:
    first, second = sorted((_span(len(data), chance), _span(len(data), chance)))
    if first[1] > second[0]:
        return data
    middle = data[first[1] : second[0]]
    return b"".join((data[: first[0]], data[slice(*second)], middle, data[slice(*first)], data[second[1] :]))


def _segments(
    change: Callable[[list[bytes], random.Random], None],
) -> Callable[[bytes, random.Random], bytes]:
    def changed(data: bytes, chance: random.Random) -> bytes:
        mark = data[105:106] if data[:3] == b"ISA" and len(data) > 105 else b"~"
        pieces = data.split(mark)
        change(pieces, chance)
        return mark.join(pieces)

    return changed


def _swap_segments(pieces: list[bytes], chance: random.Random) -> None:
    one, other = chance.randrange(len(pieces)), chance.randrange(len(pieces))
    pieces[one], pieces[other] = pieces[other], pieces[one]


def _repeat_segment(pieces: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(pieces))
    pieces[at:at] = pieces[at : at + chance.choice((1, 1, 5))] * chance.choice((1, 1, 3, 40))


def _drop_segment(pieces: list[bytes], chance: random.Random) -> None:
    del pieces[chance.randrange(len(pieces))]


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut,
    _drop,
    _flip,
    _noise,
    _repeat,
    _swap,
    _segments(_swap_segments),
    _segments(_repeat_segment),
    _segments(_drop_segment),
)
