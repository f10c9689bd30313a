"""`cleanclaim appeals …`: what is appealed and where it stands, packets on paper, decisions by post."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deployments.cli.output import AsJson, Who, emit, say, table

if TYPE_CHECKING:
    from sqlmodel import Session

    from claims.letters import Letter
    from claims.model import Appeal

app = typer.Typer(help="Appeals: levels, packets, decisions.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="APPEAL", help="The appeal's id; see `appeals list`.")]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="appeals")


@app.command("list")
def list_appeals(
    claim: Annotated[str | None, typer.Option(help="Only those of this claim.")] = None,
    state: Annotated[str | None, typer.Option(help="Only these: drafted, to_mail, sent, won, lost …")] = None,
    as_json: AsJson = False,
) -> None:
    """Appeals by the day to file them, each with its level, amount and outcome."""
    from sqlmodel import col, select

    from claims.listing import find_claim
    from claims.model import Appeal
    from deployments.cli.context import looking

    query = select(Appeal).order_by(col(Appeal.file_by), col(Appeal.id))
    with looking() as (_rt, session):
        if claim is not None:
            query = query.where(Appeal.claim_id == find_claim(session, claim).id)
        if state is not None:
            query = query.where(Appeal.state == state)
        found = [_as_json(each) for each in session.exec(query)]
    if as_json:
        emit({"appeals": found})
        return
    keys = ("id", "claim", "level", "name", "state", "amount", "file_by", "sent", "decided", "outcome")
    columns = [f">{key}" if key == "amount" else key for key in keys]
    table(f"{len(found)} appeals", columns, ([each[key] for key in keys] for each in found))


def _as_json(appeal: "Appeal") -> dict[str, Any]:
    return {
        "id": appeal.id,
        "claim": appeal.claim_id,
        "level": appeal.level,
        "name": appeal.name or "",
        "heard_by": appeal.heard_by or "",
        "way": appeal.way or "payer",
        "state": appeal.state,
        "amount": str(appeal.amount),
        "file_by": appeal.file_by.isoformat(),
        "enclosed": len(appeal.enclosed or []),
        "approved_by": appeal.approved_by or "",
        "sent": appeal.sent_at.date().isoformat() if appeal.sent_at else "",
        "decided": appeal.decided_on.isoformat() if appeal.decided_on else "",
        "outcome": appeal.outcome or "",
    }


@app.command()
def packet(
    letter: Annotated[str, typer.Argument(help="The id of an appeal, or of records that go by post.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    who: Who,
    as_json: AsJson = False,
) -> None:
    """What goes, as it is kept: the packet as one PDF. It names the patient; printing it is on record."""
    from claims import events
    from claims.archive import document
    from claims.events import Story
    from claims.letters import kind_of
    from deployments.cli.context import acting
    from deployments.cli.paths import write_private

    with acting(who) as (_rt, session, act):
        found = _letter(session, letter)
        paper = document(session, _document_id(found))
        write_private(out, paper.content)
        facts = {"letter": found.id, "kind": kind_of(found).word, "sha256": paper.sha256}
        events.note(session, act, "letter_printed", Story("a letter was printed", facts))
    told = {"letter": letter, "file": str(out), "sha256": paper.sha256, "bytes": paper.size}
    emit(told) if as_json else say(f"{out}: {paper.size} bytes.")


def _letter(session: "Session", id: str) -> "Letter":
    from claims.errors import NotFound
    from claims.model import Appeal, RecordsRequest

    found = session.get(Appeal, id) or session.get(RecordsRequest, id)
    if found is None:
        raise NotFound(f"No letter {id}.", tip="List appeals with `cleanclaim appeals list`.")
    return found


def _document_id(letter: "Letter") -> str:
    from claims.errors import NotFound
    from claims.model import Appeal

    if not isinstance(letter, Appeal):
        return letter.document_id
    if letter.letter_document_id is None:
        raise NotFound("This case was sent on by others: there is no packet of ours.", tip="Print level 1's.")
    return letter.letter_document_id


@app.command()
def decided(
    appeal: Name,
    outcome: Annotated[str, typer.Argument(help="overturned, partly, upheld or dismissed.")],
    on: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="The day of the decision.")],
    who: Who,
    as_json: AsJson = False,
) -> None:
    """A decision that came by post: the next level opens, or the money is waited for."""
    from claims import appeal_outcomes, lifecycle
    from claims.errors import NotFound
    from claims.model import Appeal
    from deployments.cli.context import acting

    with acting(who) as (rt, session, act):
        found = session.get(Appeal, appeal)
        if found is None:
            raise NotFound(f"No appeal {appeal}.", tip="List them with `cleanclaim appeals list`.")
        changes = appeal_outcomes.enter(session, act, found, outcome, on.date(), rt.payers)
        lifecycle.apply(session, changes, act)
        told = _as_json(found) | {"next": changes[-1].story.why}
    emit(told) if as_json else say(f"Level {told['level']} {outcome}. {told['next']}")


@app.command()
def levels(
    payer: Annotated[str, typer.Argument(help="The payer's id.")],
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default today.")] = None,
    as_json: AsJson = False,
) -> None:
    """The levels of appeal that a payer has: days, amount at stake, who hears them, where it is written."""
    from claims.errors import NotFound
    from tasks.runtime import open_runtime

    rt = open_runtime()
    if payer not in rt.payers:
        raise NotFound(f"No payer {payer}.", tip=f"There are {', '.join(sorted(rt.payers)) or 'none'}.")
    day = as_of.date() if as_of else rt.clock.now().day(rt.settings.zone_info)
    found = rt.payers[payer].appeal_levels(day)
    if as_json:
        emit(
            {"levels": [each.model_dump(mode="json") | {"stake": str(each.stake_on(day))} for each in found]}
        )
        return
    columns = ("level", "name", "heard by", ">file within", ">at stake", ">decided in", "way", "source")
    shown = [
        (
            each.level,
            each.name,
            each.heard_by,
            f"{each.days} days" if each.days else f"{each.months} months",
            each.stake_on(day) or "",
            f"{each.decision_days} days",
            each.way,
            each.source,
        )
        for each in found
    ]
    table(f"{payer} on {day}", columns, shown)
