"""`cleanclaim bench NAME`: figures side by side with the floor, in one run."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from claims.errors import BadInput
from deployments.cli.output import AsJson, emit, say, table

app = typer.Typer(help="What the work costs, side by side with the floor.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="bench")


@app.callback()
def bench() -> None:
    """Each bench makes a temporary home of its own; nothing of yours is touched."""


@app.command()
def codes(
    pairs: Annotated[int, typer.Option(min=100, help="How many NCCI pairs.")] = 2_500_000,
    claims: Annotated[int, typer.Option(min=1, help="How many claims ask, twenty pairs each.")] = 2_000,
    as_json: AsJson = False,
) -> None:
    """Full-size NCCI tables: how long an import takes, what a look-up costs, how much memory that holds."""
    from deployments.bench.codes import bench_codes

    told = bench_codes(pairs, claims)
    if as_json:
        emit(told)
        return
    say(f"Import of {told['pairs']} pairs: {told['import_pairs_seconds']} s, {told['import_mb']} MB;")
    say(f"  again, with nothing new: {told['again_seconds']} s; 15000 MUE: {told['import_mue_seconds']} s")
    say(f"Look-ups: {told['claim_us_a_pair']} µs a pair when a claim asks in one query")
    say(f"  ({told['claim_cpu_us_a_pair']} of them CPU), {told['batch_us_a_pair']} when many claims do,")
    say(f"  {told['floor_us_a_pair']} one by one in bare SQLite")
    say(f"Resident after all that: {told['reading_mb']} MB (bars: 300 s, 50 µs, 300 MB)")


@app.command()
def runs(
    claims: Annotated[int, typer.Option(min=1, help="How many claim runs, and as many empty ones.")] = 60,
    as_json: AsJson = False,
) -> None:
    """A claim's run in Prefect against an empty run with as many empty tasks."""
    from deployments.bench.runs import BAR, bench_runs

    measured = bench_runs(claims)
    told = measured.as_json()
    if as_json:
        emit(told)
        return
    say(f"{claims} claim runs: {told['claim_runs_per_second']} a second, {measured.tasks} tasks each")
    say(f"{claims} empty runs: {told['empty_runs_per_second']} a second, as many empty tasks each")
    say(f"A claim's run costs {measured.ratio:.2f} of an empty one (bar: {BAR}).")


@app.command()
def lanes(
    claims: Annotated[int, typer.Option(min=10, help="How many claims go in chunks.")] = 10_000,
    sample: Annotated[int, typer.Option(min=1, help="How many claims get a run each.")] = 40,
    connector: Annotated[
        str, typer.Option(help="http, core-rest, core-soap, clearinghouse, sftp, …")
    ] = "http",
    questions: Annotated[
        str,
        typer.Option(help="Coverage: real_time, or batch (core-rest, core-soap, sftp)."),
    ] = "real_time",
    as_json: AsJson = False,
) -> None:
    """Claims from intake to sent, one run each and in chunks, in one run. Exit 1 below the bar."""
    from deployments.bench.lanes import bench_lanes
    from deployments.bench.ways import BATCH_KINDS, KINDS

    if connector not in KINDS:
        raise BadInput(
            f"There is no connector of kind {connector!r}.", tip=f"Choose one of {', '.join(KINDS)}."
        )
    if questions not in ("real_time", "batch") or (questions == "batch" and connector not in BATCH_KINDS):
        raise BadInput(
            f"No questions go {questions!r} by {connector}.",
            tip=f"Choose real_time, or batch with one of {', '.join(BATCH_KINDS)}.",
        )
    told = bench_lanes(claims, sample, connector, "batch" if questions == "batch" else "real_time")
    if as_json:
        emit(told)
    else:
        measured = {name: told[name] for name in ("run_a_claim", "chunks_of_a_tenth", "chunks")}
        columns = [f">{key.replace('_', ' ')}" for key in measured["chunks"]]
        rows = [(name.replace("_", " "), *lane.values()) for name, lane in measured.items()]
        how = "at once" if questions == "real_time" else "in batch"
        table(f"Intake to sent by {connector}, questions {how}", ["Lane", *columns], rows)
        say(f"In chunks {told['ratio']} × as fast (bar: {told['bar']} ×, towards {told['towards']} a second)")
    sys.exit(0 if told["met"] else 1)


@app.command()
def x12(
    claims: Annotated[int, typer.Option(min=100, help="How many claims in each turn.")] = 500,
    file_claims: Annotated[int, typer.Option(min=100, help="Claims of the file whose memory is taken.")] = (
        100_000
    ),
    as_json: AsJson = False,
) -> None:
    """The X12 codec beside plain split(), pyx12, x12sdk and oxedi; exit 1 when a bar is missed."""
    from deployments.bench.x12 import bench_x12

    told = bench_x12(claims, file_claims).as_json()
    if as_json:
        emit(told)
    else:
        _tell_x12(told)
    sys.exit(0 if told["met"] else 1)


def _tell_x12(told: dict[str, Any]) -> None:
    for work, content in told["claim"].items():
        say(f"{work}: a claim of {content}")
    columns = ("Work", "Side", ">Claims/s a core", ">Ours is × this", ">Bar", "Met")
    rates = [
        (each["work"], each["side"], each["claims_per_second"], each.get("ours_to_this"), *_bar(each))
        for each in told["rates"]
    ]
    table("Claims a second of processor time, best of several turns", columns, rates)
    columns = ("Work", "Side", ">Claims", ">MB above the imports", ">Bar", "Met")
    memory = [
        (each["work"], each["side"], each["claims"], each["megabytes"], *_bar(each))
        for each in told["memory"]
    ]
    table("Peak memory of reading one file", columns, memory)


@app.command()
def posting(
    claims: Annotated[int, typer.Option(min=1, help="How many claims the payment has.")] = 10_000,
    as_json: AsJson = False,
) -> None:
    """An 835 posted into SQLite and PostgreSQL beside bare inserts. Exit 1 when a bar is missed."""
    from deployments.bench.posting import bench_posting

    told = bench_posting(claims)
    if as_json:
        emit(told)
    else:
        columns = ("Database", ">Claims/s", ">CPU s", ">MB above imports", ">Bare inserts/s", ">Ratio", "Met")
        sides = [[*list(each.values())[:-1], _bar(each)[1]] for each in told["sides"]]
        table(f"One payment of {claims} claims, three lines each", columns, sides)
        say(f"Bars: {told['bar']} claims a second, {told['bar_mb']} MB.")
    sys.exit(0 if told["met"] else 1)


def _bar(row: dict[str, Any]) -> tuple[Any, str]:
    return row.get("bar"), {True: "yes", False: "NO", None: ""}[row.get("met")]


@app.command("x12-fuzz")
def x12_fuzz(
    corpus: Annotated[
        Path | None, typer.Option(help="A folder of X12 files, besides one of ours of each kind.")
    ] = None,
    mutants: Annotated[int, typer.Option(min=1, help="How many broken copies.")] = 200_000,
    seed: Annotated[int, typer.Option(help="The same seed breaks the same files alike.")] = 1,
    first: Annotated[int, typer.Option(min=0, help="Begin at this mutant, to see a failure again.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Cuts, flips, swaps and repeats of X12 files through check, show, split, the readers and the writers.

    Exit 1 when anything but the codec's own refusal comes out, takes more than a second, or eats memory.
    """
    from deployments.bench.x12_files import own_files
    from deployments.bench.x12_fuzz import files_below, fuzz

    others = files_below(corpus) if corpus else {}
    if corpus and not others:
        raise BadInput(f"There is no X12 file in {corpus}.", tip="Name a folder that holds some.")
    told = fuzz(own_files() | others, seed=seed, first=first, mutants=mutants).as_json()
    if as_json:
        emit(told)
    else:
        say(f"{told['mutants']} broken copies of {told['files']} files in {told['seconds']} s, seed {seed}")
        refused = ", ".join(f"{count} by {what}" for what, count in told["unreadable"].items())
        say(f"Refused as no X12: {refused or 'none'}; slowest {told['slowest_seconds']} s")
        say(f"Memory grew by {told['grown_megabytes']} MB; {len(told['failures'])} failures")
        for each in told["failures"]:
            say("  --seed {} --first {number} --mutants 1: {file}, {what}: {trouble}".format(seed, **each))
    sys.exit(int(bool(told["failures"])))


@app.command()
def edits(
    claims: Annotated[int, typer.Option(min=100, help="How many claims are judged.")] = 4_000,
    pairs: Annotated[
        int, typer.Option(min=0, help="NCCI pairs in the tables; 0 for the shipped seed alone.")
    ] = 2_500_000,
    as_json: AsJson = False,
) -> None:
    """Every built-in edit and thirty of an operator's over claims of several lines. Exit 1 below the bars."""
    from deployments.bench.edits import BAR, BAR_MB, BAR_MS, bench_edits

    told = bench_edits(claims, pairs)
    if as_json:
        emit(told)
    else:
        say(f"{told['edits']} built-in edits and {told['own_edits']} own ones, {told['pairs']} NCCI pairs")
        say(f"{told['claims']} claims of {told['lines']} lines: {told['findings']} findings")
        say(f"{told['claims_per_second']} claims a second of processor time, best turn (bar: {BAR})")
        say(f"an empty loop takes {told['empty_loop_ns']} ns a turn meanwhile")
        say(f"one claim alone: median {told['p50_ms']} ms, p99 {told['p99_ms']} ms (bar: {BAR_MS})")
        say(f"{told['resident_mb']} MB resident (bar: {BAR_MB})")
    sys.exit(0 if told["met"] else 1)


@app.command()
def crash(
    way: Annotated[
        list[str] | None, typer.Option(help="A connector, by the beginning of its name; all without it.")
    ] = None,
    kills: Annotated[
        int, typer.Option(min=0, help="Further kills, spread over our lines between attempt and receipt.")
    ] = 12,
    as_json: AsJson = False,
) -> None:
    """The sender killed at every point, the receiver failing in every way, for each connector.

    Exit 1 when a claim arrived twice, was lost, or was left without an owner in any cell.
    """
    from deployments.bench.crash import as_json as told_as
    from deployments.bench.crash import bench_crash
    from deployments.bench.crash.picture import draw, mark

    cells = bench_crash(way or [], kills, lambda _cell: None if as_json else mark(_cell))
    if as_json:
        emit(told_as(cells))
    else:
        draw(cells)
    sys.exit(int(any(cell.wrong for cell in cells)))


@app.command()
def network(
    way: Annotated[
        list[str] | None, typer.Option(help="A connector, by the beginning of its name; all without it.")
    ] = None,
    claims: Annotated[int, typer.Option(min=1, help="How many, each in a batch of its own.")] = 20,
    seed: Annotated[int, typer.Option(help="The same seed, the same troubles.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Claims over a network with latency, resets, slow drip, half-closed lines and cuts in the middle.

    Exit 1 when a claim was lost or arrived twice, or an answer was not taken in.
    """
    from deployments.bench.network import bench_network

    told = [crossed.as_json() for crossed in bench_network(way or [], claims, seed)]
    if as_json:
        emit(told)
    else:
        _tell_network(told)
    sys.exit(int(not all(each["met"] for each in told)))


def _tell_network(told: list[dict[str, Any]]) -> None:
    counts = ("lost", "doubled", "unanswered")
    columns = (
        "Way",
        ">Claims",
        ">Sends",
        ">Lines",
        ">Ill",
        "Settled",
        *(f">{name.capitalize()}" for name in counts),
        "Met",
    )
    rows = [
        (
            each["way"],
            each["claims"],
            each["sends"],
            sum(each["connections"].values()),
            sum(each["connections"].values()) - each["connections"]["well"],
            ", ".join(f"{count} {how}" for how, count in each["settled"].items()),
            *(each[name] for name in counts),
            "yes" if each["met"] else "NO",
        )
        for each in told
    ]
    table("Over a bad network", columns, rows)
    for each in told:
        for wrong in each["wrong"]:
            say(f"{each['way']}: {wrong}")
