"""What each field may hold: one form a kind of value, used by every reader and by corrections alike.

A value that does not fit is refused, never bent into shape, and what is said about it never repeats it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

T = TypeVar("T")

LONGEST_VALUE = 1000
FIRST_YEAR, LAST_YEAR = 1850, 2150


class Unfit(ValueError):
    """A value is not what its field takes; ``expected`` says what is."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


@dataclass(frozen=True)
class Form(Generic[T]):
    """One kind of value: what to tell a person that it looks like, and how it is read (None: not so)."""

    expected: str
    parse: Callable[[str], T | None]

    def read(self, raw: str) -> T:
        """The value of ``raw``; raises Unfit."""
        value = self.parse(clean(raw)) if len(raw) <= LONGEST_VALUE else None
        if value is None:
            raise Unfit(self.expected)
        return value


@dataclass
class Troubles:
    """What could not be read, each with its place in the file; such a field stays empty."""

    lines: list[str] = field(default_factory=list)

    def take(self, form: Form[T], raw: str | None, where: str) -> T | None:
        """The value, or None when there is none or it does not fit."""
        if raw is None or not raw.strip():
            return None
        try:
            return form.read(raw)
        except Unfit as unfit:
            self.add(where, unfit.expected)
            return None

    def add(self, where: str, expected: str) -> None:
        self.lines.append(f"{where}: {expected} was expected.")


def clean(text: str) -> str:
    """One line in one normal form: control, direction and other invisible characters are taken out."""
    if not (text.isascii() and text.isprintable()):
        spaced = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
        text = "".join(c for c in spaced if not unicodedata.category(c).startswith("C"))
    return " ".join(text.split())


def _matching(
    expected: str, pattern: str, drop: str = "", words: Mapping[str, str] | None = None
) -> Form[str]:
    """Upper-cased text that matches; the characters of ``drop`` are punctuation that people write."""
    whole, table = re.compile(pattern, re.ASCII), dict.fromkeys(map(ord, drop))

    def parse(text: str) -> str | None:
        upper = text.upper()
        code = words.get(upper, upper) if words else upper.translate(table)
        return code if whole.fullmatch(code) else None

    return Form(expected, parse)


def _text(most: int) -> Form[str]:
    return Form(f"a text of at most {most} characters", lambda text: text if 0 < len(text) <= most else None)


_MONEY = re.compile(r"\d{1,8}(?:\.\d{1,2})?", re.ASCII)
_UNITS = re.compile(r"\d{1,6}(?:\.\d{1,3})?", re.ASCII)
_DAY = re.compile(r"(?P<y>\d{4})-?(?P<m>\d\d)-?(?P<d>\d\d)|(?P<us>\d\d/\d\d/\d{4})", re.ASCII)


def _money(text: str) -> Decimal | None:
    return Decimal(text).quantize(Decimal("0.01")) if _MONEY.fullmatch(text) else None


def _units(text: str) -> Decimal | None:
    value = Decimal(text) if _UNITS.fullmatch(text) else Decimal(0)
    return value if value > 0 else None


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    month, day, year = found["us"].split("/") if found["us"] else (found["m"], found["d"], found["y"])
    try:
        value = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return value if FIRST_YEAR <= value.year <= LAST_YEAR else None


def _several(one: Form[str], most: int) -> Callable[[str], list[str] | None]:
    def parse(text: str) -> list[str] | None:
        values = [one.parse(part) for part in re.split(r"[\s,:|;]+", text) if part]
        found = [value for value in values if value]
        return found if len(found) == len(values) and 0 < len(found) <= most else None

    return parse


def _pointers(text: str) -> list[int] | None:
    parts = _several(_matching("", r"[1-9]|1[0-2]"), 4)(text)
    return None if parts is None or len(set(parts)) < len(parts) else [int(part) for part in parts]


SEXES = {"FEMALE": "F", "MALE": "M", "OTHER": "U", "UNKNOWN": "U"}
RELATIONSHIPS = {"SELF": "18", "SPOUSE": "01", "CHILD": "19", "OTHER": "G8"}

TEXT = _text(60)
LONG_TEXT = _text(300)
NUMBER = _text(50)
NPI = _matching("an NPI of 10 digits", r"\d{10}")
TAX_ID = _matching("a tax id (EIN) of 9 digits", r"\d{9}", drop="-")
TAXONOMY = _matching("a taxonomy code of 10 letters and digits", r"[0-9A-Z]{10}")
CLIA = _matching("a CLIA number such as 05D1234567", r"\d\dD\d{7}")
POSTAL = _matching("a ZIP code of 5 or 9 digits", r"\d{5}(?:\d{4})?", drop="- ")
STATE = _matching("a state of two letters", r"[A-Z]{2}")
PHONE = _matching("a phone number of 10 digits", r"\d{10}", drop="-() .+")
SEX = _matching("F, M or U", r"[FMU]", words=SEXES)
DAY = Form("a date such as 2026-02-16", _day)
MONEY = Form("an amount such as 1250.00, without sign, currency or thousands mark,", _money)
UNITS = Form("a number above 0 with at most three decimals", _units)
UNIT_KIND = _matching("UN, MJ or DA", r"UN|MJ|DA")
DRUG_UNIT = _matching("UN, ML, GR, ME or F2", r"UN|ML|GR|ME|F2")
PROCEDURE = _matching("a procedure code of 5 letters and digits", r"[0-9A-Z]{5}")
MODIFIER = _matching("a modifier of 2 letters and digits", r"[0-9A-Z]{2}")
MODIFIERS = Form("one to four modifiers of 2 letters and digits", _several(MODIFIER, 4))
DIAGNOSIS = _matching("a diagnosis code of 3 to 7 letters and digits", r"[0-9A-Z]\d[0-9A-Z]{1,5}", drop=".")
DIAGNOSES = Form("up to 25 diagnosis codes", _several(DIAGNOSIS, 25))
POINTERS = Form("one to four different diagnosis positions from 1 to 12", _pointers)
REVENUE = Form(
    "a revenue code of 3 or 4 digits",
    lambda text: text.zfill(4) if re.fullmatch(r"\d{3,4}", text, re.ASCII) else None,
)
PLACE = _matching("a place of service of 2 digits", r"\d\d")
FACILITY = _matching("a place of service, or the first 2 digits of a type of bill,", r"\d[0-9A-Z]")
NDC = _matching("an NDC of 11 digits", r"\d{11}", drop="-")
PAYER = _matching("a payer id of 2 to 20 letters, digits, hyphens or dots", r"[0-9A-Z][0-9A-Z.\-]{1,19}")
FILING_INDICATOR = _matching("a claim filing indicator of 2 characters", r"[0-9A-Z]{2}")
RELATIONSHIP = _matching(
    "a relationship code (18 self, 01 spouse, 19 child)", r"\d\d|G8", words=RELATIONSHIPS
)
SEQUENCE = _matching("P, S or T", r"[PST]")
ACCIDENT = _matching("AA, EM or OA", r"AA|EM|OA")
CLAIM_FORM = _matching("P (professional) or I (institutional)", r"[PI]")
FREQUENCY = _matching("1 (original), 7 (replacement) or 8 (void)", r"[178]")
CODE = _matching("a code of 1 to 3 letters and digits", r"[0-9A-Z]{1,3}")
HOUR = _matching("an hour such as 1430", r"(?:[01]\d|2[0-3])[0-5]\d", drop=":")
POA = _matching("Y, N, U, W or 1", r"[YNUW1]")
PCN = _matching("up to 20 letters, digits and hyphens", r"[0-9A-Z][0-9A-Z\-]{0,19}")
