"""Carrying a correction into the rows: what follows from a changed field follows here, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, func, select

from claims.bundle import Bundle
from claims.errors import BadInput
from claims.intake.fields import INSTITUTIONAL
from claims.intake.rewrite_parties import set_coverage, set_provider
from claims.intake.visit import UNDATED
from claims.model import ClaimDiagnosis, ClaimLine, Encounter
from config.payers import PayerProfile

MOST_DIAGNOSES = {"P": 12, "I": 25}
MOST_LINES = {"P": 50, "I": 999}
_OLD_QUALIFIERS = {"BK": "ABK", "BF": "ABF"}
_IN_JSON = {*INSTITUTIONAL, "frequency"}


@dataclass(frozen=True, slots=True)
class Edit:
    """One field and its new value; None empties it. A line or diagnosis without field is taken off."""

    path: str
    part: str
    number: int
    field: str
    value: Any


class Rewrite:
    """One correction of one claim."""

    def __init__(self, session: Session, bundle: Bundle, payers: Mapping[str, PayerProfile]) -> None:
        self.session, self.bundle, self.payers = session, bundle, payers
        self.claim = bundle.claim

    def check(self, edits: Sequence[Edit]) -> None:
        """Refuse a line or diagnosis that is not there, before anything is changed. A new one is the next."""
        counts = {"line": len(self.bundle.lines), "diagnosis": len(self.bundle.diagnoses)}
        most = {"line": MOST_LINES[self.claim.form], "diagnosis": MOST_DIAGNOSES[self.claim.form]}
        for edit in sorted(edits, key=lambda each: each.number):
            if edit.part not in counts:
                continue
            if edit.number == counts[edit.part] + 1 and edit.field and edit.number <= most[edit.part]:
                counts[edit.part] += 1
            if not 0 < edit.number <= counts[edit.part]:
                raise BadInput(
                    f"{edit.path}: the claim has {counts[edit.part]} of these.",
                    tip=f"Numbers start at 1; the next free one adds one, up to {most[edit.part]}.",
                )

    def apply(self, edits: Sequence[Edit]) -> dict[str, list[Any]]:
        """Write every edit; returns each field's value before and after. What is taken off goes last."""
        changed: dict[str, list[Any]] = {}
        for edit in sorted(edits, key=_order):
            before = self._value(edit)
            self._set(edit)
            changed[edit.path] = [before, edit.value]
        self._settle()
        self.session.flush()
        return changed

    def _value(self, edit: Edit) -> Any:
        owners: dict[str, Any] = {
            "": self.claim,
            "patient": self.bundle.patient,
            "coverage": self.bundle.coverage,
        }
        if edit.part == "line":
            owner: Any = next((x for x in self.bundle.lines if x.number == edit.number), None)
        elif edit.part == "diagnosis":
            owner = next((x for x in self.bundle.diagnoses if x.position == edit.number), None)
        elif edit.part in owners:
            owner = owners[edit.part]
        else:
            owner = self.bundle.provider(getattr(self.claim, f"{edit.part}_id"))
        if not edit.field and owner is not None:
            return owner.model_dump(mode="json")
        if not edit.part and edit.field in _IN_JSON:
            return self.claim.institutional.get(edit.field)
        return getattr(owner, edit.field, None)

    def _set(self, edit: Edit) -> None:
        match edit.part:
            case "":
                self._claim(edit.field, edit.value)
            case "patient":
                setattr(self.bundle.patient, edit.field, edit.value)
                self.session.add(self.bundle.patient)
            case "coverage":
                set_coverage(self.session, self.bundle, self.payers, edit.field, edit.value)
            case "line":
                self._line(edit)
            case "diagnosis":
                self._diagnosis(edit)
            case role:
                set_provider(self.session, self.bundle, role, edit.field, edit.value)

    def _claim(self, field: str, value: Any) -> None:
        if field in _IN_JSON:
            kept = {name: each for name, each in self.claim.institutional.items() if name != field}
            self.claim.institutional = kept if value in (None, "1") else {**kept, field: str(value)}
        elif field in ("from_date", "through_date"):
            self._redate(field, value)
        else:
            setattr(self.claim, field, value)

    def _redate(self, field: str, value: date) -> None:
        """The lines that had the claim's day go along with it; so does a visit that had none."""
        old = getattr(self.claim, field)
        names = ("from_date", "through_date") if old == UNDATED else (field,)
        for row in (self.claim, *self.bundle.lines):
            for name in names:
                if getattr(row, name) == old:
                    setattr(row, name, value)
        encounter = self.session.get(Encounter, self.claim.encounter_id)
        if encounter is not None and encounter.starts_on == UNDATED:
            encounter.starts_on = encounter.ends_on = value

    def _line(self, edit: Edit) -> None:
        line = next((each for each in self.bundle.lines if each.number == edit.number), None)
        if line is None:
            line = self._new_line(edit.number)
        if not edit.field:
            self._take_off(line)
            return
        if edit.field == "from_date" and line.through_date == line.from_date:
            line.through_date = edit.value
        empty: Any = [] if edit.field in ("modifiers", "pointers") else None
        setattr(line, edit.field, empty if edit.value is None else edit.value)
        self.session.add(line)

    def _new_line(self, number: int) -> ClaimLine:
        line = ClaimLine(
            claim_id=self.claim.id,
            number=number,
            from_date=self.claim.from_date,
            through_date=self.claim.through_date,
        )
        self.bundle.lines.append(line)
        return line

    def _take_off(self, line: ClaimLine) -> None:
        """The row stays under a number below 0, since postings and remittances speak of it."""
        self.bundle.lines.remove(line)
        lowest = select(func.min(col(ClaimLine.number))).where(ClaimLine.claim_id == self.claim.id)
        line.number = min(self.session.exec(lowest).one(), 0) - 1
        self._flushed(line)
        for number, each in enumerate(self.bundle.lines, 1):
            if each.number != number:
                each.number = number
                self._flushed(each)

    def _diagnosis(self, edit: Edit) -> None:
        row = next((each for each in self.bundle.diagnoses if each.position == edit.number), None)
        if row is None:
            qualifier = "ABK" if edit.number == 1 else "ABF"
            row = ClaimDiagnosis(claim_id=self.claim.id, position=edit.number, qualifier=qualifier, code="")
            self.bundle.diagnoses.append(row)
        if not edit.field:
            self._drop(row)
            return
        setattr(row, edit.field, edit.value)
        row.qualifier = _OLD_QUALIFIERS.get(row.qualifier, row.qualifier)
        self.session.add(row)

    def _drop(self, row: ClaimDiagnosis) -> None:
        """The later ones move up and the lines' pointers follow."""
        gone = row.position
        self.bundle.diagnoses.remove(row)
        self.session.delete(row)
        self.session.flush()
        for each in self.bundle.diagnoses[gone - 1 :]:
            each.position -= 1
            self._flushed(each)
        if gone == 1 and self.bundle.diagnoses and self.bundle.diagnoses[0].qualifier == "ABF":
            self.bundle.diagnoses[0].qualifier = "ABK"
        for line in self.bundle.lines:
            line.pointers = [p - (p > gone) for p in line.pointers if p != gone]

    def _flushed(self, row: ClaimLine | ClaimDiagnosis) -> None:
        """One by one: two rows of a claim must not have the same number for a moment."""
        self.session.add(row)
        self.session.flush()

    def _settle(self) -> None:
        """The claim's charge and days are those of its lines; an only diagnosis is what lines point at."""
        lines = self.bundle.lines
        charges = (line.charge for line in lines if line.charge is not None)
        self.claim.charge = sum(charges, Decimal("0.00"))
        if lines and self.claim.form == "P":
            self.claim.from_date = min(line.from_date for line in lines)
            self.claim.through_date = max(line.through_date for line in lines)
        for line in lines:
            if not line.pointers and len(self.bundle.diagnoses) == 1:
                line.pointers = [1]
        self.session.add_all([self.claim, *lines])


def _order(edit: Edit) -> tuple[bool, bool, int]:
    """Another payer or NPI first, as it may mean another row; what is taken off last, from behind."""
    off = edit.part in ("line", "diagnosis") and not edit.field
    return off, edit.field not in ("payer_id", "npi"), -edit.number if off else edit.number
