"""Asking in batch: what a payer answers later is kept as a batch, sent as claims are, and awaited.

Its answer comes with the mailbox (`tasks.responses`). Every function may run again: what is awaited is not
asked twice, and a batch that did not go, or may have gone, is settled by `tasks.send`.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Generic, TypeVar

from sqlmodel import Session, col, select

from claims import batch_questions, eligibility_batch, inquiry, lifecycle, submission
from claims.batch_questions import CLAIMS, VISITS, Ask, Asked, Write
from claims.bundle import load_bundles
from claims.database import reading, transaction
from claims.eligibility import Asking
from claims.eligibility_batch import About
from claims.events import Act
from claims.inquiry import ANSWERS
from claims.lifecycle import Change
from claims.model import Batch, Claim, Provider, Stage
from claims.model.among import among
from claims.portions import in_portions
from claims.x12.interchange import Outgoing
from tasks.due import due_claims
from tasks.eligibility import NAME
from tasks.report import Report
from tasks.runtime import Runtime
from tasks.send import send_batch
from tasks.step import describe, record_failure

Item = TypeVar("Item")
Then = Callable[[Session, Act, Batch, Sequence[Item]], Sequence[Change]]
"""What follows, in the transaction that keeps a batch, for those who were asked about."""


@dataclass(slots=True)
class Kept(Generic[Item]):
    """How many were asked about in how many batches, and who could not be, each with why."""

    asked: int = 0
    batches: int = 0
    unsound: list[tuple[Item, Exception]] = field(default_factory=list)

    def report(self, payer_id: str) -> Report:
        reasons = dict.fromkeys(describe(error) for _, error in self.unsound)
        wrong = [f"{payer_id} was not asked about some ({why}); Retry asks again" for why in reasons]
        files = "batch that is" if self.batches == 1 else "batches that are"
        done = f"{self.asked} for {payer_id} in {self.batches} {files} answered later" if self.batches else ""
        return Report(done, wrong)


def per_file(rt: Runtime, payer_id: str, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """As many questions at a time as the payer takes in one file."""
    return in_portions(items, rt.profile(payer_id).questions.per_file)


def keep(
    rt: Runtime,
    payer_id: str,
    kind: str,
    files: Iterable[Sequence[Item]],
    write: Write[Item],
    asked: Callable[[Item], Sequence[Asked]],
    run_id: str | None,
    then: Then[Item] | None = None,
) -> Kept[Item]:
    """Keep the questions of each file, no more than one file in memory; they go with `send_questions`."""
    kept = Kept[Item]()
    name = rt.profile(payer_id).asked_through or ""
    envelope = inquiry.envelope_to(rt.connector_settings(name), rt.settings.submitter)
    ask = Ask(payer_id, name, kind, envelope, write, asked)
    for items in filter(None, files):
        act = rt.act(run_id)
        sound, unsound = batch_questions.sift(ask, items, act)
        kept.unsound += unsound
        if sound:
            with transaction(rt.engine) as session:
                day = act.at.day(rt.settings.zone_info)
                batch = batch_questions.store(session, act, ask, sound, day)
                lifecycle.apply(session, then(session, act, batch, sound) if then else [], act)
            kept.asked, kept.batches = kept.asked + len(sound), kept.batches + 1
    return kept


async def send_questions(rt: Runtime, run_id: str | None) -> Report:
    """Send every batch of questions that has no receipt yet; one that may have arrived is asked for first."""
    with reading(rt.engine) as session:
        waiting = [batch.id for batch in submission.unsent(session) if batch.kind in ANSWERS]
    problems = []
    for batch_id in waiting:
        sent = await send_batch(rt, batch_id, run_id)
        if sent.failed:
            problems.append(f"batch {batch_id}: {sent.message}")
    return Report("", problems)


def keep_visits(
    rt: Runtime, payer_id: str, askings: Sequence[Asking], practice: Provider | None, run_id: str | None
) -> Kept[Asking]:
    """Questions about planned visits; what is awaited already is left out."""
    now = rt.clock.now().business
    with reading(rt.engine) as session:
        awaited = batch_questions.awaited(session, VISITS, now)
    fresh = [asking for asking in askings if asking.trace.upper() not in awaited]

    def write(reference: str, some: Sequence[Asking]) -> Outgoing:
        return eligibility_batch.questions(reference, some, rt.profile(payer_id), now, practice)

    def asked(asking: Asking) -> list[Asked]:
        return eligibility_batch.asked(VISITS, asking)

    return keep(rt, payer_id, "270", per_file(rt, payer_id, fresh), write, asked, run_id)


def keep_claims(
    rt: Runtime, payer_id: str, claim_ids: Sequence[str], purpose: str, run_id: str | None
) -> Kept[About]:
    """Questions about the coverage of claims, each coverage and day once; the claims wait for the answer."""
    now, profile = rt.clock.now().business, rt.profile(payer_id)
    with reading(rt.engine) as session:
        awaited = batch_questions.awaited(session, purpose, now)
        together = per_file(rt, payer_id, eligibility_batch.together(session, claim_ids))

    def files() -> Iterator[list[About]]:
        for groups in together:
            with reading(rt.engine) as session:
                abouts = eligibility_batch.by_coverage(load_bundles(session, list(chain(*groups))))
            yield [about for about in abouts if about.asking.trace.upper() not in awaited]

    def write(reference: str, some: Sequence[About]) -> Outgoing:
        return eligibility_batch.questions(reference, [each.asking for each in some], profile, now)

    def asked(about: About) -> list[Asked]:
        return eligibility_batch.asked(purpose, about.asking, about.claim_ids)

    def then(session: Session, act: Act, batch: Batch, some: Sequence[About]) -> list[Change]:
        ids = [claim_id for each in some for claim_id in each.claim_ids]
        claims = session.exec(select(Claim).where(among(col(Claim.id), ids))).all()
        return eligibility_batch.sent_off(act, claims, batch, profile)

    return keep(rt, payer_id, "270", files(), write, asked, run_id, then)


async def ask_for_claims(rt: Runtime, payer: str | None, run_id: str | None) -> None:
    """Keep the questions of all claims that wait for one to a payer that answers later.

    A claim whose question is unsound has failed, with its cause; the second time only those are tried.
    """
    due = await asyncio.to_thread(due_claims, rt, (Stage.ELIGIBILITY,), payer)
    by_payer: dict[str, list[str]] = {}
    for claim in due:
        profile = rt.payers.get(claim.payer_id or "")
        if profile and profile.asked_through and profile.questions.claims == "batch":
            by_payer.setdefault(profile.id, []).append(claim.claim_id)
    for payer_id, claim_ids in by_payer.items():
        kept = await asyncio.to_thread(keep_claims, rt, payer_id, claim_ids, CLAIMS, run_id)
        for about, error in kept.unsound:
            for claim_id in about.claim_ids:
                await asyncio.to_thread(record_failure, rt, NAME, claim_id, run_id, error)
