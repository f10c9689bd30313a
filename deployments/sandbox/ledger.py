"""What the sandbox received, how often, and what became of it, as its ledger tells."""

from decimal import Decimal
from sqlite3 import Row
from typing import Any

from deployments.sandbox.store import Store
from deployments.sandbox.values import ZERO, Claim, Outcome

ACKNOWLEDGED = "select kind, about, verdict, repeats from acknowledgement order by id"
LETTERS = "select kind, key, repeats from review where kind <> 'recoupment' order by id"
AUTHORIZED = "select payer, trace, state, number, repeats from authorization order by id"
AMOUNTS = ("allowed", "paid", "patient")


def ledger(store: Store) -> dict[str, Any]:
    """Claims with their paid-out amounts, payments, how many claims came twice, and who acknowledged what,
    which authorizations were asked for, and which letters came."""
    money = _paid_out(store)
    sql = """select claim.*, submission.repeats as resent from claim
        join submission on submission.id = claim.submission order by claim.id"""
    rows = store.rows(sql)
    times = _times(rows)
    return {
        "claims": [_entry(row, times[_identity(row)], money.get(row["id"], {})) for row in rows],
        "payments": [_payment(store, row) for row in store.rows("select * from remit order by id")],
        "duplicates": sum(row["repeated"] for row in rows),
        "acknowledgements": [dict(row) for row in store.rows(ACKNOWLEDGED)],
        "authorizations": [dict(row) for row in store.rows(AUTHORIZED)],
        "letters": [dict(row) for row in store.rows(LETTERS)],
        "repeats": store.value("select coalesce(sum(repeats), 0) from submission"),
    }


def _identity(row: Row) -> tuple[str, ...]:
    return row["payer"], row["pcn"], row["frequency"], row["version"]


def _times(rows: list[Row]) -> dict[tuple[str, ...], int]:
    times: dict[tuple[str, ...], int] = {}
    for row in rows:
        times[_identity(row)] = times.get(_identity(row), 0) + 1
    return times


def _paid_out(store: Store) -> dict[int, dict[str, Decimal]]:
    """By claim, the net of every decision that a remittance carried."""
    sums: dict[int, dict[str, Decimal]] = {}
    for row in store.rows("select claim, outcome from decision where remit is not null"):
        outcome = Outcome.model_validate_json(row["outcome"])
        entry = sums.setdefault(row["claim"], dict.fromkeys(AMOUNTS, ZERO))
        for name in AMOUNTS:
            entry[name] += getattr(outcome, name)
    return sums


def _entry(row: Row, times: int, money: dict[str, Decimal]) -> dict[str, Any]:
    charge = Claim.model_validate_json(row["claim"]).charge
    same = ("payer", "sender", "pcn", "frequency", "sequence", "icn", "isa13", "gs06", "st02", "received_at")
    return {
        **{name: row[name] for name in same},
        "received": times,
        "resent": row["resent"],
        "state": row["state"],
        "outcome": row["result"],
        "code": row["code"],
        "billed": str(charge),
        **{name: str(money.get(name, ZERO)) for name in AMOUNTS},
    }


def _payment(store: Store, row: Row) -> dict[str, Any]:
    sql = "select reason, reference, amount from provider_adjustment where remit = ? order by id"
    adjustments = [dict(r) for r in store.rows(sql, row["id"])]
    names = ("payer", "provider", "trace", "paid_on", "amount")
    return {**{name: row[name] for name in names}, "file": str(row["file"]), "adjustments": adjustments}
