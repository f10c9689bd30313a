"""The kinds of questions to clinicians, and what a compliant question must not say."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from claims.errors import BadInput, NotFound

OTHER, UNDETERMINED = "other", "cannot be determined"
WAYS_OUT = (OTHER, UNDETERMINED)
"""Every choice question has them: a clinician is never made to pick from the coder's list."""

YES_NO = ("yes", "no")
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question; ``findings`` are the edits that offer it."""

    id: str
    title: str
    form: str
    prompt: str
    choices: tuple[str, ...]
    findings: tuple[str, ...]

    def offered(self, choices: Sequence[str] = ()) -> tuple[str, ...]:
        """What the clinician may choose from, with the ways out; empty for an open question.

        Raises BadInput where a choice question has fewer than two choices, or another kind has any.
        """
        if self.form != "choice" and choices:
            raise BadInput(f"A {self.id} query has no choices of its own.", tip="Leave --choice out.")
        if self.form == "open":
            return ()
        own = YES_NO if self.form == "yes_no" else tuple(choices) or self.choices
        if len(set(own) - {*WAYS_OUT}) < 2:
            raise BadInput("One choice is a leading question.", tip="Offer two or more with --choice.")
        return (*(each for each in dict.fromkeys(own) if each not in WAYS_OUT), *WAYS_OUT)


@cache
def kinds() -> dict[str, Kind]:
    tables = tomllib.loads(files("claims.coding").joinpath("kinds.toml").read_text("utf-8"))
    return {
        id: Kind(id, t["title"], t["form"], t["prompt"], tuple(t.get("choices", ())), tuple(t["for"]))
        for id, t in tables.items()
    }


def kind(id: str) -> Kind:
    """The kind of that name; raises NotFound."""
    if id not in kinds():
        raise NotFound(f"No kind of query {id!r}.", tip=f"They are {', '.join(kinds())}.")
    return kinds()[id]


def kinds_for(edit: str) -> list[Kind]:
    """The kinds that a finding of ``edit`` offers."""
    return [each for each in kinds().values() if edit in each.findings]


_NO_PART_OF_A_QUESTION = (
    (
        re.compile(
            r"\b(reimburs\w*|payment|pays?|paid|revenue|denial|denied|drg|rvus?|hcc|raf|profit\w*)\b", re.I
        ),
        "speaks of payment or scores",
    ),
    (
        re.compile(
            r"\b(please (document|add|code|write|state that)\b(?! (whether|if|which|what|how|the))"
            r"|(do|would|don't|wouldn't) you (not )?agree|can you (document|add|confirm)\b"
            r"|should be (coded|documented) as|would you (document|add)|so (that )?we can (code|bill))",
            re.I,
        ),
        "leads to an answer",
    ),
)


def check_wording(text: str) -> None:
    """Refuse a question that leads, or tells what an answer would earn; raises BadInput without its words."""
    if not text.strip() or len(text) > LONGEST:
        raise BadInput(f"A query has 1 to {LONGEST} characters.", tip="State the clinical facts and ask.")
    for pattern, does in _NO_PART_OF_A_QUESTION:
        if pattern.search(text):
            raise BadInput(
                f"The question {does}.",
                tip="State the facts of this visit and ask openly; see `cleanclaim queries kinds`.",
            )
