"""`cleanclaim queries …`: what coders ask clinicians about the record, and what they answer."""

import sys
from datetime import datetime, time
from typing import Annotated, Any

import typer

from deployments.cli.output import AsJson, MaybeWho, Reason, ShowPhi, Who, emit, one_of, say, table

app = typer.Typer(help="Questions of coders to clinicians; the claim waits.", no_args_is_help=True)
Query = Annotated[str, typer.Argument(help="The query's id; see `queries list`.")]
_WORDS = "patient data, so it may also come from standard input: -"


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="queries")


@app.command("kinds")
def list_kinds(as_json: AsJson = False) -> None:
    """The kinds of questions that may be asked, and what is asked where the coder adds no words."""
    from claims.coding.kinds import kinds

    if as_json:
        shown = [{"id": k.id, "title": k.title, "form": k.form, "prompt": k.prompt} for k in kinds().values()]
        emit({"kinds": shown})
        return
    rows = [(k.id, k.title, k.form, k.prompt) for k in kinds().values()]
    table(f"{len(rows)} kinds of queries", ("kind", "about", "form", "asked without own words"), rows)


@app.command()
def ask(
    claim: Annotated[str, typer.Argument(help="The claim's id or control number.")],
    kind: Annotated[str, typer.Option(help="See `queries kinds`.")],
    who: Who,
    text: Annotated[str, typer.Option(help=f"The question; {_WORDS}.")] = "",
    choice: Annotated[list[str] | None, typer.Option(help="An answer offered; may be repeated.")] = None,
    field: Annotated[list[str] | None, typer.Option(help="What it is about, as in diagnosis.1.")] = None,
    to: Annotated[str | None, typer.Option(help="The clinician who is to answer; any, if left out.")] = None,
    due: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: in three days.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a clinician; the claim is held until there is an answer."""
    from claims.bundle import load_bundle
    from claims.coding.queries import ask as ask_clinician
    from claims.listing import find_claim
    from deployments.cli.context import acting

    with acting(who) as (rt, session, act):
        bundle = load_bundle(session, find_claim(session, claim).id)
        due_at = datetime.combine(due.date(), time(23, 59), rt.settings.zone_info) if due else None
        asked = ask_clinician(
            session, act, bundle, kind, _given(text), choices=choice or (), fields=field or (), asked_of=to,
            due_at=due_at,
        )  # fmt: skip
        told = _as_json(asked)
    emit(told) if as_json else say(
        f"{told['id']} asked; {told['claim']} waits for it, due {told['due'][:10]}."
    )


@app.command("list")
def list_queries(
    state: Annotated[str | None, typer.Option(help="open, answered, used or withdrawn.")] = None,
    claim: Annotated[str | None, typer.Option(help="Only this claim's.")] = None,
    to: Annotated[str | None, typer.Option(help="Only those put to this clinician.")] = None,
    as_json: AsJson = False,
) -> None:
    """Queries, those that are due first in front; the words are shown by `queries show --phi`."""
    from claims.coding.waiting import every
    from claims.listing import find_claim
    from claims.model import QueryState
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        claim_id = find_claim(session, claim).id if claim else None
        found = [_as_json(each) for each in every(session, one_of(QueryState, state), claim_id, to)]
    if as_json:
        emit({"queries": found})
        return
    columns = ("id", "claim", "kind", "state", "asked_by", "asked_of", "due", "escalations")
    rows = [[str(each[name] or "")[: 10 if name == "due" else None] for name in columns] for each in found]
    table(f"{len(rows)} queries", [name.replace("_", " ") for name in columns], rows)


@app.command()
def show(query: Query, phi: ShowPhi = False, who: MaybeWho = None, as_json: AsJson = False) -> None:
    """One query; with --phi its words, which is on record."""
    from claims.coding.waiting import find
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        told = _as_json(find(session, query))
    told |= _words(query, who) if phi else {}
    if as_json:
        emit(told)
        return
    for name, value in told.items():
        if value not in (None, "", []):
            say(f"{name.replace('_', ' '):>12}: {', '.join(value) if isinstance(value, list) else value}")


def _words(query: str, who: str | None) -> dict[str, Any]:
    from claims import events
    from claims.coding.waiting import find, offered
    from claims.events import Story
    from deployments.cli.context import acting, asking

    with acting(asking(who)) as (_rt, session, act):
        found = find(session, query)
        story = Story("the words of a query were shown", {"query": query})
        events.note(session, act, "note_shown", story)
        choices = [f"{n} {words}" for n, words in enumerate(offered(found), 1)]
        return {"question": found.question, "choices": choices, "answer": found.answer}


@app.command()
def answer(
    query: Query,
    who: Who,
    text: Annotated[str, typer.Option(help=f"The answer; {_WORDS}.")] = "",
    choice: Annotated[str | None, typer.Option(help="The number of one of the choices.")] = None,
    as_json: AsJson = False,
) -> None:
    """Answer as the clinician who was asked; the claim is reviewed again at once."""
    from claims.coding.loop import answer as answer_query
    from deployments.cli.context import acting

    with acting(who) as (rt, session, act):
        answered = answer_query(session, act, query, _given(text), choice, rt.settings, rt.payers)
        told = _with_claim(session, answered)
    _tell(told, as_json)


@app.command()
def withdraw(query: Query, who: Who, reason: Reason, as_json: AsJson = False) -> None:
    """Take a question back; the claim is reviewed as it stands."""
    from claims.coding.loop import withdraw as withdraw_query
    from deployments.cli.context import acting

    with acting(who) as (rt, session, act):
        told = _with_claim(session, withdraw_query(session, act, query, reason, rt.settings, rt.payers))
    _tell(told, as_json)


def _given(text: str) -> str:
    return sys.stdin.read().strip() if text == "-" else text


def _with_claim(session: Any, query: Any) -> dict[str, Any]:
    from claims.model import Claim

    claim = session.get_one(Claim, query.claim_id)
    return _as_json(query) | {"stage": claim.stage, "hold": claim.hold_reason}


def _tell(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        emit(told)
        return
    where = f"held: {told['hold']}" if told["hold"] else f"in {told['stage']}"
    say(f"{told['id']} is {told['state']}. The claim {told['claim']} is {where}.")


def _as_json(query: Any) -> dict[str, Any]:
    return {
        "id": query.id,
        "claim": query.claim_id,
        "kind": query.kind,
        "state": query.state,
        "fields": query.fields,
        "asked_by": query.asked_by,
        "asked_of": query.asked_of,
        "asked": query.asked_at.isoformat(),
        "due": query.due_at.isoformat(),
        "escalations": query.escalations,
        "answered_by": query.answered_by,
        "closed": query.closed_at.isoformat() if query.closed_at else None,
    }
