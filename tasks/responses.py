"""Emptying the mailboxes: archive first, then read and apply, and tell the mailbox last.

One bad file never stops its mailbox: it is kept, a person gets it, and the next one is read.
"""

import asyncio
import hashlib
from collections import Counter

from sqlmodel import Session, col, select

from claims import receipts, responses
from claims.archive import archive, document
from claims.connect import ConnectError, Connector, NotWhole, RemoteFile
from claims.connect.files import kind_of
from claims.database import reading, transaction
from claims.model import FetchedFile
from claims.responses import Applied
from tasks.gate import errors as gate_errors
from tasks.report import Report
from tasks.runtime import Runtime
from tasks.step import describe

INCOMPLETE = "incomplete, left for the next run"


async def collect(rt: Runtime, run_id: str | None) -> Report:
    """Fetch and apply what every mailbox holds; a file that was applied before is only confirmed.

    Then send our acknowledgements (999, TA1), those of an earlier run too that did not get through.
    """
    counts: Counter[str] = Counter()
    problems: list[str] = []
    for name in rt.settings.connectors:
        connector = rt.connector(name)
        try:
            await _empty(rt, connector, run_id, counts, problems)
        except ConnectError as trouble:
            problems.append(f"the mailbox of {name} was not read ({trouble.message}); Retry reads it")
            continue
        problems += await _acknowledge(rt, connector)
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return Report(f"files: {told or 'none'}", problems)


async def _empty(
    rt: Runtime, connector: Connector, run_id: str | None, counts: Counter[str], problems: list[str]
) -> None:
    """List until nothing new is listed: some partners hand over no more than so much at a time."""
    seen: set[str] = set()
    while files := [file for file in await connector.mailbox() if file.id not in seen]:
        seen.update(file.id for file in files)
        for file in files:
            try:
                counts[await _take(rt, connector, file, run_id)] += 1
            except NotWhole:
                counts[INCOMPLETE] += 1
            except ConnectError as trouble:
                problems.append(f"file {file.id} of {connector.name} was not fetched ({trouble.message})")
            except Exception as error:  # noqa: BLE001 one bad file never stops its mailbox
                told = f"file {file.id} of {connector.name} was kept but not applied ({describe(error)})"
                problems.append(told)


async def _take(rt: Runtime, connector: Connector, file: RemoteFile, run_id: str | None) -> str:
    known = await asyncio.to_thread(_known, rt, connector.name, file)
    if known is None:
        content = await connector.fetch(file.id)
        if file.sha256 and hashlib.sha256(content).hexdigest() != file.sha256:
            return INCOMPLETE
        known = await asyncio.to_thread(_keep, rt, connector.name, file, content, run_id)
    state = "known"
    if known.state == "archived":
        state = (await asyncio.to_thread(_apply, rt, known.id, run_id)).state
    await connector.done(file.id)
    return state


def _known(rt: Runtime, connector: str, file: RemoteFile) -> FetchedFile | None:
    with transaction(rt.engine) as session:
        return _fetched(session, connector, file)


def _fetched(session: Session, connector: str, file: RemoteFile) -> FetchedFile | None:
    query = select(FetchedFile).where(FetchedFile.connector == connector, FetchedFile.remote_id == file.id)
    return session.exec(query).first()


def _keep(rt: Runtime, connector: str, file: RemoteFile, content: bytes, run_id: str | None) -> FetchedFile:
    """Raw bytes first: archived and committed before anybody reads them.

    What came before under another name is known: its state is that of the first.
    """
    act = rt.act(run_id)
    with transaction(rt.engine) as session:
        kept = archive(
            session, content, kind=(file.kind or kind_of(content))[:20], direction="in", at=act.at.real
        )
        row = FetchedFile(connector=connector, remote_id=file.id, document_id=kept.id, fetched_at=act.at.real)
        same = select(FetchedFile).where(
            FetchedFile.connector == connector, FetchedFile.document_id == kept.id
        )
        first = session.exec(same.order_by(col(FetchedFile.fetched_at))).first()
        if first is not None:
            row.state, row.message = first.state, first.message
        session.add(row)
        return row


def _apply(rt: Runtime, fetched_id: str, run_id: str | None) -> Applied:
    """Whatever ends it early, the file stays archived and is applied from where it was by the next run."""
    act = rt.act(run_id)
    with reading(rt.engine) as session:
        row = session.get_one(FetchedFile, fetched_id)
        kept = document(session, row.document_id)
    applied = responses.apply(rt.engine, act, kept, rt.payers, row.connector)
    with transaction(rt.engine) as session:
        receipts.acknowledge(session, act, kept, row.connector)
        row = session.get_one(FetchedFile, fetched_id)
        row.state, row.message = applied.state, applied.message
        session.add(row)
    return applied


async def _acknowledge(rt: Runtime, connector: Connector) -> list[str]:
    """Send what the partner has not got yet, a 999 only past the gate.

    Under the same key and number a repetition does no harm.
    """
    if not rt.connector_settings(connector.name).acknowledges:
        return []
    problems = []
    for ack_id, kind, content in await asyncio.to_thread(_unsent, rt, connector.name):
        refused = await gate_errors(content) if kind == "999" else []
        if refused:
            problems.append(f"acknowledgement {ack_id} was not sent: the gate refused it ({refused[0]})")
            continue
        try:
            await connector.acknowledge(content, key=ack_id)
        except ConnectError as trouble:
            told = f"{connector.name} took not all our acknowledgements ({trouble.message}); Retry sends them"
            return [*problems, told]
        await asyncio.to_thread(_sent, rt, ack_id)
    return problems


def _unsent(rt: Runtime, connector: str) -> list[tuple[str, str, bytes]]:
    with reading(rt.engine) as session:
        waiting = receipts.unsent(session, connector)
        return [(ack.id, ack.kind, document(session, ack.document_id).content) for ack in waiting]


def _sent(rt: Runtime, ack_id: str) -> None:
    with transaction(rt.engine) as session:
        receipts.sent(session, ack_id, rt.clock.now().real)
