"""`cleanclaim plans …`: what patients pay in installments."""

from datetime import datetime
from typing import Annotated

import typer

from deployments.cli.output import AsJson, Who, emit, say, table
from deployments.cli.payments import amount_of

app = typer.Typer(help="Payment plans of patients.", no_args_is_help=True)
First = Annotated[
    datetime, typer.Option("--first", formats=["%Y-%m-%d"], help="When the first payment is due.")
]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="plans")


@app.command()
def add(
    claims: Annotated[list[str], typer.Argument(help="Claims of one patient, by id or control number.")],
    installment: Annotated[str, typer.Option(help="What is paid each month, as 25.00.")],
    first: First,
    who: Who,
    as_json: AsJson = False,
) -> None:
    """Agree on monthly payments over what the patient owes. While they come, no statements are sent."""
    from claims import lifecycle
    from claims.bundle import load_bundles
    from claims.listing import find_claim
    from claims.plans import agree, schedule
    from deployments.cli.context import acting

    with acting(who) as (_rt, session, act):
        ids = list(dict.fromkeys(find_claim(session, claim).id for claim in claims))
        plan, changes = agree(session, act, load_bundles(session, ids), amount_of(installment), first.date())
        lifecycle.apply(session, changes, act)
        due = schedule(plan.amount, plan.installment, plan.first_due)
    if as_json:
        told = [{"due": each.due.isoformat(), "amount": str(each.amount)} for each in due]
        emit({"plan": plan.id, "amount": str(plan.amount), "schedule": told})
        return
    table(f"Plan {plan.id} over {plan.amount}", ("due", ">amount"), [(e.due, e.amount) for e in due])


@app.command("list")
def list_plans(
    every: Annotated[bool, typer.Option("--all", help="Kept and cancelled ones, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plans, with what is owed, what is behind and when the next payment is due."""
    from claims.plans import listed
    from deployments.cli.context import looking

    with looking() as (rt, session):
        found = listed(session, rt.clock.now().day(rt.settings.zone_info), every=every)
    if as_json:
        emit({"plans": found})
        return
    columns = ("plan", "claims", ">over", ">a month", ">payments", ">owed", ">behind", "next", "state", "by")
    rows = [[*each.values()] for each in found]
    table(f"{len(found)} plans", columns, [[r[0], ", ".join(r[1]), *r[2:]] for r in rows])


@app.command()
def cancel(
    plan: Annotated[str, typer.Argument(help="The plan's id.")],
    reason: Annotated[str, typer.Option(help="Why it is over.")],
    who: Who,
    as_json: AsJson = False,
) -> None:
    """End a plan: its claims get statements again."""
    from claims import lifecycle
    from claims import plans as domain
    from deployments.cli.context import acting

    with acting(who) as (_rt, session, act):
        changes = domain.cancel(session, act, plan, reason)
        lifecycle.apply(session, changes, act)
    emit({"plan": plan, "state": "cancelled"}) if as_json else say(f"{plan} is cancelled.")
