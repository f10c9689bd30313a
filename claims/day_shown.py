"""A day-closed certificate as tables for people, from its JSON as it was stored."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from claims.day import Table

LISTED = 20
"""So many ids are listed in a table; the stored certificate has them all."""


def tables(told: Mapping[str, Any]) -> list[Table]:
    """A certificate for people, from its JSON, as it was stored."""
    places = [(name, line["claims"], line["charge"]) for name, line in told["places"].items()]
    batches = [
        tuple(each[name] for name in ("batch", "payer", "claims", "charge", "state", "receipt", "cause"))
        for each in told["batches"]
    ]
    causes: dict[str, list[str]] = defaultdict(list)
    for each in told["failed"]:
        causes[each["cause"]].append(each["claim"])
    failed = [(cause, len(ids), _some(ids)) for cause, ids in sorted(causes.items())]
    visits = [(each["visit"], each["day"]) for each in told["visits"][:LISTED]]
    verdict = [
        ("every due claim sent, held or failed", "yes" if told["complete"] else "NO"),
        ("places add up, batches and receipts agree", "yes" if told["ties_out"] else "NO"),
        *(("difference", each) for each in told["differences"]),
        ("all claims", f"{told['total']['claims']} for {told['total']['charge']}"),
        ("sent today, by receipt", f"{told['sent']['claims']} for {told['sent']['charge']}"),
        ("visits without a claim", told["visits_without_claim"]),
        ("head of the sealed history", told["history_head"] or "nothing sealed yet"),
    ]
    return [
        Table(f"Day closed: {told['day']}", ("What", "Verdict"), verdict),
        Table("Where each claim is", ("Place", ">Claims", ">Charge"), places),
        Table(
            "The day's batches",
            ("Batch", "Payer", ">Claims", ">Charge", "State", "Receipt", "Cause"),
            batches,
        ),
        Table("Failed, by cause", ("Cause", ">Claims", "Which"), failed),
        Table(
            "Payers that were not reached",
            ("Payer", ">Claims", ">Charge"),
            [(payer, line["claims"], line["charge"]) for payer, line in told["silent"].items()],
        ),
        Table("Visits without a claim", ("Visit", "Day"), visits),
    ]


def _some(ids: list[str]) -> str:
    more = [f"and {len(ids) - LISTED} more"] if len(ids) > LISTED else []
    return " ".join([*ids[:LISTED], *more])
