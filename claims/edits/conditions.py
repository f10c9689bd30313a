"""Conditions in CEL: checked against the claim's variables at the start, and asked of claims.

CEL has no loops without an end, no side effects and no way out: a condition can only look. One that fails
raises, which holds the claim. `claims.edits.sieve` answers most of them before CEL is asked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from cel_expr_python import cel

from claims.edits.sieve import Need, may_hold, needs
from claims.edits.subject import Hit, Subject
from claims.edits.variables import LINE, VARIABLES, Facts

Places = list[int | None]
"""Where a condition holds: the numbers of lines, or None for the claim as a whole."""

_LOOP = re.compile(r"\blines\s*\.\s*(?:all|exists|exists_one|filter|map)\s*\(\s*([A-Za-z_]\w*)\s*,")
_ONE_LINE = r"\blines\s*\[[^\]]*\]"
_PATTERN = re.compile(r"\.matches\(\s*(r?\"[^\"]*\"|r?'[^']*')\s*\)")
_MOST_WORDS = 200


class ConditionFailed(RuntimeError):
    """A condition could not be answered for a claim; the text says nothing of the claim."""


class WrongCondition(ValueError):
    """A condition cannot be compiled; the text says where and what is allowed."""


@dataclass(frozen=True, eq=False)
class Condition:
    """An operator's condition as a predicate. ``by_line`` asks it of each line in turn."""

    text: str
    by_line: bool = False

    def __call__(self, subject: Subject) -> Iterator[Hit]:
        return (Hit(line=line) for line in places(self, Facts(subject)))

    @cached_property
    def question(self) -> "_Question":
        return _Question.of(self)


def check(condition: Condition) -> None:
    """Raises WrongCondition for what CEL cannot read, an unknown name, or an answer that is no yes or no."""
    of_lines = [rf"\b{variable}" for variable in _LOOP.findall(condition.text)]
    for line in (*of_lines, _ONE_LINE):
        for name in re.findall(rf"{line}\.([A-Za-z_]\w*)", condition.text):
            if name not in LINE:
                raise WrongCondition(f"a line has no {name}; it has {', '.join(LINE)}")
    try:
        compiled = _checking(condition.by_line).compile(condition.text)
    except RuntimeError as wrong:
        raise WrongCondition(_told(str(wrong), condition.by_line)) from wrong
    if compiled.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        raise WrongCondition(f"is no yes or no, but of the kind {compiled.return_type().name().lower()}")
    for pattern in _PATTERN.findall(condition.text):
        if (
            _environment().compile(f"''.matches({pattern})").eval(_environment().Activation({})).type()
            == cel.Type.ERROR
        ):
            raise WrongCondition(f"{pattern} is no pattern (RE2)")


def _told(message: str, by_line: bool) -> str:
    """CEL's own words, with the names there are when one is unknown."""
    first = message.removeprefix("INVALID_ARGUMENT: ERROR: ").partition("\n")[0][:_MOST_WORDS]
    unknown = re.search(r"undeclared reference to '([\w.]+)'", message)
    if unknown is None:
        return first
    part = unknown[1].partition(".")[0]
    names = [*VARIABLES, "lines", *((f"line.{name}" for name in LINE) if by_line else ())]
    near = [name for name in names if name.partition(".")[0] == part] or names
    return f"there is no {unknown[1]}; there are {', '.join(near)}"


def places(condition: Condition, facts: Facts) -> Places:
    """Where the condition holds. Raises ConditionFailed."""
    question = condition.question
    if not may_hold(question.needs, facts):
        return []
    answer = question.ask(facts)
    if not condition.by_line:
        return [None] if _yes(answer) else []
    return [number for number, each in zip(facts.of_lines("number"), answer, strict=True) if _yes(each)]


def _yes(answer: Any) -> bool:
    if not isinstance(answer, bool):
        raise ConditionFailed("a condition's answer is no yes or no")
    return answer


@dataclass(frozen=True, slots=True)
class _Question:
    """A condition as CEL has it: of lines it gives one answer each. It is told only what it names."""

    program: Any
    needs: tuple[Need, ...]
    names: tuple[str, ...]
    of_lines: tuple[str, ...]

    @classmethod
    def of(cls, condition: Condition) -> "_Question":
        text = condition.text
        words = set(re.findall(r"\w+", text))
        return cls(
            _environment().compile(f"lines.map(line, ({text}\n))" if condition.by_line else text),
            needs(text, condition.by_line),
            tuple(name for name in VARIABLES if name in text),
            tuple(name for name in LINE if name in words or name == "number"),
        )

    def ask(self, facts: Facts) -> Any:
        activation = _environment().Activation(facts.values(self.names, self.of_lines))
        try:
            value = self.program.eval(activation)
        except RuntimeError as broken:
            raise ConditionFailed("a condition gave up") from broken
        if value.type() == cel.Type.ERROR:
            raise ConditionFailed("a condition has no answer for this claim")
        return value.plain_value()


@cache
def _environment() -> Any:
    lines = cel.Type.List(cel.Type.Map(cel.Type.STRING, cel.Type.DYN))
    return cel.NewEnv(variables={**_typed("", VARIABLES), "lines": lines})


@cache
def _checking(by_line: bool) -> Any:
    """As `_environment`, where each field of ``line`` is a name of its own, so that a wrong one is known."""
    lines = cel.Type.List(cel.Type.Map(cel.Type.STRING, cel.Type.DYN))
    own = _typed("line.", LINE) if by_line else {}
    return cel.NewEnv(variables={**_typed("", VARIABLES), **own, "lines": lines})


def _typed(prefix: str, variables: dict[str, Any]) -> dict[str, Any]:
    kinds = {
        "text": cel.Type.STRING,
        "number": cel.Type.INT,
        "decimal": cel.Type.DOUBLE,
        "truth": cel.Type.BOOL,
        "texts": cel.Type.List(cel.Type.STRING),
    }
    return {prefix + name: kinds[variable.kind] for name, variable in variables.items()}
