"""A remittance on paper, entered by a named person from a sheet: it goes the way of every 835, or not at all.

The sheet is a CSV with one row a service line; rows of one claim stand together. ``claim`` is our control
number, ``adjustments`` are as in ``CO-45 20.00; PR-1 10.00``, ``remarks`` as in ``N290 M76``.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from sqlmodel import Session

from claims.archive import archive
from claims.errors import BadInput
from claims.events import Act
from claims.model import Role
from claims.money.ledger import named
from claims.money.payments import receive_835
from claims.money.remittance import Posted
from claims.money.said import ZERO
from claims.x12.parts import Adjustment, Party, Period, Procedure, Reference, Trace
from claims.x12.remit835 import Payment, Remark, RemitClaim, RemitService, Remittance835
from config.payers import PayerProfile

NEEDED = ("claim", "code", "charge", "paid", "adjustments")
COLUMNS = (*NEEDED, "payer_number", "status", "modifiers", "day", "remarks")
_ADJUSTMENT = re.compile(r"(CO|PR|OA|PI)-?(\w{1,5})\s+(-?\d+\.\d\d)")
_AMOUNT = re.compile(r"-?\d{1,9}\.\d\d")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cheque:
    """The payment as the paper tells it: ``trace`` is the cheque's or transfer's number."""

    payer_id: str
    trace: str
    paid_on: date
    amount: Decimal


def enter(
    session: Session, act: Act, content: bytes, cheque: Cheque, payers: Mapping[str, PayerProfile]
) -> Posted:
    """Post the sheet: a named biller's entry, its bytes archived. The same payment twice posts once.

    Raises BadInput, and posts nothing, for a sheet that cannot be read or does not balance.
    """
    named(session, act, Role.BILLER)
    parsed = read_sheet(content, cheque)
    paper = archive(session, content, kind="paper_remittance", direction="own", at=act.at.real)
    posted = receive_835(session, act, paper, parsed, payers)
    if posted.state == "queued":
        why = posted.remittance.reason if posted.remittance else f"No payer {cheque.payer_id} is known."
        raise BadInput(f"Nothing was posted. {why}", tip="Correct the sheet and enter it again.")
    return posted


def read_sheet(content: bytes, cheque: Cheque) -> Remittance835:
    """The sheet as an 835; raises BadInput with the row and the column."""
    rows = list(_rows(content))
    if not rows:
        raise BadInput("The sheet has no rows.", tip=f"Its columns are {', '.join(COLUMNS)}.")
    claims = tuple(
        _claim(list(several)) for _, several in groupby(rows, key=lambda row: (row["claim"], row["status"]))
    )
    return Remittance835(
        Payment("I", abs(cheque.amount), "D" if cheque.amount < 0 else "C", "CHK", date=cheque.paid_on),
        Trace("1", cheque.trace),
        Party("PR", cheque.payer_id, references=(Reference("2U", cheque.payer_id),)),
        Party("PE"),
        claims=claims,
    )


def _rows(content: bytes) -> Iterable[dict[str, str]]:
    try:
        reader = csv.DictReader(content.decode("utf-8-sig").splitlines())
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise BadInput(f"The sheet lacks {', '.join(missing)}.", tip=f"Columns: {', '.join(COLUMNS)}.")
        for number, row in enumerate(reader, start=2):
            cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
            if any(cells.values()):
                yield cells | {"row": str(number)}
    except (UnicodeDecodeError, csv.Error) as unreadable:
        raise BadInput(
            "The sheet is no CSV in UTF-8.", tip="Save it as CSV and enter it again."
        ) from unreadable


def _claim(rows: list[dict[str, str]]) -> RemitClaim:
    first, services = rows[0], tuple(_service(row) for row in rows)
    shares = (a.amount for service in services for a in service.adjustments if a.group == "PR")
    return RemitClaim(
        first["claim"].upper(),
        first["status"] or "1",
        sum((service.charge for service in services), ZERO),
        sum((service.paid for service in services), ZERO),
        patient_responsibility=sum(shares, ZERO),
        icn=first["payer_number"],
        services=services,
    )


def _service(row: Row) -> RemitService:
    day = row["day"]
    return RemitService(
        Procedure(row["code"].upper(), tuple(row["modifiers"].upper().split())),
        _amount(row, "charge"),
        _amount(row, "paid"),
        adjustments=tuple(_adjustments(row)),
        dates=(Period("472", _day(row)),) if day else (),
        remarks=tuple(Remark("HE", code) for code in row["remarks"].upper().split()),
    )


def _amount(row: Row, name: str) -> Decimal:
    if not _AMOUNT.fullmatch(row[name]):
        _refuse(row, name, "an amount such as 120.00")
    return Decimal(row[name])


def _adjustments(row: Row) -> Iterable[Adjustment]:
    for text in filter(None, (part.strip() for part in row["adjustments"].split(";"))):
        found = _ADJUSTMENT.fullmatch(text.upper())
        if not found:
            _refuse(row, "adjustments", "a group, a reason and an amount such as CO-45 20.00")
        else:
            yield Adjustment(found[1], found[2], Decimal(found[3]))


def _day(row: Row) -> date:
    try:
        return date.fromisoformat(row["day"])
    except ValueError:
        raise BadInput(f"Row {row['row']}, day: not a day.", tip="Enter it as 2026-02-16.") from None


def _refuse(row: Row, column: str, wanted: str) -> None:
    raise BadInput(f"Row {row['row']}, {column}: not as it should be.", tip=f"Enter {wanted}.")
