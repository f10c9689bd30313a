"""What the audits say: agreement and accuracy by coder, by family of codes and by kind of error."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from claims.coding.exact import interval
from claims.coding.families import family_of_diagnosis, family_of_procedure
from claims.model import CodingAudit, Verdict


@dataclass(slots=True)
class Tally:
    """``agreed`` of ``audits`` claims; ``wrong`` of ``codes`` codes."""

    audits: int = 0
    agreed: int = 0
    codes: int = 0
    wrong: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "audits": self.audits,
            "agreed": self.agreed,
            "agreement": _share(self.agreed, self.audits),
            "agreement_between": [round(end, 3) for end in interval(self.agreed, self.audits)],
            "codes": self.codes,
            "wrong": self.wrong,
            "accuracy": _share(self.codes - self.wrong, self.codes),
        }


@dataclass(slots=True)
class AuditReport:
    """Closed audits since a day; ``open`` ones wait for a verdict. ``favours`` has over, under and neither.

    Random samples and those drawn for a pattern are told apart: only the first speak for all claims.
    """

    since: date
    open: int = 0
    by_coder: dict[str, Tally] = field(default_factory=dict)
    by_sample: dict[str, Tally] = field(default_factory=dict)
    by_family: dict[str, Tally] = field(default_factory=dict)
    by_kind: Counter[str] = field(default_factory=Counter)
    favours: Counter[str] = field(default_factory=Counter)
    favours_by_coder: dict[str, Counter[str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        tallies = {"coder": self.by_coder, "sample": self.by_sample, "family": self.by_family}
        return {
            "since": self.since.isoformat(),
            "open": self.open,
            **{
                f"by_{name}": [{"name": who, **tally.as_json()} for who, tally in sorted(table.items())]
                for name, table in tallies.items()
            },
            "by_kind": dict(self.by_kind.most_common()),
            "favours": dict(self.favours),
            "favours_by_coder": {who: dict(counts) for who, counts in sorted(self.favours_by_coder.items())},
        }


def report(session: Session, since: date) -> AuditReport:
    """Over the audits that were drawn from ``since`` on."""
    made = AuditReport(since)
    for audit in session.exec(select(CodingAudit).where(col(CodingAudit.drawn_on) >= since)):
        if audit.verdict is Verdict.OPEN:
            made.open += 1
        else:
            _add(made, audit)
    return made


def _add(made: AuditReport, audit: CodingAudit) -> None:
    codes = list(_codes(audit.codes))
    for tally in (
        made.by_coder.setdefault(audit.coder, Tally()),
        made.by_sample.setdefault("at random" if audit.chosen_for == "sample" else "for a pattern", Tally()),
    ):
        tally.audits += 1
        tally.agreed += audit.verdict is Verdict.AGREE
        tally.codes += len(codes)
        tally.wrong += _wrong(audit.errors)
    _add_families(made, audit, codes)
    for error in audit.errors:
        made.by_kind[error["kind"]] += 1
        made.favours[error["favours"]] += 1
        made.favours_by_coder.setdefault(audit.coder, Counter())[error["favours"]] += 1


def _add_families(made: AuditReport, audit: CodingAudit, codes: Iterable[str]) -> None:
    """A claim agrees in a family when none of its errors is in it."""
    counted = Counter(codes)
    wrong = {error["family"] for error in audit.errors}
    for family in {*counted, *wrong}:
        tally = made.by_family.setdefault(family, Tally())
        tally.audits += 1
        tally.agreed += family not in wrong
        tally.codes += counted[family]
        tally.wrong += _wrong([error for error in audit.errors if error["family"] == family])


def _codes(rows: Sequence[dict[str, Any]]) -> Iterable[str]:
    """The family of each code of a claim: a diagnosis or a line is one code."""
    for row in rows:
        diagnosis = row["field"].startswith("diagnosis")
        yield family_of_diagnosis(row["code"]) if diagnosis else family_of_procedure(row["procedure_code"])


def _wrong(errors: Sequence[dict[str, Any]]) -> int:
    """Codes that are wrong: several faults of one line are one."""
    return len({".".join(error["field"].split(".")[:2]) for error in errors})


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
