"""Elements to values and back: money, quantities, days."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

# X12 type R without exponent, at most 18 digits: no sum of such can overflow or lose a cent.
NUMBER = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,9})?|\.\d{1,9})", re.ASCII)
DAY = re.compile(r"\d{8}", re.ASCII)


class BadValue(ValueError):
    """An element that is no number or day. Stays inside the codec: the readers turn it into a finding."""


@lru_cache(maxsize=4096)
def number(text: str) -> Decimal:
    """A required number. Charges and fees repeat: most are told from the last ones."""
    if NUMBER.fullmatch(text) is None:
        raise BadValue("number")
    return Decimal(text)


def number_or_none(text: str) -> Decimal | None:
    """A number, or None for an absent element."""
    return number(text) if text else None


@lru_cache(maxsize=4096)
def day(text: str) -> date:
    """CCYYMMDD."""
    if DAY.fullmatch(text) is None:
        raise BadValue("date")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError as error:
        raise BadValue("date") from error


def day_or_none(text: str) -> date | None:
    """A day, or None for an absent element."""
    return day(text) if text else None


def moment(day_text: str, time_text: str) -> datetime | None:
    """The day and the time (HHMM, HHMMSS) of a BHT, or None when they are absent or no moment."""
    try:
        found = day(day_text)
        hour, minute, second = time_text[:2] or "0", time_text[2:4] or "0", time_text[4:6] or "0"
        return datetime(found.year, found.month, found.day, int(hour), int(minute), int(second))  # noqa: DTZ001
    except ValueError:
        return None


def odd_time(created: datetime | None, time_text: str) -> str:
    """The time of a BHT as it stands, where the moment would not be written like that (HHMMSSDD)."""
    return "" if of_moment(created)[1] == time_text else time_text


def of_number(value: Decimal | None) -> str:
    """The element of a number; never an exponent."""
    if value is None:
        return ""
    text = str(value)
    return text if "E" not in text else f"{value:f}"


@lru_cache(maxsize=4096)
def of_day(value: date | None) -> str:
    """CCYYMMDD."""
    return "" if value is None else value.isoformat().replace("-", "")


def of_moment(value: datetime | None) -> tuple[str, str]:
    """CCYYMMDD and HHMM, with seconds where there are any."""
    if value is None:
        return "", ""
    return value.strftime("%Y%m%d"), value.strftime("%H%M%S" if value.second else "%H%M")
