"""The weekly review, kept in the claims database and given to whoever publishes it."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any

from claims import events
from claims.archive import archive
from claims.database import transaction
from claims.events import Story
from claims.review import review
from tasks.report import Report
from tasks.runtime import Runtime

WEEK = timedelta(days=7)


async def review_week(rt: Runtime, run_id: str | None) -> tuple[date, dict[str, Any], Report]:
    """The day, the account of the seven days before it, and what to say of it."""

    def make() -> tuple[date, dict[str, Any], Report]:
        act = rt.act(run_id)
        day, since = act.at.day(rt.settings.zone_info), act.at.business - WEEK
        with transaction(rt.engine) as session:
            account = review(session, since, since.date()).as_json()
            content = json.dumps(account, indent=2).encode()
            kept = archive(session, content, kind="review", direction="own", at=act.at.real)
            story = Story("the week's denials were reviewed", {"day": day, "document": kept.sha256})
            events.note(session, act, "week_reviewed", story)
        return day, account, Report(f"{account['denials']} denials over {account['amount']}")

    return await asyncio.to_thread(make)
