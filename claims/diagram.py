"""The lifecycle drawn from the transition table, so that the picture cannot differ from the code."""

from collections.abc import Iterator

from claims.transitions import ADJUDICATIONS, HOLDS, STAGES, SUBMISSIONS, Event, Table

HEADER = """# The lifecycle

Drawn from `claims/transitions.py` by `python -m claims.diagram`; a test keeps it so. An event that leaves a
value as it is, is not drawn. What the table has no row for is illegal: it raises, and nothing is written.
"""
AXES = {
    "Stage: where the claim stands in our own work": STAGES,
    "Hold": HOLDS,
    "Submission of one filing": SUBMISSIONS,
    "Adjudication of one filing": ADJUDICATIONS,
}


def diagram() -> str:
    """The whole page in Markdown, with a Mermaid picture for each axis."""
    parts = [HEADER]
    for title, table in AXES.items():
        parts.append(f"## {title}\n\n```mermaid\nstateDiagram-v2\n" + "\n".join(_arrows(table)) + "\n```\n")
    return "\n".join(parts)


def _arrows(table: Table) -> Iterator[str]:
    """One arrow for each pair of states, labelled with every event that leads that way."""
    labels: dict[tuple[str, str], list[str]] = {}
    for (before, event), after in table.items():
        if before != after:
            labels.setdefault((str(before or "[*]"), str(after)), []).append(_label(event))
    for (start, end), events in labels.items():
        yield f"    {start} --> {end}: {', '.join(events)}"


def _label(event: Event) -> str:
    return event.replace("_", " ")


if __name__ == "__main__":
    import sys

    sys.stdout.write(diagram())
