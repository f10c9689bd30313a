"""The pattern monitor: whose coding stands out, upwards, from the practice's and from a benchmark.

A share stands out when all of this holds:
* there are at least ``pattern_least`` services of theirs, and as many of the others (or a benchmark);
* an exact one-sided test, Fisher's against the others or a binomial one against the benchmark, is among
  those to believe at the chosen rate of false discoveries, over all comparisons of the run;
* it is also large: five points and a fifth above what it is compared with. Many services make any trifle
  significant, and a trifle is nothing to audit.
Only upwards is looked at: what is coded high is paid high. It is a reason to look, and proves nothing.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from claims import events
from claims.bundle import load_bundles
from claims.codes import Codes
from claims.coding import audits
from claims.coding.benchmarks import LEVEL, Benchmarks, in_force
from claims.coding.coders import coders
from claims.coding.exact import believable, binomial_tail, fisher_tail, interval
from claims.coding.families import LEVELS
from claims.coding.measures import HIGH, Count, Counts, Measure, Person, count
from claims.coding.picture import as_text
from claims.events import Act, Story
from claims.model import Claim, CodingAudit
from claims.model.among import among
from config.settings import Coding

POINTS, TIMES = 0.05, 1.2
CLAIMS_EACH = 3
QUIET = timedelta(days=28)
"""How long the same pattern of the same person is not drawn for again."""

Picture = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One person's share beside one other: ``against`` others or benchmark; ``chance`` of so many by luck."""

    measure: Measure
    person: Person
    count: Count
    against: str
    share: float
    chance: float

    @property
    def large(self) -> bool:
        return self.count.share >= self.share + POINTS and self.count.share >= self.share * TIMES


@dataclass(frozen=True, slots=True)
class Pattern:
    """A measure of one person, with every comparison; ``outlier`` says that it stands out."""

    measure: Measure
    person: Person
    count: Count
    comparisons: tuple[Comparison, ...]
    outlier: bool


def patterns(
    session: Session, day: date, rules: Coding, codes: Codes, benchmarks: Benchmarks | None = None
) -> list[Pattern]:
    """Every measure of everybody with enough services, those that stand out in front."""
    table = in_force(session) if benchmarks is None else benchmarks
    counts = count(session, day - timedelta(days=rules.pattern_days), day, codes)
    compared = list(_comparisons(counts, table, rules.pattern_least))
    trusted = believable([each.chance for each in compared], rules.false_discoveries)
    standing_out = {
        (each.measure, each.person)
        for each, believed in zip(compared, trusted, strict=True)
        if believed and each.large
    }
    found = [
        Pattern(
            measure,
            person,
            counted,
            tuple(each for each in compared if (each.measure, each.person) == (measure, person)),
            (measure, person) in standing_out,
        )
        for measure, people in counts.items()
        for person, counted in people.items()
        if counted.services >= rules.pattern_least
    ]
    return sorted(found, key=lambda each: (not each.outlier, str(each.measure), str(each.person)))


def _comparisons(counts: Counts, table: Benchmarks, least: int) -> Iterator[Comparison]:
    for measure, people in counts.items():
        for person, theirs in people.items():
            if theirs.services < least:
                continue
            peers = [each for other, each in people.items() if other.role == person.role and other != person]
            services, hits = sum(p.services for p in peers), sum(p.hits for p in peers)
            if services >= least:
                chance = fisher_tail(
                    theirs.hits, theirs.services, theirs.hits + hits, theirs.services + services
                )
                yield Comparison(measure, person, theirs, "others", hits / services, chance)
            share = benchmark_share(table, measure, person)
            if share is not None:
                chance = binomial_tail(theirs.hits, theirs.services, share)
                yield Comparison(measure, person, theirs, "benchmark", share, chance)


def benchmark_share(table: Benchmarks, measure: Measure, person: Person) -> float | None:
    """The benchmark's share of hits; for levels the sum of the two highest."""
    if measure.kind != LEVEL:
        return table.share(measure.kind, specialty=person.specialty)
    high = [table.share(LEVEL, code, person.specialty) for code in LEVELS[measure.visits][-HIGH:]]
    known = [share for share in high if share is not None]
    return sum(known) if known else None


def picture(
    pattern: Pattern, peers: Sequence[Pattern], table: Benchmarks, first: date, last: date
) -> Picture:
    """The figures of a pattern as an audit keeps them: no patient, no claim."""
    mine = (pattern.measure, pattern.person.role)
    others = [p.count for p in peers if (p.measure, p.person.role) == mine and p.person != pattern.person]
    low, high = interval(pattern.count.hits, pattern.count.services)
    return {
        "measure": str(pattern.measure),
        "person": str(pattern.person),
        "first": first.isoformat(),
        "last": last.isoformat(),
        "services": pattern.count.services,
        "hits": pattern.count.hits,
        "interval": [low, high],
        "comparisons": [
            {"against": each.against, "share": each.share, "chance": each.chance}
            for each in pattern.comparisons
        ],
        "bars": list(_bars(pattern, others, table)),
    }


def _bars(pattern: Pattern, others: Sequence[Count], table: Benchmarks) -> Iterator[Picture]:
    """One group of bars for each level of a visit, else one for the share itself."""
    measure, theirs = pattern.measure, pattern.count
    if measure.kind != LEVEL:
        shares = {each.against: each.share for each in pattern.comparisons}
        yield {"label": str(measure), "theirs": theirs.share, **shares}
        return
    services = sum(each.services for each in others)
    for code in LEVELS[measure.visits]:
        bar = {"label": code, "theirs": theirs.codes[code] / theirs.services}
        if services:
            bar["others"] = sum(each.codes[code] for each in others) / services
        share = table.share(LEVEL, code, pattern.person.specialty)
        yield bar if share is None else bar | {"benchmark": share}


def watch(session: Session, act: Act, day: date, rules: Coding, codes: Codes) -> list[CodingAudit]:
    """Draw claims of every new outlier for an audit, with its picture. The second time nothing is new."""
    table = in_force(session)
    found = patterns(session, day, rules, codes, table)
    drawn = []
    for pattern in (each for each in found if each.outlier):
        shown = picture(pattern, found, table, day - timedelta(days=rules.pattern_days), day)
        if not _told_lately(session, shown, day):
            drawn += _draw(session, act, day, pattern, shown)
    return drawn


def _told_lately(session: Session, shown: Picture, day: date) -> bool:
    query = select(CodingAudit).where(
        CodingAudit.chosen_for == shown["measure"], col(CodingAudit.drawn_on) > day - QUIET
    )
    return any(audit.picture.get("person") == shown["person"] for audit in session.exec(query))


def _draw(session: Session, act: Act, day: date, pattern: Pattern, shown: Picture) -> list[CodingAudit]:
    audited = set(session.exec(select(CodingAudit.claim_id)))
    there = sorted(pattern.count.claims - audited)
    seed = events.keyring(session).fingerprint(f"{day} {shown['person']} {shown['measure']}".encode())[:16]
    chosen = random.Random(seed).sample(there, min(CLAIMS_EACH, len(there)))
    facts = {name: shown[name] for name in ("measure", "person", "services", "hits")}
    story = Story("a pattern of coding stood out", {**facts, "seed": seed, "drawn": sorted(chosen)})
    events.note(session, act, "coding_pattern_told", story)
    who = coders(session, session.exec(select(Claim).where(among(col(Claim.id), chosen))).all())
    return [
        audits.open_audit(
            session, act, day, bundle, who[bundle.claim.id], shown["measure"], shown, as_text(shown)
        )
        for bundle in load_bundles(session, chosen)
    ]
