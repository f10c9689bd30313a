"""The weekly review, kept in the claims database and given to whoever publishes it; the audits it draws."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from claims import events
from claims.archive import archive
from claims.codes import open_codes
from claims.coding import audits
from claims.coding.audit_report import report as audit_report
from claims.coding.patterns import watch
from claims.database import transaction
from claims.edits.filed import filed, line_numbers
from claims.edits.suggest import suggest
from claims.events import Act, Story
from claims.reports.denials import denials
from claims.reports.report import Period
from claims.reports.report import Report as Reviewed
from tasks.report import Report
from tasks.runtime import Runtime

SIX_DAYS, QUARTER = timedelta(days=6), timedelta(days=91)
MOST_FILED = 5_000


async def review_week(rt: Runtime, run_id: str | None) -> tuple[date, dict[str, Any], Report]:
    """The day, the account of the seven days before it, and what to say of it.

    Claims for a second look are drawn at random and for patterns that stand out; the second time nothing is
    new to draw from.
    """

    def make() -> tuple[date, dict[str, Any], Report]:
        act = rt.act(run_id)
        day = act.at.day(rt.settings.zone_info)
        with transaction(rt.engine) as session:
            last = act.at.business.date()  # as postings are dated
            reviewed = denials(session, Period(last - SIX_DAYS, last))
            account = _without_names(reviewed)
            account["coding"] = _coding(rt, session, act, day)
            account["draft_edits"] = _drafts(rt, session, day)
            content = json.dumps(account, indent=2).encode()
            kept = archive(session, content, kind="review", direction="own", at=act.at.real)
            story = Story("the week was reviewed", {"day": day, "document": kept.sha256})
            events.note(session, act, "week_reviewed", story)
        return day, account, Report(_told(reviewed, account))

    return await asyncio.to_thread(make)


def _coding(rt: Runtime, session: Session, act: Act, day: date) -> dict[str, Any]:
    """The audits of the last quarter by coder and family, and how many claims were drawn now."""
    rules = rt.settings.coding
    drawn = audits.draw(session, act, day, rules)
    for_patterns = watch(session, act, day, rules, open_codes(rt.settings.home))
    told = audit_report(session, day - QUARTER).as_json()
    return told | {"drawn": len(drawn), "drawn_for_patterns": len(for_patterns)}


def _drafts(rt: Runtime, session: Session, day: date) -> list[dict[str, Any]]:
    """What payers kept refusing in the last quarter, as draft edits with their backtest."""
    past = list(filed(session, rt.payers, day - QUARTER, MOST_FILED))
    numbers = line_numbers(session, [denial for one in past for denial in one.denials])
    return [draft.as_json() for draft in suggest(past, numbers, rt.settings, rt.payers)]


def _without_names(reviewed: Reviewed) -> dict[str, Any]:
    """As it is kept and published: counts, dollars, codes; `cleanclaim report denials` has the clinicians."""
    named = ("by_clinician", "feedback")
    return {name: value for name, value in reviewed.as_json().items() if name not in named}


def _told(reviewed: Reviewed, account: dict[str, Any]) -> str:
    coding = account["coding"]
    return (
        f"{reviewed.figure('denied_count').value} denials over {reviewed.figure('denied_amount').value}; "
        f"{coding['drawn']} claims drawn for a coding "
        f"audit, {coding['drawn_for_patterns']} for patterns, {coding['open']} wait for a verdict; "
        f"{len(account['draft_edits'])} edits drafted from denials (`cleanclaim edits suggest`)"
    )
