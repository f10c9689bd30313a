"""The insurance that the claim goes out under, its authorization and referral."""

import re
from collections.abc import Iterator

from claims.authorization import codes_in_need
from claims.edits.subject import Hit, Subject, edit

MEMBER_ID = re.compile(r"[A-Za-z0-9-]{2,80}")
_LETTER = "[AC-HJKMNP-RT-Y]"
_EITHER = "[0-9AC-HJKMNP-RT-Y]"
MEDICARE_ID = re.compile(rf"[1-9]{_LETTER}{_EITHER}\d{_LETTER}{_EITHER}\d{_LETTER}{{2}}\d{{2}}", re.ASCII)
RELATIONSHIPS = frozenset(("01", "18", "19", "20", "21", "39", "40", "53", "G8"))
FILING_INDICATORS = frozenset((
    "11", "12", "13", "14", "15", "16", "17", "AM", "BL", "CH", "CI", "DS", "FI", "HM", "LM", "MA", "MB",
    "MC", "OF", "TV", "VA", "WC", "ZZ",
))  # fmt: skip
ORDERED = re.compile(r"[78]\d{4}", re.ASCII)
GATED, PRIMARY_CARE = "HM", ("207Q", "207R00000", "2080", "208D", "363L", "363A", "261Q")
AUTHORIZATION = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9 ./_-]{1,49}")


@edit("coverage.missing")
def coverage_missing(subject: Subject) -> Iterator[Hit]:
    if subject.coverage is None:
        yield Hit()


@edit("payer.unknown")
def payer_unknown(subject: Subject) -> Iterator[Hit]:
    """Silent where no payer is known at all: then a file is judged away from any practice."""
    if subject.coverage and subject.profile is None and subject.lookups.payers:
        yield Hit(subject.coverage.payer_id)


@edit("member_id.missing")
def member_id_missing(subject: Subject) -> Iterator[Hit]:
    if subject.coverage and not (subject.coverage.member_id or "").strip():
        yield Hit()


@edit("member_id.shape")
def member_id_malformed(subject: Subject) -> Iterator[Hit]:
    member_id = subject.coverage.member_id if subject.coverage else None
    if member_id and not MEMBER_ID.fullmatch(member_id):
        yield Hit()


@edit("member_id.medicare")
def medicare_id_malformed(subject: Subject) -> Iterator[Hit]:
    member_id = subject.coverage.member_id if subject.coverage else None
    if member_id and not subject.synthetic and not MEDICARE_ID.fullmatch(member_id.upper()):
        yield Hit()


@edit("coverage.relationship")
def relationship_unknown(subject: Subject) -> Iterator[Hit]:
    if subject.coverage and subject.coverage.relationship not in RELATIONSHIPS:
        yield Hit()


@edit("coverage.filing_indicator")
def filing_indicator_unknown(subject: Subject) -> Iterator[Hit]:
    known = subject.profile.filing_indicator if subject.profile else None
    if subject.coverage and (subject.coverage.filing_indicator or known) not in FILING_INDICATORS:
        yield Hit(subject.coverage.filing_indicator or "missing")


@edit("coverage.indicator_differs")
def filing_indicator_differs(subject: Subject) -> Iterator[Hit]:
    said = subject.coverage.filing_indicator if subject.coverage else None
    if said and subject.profile and said != subject.profile.filing_indicator:
        yield Hit(f"{said}, not {subject.profile.filing_indicator}")


@edit("coverage.dates")
def coverage_not_in_force(subject: Subject) -> Iterator[Hit]:
    coverage, day = subject.coverage, subject.claim.from_date
    if coverage and coverage.starts and day < coverage.starts:
        yield Hit(f"it begins on {coverage.starts}")
    if coverage and coverage.ends and day > coverage.ends:
        yield Hit(f"it ended on {coverage.ends}")


@edit("authorization.placeholder")
def authorization_is_a_remark(subject: Subject) -> Iterator[Hit]:
    number = subject.claim.authorization_number
    if number and not AUTHORIZATION.fullmatch(number):
        yield Hit()


@edit("referral.provider")
def referral_without_provider(subject: Subject) -> Iterator[Hit]:
    if subject.claim.referral_number and subject.claim.referring_id is None:
        yield Hit()


@edit("referring.npi")
def referring_without_npi(subject: Subject) -> Iterator[Hit]:
    referring = subject.bundle.provider(subject.claim.referring_id)
    if referring is not None and not referring.npi:
        yield Hit()


@edit("referring.ordered", on=ORDERED)
def test_ordered_by_nobody(subject: Subject) -> Iterator[Hit]:
    if subject.claim.referring_id is None:
        for line in subject.lines:
            if line.procedure_code and ORDERED.fullmatch(line.procedure_code):
                yield Hit(line.procedure_code, line.number)


@edit("authorization.needed")
def authorization_needed(subject: Subject) -> Iterator[Hit]:
    if not subject.claim.authorization_number:
        waived = subject.lookups.waived.get(subject.claim.id, ())
        needed = codes_in_need(subject.bundle, subject.profile)
        yield from (Hit(code) for code in needed if code not in waived)


@edit("authorization.copied")
def authorization_is_another_number(subject: Subject) -> Iterator[Hit]:
    number, coverage = subject.claim.authorization_number, subject.coverage
    others = {
        subject.claim.pcn: "the claim's own number",
        subject.claim.referral_number: "the referral's number",
    }
    if coverage:
        others[coverage.member_id] = "the member id"
    if number and number in others:
        yield Hit(others[number])


@edit("referral.placeholder")
def referral_is_a_remark(subject: Subject) -> Iterator[Hit]:
    number = subject.claim.referral_number
    if number and not AUTHORIZATION.fullmatch(number):
        yield Hit()


@edit("referral.needed")
def specialist_without_referral(subject: Subject) -> Iterator[Hit]:
    """Plans of the kind HM send their members to specialists by a primary care clinician."""
    rendering, coverage = subject.bundle.rendering, subject.coverage
    if coverage is None or coverage.filing_indicator != GATED or subject.claim.referral_number:
        return
    taxonomy = (rendering.taxonomy if rendering else None) or ""
    if taxonomy and not taxonomy.startswith(PRIMARY_CARE):
        yield Hit()


@edit("referring.is_rendering")
def referred_by_whoever_rendered(subject: Subject) -> Iterator[Hit]:
    claim = subject.claim
    if claim.referral_number and claim.referring_id and claim.referring_id == claim.rendering_id:
        yield Hit()
