"""What would mend a finding: for each edit the changes that a coder may choose from, never a decision.

A proposer looks at one hit of its edit and yields fixes; `claims.intake.correct` carries the chosen one out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from claims.edits.rules.modifiers import TEST, X_MODIFIERS, is_visit
from claims.edits.rules.procedures import PREVENTIVE, PREVENTIVE_AGES
from claims.edits.subject import PREDICATES, Hit, Subject
from claims.model import ClaimLine

MOST = 25
"""Proposals for one hit: more than that nobody reads."""

DISTINCT = ("59", "XE", "XS", "XP", "XU")


@dataclass(frozen=True, slots=True)
class Fix:
    """One change: ``sets`` are fields as `cleanclaim claims edit --set` takes them."""

    kind: str
    title: str
    sets: dict[str, str]


Proposer = Callable[[Subject, Hit], Iterator[Fix]]
_PROPOSERS: dict[str, Proposer] = {}


def fixes(subject: Subject, edit: str) -> list[Fix]:
    """Every proposal for the findings of ``edit``, each once; empty where a person must think."""
    proposer = _PROPOSERS.get(edit)
    if proposer is None:
        return []
    found: dict[tuple[tuple[str, str], ...], Fix] = {}
    for hit in PREDICATES[edit](subject):
        for fix in islice(proposer(subject, hit), MOST):
            found.setdefault(tuple(sorted(fix.sets.items())), fix)
    return list(found.values())


def proposes(*edits: str) -> Callable[[Proposer], Proposer]:
    def register(proposer: Proposer) -> Proposer:
        _PROPOSERS.update(dict.fromkeys(edits, proposer))
        return proposer

    return register


def _line(subject: Subject, hit: Hit) -> ClaimLine:
    return next(line for line in subject.lines if line.number == hit.line)


def _modifiers(line: ClaimLine, modifiers: Sequence[str], title: str) -> Fix:
    return Fix("modifier", title, {f"line.{line.number}.modifiers": " ".join(modifiers)})


def _with(line: ClaimLine, modifier: str) -> Fix:
    return _modifiers(line, [*line.modifiers, modifier], f"Add modifier {modifier} to line {line.number}")


def _without(line: ClaimLine, *off: str) -> Fix:
    kept = [modifier for modifier in line.modifiers if modifier not in off]
    return _modifiers(line, kept, f"Take {' and '.join(off)} off line {line.number}")


def _instead(line: ClaimLine, old: str, new: str) -> Fix:
    kept = [new if modifier == old else modifier for modifier in line.modifiers]
    return _modifiers(line, kept, f"Put {new} in the place of {old} on line {line.number}")


def _drop(line: ClaimLine) -> Fix:
    title = f"Take line {line.number} off the claim"
    return Fix("drop", title, {f"line.{line.number}": ""})


def _replace(position: int, code: str, title: str = "") -> Fix:
    words = f"Replace diagnosis {position} by {code}" + (f", {title}" if title else "")
    return Fix("replace", words, {f"diagnosis.{position}": code})


def _positions(subject: Subject, code: str) -> Iterator[int]:
    return (diagnosis.position for diagnosis in subject.diagnoses if diagnosis.code == code)


def _billable_below(subject: Subject, prefix: str) -> Iterator[tuple[str, str]]:
    """The short ones first: they are the common ones, and the list may be cut."""
    below = subject.codes.below("icd10cm", prefix, subject.claim.from_date)
    for row in sorted(below, key=lambda row: (len(row.code), row.code)):
        if row.more["billable"] == "1":
            yield row.code, row.more.get("title", "")


@proposes("diagnosis.not_specific")
def _more_specific(subject: Subject, hit: Hit) -> Iterator[Fix]:
    for position in _positions(subject, hit.words):
        for code, title in _billable_below(subject, hit.words):
            yield _replace(position, code, title)


@proposes("diagnosis.not_in_force", "diagnosis.invalid")
def _in_force(subject: Subject, hit: Hit) -> Iterator[Fix]:
    """The nearest relatives that are in force: below the code, else below what is one character shorter."""
    for position in _positions(subject, hit.words):
        for length in range(len(hit.words), 2, -1):
            found = list(_billable_below(subject, hit.words[:length]))
            if found:
                yield from (_replace(position, code, title) for code, title in found)
                break


@proposes("diagnosis.seventh_character")
def _seventh(subject: Subject, hit: Hit) -> Iterator[Fix]:
    """Those that the tables have; without tables the three that nearly all injuries take."""
    for position in _positions(subject, hit.words):
        found = list(_billable_below(subject, hit.words))
        filled = hit.words.ljust(6, "X")
        yield from (_replace(position, *each) for each in found or [(filled + c, "") for c in "ADS"])


@proposes("diagnosis.duplicate")
def _listed_once(subject: Subject, hit: Hit) -> Iterator[Fix]:
    for position in list(_positions(subject, hit.words))[1:]:
        yield Fix("drop", f"Take diagnosis {position} off the claim", {f"diagnosis.{position}": ""})


@proposes("diagnosis.external_cause_first", "diagnosis.manifestation_first")
def _another_first(subject: Subject, _hit: Hit) -> Iterator[Fix]:
    """Each other diagnosis may change places with the first; the lines' pointers go with it."""
    codes = [diagnosis.code for diagnosis in subject.diagnoses]
    for position, code in enumerate(codes[1:], 2):
        if code[0] not in "VWXY":
            sets = {"diagnosis.1": code, f"diagnosis.{position}": codes[0]}
            yield Fix("reorder", f"Put {code} first", sets | _pointers_swapped(subject, position))


def _pointers_swapped(subject: Subject, position: int) -> dict[str, str]:
    swap = {1: position, position: 1}
    return {
        f"line.{line.number}.pointers": " ".join(str(swap.get(p, p)) for p in line.pointers)
        for line in subject.lines
        if not {1, position}.isdisjoint(line.pointers)
    }


@proposes("pointer.missing", "pointer.dangling", "pointer.duplicate", "pointer.count")
def _pointed(subject: Subject, hit: Hit) -> Iterator[Fix]:
    line = _line(subject, hit)
    there = [p for p in dict.fromkeys(line.pointers) if 1 <= p <= len(subject.diagnoses)][:4]
    choices = [there] if there else [[diagnosis.position] for diagnosis in subject.diagnoses]
    for pointers in choices:
        told = " ".join(map(str, pointers))
        yield Fix("pointer", f"Point line {line.number} at {told}", {f"line.{line.number}.pointers": told})


@proposes("bundling.pair")
def _apart(subject: Subject, hit: Hit) -> Iterator[Fix]:
    """Modifiers only where the edit admits one; which is true, the record says."""
    line = _line(subject, hit)
    if "no modifier" not in hit.words:
        visits = [each for each in subject.lines if is_visit(each) and "25" not in each.modifiers]
        yield from (_with(visit, "25") for visit in visits)
        if not is_visit(line):
            yield from (_with(line, modifier) for modifier in DISTINCT)
    yield _drop(line)


@proposes("bundling.units")
def _fewer(subject: Subject, hit: Hit) -> Iterator[Fix]:
    most = hit.words.rpartition(" ")[2]
    title = f"Bill {most} units on line {hit.line}"
    if most.isdecimal() and int(most) > 0:
        yield Fix("units", title, {f"line.{hit.line}.units": most})


@proposes("bundling.add_on")
def _off(subject: Subject, hit: Hit) -> Iterator[Fix]:
    yield _drop(_line(subject, hit))


@proposes("line.duplicate")
def _repeated(subject: Subject, hit: Hit) -> Iterator[Fix]:
    line = _line(subject, hit)
    yield _drop(line)
    repeats = ("91",) if TEST.fullmatch(line.procedure_code or "") else ("76", "77", "59")
    yield from (_with(line, modifier) for modifier in repeats)


@proposes("procedure.visit_twice")
def _second_visit(subject: Subject, hit: Hit) -> Iterator[Fix]:
    yield _drop(_line(subject, hit))
    yield _with(_line(subject, hit), "25")


@proposes("procedure.preventive_age")
def _preventive(subject: Subject, hit: Hit) -> Iterator[Fix]:
    line = _line(subject, hit)
    age, code = subject.age_on(line.from_date), line.procedure_code or ""
    for digit, (youngest, oldest) in PREVENTIVE_AGES.items():
        if age is not None and youngest <= age <= oldest and PREVENTIVE.fullmatch(code):
            right = code[:4] + digit
            yield Fix(
                "replace",
                f"Bill {right} on line {line.number}",
                {f"line.{line.number}.procedure_code": right},
            )


@proposes("modifier.25_without_visit")
def _no_visit(subject: Subject, hit: Hit) -> Iterator[Fix]:
    line = _line(subject, hit)
    wrong = next(modifier for modifier in line.modifiers if modifier in ("24", "25", "57"))
    yield _without(line, wrong)
    yield _instead(line, wrong, "59")


@proposes("modifier.59_on_visit")
def _is_visit(subject: Subject, hit: Hit) -> Iterator[Fix]:
    line = _line(subject, hit)
    for wrong in [modifier for modifier in line.modifiers if modifier == "59" or modifier in X_MODIFIERS]:
        yield _instead(line, wrong, "25")
        yield _without(line, wrong)


@proposes("modifier.59_with_x", "modifier.59_alone", "modifier.25_alone")
def _too_much(subject: Subject, hit: Hit) -> Iterator[Fix]:
    line = _line(subject, hit)
    yield from (_without(line, each) for each in ("59", *sorted(X_MODIFIERS), "25") if each in line.modifiers)


@proposes("modifier.duplicate", "modifier.count")
def _once(subject: Subject, hit: Hit) -> Iterator[Fix]:
    for line in subject.lines:
        once = list(dict.fromkeys(line.modifiers))[:4]
        if once != line.modifiers and hit.line in (None, line.number):
            yield _modifiers(line, once, f"Keep {' '.join(once)} on line {line.number}")


@proposes("modifier.sides")
def _one_side(subject: Subject, hit: Hit) -> Iterator[Fix]:
    line = _line(subject, hit)
    rest = [modifier for modifier in line.modifiers if modifier not in ("LT", "RT", "50")]
    for side in ("RT", "LT", "50"):
        yield _modifiers(line, [*rest, side], f"Keep {side} on line {line.number}")


@proposes("modifier.side_missing")
def _side(subject: Subject, hit: Hit) -> Iterator[Fix]:
    yield from (_with(_line(subject, hit), side) for side in ("RT", "LT", "50"))


@proposes("schedule.both_sides", "schedule.assistant", "schedule.two_surgeons", "schedule.team")
def _unpaid_modifier(subject: Subject, hit: Hit) -> Iterator[Fix]:
    yield _without(_line(subject, hit), hit.words.rpartition(" ")[2])
    yield _drop(_line(subject, hit))


@proposes("modifier.50_units")
def _one_unit(subject: Subject, hit: Hit) -> Iterator[Fix]:
    yield Fix("units", f"Bill one unit on line {hit.line}", {f"line.{hit.line}.units": "1"})


@proposes("modifier.components", "modifier.component_of_visit", "schedule.parts")
def _components(subject: Subject, hit: Hit) -> Iterator[Fix]:
    line = _line(subject, hit)
    parts = [part for part in ("26", "TC") if part in line.modifiers]
    yield _without(line, *parts)
    if len(parts) > 1:
        yield from (_without(line, part) for part in parts)


@proposes("modifier.26_missing")
def _professional(subject: Subject, hit: Hit) -> Iterator[Fix]:
    yield _with(_line(subject, hit), "26")


@proposes("modifier.repeat_of_test")
def _test_again(subject: Subject, hit: Hit) -> Iterator[Fix]:
    line = _line(subject, hit)
    yield from (_instead(line, old, "91") for old in ("76", "77") if old in line.modifiers)


@proposes("procedure.waived_modifier")
def _waived(subject: Subject, hit: Hit) -> Iterator[Fix]:
    yield _with(_line(subject, hit), "QW")
