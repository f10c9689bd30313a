"""When: days of service, their order, the filing limit, accidents."""

from collections.abc import Iterator
from datetime import date

from claims.edits.subject import Hit, Subject, edit

UNDATED = date.min
LONGEST_SPAN, LONG_AGO = 31, 3 * 366
CAUSES = ("AA", "EM", "OA")


@edit("dates.missing")
def date_missing(subject: Subject) -> Iterator[Hit]:
    if subject.claim.from_date == UNDATED:
        yield Hit("the claim")
    for line in subject.lines:
        if line.from_date == UNDATED:
            yield Hit(line=line.number)


@edit("dates.future")
def future_service(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.through_date > subject.day:
            yield Hit(str(line.through_date), line.number)


@edit("dates.order")
def ends_before_it_begins(subject: Subject) -> Iterator[Hit]:
    if subject.claim.through_date < subject.claim.from_date:
        yield Hit("the claim")
    for line in subject.lines:
        if line.through_date < line.from_date:
            yield Hit(line=line.number)


@edit("dates.line_outside")
def line_outside_claim(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if line.from_date < subject.claim.from_date or line.through_date > subject.claim.through_date:
            yield Hit(str(line.from_date), line.number)


@edit("dates.span_units")
def span_without_units(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        days = (line.through_date - line.from_date).days + 1
        if days > 1 and line.unit_kind == "UN" and line.units < days:
            yield Hit(f"{days} days, {line.units.normalize():f} units", line.number)


@edit("dates.too_late")
def filing_limit_over(subject: Subject) -> Iterator[Hit]:
    left = subject.days_left
    if left is not None and left < 0:
        yield Hit(f"since {-left} days")


@edit("dates.late_soon")
def filing_limit_near(subject: Subject) -> Iterator[Hit]:
    left = subject.days_left
    if left is not None and subject.profile and 0 <= left <= subject.profile.limits.warn_days:
        yield Hit(f"{left} days are left")


@edit("accident.code", on="accident")
def accident_code_unknown(subject: Subject) -> Iterator[Hit]:
    if subject.claim.accident and subject.claim.accident not in CAUSES:
        yield Hit(subject.claim.accident)


@edit("accident.date", on="accident")
def accident_without_date(subject: Subject) -> Iterator[Hit]:
    if subject.claim.accident in ("AA", "OA") and subject.claim.accident_date is None:
        yield Hit()


@edit("accident.state", on="accident")
def car_accident_without_state(subject: Subject) -> Iterator[Hit]:
    if subject.claim.accident == "AA" and not subject.claim.accident_state:
        yield Hit()


@edit("accident.order", on="accident")
def accident_after_service(subject: Subject) -> Iterator[Hit]:
    happened = subject.claim.accident_date
    if happened and happened > subject.claim.from_date:
        yield Hit(str(happened))


@edit("dates.two_years")
def line_over_new_year(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if UNDATED < line.from_date < line.through_date and line.from_date.year != line.through_date.year:
            yield Hit(f"{line.from_date} to {line.through_date}", line.number)


@edit("dates.two_code_years")
def claim_over_the_first_of_october(subject: Subject) -> Iterator[Hit]:
    """Inpatient claims are coded by the day of discharge and go over the turn of the code year."""
    claim = subject.claim
    turn = date(claim.through_date.year, 10, 1)
    if not subject.inpatient and claim.from_date < turn <= claim.through_date:
        yield Hit(f"{claim.from_date} to {claim.through_date}")


@edit("dates.long_span")
def span_over_months(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        days = (line.through_date - line.from_date).days + 1
        if line.from_date != UNDATED and days > LONGEST_SPAN:
            yield Hit(f"{days} days", line.number)


@edit("accident.long_ago", on="accident")
def accident_long_ago(subject: Subject) -> Iterator[Hit]:
    happened = subject.claim.accident_date
    if happened and (subject.claim.from_date - happened).days > LONG_AGO:
        yield Hit(str(happened))


@edit("accident.undeclared", on="accident")
def accident_date_without_cause(subject: Subject) -> Iterator[Hit]:
    claim = subject.claim
    if not claim.accident and (claim.accident_date or claim.accident_state):
        yield Hit()


@edit("accident.injury")
def injury_without_word_of_an_accident(subject: Subject) -> Iterator[Hit]:
    first = subject.diagnoses[0].code if subject.diagnoses else ""
    if len(first) == 7 and first.endswith("A") and first.startswith("S") and not subject.claim.accident:
        yield Hit(first)
