"""Asking payers how their claims stand (276) and what follows from the answer (277).

Only accepted, undecided claims are asked after, each payer's at its own pace. An answer about the question
(E) or a search that fails (D0) says nothing of the claim; after a final one the 835 is waited for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from claims import work
from claims.bundle import Bundle
from claims.events import Act
from claims.filing import UNDECIDED
from claims.lifecycle import Change
from claims.model import Claim, Filing, Queue, Stage, StatusCheck, Submission
from claims.model.among import among
from claims.status_ways import Asked
from claims.usual import told
from claims.x12.status import Answer277
from config.payers import Cadence, PayerProfile

Payers = Mapping[str, PayerProfile]


@dataclass(frozen=True, slots=True)
class DueFiling:
    """No more of a filing than it takes to ask after it: there may be ten thousand of them."""

    id: str
    claim_id: str
    payer_id: str


def due(session: Session, now: datetime) -> list[DueFiling]:
    """Filings to ask after now: accepted, undecided, their hour come; by payer, the longest waiting first."""
    rows = session.exec(
        select(Filing.id, Filing.claim_id, Filing.payer_id)
        .where(
            Filing.submission == Submission.ACCEPTED,
            col(Filing.adjudication).in_(UNDECIDED),
            col(Filing.status_due_at) <= now,
        )
        .order_by(col(Filing.payer_id), col(Filing.status_due_at), col(Filing.id))
    )
    return [DueFiling(*row) for row in rows]


def apply_answer(
    session: Session,
    act: Act,
    filings: Sequence[Filing],
    parsed: Sequence[Answer277],
    exchange_id: str,
    payers: Payers,
) -> list[Change]:
    """What the 277 to one exchange means for each filing asked after; the second time it is no news.

    An answer above the claims (E0 at the receiver) is one to every question. A filing that the payer did
    not mention is asked after again at the next regular time.
    """
    ids = [filing.id for filing in filings]
    before = select(StatusCheck.filing_id).where(
        StatusCheck.exchange_id == exchange_id, among(col(StatusCheck.filing_id), ids)
    )
    known = set(session.exec(before))
    answers = answers_to(filings, parsed)
    claims = select(Claim).where(among(col(Claim.id), [filing.claim_id for filing in filings]))
    by_id = {claim.id: claim for claim in session.exec(claims)}
    changes: list[Change] = []
    for filing in (each for each in filings if each.id not in known):
        profile = payers.get(filing.payer_id)
        asked = Asked(session, act, by_id[filing.claim_id], filing, profile.cadence if profile else Cadence())
        answer = answers.get(filing.id)
        changes += asked.take(answer.statuses[0].codes[0] if answer else None, exchange_id)
        changes += asked.learn(answer) if answer else []
    return changes


def ask_again(session: Session, act: Act, subject: str) -> None:
    """What was wrong with the question is mended: those that stopped are asked after once more.

    ``subject`` is ``claim:…``, or ``payer:…`` for all of a payer's claims.
    """
    kind, _, id = subject.partition(":")
    column = Filing.claim_id if kind == "claim" else Filing.payer_id
    stopped = select(Filing).where(
        column == id,
        Filing.submission == Submission.ACCEPTED,
        col(Filing.adjudication).in_(UNDECIDED),
        col(Filing.status_due_at).is_(None),
    )
    for filing in session.exec(stopped):
        filing.status_due_at = act.at.business
        session.add(filing)


def searched_in_vain(session: Session, ids: Sequence[str]) -> set[str]:
    """The filings whose last question found nothing (D0): the next one says less, over more days."""
    rows = select(StatusCheck).where(among(col(StatusCheck.filing_id), ids)).order_by(col(StatusCheck.id))
    last = {row.filing_id: row.category for row in session.exec(rows)}
    return {id for id, category in last.items() if category == "D0"}


def alarms(session: Session, act: Act, bundles: Sequence[Bundle]) -> list[Change]:
    """The claim alarm: claims waiting on a payer beyond its usual time move to follow-up by themselves.

    It acts on claims in `adjudicating` whose ``next_action_at`` is past; others are left alone.
    """
    late = [
        bundle
        for bundle in bundles
        if bundle.claim.stage is Stage.ADJUDICATING and not bundle.claim.hold_reason
        if bundle.claim.next_action_at is not None and bundle.claim.next_action_at <= act.at.business
    ]
    return [_alarm(session, act, bundle) for bundle in late]


def _alarm(session: Session, act: Act, bundle: Bundle) -> Change:
    since = bundle.filing.accepted_at if bundle.filing else None
    payer = bundle.filing.payer_id if bundle.filing else ""
    reason = (
        f"No remittance{f' since the payer accepted the claim on {since:%Y-%m-%d}' if since else ''}, "
        f"{told(session, payer)}: ask what became of it."
    )
    if bundle.filing is not None:
        bundle.filing.status_due_at = None
        session.add(bundle.filing)
    options = [{"id": "wait", "title": "It is being worked on: wait on"}]
    return work.hold(
        session,
        act,
        bundle.claim,
        queue=Queue.FOLLOW_UP,
        kind="claim_alarm",
        reason=reason,
        options=options,
    )


def answers_to(filings: Sequence[Filing], parsed: Sequence[Answer277]) -> dict[str, Answer277]:
    """The answer to each filing asked after: by our trace, the payer's number or ours; or to all at once."""
    names = {filing.id: {filing.id, filing.pcn.lower(), (filing.icn or "-").lower()} for filing in filings}
    found: dict[str, Answer277] = {}
    for answer in parsed:
        if not answer.statuses:
            continue
        said = {reference.value.lower() for reference in answer.references}
        said |= {answer.trace.number.lower()} if answer.trace else set()
        spoken = [id for id, own in names.items() if own & said]
        for id in spoken or (list(names) if answer.level in ("2200A", "2200B", "2200C") else []):
            found[id] = answer
    return found
