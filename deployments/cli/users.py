"""`cleanclaim users …`: who may act, and in which roles."""

from typing import Annotated

import typer

from deployments.cli.output import AsJson, emit, say, table

app = typer.Typer(help="Who may act, and in which roles.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="users")


Setup = Annotated[
    str | None, typer.Option("--as", help="An admin; may be left out while there are no users yet.")
]


@app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """All users and their roles."""
    from claims import users
    from deployments.cli.context import looking

    with looking() as (_rt, session):
        everyone = users.every(session)
    if as_json:
        emit({"users": [{"name": u.name, "roles": u.roles, "active": u.active} for u in everyone]})
        return
    rows = [(user.name, ", ".join(user.roles), "yes" if user.active else "no") for user in everyone]
    table("Users", ("name", "roles", "active"), rows)


@app.command()
def add(
    name: str,
    role: Annotated[list[str], typer.Option(help="A role, such as coder or clinician; may be repeated.")],
    who: Setup = None,
    as_json: AsJson = False,
) -> None:
    """Add a user, or give one other roles."""
    from claims import users
    from deployments.cli.context import managing

    with managing(who) as (session, act):
        user = users.add(session, act, name, role)
    _tell(user.name, user.roles, user.active, as_json)


@app.command()
def disable(name: str, who: Setup = None, as_json: AsJson = False) -> None:
    """From now on the user can do nothing; what they did stays in the history."""
    from claims import users
    from deployments.cli.context import managing

    with managing(who) as (session, act):
        user = users.disable(session, act, name)
    _tell(user.name, user.roles, user.active, as_json)


def _tell(name: str, roles: list[str], active: bool, as_json: bool) -> None:
    if as_json:
        emit({"name": name, "roles": roles, "active": active})
    else:
        say(f"{name}: {', '.join(roles)}" + ("" if active else ", disabled"))
