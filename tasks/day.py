"""The plan before the daily run and the certificate after it, kept in the claims database."""

import asyncio
import json
from datetime import datetime
from typing import Any

from sqlmodel import Session

from claims import events, payer_silence, run_plan
from claims.archive import archive
from claims.audit.seals import seal
from claims.database import reading, transaction
from claims.day_closed import Certificate, certify
from claims.events import Act, Story
from claims.run_plan import Plan
from tasks.runtime import Runtime


def foresee(rt: Runtime, session: Session) -> Plan:
    """The plan as it is now; nothing is written."""
    now = rt.clock.now()
    return run_plan.plan(session, now.day(rt.settings.zone_info), now.business, rt.payers)


async def plan_day(rt: Runtime) -> Plan:
    def make() -> Plan:
        with reading(rt.engine) as session:
            return foresee(rt, session)

    return await asyncio.to_thread(make)


async def keep_plan(rt: Runtime, plan: Plan, run_id: str | None) -> None:
    """Keep the plan with an event; who must act gets what is near its filing limit and does not go today."""

    def keep() -> None:
        act = rt.act(run_id)
        with transaction(rt.engine) as session:
            run_plan.escalate(session, act, plan.near_limit)
            _keep(session, act, "day_planned", "plan", plan.as_json(), {})

    await asyncio.to_thread(keep)


async def close_day(
    rt: Runtime, since: datetime, run_id: str | None, payer: str | None = None
) -> Certificate:
    """Seal the history, account for every claim, and keep the certificate with an event of its own."""

    def make() -> Certificate:
        act = rt.act(run_id)
        with transaction(rt.engine) as session:
            seal(session, act, events.keyring(session))
            zone = rt.settings.zone_info
            made = certify(session, act.at.day(zone), act.at.business, since, payer, zone)
            payer_silence.tell(session, act, made.silent)
            verdict = {"ties_out": made.ties_out, "complete": made.complete}
            _keep(session, act, "day_closed", "certificate", made.as_json(), verdict)
            return made

    return await asyncio.to_thread(make)


def _keep(
    session: Session, act: Act, event: str, kind: str, account: dict[str, Any], verdict: dict[str, bool]
) -> None:
    content = json.dumps(account, indent=2).encode()
    kept = archive(session, content, kind=kind, direction="own", at=act.at.real)
    facts = {"day": account["day"], "document": kept.sha256, **verdict}
    events.note(session, act, event, Story(f"the day's {kind} is kept", facts))
