"""`cleanclaim payments …`: money that a person enters, and what the bank received."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.output import AsJson, Reason, Who, emit, say, table

app = typer.Typer(help="Payments at the counter, paper remittances, deposits.", no_args_is_help=True)
Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="In dollars and cents, as 25.00.")]
On = Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="The day it was paid or received.")]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="payments")


@app.command()
def add(
    claim: Annotated[str, typer.Argument(help="The claim's id or control number.")],
    amount: Amount,
    receipt: Annotated[str, typer.Option(help="The receipt's number: the same one counts once.")],
    who: Who,
    as_json: AsJson = False,
) -> None:
    """A patient's payment at the counter or by post."""
    from claims import lifecycle
    from claims.bundle import load_bundle
    from claims.listing import find_claim
    from claims.money.ledger import balance
    from claims.patients import pay
    from deployments.cli.context import acting

    with acting(who) as (_rt, session, act):
        bundle = load_bundle(session, find_claim(session, claim).id)
        changes = pay(session, act, bundle, amount_of(amount), _named(receipt))
        lifecycle.apply(session, changes, act)
        session.flush()
        owed = balance(session, bundle.claim.id).patient
        told = {"claim": bundle.claim.id, "entered": bool(changes), "patient": str(owed)}
    done = "entered" if told["entered"] else "was entered before"
    emit(told) if as_json else say(f"{receipt} {done}; the patient owes {owed}.")


@app.command()
def apply(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The claim on which too much was paid.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The claim that it is to pay.")],
    who: Who,
    reason: Reason,
    amount: Annotated[str | None, typer.Option(help="Not all of it, as 25.00.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a patient's credit pay another claim of the same patient or family."""
    from claims import lifecycle
    from claims.bundle import load_bundle
    from claims.listing import find_claim
    from claims.money.ledger import balances
    from claims.patient_credits import apply_credit
    from deployments.cli.context import acting

    moved = amount_of(amount) if amount else None
    with acting(who) as (_rt, session, act):
        here = load_bundle(session, find_claim(session, source).id)
        there = find_claim(session, target)
        lifecycle.apply(session, apply_credit(session, act, here, there, reason, moved), act)
        session.flush()
        money = balances(session, [here.claim.id, there.id])
        told = {"from": here.claim.id, "credit": str(-money[here.claim.id].patient)}
        told |= {"to": there.id, "patient": str(money[there.id].patient)}
    emit(told) if as_json else say(f"{told['credit']} is left to give back; {told['patient']} is owed there.")


@app.command()
def remittance(
    file: Annotated[Path, typer.Argument(help="A CSV, one row a service line; see docs/money.md.")],
    payer: Annotated[str, typer.Option(help="Who paid.")],
    trace: Annotated[str, typer.Option(help="The number of the cheque or transfer.")],
    amount: Annotated[str, typer.Option(help="What it is over, as 1250.00.")],
    on: On,
    who: Who,
    as_json: AsJson = False,
) -> None:
    """A remittance on paper: posted like an 835, or refused whole with the reason."""
    from claims.money.paper import Cheque, enter
    from deployments.cli.context import acting
    from deployments.cli.paths import bytes_of

    content = bytes_of(file)
    cheque = Cheque(payer, _named(trace), on.date(), amount_of(amount))
    with acting(who) as (rt, session, act):
        posted = enter(session, act, content, cheque, rt.payers)
    told = {"state": posted.state, "claims": posted.changes, "unmatched": posted.unmatched}
    if as_json:
        emit(told)
    else:
        say(f"{trace}: {posted.state}, {told['claims']} changes of claims, {posted.unmatched} unmatched.")


@app.command()
def deposit(
    trace: Annotated[str, typer.Argument(help="The payment's trace number, as in the 835 (TRN02).")],
    amount: Amount,
    on: On,
    who: Who,
    as_json: AsJson = False,
) -> None:
    """What the bank received. Exit 1 where it differs from the remittance."""
    from claims.money.deposits import deposit as enter
    from deployments.cli.context import acting

    with acting(who) as (_rt, session, act):
        line = enter(session, act, _named(trace), amount_of(amount), on.date())
    emit(line.as_json()) if as_json else say(f"{trace}: {line.state}.")
    if line.state == "differs":
        raise typer.Exit(1)


@app.command("list")
def list_payments(
    every: Annotated[bool, typer.Option("--all", help="Those that agree, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Payments against deposits, what does not agree first."""
    from claims.money.deposits import reconcile
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        found = [each.as_json() for each in reconcile(session) if every or each.state != "agrees"]
    if as_json:
        emit({"payments": found})
        return
    columns = ("trace", "payer", "paid on", ">remittance", ">deposit", "state")
    table(f"{len(found)} payments", columns, [list(each.values()) for each in found])


@app.command("provider-level")
def provider_level(
    payer: Annotated[str | None, typer.Option(help="One payer's alone.")] = None,
    claim: Annotated[str | None, typer.Option(help="Those that name this claim.")] = None,
    as_json: AsJson = False,
) -> None:
    """What payments took off or added for other reasons than their claims (PLB), and what that comes to."""
    from claims.listing import find_claim
    from claims.money.provider_level import entries, standing
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        claim_id = find_claim(session, claim).id if claim else None
        found = entries(session, payer=payer, claim_id=claim_id)
    sums = [(*key, str(amount)) for key, amount in standing(found).items()]
    if as_json:
        told = [dict(zip(("payer", "reason", "amount"), each, strict=True)) for each in sums]
        emit({"entries": [each.as_json() for each in found], "sums": told})
        return
    columns = ("payer", "trace", "paid on", "PLB", "what it does", "reference", "our claim", ">amount")
    table(
        f"{len(found)} entries; a positive amount reduced the payment",
        columns,
        [list(each.as_json().values()) for each in found],
    )
    table("What they come to", ("payer", "PLB", ">amount"), sums)


def amount_of(text: str) -> Decimal:
    """Dollars and cents; raises BadInput."""
    from claims.errors import BadInput

    try:
        amount = Decimal(text.replace(",", "").lstrip("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) >= 10**9 or amount != amount.quantize(Decimal("0.01")):
        raise BadInput(f"{text!r} is no amount.", tip="Enter it as 25.00.")
    return amount.quantize(Decimal("0.01"))


def _named(text: str) -> str:
    from claims.errors import BadInput

    if not text.strip() or len(text) > 50:
        raise BadInput("The number is empty or too long.", tip="Give at most 50 characters.")
    return text.strip()
