"""Which edition a file is, read from the names that publishers give to files and zips."""

import re
from collections.abc import Callable
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "|".join(_MONTHS)
_VERSION = re.compile(
    r"v\d{3}r\d+|\d{4}[-_]?q[1-4]|taxonomy_\d{3}|rvu\d\d[a-d]|pfall\d\d[a-d]|eff_[\d-]+", re.IGNORECASE
)


def _quarter(year: str, quarter: str) -> date:
    return date(int(year), int(quarter) * 3 - 2, 1)


def _letter(year: str, letter: str) -> date:
    return _quarter(f"20{year}", str("abcd".index(letter.lower()) + 1))


def _month(name: str, year: str) -> date:
    return date(int(year), _MONTHS.index(name.lower()[:3]) + 1, 1)


def _fiscal(year: str) -> date:
    return date(int(year) - 1, 10, 1)


_NAMES: tuple[tuple[str, Callable[..., date]], ...] = (
    (r"eff[-_](\d\d)-(\d\d)-(\d{4})", lambda m, d, y: date(int(y), int(m), int(d))),
    (r"(\d{4})[-_]?q([1-4])", _quarter),  # NCCI PTP, MUE, add-on codes
    (r"(?:rvu|pfrev|pfall)(\d\d)([a-d])", _letter),
    (rf"pprrvu(?P<year>\d{{4}})[-_](?P<name>{_MONTH})", lambda year, name: _month(name, year)),
    (rf"hcpc(?P<year>\d{{4}})[-_](?P<name>{_MONTH})", lambda year, name: _month(name, year)),
    (rf"({_MONTH})[a-z]*[-_](\d{{4}})[-_]alpha", _month),
    (r"taxonomy_(\d\d)([01])", lambda year, half: date(2000 + int(year), 7 if half == "1" else 1, 1)),
    (r"april[-_]?1?[-_](\d{4})", lambda year: date(int(year), 4, 1)),  # the ICD's update of the year
    (r"icd10(?:cm|pcs)[-_](?:order|codes)[-_](\d{4})", _fiscal),
)


def edition_day(name: str) -> date | None:
    """The first day of the edition that such a file or zip holds, if its name tells."""
    for pattern, made in _NAMES:
        found = re.search(pattern, name, re.IGNORECASE)
        if found:
            try:
                return made(*found.groups())
            except ValueError:
                continue
    return None


def version_of(name: str) -> str:
    """What people call the edition: the publisher's own name for it, empty when the file has none."""
    found = _VERSION.search(name)
    return found[0].lower() if found else ""
