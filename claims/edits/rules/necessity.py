"""Whether the diagnosis supports the service: the operator's own coverage pairs, and Medicare's articles.

An article's groups of codes hang together by prose that no table has: what it seems to say is a warning. The
operator's own pairs are meant as rules.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from claims.codes import CodeRow, Codes
from claims.edits.subject import Hit, Subject, edit
from claims.model import ClaimLine

OWN, ARTICLES, ARTICLE, ARTICLE_DIAGNOSES = (
    "coverage_own", "coverage", "coverage_article", "coverage_diagnosis",
)  # fmt: skip


def _pointed(subject: Subject, line: ClaimLine) -> set[str]:
    """The diagnoses that the line points at; an institutional line has no pointers and stands on all."""
    pointers = line.pointers if subject.professional else ()
    return {d.code for d in subject.diagnoses if not pointers or d.position in pointers}


@lru_cache(maxsize=4096)
def _own_pairs(codes: Codes, procedure: str, day: date) -> tuple[CodeRow, ...]:
    return tuple(codes.below(OWN, f"{procedure} ", day))


@edit("necessity.excluded", on="own coverage")
def not_covered_here(subject: Subject) -> Iterator[Hit]:
    """A pair that is not covered, or a list of covered ones without any of the line's diagnoses."""
    payer = subject.coverage.payer_id if subject.coverage else ""
    for line in subject.lines:
        rows = _own_pairs(subject.codes, line.procedure_code or "", line.from_date)
        said = [row for row in rows if row.more["payer"] in ("", payer)]
        covered = [row.code.partition(" ")[2] for row in said if row.more["covered"] == "1"]
        refused = {row.code.partition(" ")[2] for row in said if row.more["covered"] == "0"}
        pointed = _pointed(subject, line)
        if any(code.startswith(tuple(covered)) for code in pointed):
            continue
        if covered or (pointed and pointed <= refused):
            yield Hit(f"{line.procedure_code} for {' '.join(sorted(pointed))}", line.number)


@edit("necessity.not_covered", on="articles")
def no_article_names_it(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        articles = _articles(subject, line)
        pairs = [f"{article} {code}" for article in articles for code in _pointed(subject, line)]
        rows = subject.codes.many(ARTICLE_DIAGNOSES, pairs, line.from_date).values() if pairs else ()
        if pairs and not any(row.more["covered"] == "1" for row in rows):
            yield Hit(f"{line.procedure_code}, {' '.join(articles)}", line.number)


def _articles(subject: Subject, line: ClaimLine) -> list[str]:
    """The articles in force in the practice's state that name the procedure and list covered diagnoses."""
    codes, day = subject.codes, line.from_date
    row = codes.on(ARTICLES, line.procedure_code or "", day)
    billing = subject.bundle.billing
    state = (billing.state or "") if billing else ""
    found = []
    for article in row.more["articles"].split() if row else ():
        told = codes.on(ARTICLE, article, day)
        states, retired = (told.more["states"].split(), told.more["retired"]) if told else ([], "")
        if (
            told
            and state in states
            and not (retired and retired <= day.isoformat())
            and _lists(codes, article)
        ):
            found.append(article)
    return found


@lru_cache(maxsize=4096)
def _lists(codes: Codes, article: str) -> bool:
    """Whether the article lists covered diagnoses at all."""
    return any(r.more["covered"] == "1" for r in codes.below(ARTICLE_DIAGNOSES, f"{article} ", date.max))
