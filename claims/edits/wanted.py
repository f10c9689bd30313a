"""Which codes the edits will ask for, so that many claims' look-ups are one query a set."""

from collections.abc import Iterable
from itertools import permutations

from claims.bundle import Bundle
from claims.codes import OUTPATIENT, PRACTITIONER, pair_key

_BY_PROCEDURE = ("addon", "clia", "coverage", "cpt", "hcpcs", "rvu")


def wanted(bundles: Iterable[Bundle]) -> dict[str, set[str]]:
    """The codes of each set that these claims name, and the pairs of procedures of each of their days."""
    found: dict[str, set[str]] = {}
    for bundle in bundles:
        setting = PRACTITIONER if bundle.claim.form == "P" else OUTPATIENT
        days: dict[object, set[str]] = {}
        for line in bundle.lines:
            if line.procedure_code:
                days.setdefault(line.from_date, set()).add(line.procedure_code)
        codes = {code for day in days.values() for code in day}
        pairs = {pair_key(*pair) for day in days.values() for pair in permutations(day, 2)}
        for name in (*_BY_PROCEDURE, f"mue_{setting}"):
            found.setdefault(name, set()).update(codes)
        found.setdefault(f"ptp_{setting}", set()).update(pairs)
        found.setdefault("icd10cm", set()).update(diagnosis.code for diagnosis in bundle.diagnoses)
    return found
