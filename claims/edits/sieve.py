"""What a condition cannot hold without, read off its text: most claims are spared the question in CEL.

Of ``a && b && c`` each part must hold, and CEL's ``&&`` is false where one part is, whatever the others are
or fail with. So a part that compares a variable with a literal of its own kind can be asked in Python, at a
twentieth of the price; every other part, and a condition that is written in any other way, is left to CEL.
"""

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from claims.edits.variables import LINE, VARIABLES, Facts

_COMPARED = {
    "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_TEXT = r"\"[^\"\\]*\"|'[^'\\]*'"
_NAME = r"(?P<name>[a-z_]+(?:\.[a-z_]+)?)"
_LITERAL = rf"(?P<literal>{_TEXT}|-?\d+(?:\.\d+)?)"
_PART = re.compile(rf"{_NAME}\s*(?P<how>[=!<>]=|<|>)\s*{_LITERAL}")
_STARTS = re.compile(rf"{_NAME}\.startsWith\(\s*{_LITERAL}\s*\)")
_HAS = re.compile(rf"{_LITERAL}\s+in\s+{_NAME}")
_HAS_ONE = re.compile(rf"{_NAME}\.exists\(\s*(?P<one>[a-z]\w*)\s*,\s*(?P<body>.*)\)", re.DOTALL)
_TOKEN = re.compile(rf"{_TEXT}|&&|\|\||//|[()\[\]{{}}?\\\"']|[^&|/()\[\]{{}}?\\\"']+|.", re.DOTALL)
_NUMBERS = {"number": (re.compile(r"-?\d+"), int), "decimal": (re.compile(r"-?\d+\.\d+"), float)}

Test = Callable[[Any], bool]
Match = re.Match[str]


@dataclass(frozen=True, slots=True)
class Need:
    """What must be true of a variable, of the claim's or some line's; ``equals`` where it is one text."""

    name: str
    of_line: bool
    met: Test
    equals: str | None = None


def needs(text: str, by_line: bool) -> tuple[Need, ...]:
    """What a condition that CEL has accepted needs at the least; empty where nothing is certain."""
    return tuple(need for part in _parts(text) for need in _needs(part, "line" if by_line else ""))


def may_hold(asked: tuple[Need, ...], facts: Facts) -> bool:
    """False only where the condition is false of the claim, or of each of its lines."""
    for need in asked:
        if need.of_line:
            if not any(map(need.met, facts.of_lines(need.name))):
                return False
        elif not need.met(facts.of_claim(need.name)):
            return False
    return True


class Index:
    """Many conditions' needs, by the texts that they want: a claim is asked only about those it has."""

    def __init__(self, asked: Sequence[tuple[Need, ...]]) -> None:
        self._always: list[int] = []
        self._by_text: dict[tuple[str, bool], dict[str, list[int]]] = {}
        for number, several in enumerate(asked):
            telling = next((need for need in several if need.equals), None)
            if telling is None or telling.equals is None:
                self._always.append(number)
            else:
                texts = self._by_text.setdefault((telling.name, telling.of_line), {})
                texts.setdefault(telling.equals, []).append(number)

    def worth_asking(self, facts: Facts) -> list[int]:
        """The numbers of the conditions that the texts of the claim do not rule out, in their order."""
        found = set(self._always)
        for (name, of_line), texts in self._by_text.items():
            for text in facts.of_lines(name) if of_line else (facts.of_claim(name),):
                found.update(texts.get(text, ()))
        return sorted(found)


def _parts(text: str) -> Iterator[str]:
    """What ``&&`` joins on the outermost level; nothing where the text is more than that."""
    parts, depth = [""], 0
    if '"""' in text or "'''" in text:
        return
    for token in _TOKEN.findall(text):
        if token in ("\\", '"', "'", "//") or (depth == 0 and token in ("||", "?")):
            return
        depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
        if depth < 0:
            return
        if depth == 0 and token == "&&":
            parts.append("")
        else:
            parts[-1] += token
    yield from map(str.strip, parts)


def _needs(part: str, line: str) -> Iterator[Need]:
    """What one part needs, where ``line`` is what it calls a line; nothing where that is not plain."""
    if (found := _HAS_ONE.fullmatch(part)) and found["name"] == "lines":
        for inner in _parts(found["body"]):
            yield from (need for need in _needs(inner, found["one"]) if need.of_line)
        return
    for shape, test in ((_PART, _compares), (_STARTS, _starts), (_HAS, _has), (_HAS_ONE, _has_one)):
        if found := shape.fullmatch(part):
            owner, _, name = found["name"].rpartition(".")
            of_line = owner == line != ""
            variable = LINE.get(name) if of_line else VARIABLES.get(found["name"])
            if variable and (met := test(variable.kind, found)):
                equal = variable.kind == "text" and shape is _PART and found["how"] == "=="
                equals = _literal("text", found["literal"]) if equal else None
                yield Need(name if of_line else found["name"], of_line, met, equals)


def _compares(kind: str, found: Match) -> Test | None:
    compare, literal = _COMPARED[found["how"]], _literal(kind, found["literal"])
    return None if literal is None else lambda value: bool(compare(value, literal))


def _starts(kind: str, found: Match) -> Test | None:
    literal = _literal(kind, found["literal"])
    return None if kind != "text" or literal is None else lambda value: value.startswith(literal)


def _has(kind: str, found: Match) -> Test | None:
    literal = _literal("text", found["literal"])
    return None if kind != "texts" or literal is None else lambda values: literal in values


def _has_one(kind: str, found: Match) -> Test | None:
    """``diagnoses.exists(d, d.startsWith("C"))``: the same of one of several texts."""
    for part in _parts(found["body"]) if kind == "texts" else ():
        for shape, test in ((_PART, _compares), (_STARTS, _starts)):
            inner = shape.fullmatch(part)
            if inner and inner["name"] == found["one"] and (met := test("text", inner)):
                return lambda values: any(map(met, values))
    return None


def _literal(kind: str, written: str) -> Any:
    """The literal's value if it is of the variable's kind, where comparing cannot fail; else None."""
    if kind == "text":
        return written[1:-1] if written[0] in "\"'" else None
    shape, read = _NUMBERS.get(kind, (None, None))
    return read(written) if shape and read and shape.fullmatch(written) else None
