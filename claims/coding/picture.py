"""A pattern as people see it: a table with bars of text, and the same as a small SVG without any script."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

WIDTH = 30
_ROWS = (("theirs", "#", "#b3261e"), ("others", "=", "#5b6b7b"), ("benchmark", ".", "#b9c3cc"))
_BAR, _GAP, _LEFT, _LONG = 12, 10, 130, 300


def as_text(picture: Mapping[str, Any]) -> str:
    """For a terminal and for a work item's note."""
    return "\n".join((*_head(picture), "", *_bars(picture)))


def _head(picture: Mapping[str, Any]) -> Iterator[str]:
    low, high = picture["interval"]
    share = picture["hits"] / picture["services"]
    yield f"{picture['person']}: {picture['measure']}, {picture['first']} to {picture['last']}"
    yield f"{picture['hits']} of {picture['services']}: {share:.0%} (95 of 100 times {low:.0%} to {high:.0%})"
    for each in picture["comparisons"]:
        yield f"{each['against']}: {each['share']:.0%}; so many by luck once in {_once_in(each['chance'])}"


def _once_in(chance: float) -> str:
    return f"{1 / chance:,.0f}" if chance > 1e-9 else "more than 1,000,000,000"


def _bars(picture: Mapping[str, Any]) -> Iterator[str]:
    for bar in picture["bars"]:
        yield bar["label"]
        for name, mark, _ in _ROWS:
            if name in bar:
                yield f"  {name:<10}{mark * round(bar[name] * WIDTH):<{WIDTH}} {bar[name]:>4.0%}"


def as_svg(picture: Mapping[str, Any]) -> str:
    """A bar chart that stands by itself, with its figures as text."""
    drawn, top = [], 44
    for bar in picture["bars"]:
        drawn.append(_word(0, top + _BAR - 3, bar["label"]))
        for name, _, colour in _ROWS:
            if name in bar:
                drawn.append(_bar(top, name, bar[name], colour))
                top += _BAR
        top += _GAP
    title, told = list(_head(picture))[:2]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _LONG + 130}" height="{top}" '
        f'role="img" aria-label="{escape(title)}" font-family="sans-serif">'
        f"{_word(0, 12, title, 12)}{_word(0, 28, told)}{''.join(drawn)}</svg>\n"
    )


def _bar(top: int, name: str, share: float, colour: str) -> str:
    long = round(share * _LONG)
    told = _word(_LEFT + long + 4, top + _BAR - 3, f"{name} {share:.0%}")
    return f'<rect x="{_LEFT}" y="{top}" width="{max(1, long)}" height="{_BAR - 2}" fill="{colour}"/>{told}'


def _word(x: int, y: int, text: str, size: int = 10) -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}">{escape(text)}</text>'
