"""What a payer wants authorized: the rules of its file, held against a claim's lines."""

from collections.abc import Iterable
from functools import lru_cache

from claims.bundle import Bundle
from claims.model import ClaimLine
from config.payers import PayerProfile
from config.payers.authorization import Need


def codes_in_need(bundle: Bundle, profile: PayerProfile | None) -> list[str]:
    """The billed codes that the payer's file wants authorized on this claim, each once."""
    return list(dict.fromkeys(line.procedure_code or "" for line in lines_in_need(bundle, profile)))


def lines_in_need(bundle: Bundle, profile: PayerProfile | None) -> list[ClaimLine]:
    if profile is None or profile.authorization is None:
        return []
    needs = profile.authorization.needs
    return [line for line in bundle.lines if any(_wants(need, line, bundle) for need in needs)]


def matches(value: str, wanted: tuple[str, ...]) -> bool:
    """Whether it is one of the entries; one that ends in * is a prefix."""
    exact, prefixes = _sorted(wanted)
    return value in exact or (bool(prefixes) and value.startswith(prefixes))


def _wants(need: Need, line: ClaimLine, bundle: Bundle) -> bool:
    code, day = line.procedure_code, line.from_date
    if not code or not matches(code, need.codes):
        return False
    if (need.starts and day < need.starts) or (need.ends and day > need.ends):
        return False
    place = line.place_of_service or bundle.claim.facility_code or ""
    return _fits([place], need.places, need.except_places) and _fits(
        [each.code for each in bundle.diagnoses], need.diagnoses, need.except_diagnoses
    )


def _fits(values: Iterable[str], wanted: tuple[str, ...], excepted: tuple[str, ...]) -> bool:
    found = list(values)
    if excepted and any(matches(value, excepted) for value in found):
        return False
    return not wanted or any(matches(value, wanted) for value in found)


@lru_cache(maxsize=1024)
def _sorted(entries: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The entries, and the beginnings of those that are prefixes."""
    exact = frozenset(entry for entry in entries if not entry.endswith("*"))
    return exact, tuple(entry[:-1] for entry in entries if entry.endswith("*"))
