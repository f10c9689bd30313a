"""`cleanclaim serve` and `cleanclaim sandbox`: what runs in the foreground until it is told to stop."""

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.output import say


def register(parent: typer.Typer) -> None:
    parent.command()(serve)
    parent.command()(sandbox)


def serve(
    with_sandbox: Annotated[bool, typer.Option("--sandbox", help="Run the sandbox payer beside it.")] = False,
    prefect_port: Annotated[int, typer.Option(help="Port of the Prefect server and UI.")] = 4200,
    sandbox_port: Annotated[int, typer.Option(help="Port of the sandbox payer.")] = 4280,
) -> None:
    """Prefect server, UI, schedules and runner; Ctrl-C stops them all."""
    import os

    from deployments.home import prepare_home, settings_of
    from deployments.stack import Ports, local_stack, until_stopped

    prepare_home()
    settings = settings_of()
    ports = Ports(prefect_port, sandbox_port)
    with local_stack(settings, ports, os.environ, sandbox=with_sandbox, runner=True) as children:
        say(f"Prefect UI: http://127.0.0.1:{prefect_port}")
        if with_sandbox:
            say(f"Sandbox payer: http://127.0.0.1:{sandbox_port}")
        say(f"Logs: {children.logs}. Ctrl-C stops everything.")
        until_stopped(children)


def sandbox(
    port: Annotated[int, typer.Option(help="0 takes a free one and says which.")] = 4280,
    data: Annotated[Path, typer.Option(help="The sandbox's own database file.")] = Path("sandbox.db"),
) -> None:
    """The sandbox payer alone."""
    from deployments.ports import require_free
    from deployments.sandbox import serve as serve_sandbox

    if port:
        require_free(port, "sandbox payer")
    serve_sandbox("127.0.0.1", port, str(data), today=None, api_key=None, port_file=None)
