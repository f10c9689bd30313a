"""The office's own rows of the denial table: proposed by what people decide, in force once adopted.

A combination that no row knows (payer, group, CARC and all its remarks) goes to a person. What they decide
becomes a proposal; the same decision on the same combination again only counts. Whoever adopts it says of
which class and cause it is, and for how much it holds; from then on such denials, those that wait included,
are classified by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from claims import events
from claims.errors import BadInput, NotAllowed, NotFound
from claims.events import Act, Story
from claims.model import Denial, DenialRule, Filing, Queue, Role
from claims.money.classify import ANY, CAUSES, UNKNOWN, Row, classes, row_of
from claims.users import named
from claims.work import require_role

PROPOSED, ADOPTED, WITHDRAWN = "proposed", "adopted", "withdrawn"
MOST = 60
ACTIONS = ("correct", "send_records", "appeal", "bill_next_payer", "bill_patient", "write_off")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the adopter says of a row; None leaves what the proposal says."""

    denial_class: str | None = None
    root_cause: str | None = None
    action: str | None = None
    queue: str | None = None
    appealable: bool | None = None
    days: int | None = None
    words: str | None = None


def adopted(session: Session) -> tuple[Row, ...]:
    """The rows in force, the latest first."""
    rows = select(DenialRule).where(DenialRule.state == ADOPTED)
    return tuple(_row(each) for each in session.exec(rows.order_by(col(DenialRule.decided_at).desc())))


def _row(rule: DenialRule) -> Row:
    return row_of(
        {
            "payer": rule.payer,
            "payer_kind": rule.payer_kind,
            "rarc": rule.rarc,
            "carc": rule.carc,
            "group": rule.group_code,
            "class": rule.denial_class,
            "root_cause": rule.root_cause,
            "appealable": "yes" if rule.appealable else "no",
            "action": rule.action,
            "queue": rule.queue,
            "days": "" if rule.days is None else str(rule.days),
            "words": rule.words,
        },
        rule.id,
    )


def propose(session: Session, act: Act, denials: Iterable[Denial], action: str) -> list[DenialRule]:
    """Rows for those of a claim's denials that no row knew, from what a person decided on them."""
    unknown = [each for each in denials if each.denial_class == UNKNOWN]
    return [_proposed(session, act, each, action) for each in unknown]


def _proposed(session: Session, act: Act, denial: Denial, action: str) -> DenialRule:
    same: dict[str, Any] = {
        "payer": session.get_one(Filing, denial.filing_id).payer_id,
        "group_code": denial.group_code,
        "carc": denial.reason_code,
        "rarc": _together(denial.remarks),
        "action": action,
        "state": PROPOSED,
    }
    there = select(DenialRule).filter_by(**same)
    rule = session.exec(there).first()
    if rule is not None:
        rule.decisions += 1
        session.add(rule)
        return rule
    rule = DenialRule(
        **same,
        payer_kind=ANY,
        denial_class=UNKNOWN,
        root_cause=denial.root_cause,
        appealable=denial.appealable,
        queue=denial.queue or Queue.DENIALS,
        words="",
        claim_id=denial.claim_id,
        proposed_by=act.actor,
        at=act.at.business,
    )
    session.add(rule)
    session.flush()
    return rule


def _together(remarks: Iterable[str]) -> str:
    """All remarks in one order, as many as the column holds."""
    told = " ".join(sorted(set(remarks))) or ANY
    return told if len(told) <= MOST else told[:MOST].rpartition(" ")[0]


def listed(session: Session, state: str | None = None) -> Sequence[DenialRule]:
    """The office's rows, the most often decided first."""
    rows = select(DenialRule).order_by(col(DenialRule.state), col(DenialRule.decisions).desc(), DenialRule.id)
    if state is not None:
        rows = rows.where(DenialRule.state == state)
    return session.exec(rows).all()


def adopt(session: Session, act: Act, rule_id: str, said: Answers, wider: Iterable[str] = ()) -> DenialRule:
    """Put a proposal in force, as ``said`` completes it; an adopted row may be given other answers.

    ``wider`` names conditions (payer, rarc) that it drops: it then holds for any. Only an admin. Raises
    NotFound, NotAllowed, or BadInput where an answer is none or is missing.
    """
    rule = _changeable(session, act, rule_id)
    given = {name: getattr(said, name) for name in Answers.__slots__ if getattr(said, name) is not None}
    _check({name: given.get(name, getattr(rule, name)) for name in Answers.__slots__})
    for name, value in (*given.items(), *((name, ANY) for name in wider)):
        setattr(rule, name, value)
    return _decided(session, act, rule, ADOPTED)


def withdraw(session: Session, act: Act, rule_id: str) -> DenialRule:
    """Take a proposal or a row in force off the table; what it classified stays as it is."""
    return _decided(session, act, _changeable(session, act, rule_id), WITHDRAWN)


def _changeable(session: Session, act: Act, rule_id: str) -> DenialRule:
    require_role(named(session, act.actor), Role.ADMIN)
    rule = session.get(DenialRule, rule_id)
    if rule is None:
        raise NotFound(f"No row {rule_id}.", tip="List them with `cleanclaim denials rules`.")
    if rule.state == WITHDRAWN:
        raise NotAllowed("This row was withdrawn.", tip="The next decision of its kind proposes it anew.")
    return rule


def _check(values: dict[str, Any]) -> None:
    allowed = {
        "denial_class": classes(),
        "root_cause": CAUSES,
        "action": ACTIONS,
        "queue": tuple(Queue),
    }
    for name, choices in allowed.items():
        if values[name] not in choices:
            word = name.removeprefix("denial_").replace("_", " ")
            raise BadInput(f"The row needs its {word}.", tip=f"Choose one of {', '.join(choices)}.")
    if not values["words"]:
        raise BadInput("The row needs its words.", tip="Say in plain words what the payer means.")
    if values["days"] is not None and values["days"] < 1:
        raise BadInput("A deadline has one day or more.", tip="Leave it out where there is none.")


def _decided(session: Session, act: Act, rule: DenialRule, state: str) -> DenialRule:
    rule.state, rule.decided_by, rule.decided_at = state, act.actor, act.at.business
    session.add(rule)
    session.flush()
    facts = {"row": rule.id, **dict(zip(_TOLD, (getattr(rule, name) for name in _TOLD), strict=True))}
    events.note(session, act, f"denial_rule_{state}", Story("the denial table of this office", facts))
    return rule


_TOLD = (
    "payer", "group_code", "carc", "rarc", "denial_class", "root_cause", "appealable", "action", "queue",
    "days", "words",
)  # fmt: skip
