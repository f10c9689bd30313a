"""The operator's map from a source's own codes to what is billed: CSV, one row a code; docs/intake.md.

``kind`` procedure (the default): source_system, source_code -> procedure_code, modifiers, charge and
revenue_code.
``kind`` diagnosis: source_system, source_code -> diagnosis_code. Nothing is guessed for a code without a row.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, select

from claims.errors import BadInput
from claims.intake import values as v
from claims.intake.visit import Visit, VisitLine
from claims.model import ReferenceVersion

COLUMNS = (
    "kind", "source_system", "source_code", "procedure_code", "modifiers", "charge", "revenue_code",
    "diagnosis_code",
)  # fmt: skip
_TIP = "docs/intake.md shows the columns; correct the file and load it again."
MOST_CHARGE = Decimal("99999999.99")
Code = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Billed:
    """What a source's service is billed as; ``charge`` is for one unit. None: left to the source."""

    procedure_code: str | None
    modifiers: tuple[str, ...] = ()
    charge: Decimal | None = None
    revenue_code: str | None = None


@dataclass(frozen=True)
class ChargeMap:
    """Look-ups by (code system, code). ``digest`` is the version that a claim's history names."""

    procedures: dict[Code, Billed] = field(default_factory=dict)
    diagnoses: dict[Code, str] = field(default_factory=dict)
    name: str = ""
    digest: str = ""
    rows: tuple[dict[str, str], ...] = ()

    def apply(self, visit: Visit) -> None:
        """Fill in what the visit's own codes are billed as; what the source itself said stays."""
        for diagnosis in visit.diagnoses:
            if not diagnosis.code and diagnosis.source_code:
                diagnosis.code = self.diagnoses.get((diagnosis.source_system or "", diagnosis.source_code))
        for line in visit.lines:
            if not line.procedure_code and line.source_code:
                self._bill(line, self.procedures.get((line.source_system or "", line.source_code)))

    def _bill(self, line: VisitLine, billed: Billed | None) -> None:
        if billed is None:
            return
        line.procedure_code = billed.procedure_code
        line.modifiers = line.modifiers or list(billed.modifiers)
        line.revenue_code = line.revenue_code or billed.revenue_code
        if line.charge is None and billed.charge is not None:
            charge = (billed.charge * line.units).quantize(Decimal("0.01"))
            line.charge = charge if charge <= MOST_CHARGE else None


def load_charge_map(data: bytes, name: str = "charge_map.csv") -> ChargeMap:
    """Read the operator's file; raises BadInput that lists every wrong row by line and column."""
    troubles = v.Troubles()
    rows = list(_rows(data, name))
    digest = hashlib.sha256(data).hexdigest()
    charge_map = ChargeMap(name=name, digest=digest, rows=tuple(row for _, row in rows))
    for line, row in rows:
        _add(charge_map, row, f"line {line}", troubles)
    if troubles.lines:
        raise BadInput(f"{name} cannot be used. " + " ".join(troubles.lines[:20]), tip=_TIP)
    return charge_map


def remember(session: Session, charge_map: ChargeMap, at: datetime) -> None:
    """Keep this version of the map in the database, once."""
    there = select(ReferenceVersion).where(ReferenceVersion.digest == charge_map.digest)
    if not charge_map.digest or session.exec(there).first() is not None:
        return
    version = ReferenceVersion(kind="charge_map", name=charge_map.name, digest=charge_map.digest, since=at)
    version.content = {"rows": list(charge_map.rows)}
    session.add(version)


def _rows(data: bytes, file: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        header = [name.strip().lower() for name in next(reader, [])]
        if not {"source_system", "source_code"} <= set(header) <= set(COLUMNS):
            raise BadInput(f"{file}, line 1: the columns {', '.join(COLUMNS)} were expected.", tip=_TIP)
        for row in reader:
            if any(cell.strip() for cell in row):
                cells = dict(zip(header, [v.clean(cell[: v.LONGEST_VALUE]) for cell in row], strict=False))
                yield reader.line_num, {name: cells.get(name, "") for name in COLUMNS}
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise BadInput(f"{file} is not a CSV file in UTF-8.", tip=_TIP) from wrong


def _add(charge_map: ChargeMap, row: dict[str, str], where: str, troubles: v.Troubles) -> None:
    code = (row["source_system"], row["source_code"])
    if not row["source_code"]:
        troubles.add(f"{where}, source_code", "a code")
    elif row["kind"].lower() == "diagnosis":
        icd = troubles.take(v.DIAGNOSIS, row["diagnosis_code"] or "-", f"{where}, diagnosis_code")
        if icd and charge_map.diagnoses.setdefault(code, icd) != icd:
            troubles.add(where, "one diagnosis code for a source code")
    elif row["kind"].lower() in ("", "procedure"):
        billed = _billed(row, where, troubles)
        if charge_map.procedures.setdefault(code, billed) != billed:
            troubles.add(where, "one procedure for a source code")
    else:
        troubles.add(f"{where}, kind", "procedure or diagnosis")


def _billed(row: dict[str, str], where: str, troubles: v.Troubles) -> Billed:
    modifiers = troubles.take(v.MODIFIERS, row["modifiers"], f"{where}, modifiers")
    return Billed(
        troubles.take(v.PROCEDURE, row["procedure_code"] or "-", f"{where}, procedure_code"),
        tuple(modifiers or ()),
        troubles.take(v.MONEY, row["charge"], f"{where}, charge"),
        troubles.take(v.REVENUE, row["revenue_code"], f"{where}, revenue_code"),
    )
