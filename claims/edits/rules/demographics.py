"""Who the patient and the subscriber are."""

import re
from collections.abc import Iterator
from datetime import date

from claims.edits.rules.zips import prefixes
from claims.edits.subject import Hit, Subject, edit

ZIP = re.compile(r"(?!0+$)\d{5}(?:\d{4})?", re.ASCII)
UNSENDABLE = re.compile(r"[~*:^\x00-\x1f\x7f]")
LENGTHS = {"family": (1, 60), "given": (1, 35), "street": (1, 55), "street 2": (1, 55), "city": (2, 30)}
OLDEST = 120
SELF = "18"
PLACEHOLDERS = frozenset(
    ("UNKNOWN", "NONE", "TBD", "N/A", "NA", "NULL", "XXX", "XX", "ASDF", "NOT GIVEN", "DECLINED")
)
STAND_IN_DATES = (date(1900, 1, 1), date(1901, 1, 1), date(1911, 11, 11))
DIGIT = re.compile(r"\d")
PHONE = re.compile(r"[2-9]\d{2}[2-9]\d{6}", re.ASCII)


@edit("patient.name")
def name_missing(subject: Subject) -> Iterator[Hit]:
    if not (subject.patient.family or "").strip() or not (subject.patient.given or "").strip():
        yield Hit()


@edit("patient.birth_date")
def birth_date_missing(subject: Subject) -> Iterator[Hit]:
    if subject.patient.birth_date is None:
        yield Hit()


@edit("patient.born_after_service")
def born_after_service(subject: Subject) -> Iterator[Hit]:
    born = subject.patient.birth_date
    if born is not None and born > subject.claim.from_date:
        yield Hit()


@edit("patient.too_old")
def too_old(subject: Subject) -> Iterator[Hit]:
    age = subject.age_on(subject.claim.from_date)
    if age is not None and age > OLDEST:
        yield Hit()


@edit("patient.sex")
def sex_unknown(subject: Subject) -> Iterator[Hit]:
    if subject.patient.sex not in ("F", "M", "U"):
        yield Hit()


@edit("patient.address")
def address_missing(subject: Subject) -> Iterator[Hit]:
    patient = subject.patient
    if not all((patient.line1, patient.city, patient.state, patient.postal)):
        yield Hit()


def _addresses(subject: Subject) -> Iterator[tuple[str, str | None, str | None]]:
    """Whose address, its state and its ZIP."""
    yield "the patient's", subject.patient.state, subject.patient.postal
    for role, provider in subject.providers():
        yield f"the {role} provider's", provider.state, provider.postal


@edit("address.state")
def state_unknown(subject: Subject) -> Iterator[Hit]:
    for whose, state, _ in _addresses(subject):
        if state and not subject.codes.spans("state", state.upper()):
            yield Hit(whose)


@edit("address.zip")
def zip_malformed(subject: Subject) -> Iterator[Hit]:
    for whose, _, postal in _addresses(subject):
        if postal and not ZIP.fullmatch(postal.replace("-", "")):
            yield Hit(whose)


def texts_of(subject: Subject) -> list[tuple[str, dict[str, str | None]]]:
    """Whose names and address, and each by what it is."""
    return subject.once("texts", _texts)


def _texts(subject: Subject) -> list[tuple[str, dict[str, str | None]]]:
    patient, coverage = subject.patient, subject.coverage
    address = {"street": patient.line1, "street 2": patient.line2, "city": patient.city}
    found = [("the patient's", {"family": patient.family, "given": patient.given, **address})]
    if coverage is not None:
        holder = {"family": coverage.subscriber_family, "given": coverage.subscriber_given}
        found.append(("the subscriber's", holder))
    for role, provider in subject.providers():
        place = {"street": provider.line1, "street 2": provider.line2, "city": provider.city}
        names = {"family": provider.name, "given": provider.given}
        found.append((f"the {role} provider's", {**names, **place}))
    return found


def joined_texts(subject: Subject) -> list[tuple[str, str]]:
    """Whose names and address, all in one text: most claims are settled by one look at each."""
    return subject.once("joined texts", _joined)


def _joined(subject: Subject) -> list[tuple[str, str]]:
    return [(whose, " ".join(filter(None, texts.values()))) for whose, texts in texts_of(subject)]


@edit("text.characters")
def unsendable_characters(subject: Subject) -> Iterator[Hit]:
    for whose, text in joined_texts(subject):
        if UNSENDABLE.search(text):
            yield Hit(whose)


@edit("text.length")
def too_long(subject: Subject) -> Iterator[Hit]:
    for whose, texts in texts_of(subject):
        for what, text in texts.items():
            shortest, longest = LENGTHS[what]
            if text and not shortest <= len(text.strip()) <= longest:
                yield Hit(f"{whose} {what}")


@edit("subscriber.incomplete", on="dependent")
def subscriber_incomplete(subject: Subject) -> Iterator[Hit]:
    coverage = subject.coverage
    if coverage is None or coverage.relationship == SELF:
        return
    if not (coverage.subscriber_family and coverage.subscriber_given):
        yield Hit()


@edit("subscriber.self_differs")
def self_differs(subject: Subject) -> Iterator[Hit]:
    coverage = subject.coverage
    if coverage is None or coverage.relationship != SELF or coverage.subscriber_birth_date is None:
        return
    if coverage.subscriber_birth_date != subject.patient.birth_date:
        yield Hit()


@edit("patient.placeholder")
def name_is_a_placeholder(subject: Subject) -> Iterator[Hit]:
    for name in (subject.patient.family, subject.patient.given):
        if (name or "").strip().upper() in PLACEHOLDERS:
            yield Hit()


@edit("patient.digits")
def name_holds_digits(subject: Subject) -> Iterator[Hit]:
    if not subject.synthetic and DIGIT.search(f"{subject.patient.family}{subject.patient.given}"):
        yield Hit()


@edit("patient.stand_in_date")
def birth_date_is_a_stand_in(subject: Subject) -> Iterator[Hit]:
    if subject.patient.birth_date in STAND_IN_DATES:
        yield Hit()


@edit("patient.phone")
def phone_unreachable(subject: Subject) -> Iterator[Hit]:
    if subject.patient.phone and not subject.synthetic and not PHONE.fullmatch(subject.patient.phone):
        yield Hit()


@edit("address.zip_state")
def zip_in_another_state(subject: Subject) -> Iterator[Hit]:
    for whose, state, postal in _addresses(subject):
        known = prefixes((state or "").upper())
        if known and postal and postal[:3] not in known and ZIP.fullmatch(postal.replace("-", "")):
            yield Hit(whose)
