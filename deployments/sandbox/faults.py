"""Trouble on demand: the faults that a test asks for, each so many times, on the wire itself."""

import asyncio
import re
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from claims.errors import BadInput
from deployments.sandbox.soap_action import PATH as SOAP_PATH
from deployments.sandbox.soap_action import action_of
from deployments.sandbox.store import Store

# "ask" is every GET below submissions, appeals and records: "did you ever receive this?"
PLACES = (
    "eligibility",
    "submissions",
    "status",
    "mailbox",
    "appeals",
    "records",
    "acknowledgements",
    "authorizations",
    "ask",
)
SFTP_PLACES = ("sftp_upload", "sftp_rename")
WAYS = r"status:\d{3}|(slow|late):\d+(\.\d+)?|garbage|hang|close_before_read|close_after_accept|truncate"
SFTP_WAYS = "cut_before|cut_after|hang_before|hang_after|denied|disk_full"
GARBAGE = "<html><body>upstream connect error \x00\xff ISA*00"
RETRY_AFTER_SECONDS = "1"


PATHS = {
    "/core/v4/batch/submission": "submissions",
    "/core/v4/batch/submission/acks": "ask",
    "/core/v4/batch/results": "mailbox",
    "/core/v4/batch/results/receipt": "mailbox",
    "/core/v4/batch/results/acks": "acknowledgements",
    "/core/v4/realtime": "eligibility",
    "/core/soap/BatchSubmitTransaction": "submissions",
    "/core/soap/BatchSubmitAckRetrievalTransaction": "ask",
    "/core/soap/(BatchResultsRetrieval|GenericBatchReceiptConfirmation)Transaction": "mailbox",
    "/core/soap/BatchResultsAckSubmitTransaction": "acknowledgements",
    "/core/soap/RealTimeTransaction": "eligibility",
    "/clearinghouse/.*/raw-x12-submission": "submissions",
    "/clearinghouse/.*/eligibility/v3/raw-x12": "eligibility",
    "/clearinghouse/.*/claimstatus/v2/raw-x12": "status",
    "/clearinghouse/core/.*": "mailbox",
}
"""The places of other protocols (of SOAP, path and action); real time of CORE counts as eligibility."""


def place_of(method: str, path: str) -> str:
    if path.startswith(("/core/", "/clearinghouse/")):
        return next((place for form, place in PATHS.items() if re.fullmatch(form, path)), "")
    first = path.strip("/").split("/")[0]
    return "ask" if method == "GET" and first in ("submissions", "appeals", "records") else first


def _path(scope: Scope) -> str:
    """SOAP has one path for all that it does; there the action tells."""
    path = str(scope["path"])
    if path != SOAP_PATH:
        return path
    kind = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
    return f"{path}/{action_of(kind)}"


def valid(place: str, how: str) -> bool:
    places, ways = (SFTP_PLACES, SFTP_WAYS) if place in SFTP_PLACES else (PLACES, WAYS)
    return place in places and re.fullmatch(ways, how) is not None


@dataclass
class Faults:
    """The faults in force, kept in the store so that they outlive a restart."""

    store: Store

    def put(self, rows: list[dict[str, object]]) -> None:
        """Replace all faults; refuse a place or a way that does not exist."""
        for row in rows:
            if not valid(str(row.get("on")), str(row.get("how"))):
                tip = (
                    f"Use on: {', '.join(PLACES)}; how: one of {WAYS}; times: a number. "
                    f"Or on: {', '.join(SFTP_PLACES)}; how: one of {SFTP_WAYS}."
                )
                raise BadInput("There is no such fault.", tip=tip)
        with self.store.transaction():
            self.clear()
            for row in rows:
                times = int(str(row.get("times", 1)))
                self.store.insert("fault", place=row["on"], how=row["how"], times=times)

    def clear(self) -> None:
        self.store.run("delete from fault")

    def all(self) -> list[dict[str, object]]:
        rows = self.store.rows("select * from fault where times > 0 order by id")
        return [{"on": r["place"], "how": r["how"], "times": r["times"]} for r in rows]

    def take(self, place: str) -> str:
        """The next fault for that place, used up once; "" when there is none."""
        with self.store.transaction():
            sql = "select * from fault where place = ? and times > 0 order by id limit 1"
            row = self.store.row(sql, place)
            if row is None:
                return ""
            self.store.update("fault", row["id"], times=row["times"] - 1)
            return str(row["how"])


@dataclass
class FaultLayer:
    """ASGI middleware that lets one request suffer the fault that waits for it."""

    app: ASGIApp
    faults: Faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = place_of(scope["method"], _path(scope)) if scope["type"] == "http" else ""
        how = await run_in_threadpool(self.faults.take, place) if place in PLACES else ""
        name, _, detail = how.partition(":")
        ways: dict[str, ASGIApp] = {
            "": self.app,
            "garbage": PlainTextResponse(GARBAGE),
            "hang": hang,
            "close_before_read": drop,
            "close_after_accept": self._close_after_accept,
            "truncate": self._truncate,
            "slow": self.app,
            "late": self.app,
        }
        if name == "late":
            receive = await _read_whole(receive)
        if name in ("slow", "late"):
            await asyncio.sleep(float(detail))
        way = ways[name] if name in ways else _failing(int(detail))
        await way(scope, receive, send)

    async def _close_after_accept(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The work is done and kept; the answer never leaves."""

        async def swallow(message: Message) -> None:
            return None

        await self.app(scope, receive, swallow)
        await drop(scope, receive, send)

    async def _truncate(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Half of the body under the length of the whole."""

        async def cut(message: Message) -> None:
            if message["type"] == "http.response.body":
                body = message.get("body", b"")
                message = {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
            await send(message)

        await self.app(scope, receive, cut)
        await drop(scope, receive, send)


async def _read_whole(receive: Receive) -> Receive:
    """All of the request is here: who sent it may hang up now, and it is worked on all the same."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _failing(status: int) -> PlainTextResponse:
    headers = {"Retry-After": RETRY_AFTER_SECONDS} if status == 429 else {}
    return PlainTextResponse("The sandbox was asked to fail.", status, headers)


async def hang(scope: Scope, receive: Receive, send: Send) -> None:
    """No answer until the client gives up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def drop(scope: Scope, receive: Receive, send: Send) -> None:
    """Close the connection under the client's feet; our server puts the transport into the state."""
    transport = scope.get("state", {}).get("transport")
    if transport is None:
        raise ConnectionResetError("The sandbox was asked to drop the connection.")
    transport.close()
    await hang(scope, receive, send)
