"""The sandbox as a JSON clearinghouse, in the shape that Stedi publishes: below /clearinghouse.

Claims, questions and files need the bare key in Authorization. An Idempotency-Key is kept for 24 hours of the
sandbox's clock; after that the same key is taken as new, which is what its trust must end before.
"""

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from sqlite3 import Row
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from claims.errors import BadInput, CleanclaimError
from deployments.sandbox.segments import Interchange, read
from deployments.sandbox.world import World

ROOT = "/clearinghouse"
HEALTH = f"{ROOT}/healthcare/change/medicalnetwork"
CORE = f"{ROOT}/core"
GUIDES = {
    f"{HEALTH}/professionalclaims/v3/raw-x12-submission": "005010X222A1",
    f"{HEALTH}/institutionalclaims/v1/raw-x12-submission": "005010X223A2",
    f"{ROOT}/healthcare/dental-claims/raw-x12-submission": "005010X224A2",
}
KEY_LIFE = timedelta(hours=24)
LONGEST_KEY = 255
LARGEST_PAGE = 500
Handler = Callable[[Request], Awaitable[Response]]


class Refusal(Exception):
    """An answer that is an error: HTTP status, code, and the seconds to stay away."""

    def __init__(self, status: int, code: str, after: int | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.after = status, code, after

    def response(self) -> Response:
        headers = {} if self.after is None else {"Retry-After": str(self.after)}
        told = {"code": self.code, "error": self.code, "message": "See docs/sandbox.md.", "errors": []}
        return JSONResponse(told, self.status, headers)


class ClearinghouseFront:
    """``key`` is the account's; without one nobody needs it."""

    def __init__(self, world: World, key: str | None) -> None:
        self.world = world
        self.key = key
        self.running: set[str] = set()

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Handler]] = [
            *(("POST", path, self.submit) for path in GUIDES),
            ("POST", f"{HEALTH}/eligibility/v3/raw-x12", self.eligibility),
            ("POST", f"{HEALTH}/claimstatus/v2/raw-x12", self.status),
            ("GET", f"{CORE}/polling/transactions", self.transactions),
            ("GET", f"{CORE}/transactions/{{id}}", self.transaction),
            ("GET", f"{CORE}/transactions/{{id}}/input", self.where),
            ("GET", f"{CORE}/files/{{id}}", self.file),
        ]
        return [Route(path, self._fenced(handler), methods=[method]) for method, path, handler in table]

    def _fenced(self, handler: Handler) -> Handler:
        """The key is asked for (signed addresses bring their own), and refusals become answers."""

        async def fenced(request: Request) -> Response:
            given = request.headers.get("authorization", "").removeprefix("Key ")
            signed = request.url.path.startswith(f"{CORE}/files/")
            if self.key and not signed and not hmac.compare_digest(given.encode(), self.key.encode()):
                return Refusal(401, "UNAUTHORIZED").response()
            try:
                return await handler(request)
            except Refusal as refusal:
                return refusal.response()
            except CleanclaimError as error:
                return Refusal(404 if error.code == "not_found" else 400, "BAD_REQUEST").response()

        return fenced

    async def eligibility(self, request: Request) -> Response:
        return await self._question(request, self.world.eligibility.answer)

    async def status(self, request: Request) -> Response:
        return await self._question(request, self.world.statuses.answer)

    async def _question(self, request: Request, answer: Callable[[Interchange], bytes]) -> Response:
        asked = read(await _x12(request))

        def work() -> bytes:
            self.world.catch_up()
            return answer(asked)

        return JSONResponse({"status": "SUCCESS", "x12": (await run_in_threadpool(work)).decode("latin-1")})

    async def submit(self, request: Request) -> Response:
        """One claim file. The same key and body within a day: the first answer again."""
        content, key = (
            await _x12(request),
            request.headers.get("idempotency-key", "") or secrets.token_hex(16),
        )
        if len(key) > LONGEST_KEY:
            raise Refusal(400, "INVALID_IDEMPOTENCY_KEY")
        if key in self.running:
            raise Refusal(409, "REQUEST_IN_PROGRESS", after=1)
        self.running.add(key)
        try:
            return await run_in_threadpool(self._take, request.url.path, key, content)
        finally:
            self.running.discard(key)

    def _take(self, path: str, key: str, content: bytes) -> Response:
        sent = read(content)
        if not sent.sets or any(one.version != GUIDES[path] for one in sent.sets):
            raise Refusal(400, "INVALID_X12")
        body = sha256(path.encode() + content).hexdigest()
        known = self._known(key)
        if known and known["body"] != body:
            raise Refusal(422, "IDEMPOTENCY_KEY_REUSED")
        now = self.world.clock.now
        name = known["name"] if known else f"{key}@{now.isoformat()}"
        if not known:
            self.world.store.set(
                f"key {key}", json.dumps({"body": body, "name": name, "at": now.isoformat()})
            )
        receipt = self.world.submit(name, "", content).body
        return JSONResponse(_accepted(receipt, sent))

    def _known(self, key: str) -> dict[str, str] | None:
        kept = self.world.store.setting(f"key {key}")
        found: dict[str, str] | None = json.loads(kept) if kept else None
        if found and self.world.clock.now - datetime.fromisoformat(found["at"]) >= KEY_LIFE:
            return None
        return found

    async def transactions(self, request: Request) -> Response:
        query = request.query_params
        start, token = query.get("startDateTime"), query.get("pageToken")
        if (start is None) == (token is None):
            raise Refusal(400, "START_OR_PAGE")
        size = min(int(query.get("pageSize", "100")), LARGEST_PAGE)
        items = await run_in_threadpool(self._items, str(request.base_url))
        first = int(token or 0)
        page = [i for i in items if token or i["processedAt"] >= str(start)][first : first + size]
        more = {"nextPageToken": str(first + size)} if first + size < len(items) else {}
        return JSONResponse({"items": page, **more})

    def _items(self, base: str) -> list[dict[str, Any]]:
        """What we sent on, then what came in and was not picked up another way."""
        self.world.catch_up()
        sent = self.world.store.rows("select * from submission order by id")
        files = [self.world.file(int(f["id"])) for f in self.world.files("", "", fetched=False)]
        return [
            *(_item(base, f"out-{row['id']}", "OUTBOUND", row["received_at"], row) for row in sent),
            *(
                _item(base, f"in-{f['id']}", "INBOUND", f["created"], f)
                for f in files
                if f["kind"] != "appeal"
            ),
        ]

    async def transaction(self, request: Request) -> Response:
        row = await run_in_threadpool(self._row, request.path_params["id"])
        way = "INBOUND" if request.path_params["id"].startswith("in-") else "OUTBOUND"
        at = row["created"] if way == "INBOUND" else row["received_at"]
        return JSONResponse(_item(str(request.base_url), request.path_params["id"], way, at, row))

    def _row(self, id: str) -> Row:
        way, _, number = id.partition("-")
        table = {"in": "file", "out": "submission"}.get(way)
        row = self.world.store.row(f"select * from {table} where id = ?", number) if table else None
        if row is None:
            raise Refusal(404, "NOT_FOUND")
        return row

    async def where(self, request: Request) -> Response:
        """The X12 itself is kept elsewhere, at a signed address."""
        signed = f"{request.base_url}{CORE[1:]}/files/{request.path_params['id']}"
        return Response(status_code=302, headers={"location": signed})

    async def file(self, request: Request) -> Response:
        if "authorization" in request.headers:
            raise Refusal(400, "ONLY_ONE_AUTH_MECHANISM_ALLOWED")
        row = await run_in_threadpool(self._row, request.path_params["id"])
        return Response(row["content"], media_type="application/edi-x12")


async def _x12(request: Request) -> bytes:
    try:
        said = await request.json()
        return str(said["x12"]).encode("latin-1")
    except (ValueError, KeyError, TypeError):
        raise BadInput('Send {"x12": "ISA…"}.') from None


def _accepted(receipt: dict[str, Any], sent: Interchange) -> dict[str, Any]:
    return {
        "status": "SUCCESS",
        "httpStatusCode": "200 OK",
        "controlNumber": sent.control,
        "claimReference": {
            "correlationId": receipt["receipt"],
            "rhclaimNumber": receipt["receipt"],
            "formatVersion": "5010",
            "timeOfResponse": receipt["received_at"],
        },
        "errors": [],
        "warnings": [],
    }


def _item(base: str, id: str, direction: str, at: str, row: Row) -> dict[str, Any]:
    held = read(row["content"])
    one = held.sets[0] if held.sets else None
    metadata = {
        "interchange": {"controlNumber": int(held.control) if held.control.isdigit() else 0},
        "functionalGroup": {"release": one.version if one else ""},
        "transaction": {
            "controlNumber": one.control if one else "",
            "transactionSetIdentifier": one.kind if one else "TA1",
        },
    }
    url = f"{base}{CORE[1:]}/transactions/{id}/input"
    return {
        "transactionId": id,
        "fileExecutionId": id,
        "status": "succeeded",
        "direction": direction,
        "mode": "test",
        "processedAt": at,
        "artifacts": [{"usage": "input", "artifactType": "application/edi-x12", "url": url}],
        "x12": {"metadata": metadata},
        "businessIdentifiers": [],
    }
