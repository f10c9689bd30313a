"""The plan before the daily run and the certificate after it, kept in the claims database."""

import asyncio
import json
from datetime import datetime

from claims import day, events
from claims.archive import archive
from claims.audit.seals import seal
from claims.database import reading, transaction
from claims.day import Certificate, Plan
from claims.events import Story
from tasks.runtime import Runtime


async def plan_day(rt: Runtime) -> Plan:
    def make() -> Plan:
        now = rt.clock.now()
        with reading(rt.engine) as session:
            return day.plan(session, now.day(rt.settings.zone_info), now.business, rt.payers)

    return await asyncio.to_thread(make)


async def close_day(rt: Runtime, since: datetime, run_id: str | None) -> Certificate:
    """Seal the history, account for every claim, and keep the certificate with an event of its own."""

    def make() -> Certificate:
        act = rt.act(run_id)
        with transaction(rt.engine) as session:
            seal(session, act, events.keyring(session))
            business_day = act.at.day(rt.settings.zone_info)
            certificate = day.certify(session, business_day, act.at.business, since)
            content = json.dumps(certificate.as_json(), indent=2).encode()
            kept = archive(session, content, kind="certificate", direction="own", at=act.at.real)
            facts = {"day": business_day, "document": kept.sha256, "ties_out": certificate.ties_out}
            events.note(session, act, "day_closed", Story("every claim was accounted for", facts))
            return certificate

    return await asyncio.to_thread(make)
