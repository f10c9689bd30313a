"""`cleanclaim serve` and `cleanclaim sandbox`: what runs in the foreground until it is told to stop."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.output import AsJson, emit, say


def _port(what: str, least: int = 1) -> Any:
    return typer.Option(min=least, max=65535, help=what)


def register(parent: typer.Typer) -> None:
    parent.command()(serve)
    parent.command()(sandbox)


def serve(
    with_sandbox: Annotated[bool, typer.Option("--sandbox", help="Run the sandbox payer beside it.")] = False,
    prefect_port: Annotated[int, _port("Port of the Prefect server and UI.")] = 4200,
    sandbox_port: Annotated[int, _port("Port of the sandbox payer.")] = 4280,
    as_json: AsJson = False,
) -> None:
    """Prefect server, UI, schedules and runner; Ctrl-C stops them all."""
    import os

    from deployments.children import Stopped
    from deployments.home import prepare_codes, prepare_home, sandbox_settings, settings_of
    from deployments.stack import Ports, local_stack, until_stopped

    if with_sandbox:
        sandbox_settings(prefect_port, sandbox_port)
    ports = Ports(prefect_port, sandbox_port)
    ports.require_free(sandbox=with_sandbox)
    prepare_codes(prepare_home().home)
    settings = settings_of()
    print("Starting the Prefect server and the runner; this may take a minute.", file=sys.stderr, flush=True)
    with (
        suppress(Stopped),
        local_stack(settings, ports, os.environ, sandbox=with_sandbox, runner=True) as children,
    ):
        told = {"Prefect UI": f"http://127.0.0.1:{prefect_port}", "logs": str(children.logs)}
        if with_sandbox:
            told["sandbox payer"] = f"http://127.0.0.1:{sandbox_port}"
        _tell(told, as_json)
        until_stopped(children)


def _tell(told: dict[str, str], as_json: bool) -> None:
    if as_json:
        emit({name.lower().replace(" ", "_"): value for name, value in told.items()})
    else:
        for name, value in told.items():
            say(f"{name}: {value}")
        say("Ctrl-C stops everything.")
    sys.stdout.flush()  # a log file shows it at once, too


def sandbox(
    port: Annotated[int, _port("0 takes a free one and says which.", least=0)] = 4280,
    data: Annotated[Path, typer.Option(help="The sandbox's own database file.")] = Path("sandbox.db"),
    sftp_port: Annotated[int | None, typer.Option(help="Open its SFTP server too; 0: a free port.")] = None,
    as_json: AsJson = False,
) -> None:
    """The sandbox payer alone."""
    from deployments.ports import require_free
    from deployments.sandbox import serve as serve_sandbox

    if port:
        require_free(port, "sandbox payer", "--port")
    serve_sandbox("127.0.0.1", port, str(data), sftp_port=sftp_port, as_json=as_json)
