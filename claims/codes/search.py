"""From words to codes: a search over titles and inclusion terms, and suggestions from a visit's text.

Both only propose. What a note denies, and what somebody else had, is no diagnosis and is not proposed.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from claims.codes.files import MARKS, SetFile
from claims.codes.lookup import Codes
from claims.codes.sets import KINDS
from claims.codes.tables import CodeRow, CodeSet

SEARCHED = tuple(name for name, kind in KINDS.items() if {"title", "words"}.intersection(kind.columns))
"""The sets whose rows have words."""

DIAGNOSES = "icd10cm"
_WORD = re.compile(r"[a-z0-9]+(?:'s)?", re.ASCII)
_CODE = re.compile(r"[A-Za-z]\d[0-9A-Za-z](?:\.?[0-9A-Za-z]{0,4})", re.ASCII)
_PHRASES = re.compile(r"[\n;,.:!?()]+|\b(?:and|but|also|plus)\b", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:no|not|den(?:y|ies|ied)|without|negative for|ruled? out|r/o|family history|fhx|mother|father)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\([^)]*\)")  # the list puts words that make no difference in parentheses
_EMPTY = frozenset((
    "a", "an", "at", "be", "been", "by", "day", "days", "due", "for", "from", "had", "has", "have", "he",
    "her", "his", "in", "is", "it", "its", "of", "old", "on", "or", "patient", "pt", "s", "she", "since",
    "that", "the", "their", "there", "this", "to", "today", "visit", "was", "week", "weeks", "who", "with",
    "year", "yo",
))  # fmt: skip
_VAGUE = frozenset(("encounter", "initial", "nos", "other", "specified", "unspecified", "without", "not"))
_TRIED = 200
_MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class Found:
    """A code that words led to. ``specificity`` says whether it can be billed, or what it lacks."""

    set: str
    code: str
    title: str
    specificity: str
    start: date | None
    end: date | None
    words: tuple[str, ...]
    term: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Candidates for one phrase of a text, best first; a person decides."""

    phrase: str
    candidates: tuple[Found, ...]

    def as_json(self) -> dict[str, Any]:
        return {"phrase": self.phrase, "candidates": [each.as_json() for each in self.candidates]}


def search(
    codes: Codes, words: str, day: date, sets: Sequence[str] = SEARCHED, limit: int = 20
) -> list[Found]:
    """The codes in force on ``day`` that have all these words in title or terms, else some of them.

    A code instead of words finds itself.
    """
    asked = _asked(words)
    exact = [each for name in sets for each in _by_code(codes, name, words, day)]
    found = [each for name in sets for each in _in_set(codes, name, asked, day, all_words=True)]
    if not exact and not found:
        found = [each for name in sets for each in _in_set(codes, name, asked, day, all_words=False)]
    ranked = sorted(found, key=lambda each: _fit(each, asked))
    return [*exact, *(each for each in ranked if each not in exact)][:limit]


def suggest(codes: Codes, text: str, day: date, limit: int = 5) -> list[Suggestion]:
    """ICD-10-CM candidates for each phrase of a note or problem list, with the words that led there."""
    made = []
    for phrase in dict.fromkeys(part.strip() for part in _PHRASES.split(text)):
        asked = _asked(phrase)
        if not _VAGUE.issuperset(asked) and not _DENIED.search(phrase):
            tried = _in_set(codes, DIAGNOSES, asked, day, all_words=False)
            good = [each for each in tried if 2 * len(each.words) >= len(asked)]
            good.sort(key=lambda each: _fit(each, asked))
            if good:
                made.append(Suggestion(phrase, tuple(good[:limit])))
    return made


def specificity(row: CodeRow) -> str:
    """In few words: billable, unspecified, or what a heading lacks."""
    more = row.more
    if more.get("billable", "1") == "0":
        seventh = more.get("seventh", "")
        needs = (
            f"a 7th character ({', '.join(seventh)})" if seventh and len(row.code) >= 4 else "more characters"
        )
        return f"heading: needs {needs}"
    vague = "unspecified" in more.get("flags", "").split() or "unspecified" in more.get("title", "").lower()
    return "billable, unspecified" if vague else "billable" if "billable" in more else ""


def _asked(text: str) -> list[str]:
    """The words that count, short forms written out."""
    words = [word for each in _WORD.findall(text.lower()) for word in _long(each)]
    return list(dict.fromkeys(word for word in words if word not in _EMPTY))[:_MOST_WORDS]


def _long(word: str) -> list[str]:
    return _WORD.findall(_short_forms().get(word, word))


@cache
def _short_forms() -> dict[str, str]:
    text = files("claims.codes").joinpath("abbreviations.csv").read_text("utf-8")
    return {row["short"]: row["long"] for row in csv.DictReader(text.splitlines())}


def _by_code(codes: Codes, name: str, words: str, day: date) -> Iterable[Found]:
    code = words.strip().replace(".", "").upper()
    if " " in code or not code:
        return
    row = codes.on(name, code, day)
    if row is not None:
        yield _found(name, row, (words.strip(),))


def _in_set(codes: Codes, name: str, asked: list[str], day: date, *, all_words: bool) -> list[Found]:
    if not asked:
        return []
    file = codes.file(name)
    if file is None:
        return _in_seed(codes.shipped(name), name, asked, day, all_words=all_words)
    begun = [f'"{word}" *' if len(word) > 2 else f'"{word}"' for word in asked]
    query = (" AND " if all_words else " OR ").join(begun)
    return [_marked(file, *hit, asked) for hit in file.match(query, day.toordinal(), _TRIED)]


def _marked(file: SetFile, row: CodeRow, title: str, terms: str, asked: list[str]) -> Found:
    """What the index marked in title and terms are the words that led to the code."""
    marked = re.findall(f"{MARKS[0]}(.*?){MARKS[1]}", f"{title} {terms}".lower())
    led = tuple(word for word in asked if any(_alike(word, each) for each in marked))
    term = next((part for part in terms.split("; ") if MARKS[0] in part), "")
    return _found(file.kind.name, row, led, term.replace(MARKS[0], "").replace(MARKS[1], ""))


def _alike(word: str, other: str) -> bool:
    """The index takes words for the same that share their stem."""
    shared = min(len(word), len(other), max(4, len(word) - 3))
    return word[:shared] == other[:shared]


def _in_seed(shipped: CodeSet, name: str, asked: list[str], day: date, *, all_words: bool) -> list[Found]:
    found = []
    for row in (row for rows in shipped.rows.values() for row in rows if row.covers(day)):
        said = _WORD.findall((row.more.get("title") or row.more.get("words") or "").lower())
        led = tuple(word for word in asked if any(each.startswith(word) for each in said))
        if len(led) == len(asked) if all_words else led:
            found.append(_found(name, row, led))
    return found


def _found(name: str, row: CodeRow, led: tuple[str, ...], term: str = "") -> Found:
    title = row.more.get("title") or row.more.get("words") or ""
    return Found(name, row.code, title, specificity(row), row.start, row.end, led, term)


def _fit(each: Found, asked: list[str]) -> tuple[int, int, int, int]:
    """More of the words asked for first, then what can be billed, then what says least beyond them."""
    said = _WORD.findall(_ASIDE.sub(" ", (each.term or each.title).lower()))
    beyond = [word for word in said if word not in _EMPTY and word not in _VAGUE]
    strange = sum(not any(_alike(word, other) for word in asked) for other in beyond)
    return -len(each.words), each.specificity.startswith("heading"), strange, len(each.code)
