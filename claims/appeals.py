"""Appeals: drafted from the denial, approved by a person, decided by letter or by the money.

`claims.appeal_packet` writes what goes, `claims.letters` sends it, `claims.appeal_outcomes` says how it ends.

An appeal's states: drafted, approved, sending, unconfirmed, refused, to_mail, sent, won, lost, or dropped:
by a person, or when the payer's answer overtook it.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import Session, col, select

from claims import work
from claims.appeal_exhibits import Wanted
from claims.appeal_facts import gather
from claims.appeal_packet import missing_records, packet
from claims.archive import archive, document
from claims.bundle import load_bundle
from claims.documents.packet import enclosable
from claims.errors import NotAllowed
from claims.events import Act, Story
from claims.lifecycle import Change
from claims.model import Appeal, Claim, Denial, Filing, Queue, Role
from claims.money import denials as denials_
from claims.money.ledger import balance, named
from claims.money.prospects import Case
from claims.money.settle import case_of
from claims.transitions import Event
from config.office import Office
from config.payers import AppealLevel, PayerProfile

OPEN = ("drafted", "approved", "sending", "unconfirmed", "refused", "to_mail", "sent")
_BILLERS = {"roles": [Role.BILLER]}
UNDER_WAY = ("sending", "unconfirmed", "sent")


def draft(
    session: Session, act: Act, case: Case, office: Office, enclosed: Sequence[str] = ()
) -> list[Change]:
    """The next level's appeal of the appealable ones among a claim's denials, with its packet, for approval.

    ``enclosed`` are the ids of documents that go with it. Raises NotAllowed when none can be appealed, no
    level is open, or one is under way; the tip says what to do instead. The caller finishes the work item.
    """
    ours = [denial for denial in case.denials if denial.appealable]
    _require_open(session, case, ours)
    level, file_by = case.appeal.level, case.appeal.file_by
    if level is None or file_by is None:
        raise ValueError("an open prospect has a level and a day")
    appeal = _row(session, case.filing, level)
    appeal.state, appeal.amount, appeal.file_by = "drafted", denials_.amount(ours), file_by
    appeal.at, appeal.enclosed = act.at.business, list(enclosed)
    _write(session, act, case, appeal, ours, level, office)
    denials_.end(session, ours, "appealed")
    session.flush()
    return _for_approval(session, act, case.bundle.claim, appeal, case.filing, ours)


def _require_open(session: Session, case: Case, ours: Sequence[Denial]) -> None:
    running = select(Appeal.id).where(Appeal.filing_id == case.filing.id, col(Appeal.state).in_(OPEN))
    if session.exec(running).first() is not None:
        raise NotAllowed("An appeal of this claim is under way.", tip="Wait for its decision.")
    if not ours:
        instead = denials_.instead(case.denials)
        raise NotAllowed("The payer hears no appeal on this denial.", tip=f"Instead: {instead}.")
    if not case.appeal.is_open:
        raise NotAllowed(
            f"It cannot be appealed: {case.appeal.closed}.", tip="Write it off, or ask the payer."
        )


def _row(session: Session, filing: Filing, level: AppealLevel) -> Appeal:
    """A new row, or that of an earlier draft which an answer of the payer had made idle."""
    there = select(Appeal).where(Appeal.filing_id == filing.id, Appeal.level == level.level)
    appeal = session.exec(there).first() or Appeal(
        claim_id=filing.claim_id, filing_id=filing.id, level=level.level, state="", file_by=date.max
    )
    appeal.name, appeal.heard_by = level.name, level.heard_by
    appeal.way, appeal.decision_days = level.way, level.decision_days
    return appeal


def _write(
    session: Session,
    act: Act,
    case: Case,
    appeal: Appeal,
    ours: Sequence[Denial],
    level: AppealLevel,
    office: Office,
) -> None:
    """Make the packet and archive it; a remade one takes the place of the one before."""
    if case.profile is None:
        raise ValueError("an open prospect has a payer's file")
    for id in appeal.enclosed or []:
        enclosable(document(session, id).content)
    facts = gather(session, case.bundle, case.filing, ours)
    wanted = Wanted(
        level,
        appeal.file_by,
        act.at.business.date(),
        case.profile,
        case.payers,
        office,
        appeal.enclosed or (),
    )
    content = packet(session, facts, wanted)
    paper = archive(session, content, kind="appeal packet", direction="own", at=act.at.real)
    appeal.letter_document_id = paper.id
    session.add(appeal)


def enclose(
    session: Session,
    act: Act,
    appeal: Appeal,
    document_id: str,
    payers: Mapping[str, PayerProfile],
    office: Office,
) -> list[Change]:
    """Put one more document behind a drafted appeal: its packet is made anew and waits for approval still."""
    named(session, act, Role.BILLER)
    if appeal.state != "drafted":
        raise NotAllowed(f"This appeal is {appeal.state}.", tip="Only a drafted one can be added to.")
    bundle = load_bundle(session, appeal.claim_id)
    ours = appealed(session, appeal)
    case = case_of(session, act, bundle, ours, balance(session, appeal.claim_id).open, payers)
    profile = payers.get(case.filing.payer_id)
    levels = profile.appeal_levels(act.at.business.date()) if profile else []
    level = next((each for each in levels if each.level == appeal.level), None)
    if level is None:
        raise NotAllowed("The payer's file has no such level any more.", tip="Look at its levels.")
    appeal.enclosed = [*(appeal.enclosed or []), document_id]
    _write(session, act, case, appeal, ours, level, office)
    facts = {"appeal": appeal.id, "sha256": document(session, document_id).sha256}
    told = Change(bundle.claim, "appeal_enclosed", Story("a document goes with the appeal", facts))
    return [told, *_for_approval(session, act, bundle.claim, appeal, case.filing, ours)[1:]]


def _for_approval(
    session: Session, act: Act, claim: Claim, appeal: Appeal, filing: Filing, ours: Sequence[Denial]
) -> list[Change]:
    facts = {
        "appeal": appeal.id,
        "level": appeal.level,
        "amount": appeal.amount,
        "file_by": appeal.file_by,
        "enclosed": len(appeal.enclosed or []),
    }
    story = Story(f"appeal of level {appeal.level} over {appeal.amount} drafted", facts)
    approve = "Approve and send" if appeal.way != "post" else "Approve; then print and mail it"
    held = work.hold(
        session,
        act,
        claim,
        queue=Queue.DENIALS,
        kind="appeal_approval",
        reason=_to_approve(appeal, ours),
        options=[
            {"id": "approve", "title": approve, "effect": f"to {appeal.heard_by}", **_BILLERS},
            {"id": "enclose", "title": "Add records to it: name the file with --value", **_BILLERS},
            {"id": "drop", "title": "Drop it: back to the denial", **_BILLERS},
        ],
    )
    return [Change(claim, Event.APPEAL_DRAFTED, story, filing=filing), held]


def _to_approve(appeal: Appeal, ours: Sequence[Denial]) -> str:
    count = len(appeal.enclosed or [])
    with_it = f"{count} records are enclosed." if count else "No records are enclosed."
    wanted = "; ".join(missing_records(ours[0].denial_class))
    return (
        f"Read the packet (`cleanclaim appeals packet {appeal.id} --out FILE --as NAME`) and approve it: "
        f"level {appeal.level}, {appeal.name}, {appeal.amount}, by {appeal.file_by}. {with_it} "
        f"For such a denial belong behind it: {wanted}."
    )


def approve(session: Session, act: Act, appeal: Appeal) -> list[Change]:
    """A named biller lets it go. The caller finishes the work item."""
    named(session, act, Role.BILLER)
    if appeal.state != "drafted":
        raise NotAllowed(f"This appeal is {appeal.state}.", tip="Only a drafted one can be approved.")
    appeal.state, appeal.approved_by = "approved", act.actor
    session.add(appeal)
    claim = session.get_one(Claim, appeal.claim_id)
    story = Story("the packet was approved", {"appeal": appeal.id, "sha256": _sha256(session, appeal)})
    now = act.at.business
    return [
        Change(claim, Event.APPEAL_APPROVED, story),
        Change(claim, Event.RELEASED, story, next_action_at=now),
    ]


def _sha256(session: Session, appeal: Appeal) -> str:
    return document(session, appeal.letter_document_id or "").sha256


def drop(session: Session, act: Act, appeal: Appeal, story: Story) -> list[Change]:
    """A drafted appeal that nobody wants any more: the denial is open again."""
    named(session, act, Role.BILLER)
    if appeal.state != "drafted":
        raise NotAllowed(f"This appeal is {appeal.state}.", tip="Only a drafted one can be dropped.")
    appeal.state = "dropped"
    session.add(appeal)
    denials_.end(session, appealed(session, appeal), "open")
    claim = session.get_one(Claim, appeal.claim_id)
    return [
        Change(claim, Event.RELEASED, story),
        Change(claim, Event.APPEAL_LOST, story, next_action_at=act.at.business),
    ]


def appealed(session: Session, appeal: Appeal) -> Sequence[Denial]:
    """The denials that it is about."""
    return session.exec(
        select(Denial).where(Denial.filing_id == appeal.filing_id, Denial.state == "appealed")
    ).all()
