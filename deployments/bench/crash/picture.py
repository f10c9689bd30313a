"""The crash matrix as tables: what settled each cell, and what is wrong with those that are."""

import sys
from collections import Counter
from collections.abc import Sequence

from deployments.bench.crash.cells import AT_LINE, Cell
from deployments.cli.output import say, table

_WIDTH = 5
"""So many connectors stand side by side in one table."""


def mark(cell: Cell) -> None:
    """One sign on the terminal for a cell that is done."""
    sys.stderr.write("!" if cell.wrong else ".")
    sys.stderr.flush()


def draw(cells: Sequence[Cell]) -> None:
    sys.stderr.write("\n")
    ways = list(dict.fromkeys(cell.way for cell in cells))
    for start in range(0, len(ways), _WIDTH):
        _table([cell for cell in cells if cell.way in ways[start : start + _WIDTH]])
    wrong = [cell for cell in cells if cell.wrong]
    for cell in wrong:
        say(f"WRONG {cell.way}, {cell.trouble}: {cell.wrong}")
    say(f"{len(cells)} cells, {len(wrong)} wrong; in each other the receiver has the claim exactly once.")
    say("at first: the send itself. asked: the receiver was asked and had it. sent again: it had it not, and")
    say("got it then. acknowledged: its 999 proved it. person: a work item with the evidence was decided.")


def _table(cells: Sequence[Cell]) -> None:
    """Rows in the order in which they come about; a trouble that a connector cannot have is a dash."""
    ways = list(dict.fromkeys(cell.way for cell in cells))
    told: dict[str, dict[str, list[str]]] = {}
    for cell in cells:
        row = "killed at lines of ours between" if cell.trouble.startswith(AT_LINE) else cell.trouble
        told.setdefault(row, {}).setdefault(cell.way, []).append("WRONG" if cell.wrong else cell.settled)
    rows = [(row, *(_settled(by_way.get(way, [])) for way in ways)) for row, by_way in told.items()]
    table("Between the committed attempt and the committed receipt", ("", *ways), rows)


def _settled(cells: Sequence[str]) -> str:
    if len(cells) < 2:
        return "".join(cells) or "-"
    return ", ".join(f"{count} {settled}" for settled, count in Counter(cells).most_common())
