"""Conditions in CEL: checked against the claim's variables at the start, asked many at a time.

CEL has no loops without an end, no side effects and no way out: a condition can only look. One that fails
raises, which holds the claim. A claim is handed over once for all conditions that are for it, and they are
asked as one list: a tenth of the time of thirty single questions.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cel_expr_python import cel

from claims.edits.subject import Hit, Subject
from claims.edits.variables import LINE, VARIABLES, values_of

Values = dict[str, Any]
Places = list[int | None]
"""Where a condition holds: the numbers of lines, or None for the claim as a whole."""

_LOOP = re.compile(r"\blines\s*\.\s*(?:all|exists|exists_one|filter|map)\s*\(\s*([A-Za-z_]\w*)\s*,")
_MOST_WORDS = 200


class ConditionFailed(RuntimeError):
    """A condition could not be answered for a claim; the text says nothing of the claim."""


class WrongCondition(ValueError):
    """A condition cannot be compiled; the text says where and what is allowed."""


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """An operator's condition as a predicate. ``by_line`` asks it of each line in turn."""

    text: str
    by_line: bool = False

    def __call__(self, subject: Subject) -> Iterator[Hit]:
        return (Hit(line=line) for line in places(self, values_of(subject)))


def check(condition: Condition) -> None:
    """Raises WrongCondition for what CEL cannot read, an unknown name, or an answer that is no yes or no."""
    for variable in _LOOP.findall(condition.text):
        for name in re.findall(rf"\b{variable}\.([A-Za-z_]\w*)", condition.text):
            if name not in LINE:
                raise WrongCondition(f"a line has no {name}; it has {', '.join(LINE)}")
    try:
        compiled = _checking(condition.by_line).compile(condition.text)
    except RuntimeError as wrong:
        raise WrongCondition(_told(str(wrong), condition.by_line)) from wrong
    if compiled.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        raise WrongCondition(f"is no yes or no, but of the kind {compiled.return_type().name().lower()}")


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


def places(condition: Condition, values: Values) -> Places:
    """Where the condition holds. Raises ConditionFailed."""
    (found,) = _ask((condition,), values)
    return found


def all_places(conditions: Sequence[Condition], subject: Subject) -> list[Places] | None:
    """Where each condition holds, or None when one of them failed: then each is to be asked alone.

    Most claims meet none, so the first question is whether any holds at all.
    """
    together = tuple(conditions)
    values = values_of(subject, *_named(together))
    try:
        return _ask(together, values) if _any_holds(together, values) else [[] for _ in together]
    except ConditionFailed:
        return None


def _any_holds(conditions: tuple[Condition, ...], values: Values) -> bool:
    """False only where every condition has an answer, and none is yes: CEL's ``||`` keeps an error."""
    value = _disjunction(conditions).eval(_environment().Activation(values))
    return value.type() != cel.Type.BOOL or bool(value.value())


@lru_cache(maxsize=512)
def _disjunction(conditions: tuple[Condition, ...]) -> Any:
    of_claim = [f"({c.text}\n)" for c in conditions if not c.by_line]
    of_lines = [f"({c.text}\n)" for c in conditions if c.by_line]
    if of_lines:
        of_claim.append(f"lines.exists(line, {' || '.join(of_lines)})")
    return _environment().compile(" || ".join(of_claim))


def _ask(conditions: tuple[Condition, ...], values: Values) -> list[Places]:
    whole, lines = _together(conditions)
    activation = _environment().Activation(values)
    of_claim, of_lines = iter(_answer(whole, activation)), _answer(lines, activation)
    numbers = [line["number"] for line in values["lines"]]
    found: list[Places] = []
    place = 0
    for condition in conditions:
        if condition.by_line:
            found.append([n for n, row in zip(numbers, of_lines, strict=True) if row[place]])
            place += 1
        else:
            found.append([None] if next(of_claim) else [])
    return found


def _answer(program: Any, activation: Any) -> list[Any]:
    if program is None:
        return []
    try:
        value = program.eval(activation)
    except RuntimeError as broken:
        raise ConditionFailed("a condition gave up") from broken
    if value.type() == cel.Type.ERROR:
        raise ConditionFailed("a condition has no answer for this claim")
    answers: list[Any] = value.plain_value()
    if not all(
        isinstance(a, bool) or (isinstance(a, list) and all(isinstance(b, bool) for b in a)) for a in answers
    ):
        raise ConditionFailed("a condition's answer is no yes or no")
    return answers


@lru_cache(maxsize=512)
def _named(conditions: tuple[Condition, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The variables of the claim and of a line that the conditions speak of; the number of a line always."""
    text = " ".join(condition.text for condition in conditions)
    words = set(re.findall(r"\w+", text))
    return (
        tuple(name for name in VARIABLES if name in text),
        tuple(name for name in LINE if name in words or name == "number"),
    )


@lru_cache(maxsize=512)
def _together(conditions: tuple[Condition, ...]) -> tuple[Any, Any]:
    """Two programs: a list of the claim's conditions, and for each line a list of the lines' ones."""
    of_claim = [f"({c.text}\n)" for c in conditions if not c.by_line]
    of_lines = [f"({c.text}\n)" for c in conditions if c.by_line]
    compiled = _environment().compile
    return (
        compiled(f"[{', '.join(of_claim)}]") if of_claim else None,
        compiled(f"lines.map(line, [{', '.join(of_lines)}])") if of_lines else None,
    )


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
