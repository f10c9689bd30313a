"""`cleanclaim work …`: the queues."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.output import AsJson, MaybeWho, Reason, ShowPhi, Who, emit, one_of, say, table
from deployments.cli.paths import ENCLOSING, bytes_of

app = typer.Typer(help="The queues: what waits for a person.", no_args_is_help=True)
Item = Annotated[str, typer.Argument(help="The work item's id.")]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="work")


@app.command("list")
def list_items(
    queue: Annotated[str | None, typer.Option(help="Only this queue.")] = None,
    mine: Annotated[str | None, typer.Option(help="Only what this user has taken.")] = None,
    as_json: AsJson = False,
) -> None:
    """Open work, the most urgent first."""
    from sqlmodel import col, select

    from claims.clocks import clocks
    from claims.model import Claim, Queue
    from claims.work import open_items
    from deployments.cli.context import looking

    with looking() as (rt, session):
        found = open_items(session, one_of(Queue, queue), mine)
        claims = select(Claim).where(col(Claim.id).in_({item.claim_id for item in found if item.claim_id}))
        today = rt.clock.now().day(rt.settings.zone_info)
        timed = clocks(session, session.exec(claims), rt.payers, today)
        items = [_as_json(item) | {"clock": _clock(timed.get(item.claim_id or ""))} for item in found]
    if as_json:
        emit({"work": items})
        return
    columns = ("id", "queue", "claim", "kind", "reason", "due", ">days left", "owner")
    rows = [_row(item) for item in items]
    table(f"{len(items)} open", columns, rows)


def _row(item: dict[str, Any]) -> tuple[Any, ...]:
    clock = item["clock"]
    days = "?" if clock and clock["days_left"] is None else clock and clock["days_left"]
    left = f"{clock['limit']} {days}" if clock else ""
    about = item["claim"] or item["subject"]
    return (
        item["id"],
        item["queue"],
        about,
        item["kind"],
        item["reason"],
        item["due"][:10],
        left,
        item["owner"],
    )


def _clock(clock: Any) -> dict[str, Any] | None:
    return clock.as_json() if clock else None


@app.command()
def show(
    item: Item,
    phi: ShowPhi = False,
    who: MaybeWho = None,
    as_json: AsJson = False,
) -> None:
    """One work item with its options."""
    from claims.errors import NotFound
    from claims.model import WorkItem
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        found = session.get(WorkItem, item)
        if found is None:
            raise NotFound(f"No work item {item}.", tip="List them with `cleanclaim work list`.")
    told = _as_json(found) | (_patient_data(item, who) if phi else {})
    if as_json:
        emit(told)
        return
    for name, value in told.items():
        if name not in ("options", "findings", "patient"):
            say(f"{name:>10}: {value}")
    for name, value in (told.get("patient") or {}).items():
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
        say(f"{name.replace('_', ' '):>14}: {shown}")
    _tell_findings(told["findings"], told["options"])


def _tell_findings(findings: list[dict[str, Any]], options: list[dict[str, Any]]) -> None:
    """Each finding with the options that settle it below; then those that are about the whole item."""
    for code in dict.fromkeys(finding["id"] for finding in findings):
        for finding in findings:
            if finding["id"] == code:
                say(f"{finding['severity']:>10}: {finding['message']} {finding['tip']}")
        _tell_options(option for option in options if option.get("finding") == code)
    _tell_options(option for option in options if "finding" not in option)
    if len({option["finding"] for option in options if "finding" in option}) > 1:
        say("Settle several at once with --option for each.")


def _tell_options(options: Iterable[dict[str, Any]]) -> None:
    for option in options:
        say(f"{'option':>10}: {option['id']}: {option.get('title', '')}")
        if option.get("effect"):
            say(f"{'':>10}    {option['effect']}")


def _patient_data(item: str, who: str | None) -> dict[str, Any]:
    """Whom it is about and what the note says; that it was shown, and to whom, is on record."""
    from claims import events
    from claims.events import Story
    from claims.model import WorkItem
    from claims.work_people import person_of
    from deployments.cli.context import acting, asking

    with acting(asking(who)) as (_rt, session, act):
        shown = Story("the patient and the note of a work item were shown", {"work_item": item})
        events.note(session, act, "note_shown", shown)
        found = session.get_one(WorkItem, item)
        person = person_of(session, found)
        return {"patient": person.as_json() if person else None, "note": found.note}


@app.command()
def take(item: Item, who: Who, as_json: AsJson = False) -> None:
    """Take an item: nobody else works on it then."""
    from claims.users import named
    from claims.work import take as take_item
    from deployments.cli.context import acting

    with acting(who) as (_rt, session, _act):
        taken = _as_json(take_item(session, item, named(session, who)))
    emit(taken) if as_json else say(f"{item} is yours: {taken['reason']}")


@app.command()
def done(
    item: Item,
    who: Who,
    reason: Reason,
    option: Annotated[
        list[str] | None,
        typer.Option(help="Which of the item's options, see `work show`; once more for each further one."),
    ] = None,
    value: Annotated[str | None, typer.Option(help="What the option needs: a claim, a file, codes.")] = None,
    as_json: AsJson = False,
) -> None:
    """Finish an item by deciding for one or more of its options; what follows from it is done at once."""
    from claims.archive import archive
    from claims.coding.loop import review_again
    from claims.decisions import decide
    from deployments.cli.context import acting

    chosen = " ".join(option) if option else None
    content = bytes_of(Path(value)) if chosen in ENCLOSING and value else None
    with acting(who) as (rt, session, act):
        if content is not None:
            kept = archive(session, content, kind="records", direction="own", at=act.at.real)
            value = kept.id
        decided = decide(session, act, item, chosen, reason, rt.payers, value, rt.settings.office)
        review_again(session, act, item, rt.settings, rt.payers)
    emit({"id": item, "decided": decided}) if as_json else say(f"{item}: {decided}")


def _as_json(item: Any) -> dict[str, Any]:
    return {
        "id": item.id,
        "queue": item.queue,
        "claim": item.claim_id,
        "subject": item.subject,
        "kind": item.kind,
        "reason": item.reason,
        "fields": item.fields,
        "findings": item.findings or [],
        "options": item.options,
        "state": item.state,
        "owner": item.owner,
        "due": item.due_at.isoformat() if item.due_at else "",
    }
