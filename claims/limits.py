"""Until when a payer may receive a filing in time: by the payer's file, counted as its rules count. Pure.

Sources: 42 CFR 424.44 (Medicare's calendar year, which another payer's being first does not extend), else
``[limits]`` of the payer's file. What nobody has written down is said, with who must.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from claims.filing import Payers, Plan
from claims.model import Claim, Filing
from config.payers import PayerProfile


@dataclass(frozen=True, slots=True)
class Limit:
    """``last`` is the last day; where it is None, ``unknown`` says what is missing and who fills it in."""

    last: date | None = None
    unknown: str = ""


def last_filing_day(claim: Claim, filing: Filing | Plan, profile: PayerProfile) -> date:
    """The last day on which the first payer may receive this filing.

    Counted from the first day of service (institutional: the last); 29 February ends on 28 February.
    """
    served = claim.through_date if claim.form == "I" else claim.from_date
    if profile.kind == "medicare":
        leap_day = (served.month, served.day) == (2, 29)
        return date(served.year + 1, 2, 28) if leap_day else served.replace(year=served.year + 1)
    limits = profile.limits_on(served)
    return served + timedelta(limits.filing_days if filing.frequency == "1" else limits.corrected_days)


def filing_limit(
    claim: Claim, filing: Filing | Plan, payers: Payers, paid_before: date | None = None
) -> Limit | None:
    """The limit of any filing; None for a void, which has none.

    ``paid_before`` is the day on which the payer before this one paid: a later payer's days count from it.
    """
    if filing.frequency == "8":
        return None
    profile = payers.get(filing.payer_id)
    if profile is None:
        return Limit(unknown=f"{filing.payer_id} has no file: an admin adds one with its [limits]")
    if filing.sequence == "P" or profile.kind == "medicare":
        return Limit(last_filing_day(claim, filing, profile))
    return _later(claim, filing, profile, paid_before)


def _later(claim: Claim, filing: Filing | Plan, profile: PayerProfile, paid_before: date | None) -> Limit:
    limits = profile.limits_on(claim.from_date)
    original = filing.frequency == "1"
    name = "later_days" if original else "later_corrected_days"
    days = limits.later_days if original else limits.later_corrected_days
    if days is None:
        what = "a later payer" if original else "a later payer's corrections"
        return Limit(
            unknown=f"the file of {profile.id} does not say how long {what} may take: "
            f"an admin sets limits.{name} by its contract or manual"
        )
    if paid_before is None:
        return Limit(unknown=f"it counts from the day on which the payer before {profile.id} paid: post that")
    return Limit(paid_before + timedelta(days=days))


def days_left(
    claim: Claim, filing: Filing | Plan, payers: Payers, day: date, paid_before: date | None = None
) -> int | None:
    """Days on which the filing can still come in time, negative when late; None where no limit is known."""
    limit = filing_limit(claim, filing, payers, paid_before)
    return (limit.last - day).days if limit and limit.last else None
