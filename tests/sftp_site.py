"""The partner's side of an SFTP connection: its levers and folders, and a connector of ours to it."""

import asyncio
from datetime import datetime
from pathlib import Path

import asyncssh
import httpx
from sandbox_practice import Bill, batch

from claims.clock import FixedClock, SystemClock
from claims.connect import Receipt
from claims.connect.sftp import SftpConnector
from config.file_partners import SftpPartner

INTERCHANGE = batch(1, Bill())


class Site:
    """The partner's side: its levers, and a connector of ours to it."""

    def __init__(self, url: str, http: httpx.Client, sender: str, home: Path) -> None:
        self.url, self.http, self.sender, self.home = url, http, sender, home
        self.about = http.get("/sandbox/sftp").json()

    def put(self, lever: str, body: object) -> None:
        self.http.put(f"/sandbox/{lever}", json=body).raise_for_status()

    def fault(self, on: str, how: str, times: int = 1) -> None:
        self.put("faults", [{"on": on, "how": how, "times": times}])

    def settings(self, **fields: object) -> SftpPartner:
        known = {
            "host": "127.0.0.1",
            "port": self.about["port"],
            "user": self.sender,
            "password": "sandbox",
            "host_keys": [self.about["host_key"]],
            "receiver_id": "SBXCLEAR",
            "timeout_seconds": 5,
            "attempts": 3,
        }
        return SftpPartner.model_validate({**known, **fields})

    def received(self, pcn: str = "VISIT1") -> list[dict]:
        ledger = self.http.get("/sandbox/ledger").json()
        return [c for c in ledger["claims"] if c["pcn"] == pcn]

    def call(self, *calls: tuple, now: datetime | None = None, **fields: object):
        """The answer to the last of these calls on one connector, which is closed afterwards."""

        async def once():
            clock = FixedClock(now) if now else SystemClock()
            connector = SftpConnector(
                "partner", self.settings(**fields), self.sender, self.home, clock, first_wait=0.01
            )
            try:
                for method, *arguments in calls:
                    named = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
                    answer = await getattr(connector, method)(*arguments, **named)
                return answer
            finally:
                await connector.close()

        return asyncio.run(once())

    def send(self, content: bytes = INTERCHANGE, **fields: object) -> Receipt:
        return self.call(("submit", content, {"control_number": "000000001", "key": "k"}), **fields)

    def find(self) -> Receipt | None:
        return self.call(("find_submission", "000000001"))

    async def by_hand(self, work):
        options = {"known_hosts": None, "username": self.sender, "password": "sandbox", "config": None}
        async with (
            asyncssh.connect("127.0.0.1", self.about["port"], **options) as line,
            line.start_sftp_client() as sftp,
        ):
            return await work(sftp)

    def raw(self, work):
        """What somebody sees or does who signs on by hand."""
        return asyncio.run(self.by_hand(work))

    def lying(self) -> list[str]:
        return sorted(n for n in self.raw(lambda sftp: sftp.listdir("inbound")) if not n.startswith("."))
