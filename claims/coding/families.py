"""Families of codes, for reports: wide enough that small numbers mean something, by the codes' own order."""

import re

_PROCEDURES = (
    (re.compile(r"99[2-4]\d\d|9920[24]|G0402|G043[89]|G046[3-7]"), "visits"),
    (re.compile(r"0[01]\d{3}"), "anaesthesia"),
    (re.compile(r"[1-6]\d{4}"), "surgery"),
    (re.compile(r"7\d{4}"), "imaging"),
    (re.compile(r"8\d{4}"), "laboratory"),
    (re.compile(r"9\d{4}"), "medicine"),
    (re.compile(r"[JQ]\d{4}"), "drugs"),
    (re.compile(r"[A-Z]\d{4}"), "HCPCS"),
)
LEVELS: dict[str, tuple[str, ...]] = {
    "new patient visits": ("99202", "99203", "99204", "99205"),
    "established patient visits": ("99211", "99212", "99213", "99214", "99215"),
    "emergency visits": ("99281", "99282", "99283", "99284", "99285"),
    "initial hospital visits": ("99221", "99222", "99223"),
    "later hospital visits": ("99231", "99232", "99233"),
    "home visits": ("99347", "99348", "99349", "99350"),
    "nursing facility visits": ("99307", "99308", "99309", "99310"),
}
"""Visits that differ in their level alone, lowest first."""


def family_of_procedure(code: str | None) -> str:
    return next((name for pattern, name in _PROCEDURES if pattern.fullmatch(code or "")), "other services")


def family_of_diagnosis(code: str | None) -> str:
    return f"ICD-10-CM {code[0]}" if code else "ICD-10-CM"


def levels_of(code: str | None) -> tuple[str, tuple[str, ...]] | None:
    """The name and the levels of the visits that the code is one of."""
    return next((each for each in LEVELS.items() if code in each[1]), None)
