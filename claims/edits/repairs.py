"""Repairs of form before a claim is judged: case, spaces, punctuation, the shape of ZIP+4; never meaning.

A repair happens only where the result has the shape that the field wants, so that nothing is guessed. What
was repaired is told in the claim's history by field and kind; the bytes that came in stay in the archive.
Names keep their letters here: the file that goes out writes them in capitals, letters to patients do not.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from claims.bundle import Bundle
from claims.edits.rules.coverage import MEDICARE_ID
from config.payers import PayerProfile

Shape = re.Pattern[str]
Change = Callable[[str], str]
_PUNCTUATION = str.maketrans("", "", "-. /()")


@dataclass(frozen=True, slots=True)
class Repair:
    """One field whose form was mended; ``how`` says by what: spaces, upper case, punctuation."""

    path: str
    how: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def _spaces(text: str) -> str:
    return " ".join(text.split())


def _bare(text: str) -> str:
    return text.translate(_PUNCTUATION)


def _ndc(text: str) -> str:
    """With hyphens the three parts are known, and shorter ones are filled with zeros to 5-4-2."""
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return text
    return "".join(part.zfill(length) for part, length in zip(parts, (5, 4, 2), strict=True))


@dataclass(frozen=True, slots=True)
class _Form:
    """How a field is mended: steps in their order, as long as the end has the ``shape``."""

    steps: tuple[tuple[str, Change], ...]
    shape: Shape | None = None

    def mended(self, text: str) -> tuple[str, list[str]]:
        """The text in its form and what was done; as it was where that does not reach the shape."""
        found = text
        done: list[str] = []
        for how, change in self.steps:
            if (after := change(found)) != found:
                found, done = after, [*done, how]
        fits = self.shape is None or self.shape.fullmatch(found)
        return (found, done) if fits and found else (text, [])


SPACES, UPPER, BARE = ("spaces", _spaces), ("upper case", str.upper), ("punctuation", _bare)


def _coded(shape: str) -> _Form:
    return _Form((SPACES, UPPER, BARE), re.compile(shape, re.ASCII))


TEXT = _Form((SPACES,))
NUMBER = _Form((SPACES,))
STATE, ZIP = _coded(r"[A-Z]{2}"), _coded(r"\d{5}(?:\d{4})?")
ADDRESS = {"line1": TEXT, "line2": TEXT, "city": TEXT, "state": STATE, "postal": ZIP}
PATIENT = {"family": TEXT, "given": TEXT, "middle": TEXT, "phone": _coded(r"\d{10}"), **ADDRESS}
PROVIDER = {
    "name": TEXT,
    "given": TEXT,
    "npi": _coded(r"\d{10}"),
    "tax_id": _coded(r"\d{9}"),
    "taxonomy": _coded(r"[0-9A-Z]{10}"),
    "clia": _coded(r"\d\dD\d{7}"),
    **ADDRESS,
}
COVERAGE = {
    "member_id": NUMBER,
    "group_number": NUMBER,
    "subscriber_family": TEXT,
    "subscriber_given": TEXT,
    "subscriber_line1": TEXT,
    "subscriber_city": TEXT,
    "subscriber_state": STATE,
    "subscriber_postal": ZIP,
}
CLAIM = {
    "authorization_number": NUMBER,
    "referral_number": NUMBER,
    "clia": _coded(r"\d\dD\d{7}"),
    "facility_code": _coded(r"\d[0-9A-Z]"),
    "accident": _coded(r"AA|EM|OA"),
    "accident_state": STATE,
}
LINE = {
    "procedure_code": _coded(r"[0-9A-Z]{5}"),
    "revenue_code": _coded(r"\d{4}"),
    "place_of_service": _coded(r"\d\d"),
    "unit_kind": _coded(r"UN|MJ|DA"),
    "ndc": _Form((SPACES, ("punctuation", _ndc)), re.compile(r"\d{11}", re.ASCII)),
}
DIAGNOSIS = {"code": _coded(r"[A-Z]\d[0-9AB][0-9A-Z]{0,4}")}
MODIFIER = _coded(r"[0-9A-Z]{2}")
MEDICARE = _Form((SPACES, UPPER, BARE), MEDICARE_ID)


def repair(bundle: Bundle, payers: Mapping[str, PayerProfile]) -> list[Repair]:
    """Mend the rows' forms and tell what was mended. A second time finds nothing to do."""
    profile = payers.get(bundle.coverage.payer_id) if bundle.coverage else None
    return list(_repairs(bundle, medicare=profile is not None and profile.kind == "medicare"))


def _repairs(bundle: Bundle, *, medicare: bool) -> Iterator[Repair]:
    yield from _row("", bundle.claim, CLAIM)
    yield from _row("patient.", bundle.patient, PATIENT)
    if bundle.coverage is not None:
        forms = {**COVERAGE, "member_id": MEDICARE} if medicare else COVERAGE
        yield from _row("coverage.", bundle.coverage, forms)
    for role in ("billing", "rendering", "referring", "facility", "attending"):
        provider = bundle.provider(getattr(bundle.claim, f"{role}_id"))
        if provider is not None:
            yield from _row(f"{role}.", provider, PROVIDER)
    for line in bundle.lines:
        yield from _row(f"line.{line.number}.", line, LINE)
        yield from _modifiers(line)
    for diagnosis in bundle.diagnoses:
        yield from _row(f"diagnosis.{diagnosis.position}.", diagnosis, DIAGNOSIS)


def _row(prefix: str, row: Any, forms: dict[str, _Form]) -> Iterator[Repair]:
    for name, form in forms.items():
        text = getattr(row, name)
        if text:
            mended, done = form.mended(text)
            if done:
                setattr(row, name, mended)
                yield Repair(prefix + name, ", ".join(done))


def _modifiers(line: Any) -> Iterator[Repair]:
    pairs = [MODIFIER.mended(modifier) for modifier in line.modifiers]
    done = dict.fromkeys(how for _, several in pairs for how in several)
    if done:
        line.modifiers = [modifier for modifier, _ in pairs]
        yield Repair(f"line.{line.number}.modifiers", ", ".join(done))
