"""CSV to visits: one row a service line, the rows of one visit share its ``visit_id``. docs/intake.md.

Cells of the visit (patient, coverage, providers …) may stand in one of its rows or in all of them; where
they differ the first one counts and the difference is told.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from claims.errors import BadInput
from claims.intake import fields
from claims.intake import values as v
from claims.intake.visit import Person, Reading, Visit, VisitCoverage, VisitDiagnosis, VisitLine, VisitPatient
from claims.intake.visit import VisitProvider as Provider

_TIP = "docs/intake.md lists the columns; correct the file and import it again."
LONGEST_LINE = 100_000
DELIMITERS = ",;\t"

PROVIDERS = {"billing": False, "rendering": True, "referring": True, "facility": False, "attending": True}
"""Who is a person (True) unless a given name says so."""
STATUS = v.Form(
    "finished or planned", lambda text: text.lower() if text.lower() in ("finished", "planned") else None
)


def columns() -> list[str]:
    """Every column that the importer knows, in the order of the document."""
    return [
        "visit_id", "source", "status", "patient_id", "diagnoses",
        *fields.VISIT, *fields.INSTITUTIONAL, *fields.LINE,
        *(f"patient_{name}" for name in fields.PERSON),
        *fields.COVERAGE,
        *(f"subscriber_{name}" for name in fields.PERSON),
        *(f"secondary_{name}" for name in fields.COVERAGE),
        *(f"{role}_{name}" for role in PROVIDERS for name in fields.PROVIDER),
    ]  # fmt: skip


@dataclass
class _Rows:
    """The rows of one visit: cells by column, each with the line that it stands in."""

    visit_id: str
    lines: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    troubles: v.Troubles = field(default_factory=v.Troubles)

    def cell(self, name: str) -> tuple[str | None, str]:
        """The first filled cell of the column, and where it is."""
        filled = [(row[name], number) for number, row in self.lines if row.get(name)]
        if not filled:
            return None, ""
        first, number = filled[0]
        differing = next((n for text, n in filled if text != first), None)
        if differing:
            self.troubles.add(
                f"line {differing}, {name}", f"the same value as in line {number} of this visit"
            )
        return first, f"line {number}, {name}"

    def take(self, form: v.Form[v.T], name: str) -> v.T | None:
        text, where = self.cell(name)
        return self.troubles.take(form, text, where)

    def fill(self, target: Any, forms: fields.Forms, prefix: str = "") -> bool:
        """Set the target's fields from the columns; says whether any cell was filled."""
        filled = False
        for name, form in forms.items():
            text, where = self.cell(prefix + name)
            filled = filled or text is not None
            value = self.troubles.take(form, text, where)
            if value is not None:
                setattr(target, name, value)
        return filled


def read(text: str) -> Reading:
    """The visits in the order of the file. Raises BadInput when it is no CSV with a ``visit_id`` column."""
    reading = Reading("csv")
    visits: dict[str, _Rows] = {}
    for number, row in _rows(text, reading):
        visit_id = row.get("visit_id", "")
        if visit_id:
            visits.setdefault(visit_id, _Rows(visit_id)).lines.append((number, row))
        else:
            alone = f"without id, line {number}"
            visits[alone] = _Rows("", [(number, row)])
            visits[alone].troubles.add(f"line {number}, visit_id", "an id of the visit")
    reading.visits = [_visit(rows) for rows in visits.values()]
    return reading


def header_of(text: str) -> list[str]:
    """The column names of the first line, in lower case."""
    first = text.split("\n", 1)[0][:LONGEST_LINE].strip("\r")
    delimiter = max(DELIMITERS, key=first.count)
    return [name.strip().strip('"').lower() for name in first.split(delimiter)]


def _rows(text: str, reading: Reading) -> Iterator[tuple[int, dict[str, str]]]:
    header = header_of(text)
    _check_header(header, reading)
    delimiter = max(DELIMITERS, key=text.split("\n", 1)[0].count)
    reader = csv.reader(_short_lines(text), delimiter=delimiter, strict=True)
    try:
        next(reader)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise BadInput(
                    f"Line {reader.line_num}: {len(header)} columns were expected, {len(cells)} stand there.",
                    tip=_TIP,
                )
            yield reader.line_num, dict(zip(header, map(_cell, cells), strict=True))
    except csv.Error as wrong:
        raise BadInput(
            f"Line {reader.line_num}: this is not CSV; perhaps a quote is not closed.", tip=_TIP
        ) from wrong


def _cell(text: str) -> str:
    return v.clean(text[: v.LONGEST_VALUE + 1])


def _short_lines(text: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > LONGEST_LINE:
            raise BadInput(f"Line {number}: at most {LONGEST_LINE} characters were expected.", tip=_TIP)
        yield line


def _check_header(header: list[str], reading: Reading) -> None:
    """Column names of a file without a header would be data, so unknown ones are told by their position."""
    if "visit_id" not in header:
        raise BadInput("Line 1: a header with the column visit_id was expected.", tip=_TIP)
    if len(set(header)) < len(header):
        raise BadInput("Line 1: each column was expected once.", tip=_TIP)
    known = set(columns())
    unknown = [str(n) for n, name in enumerate(header, 1) if name not in known]
    if unknown:
        reading.messages.append(f"line 1: columns {', '.join(unknown[:50])} are not known and were not read.")


def _visit(rows: _Rows) -> Visit:
    where = f"line {rows.lines[0][0]}"
    who = VisitPatient()
    rows.fill(who, fields.PERSON, "patient_")
    who.record_number = rows.take(v.NUMBER, "patient_id")
    system = rows.take(v.LONG_TEXT, "source") or "csv"
    who.source_key = who.record_number or f"{who.family}|{who.given}|{who.birth_date}|{rows.visit_id}"
    visit = Visit(system, rows.visit_id or repr(rows.lines[0][1]), where, who)
    rows.fill(visit, fields.VISIT)
    visit.planned = rows.take(STATUS, "status") == "planned"
    visit.institutional = _institutional(rows)
    visit.coverages = _coverages(rows)
    for role, is_person in PROVIDERS.items():
        provider = Provider(person=is_person)
        if rows.fill(provider, fields.PROVIDER, f"{role}_"):
            provider.person = is_person or provider.given is not None
            setattr(visit, role, provider)
    codes = rows.take(v.DIAGNOSES, "diagnoses") or []
    visit.diagnoses = [VisitDiagnosis(code) for code in codes]
    visit.lines = [_line(number, row, rows.troubles) for number, row in rows.lines if _has_service(row)]
    _settle(visit, rows)
    return visit


def _settle(visit: Visit, rows: _Rows) -> None:
    dates = [_line(number, row, v.Troubles()) for number, row in rows.lines]
    visit.starts_on = min((d.from_date for d in dates if d.from_date), default=None)
    visit.ends_on = max((d.through_date or d.from_date for d in dates if d.from_date), default=None)
    for line in visit.lines:
        if any(pointer > len(visit.diagnoses) for pointer in line.pointers):
            rows.troubles.add(f"{visit.where}, pointers", "the position of a diagnosis that the visit has")
            line.pointers = [p for p in line.pointers if p <= len(visit.diagnoses)]
    visit.troubles = rows.troubles.lines


def _has_service(row: dict[str, str]) -> bool:
    return any(row.get(name) for name in ("procedure_code", "charge", "revenue_code", "source_code"))


def _line(number: int, row: dict[str, str], troubles: v.Troubles) -> VisitLine:
    line = VisitLine()
    for name, form in fields.LINE.items():
        value = troubles.take(form, row.get(name), f"line {number}, {name}")
        if value is not None:
            setattr(line, name, value)
    return line


def _institutional(rows: _Rows) -> dict[str, Any]:
    values = {name: rows.take(form, name) for name, form in fields.INSTITUTIONAL.items()}
    return {name: str(value) for name, value in values.items() if value is not None}


def _coverages(rows: _Rows) -> list[VisitCoverage]:
    found = []
    makers: tuple[tuple[str, Callable[[], VisitCoverage]], ...] = (
        ("", lambda: VisitCoverage(sequence="P")),
        ("secondary_", lambda: VisitCoverage(sequence="S")),
    )
    for prefix, make in makers:
        coverage = make()
        if rows.fill(coverage, fields.COVERAGE, prefix):
            found.append(coverage)
    subscriber = Person()
    if found and rows.fill(subscriber, fields.PERSON, "subscriber_"):
        found[0].subscriber = subscriber
    return found
