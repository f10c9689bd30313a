"""The clock of the machine is set back: what was sent is not sent again, and no old key is trusted."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from claims.clock import Moment, SystemClock
from claims.connect.clearinghouse import ClearinghouseConnector
from deployments.bench.crash import chosen
from deployments.bench.crash.cells import Trouble, let_it_come
from deployments.bench.crash.office import Office
from deployments.bench.doors import KEY, address
from deployments.bench.mortal import instead_of
from deployments.sandbox import running
from tasks.assemble import assemble
from tasks.runtime import Runtime
from tasks.send import Sending, send_batch


class SetBack:
    """Real time itself, as the machine has it now, is that much earlier than it was."""

    def __init__(self, by: timedelta) -> None:
        self.by = by

    def now(self) -> Moment:
        now = SystemClock().now().real - self.by
        return Moment(now, now)


def work(office: Office, rt: Runtime, batch_id: str) -> Sending:
    async def once() -> Sending:
        assert await assemble(rt, None, None) == []
        sent = await send_batch(rt, batch_id, None)
        await rt.hang_up()
        return sent.outcome

    return asyncio.run(once())


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path: Path, sqlite_engine: Engine) -> Iterator[Office]:
    (way,) = chosen([request.param])
    with running(api_key=KEY, sftp_port=0) as url:
        office = Office(tmp_path, sqlite_engine, way, address(url))
        yield office
        office.close()


def set_back(office: Office, by: timedelta) -> Runtime:
    return Runtime(office.rt.settings, office.rt.engine, office.rt.payers, SetBack(by))


@pytest.mark.parametrize("office", ["clearinghouse"], indirect=True)
def test_a_clock_set_back_sends_nothing_twice_and_makes_no_old_key_young(office: Office):
    sent, doubtful = office.ready(2)
    assert office.send(sent).outcome is Sending.SENT
    let_it_come(office, doubtful, Trouble("killed", arm=instead_of(ClearinghouseConnector, "submit")))
    later = set_back(office, timedelta(hours=30))
    assert work(office, later, sent) is Sending.ALREADY_SENT
    assert work(office, later, doubtful) is Sending.WAITING, "whether its key is kept nobody can say"
    for batch_id, times in ((sent, 1), (doubtful, 0)):
        batch, pcn = office.batch(batch_id)
        assert office.received(pcn, batch.control_number) == times
    assert work(office, office.rt, doubtful) is Sending.SENT, "by the right clock the key is young"
