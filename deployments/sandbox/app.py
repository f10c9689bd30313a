"""The HTTP side of the sandbox: what a connector speaks, and the levers of a test."""

import hmac
import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from claims.errors import BadInput, CleanclaimError, NotFound
from deployments.sandbox.clearinghouse import ClearinghouseFront
from deployments.sandbox.core_rest import RestFront
from deployments.sandbox.core_soap import SoapFront
from deployments.sandbox.faults import FaultLayer
from deployments.sandbox.ledger import ledger
from deployments.sandbox.scenarios import NATURAL, SCENARIOS
from deployments.sandbox.segments import read
from deployments.sandbox.sftp import SftpDoor
from deployments.sandbox.world import KeyReused, World

X12 = "application/edi-x12"
STATUS = {BadInput: 400, NotFound: 404, KeyReused: 422}
OWN_WAY = ("/health", "/core/", "/clearinghouse/")
Handler = Callable[[Request], Awaitable[Response]]


def create_app(path: str | Path, *, today: date | None = None, api_key: str | None = None) -> Starlette:
    """The sandbox over one data file (or ``:memory:``).

    ``today`` pins the clock; without it, and until somebody moves it, the clock follows the calendar.
    ``api_key`` is asked for as a bearer token of every route but /health.
    """
    world = World(path, today)
    middleware = [
        Middleware(BearerOnly, api_key=api_key),
        Middleware(FaultLayer, faults=world.faults),
    ]
    errors: dict[Any, Any] = {CleanclaimError: _refused, json.JSONDecodeError: _no_json}
    door = SftpDoor(world, api_key or "sandbox")
    fronts = [front(world, api_key) for front in (RestFront, SoapFront, ClearinghouseFront)]
    routes = [*_routes(world, door), *(route for front in fronts for route in front.routes())]
    app = Starlette(routes=routes, middleware=middleware, exception_handlers=errors)
    app.state.world, app.state.sftp = world, door
    return app


class BearerOnly:
    """Refuses whoever does not bring the key; the fronts of other protocols ask for it in their own way."""

    def __init__(self, app: ASGIApp, api_key: str | None) -> None:
        self.app = app
        self.expected = f"Bearer {api_key}".encode() if api_key else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope.get("headers", [])).get(b"authorization", b"")
        asked = scope["type"] == "http" and not scope["path"].startswith(OWN_WAY) and self.expected
        if asked and not hmac.compare_digest(given, self.expected):
            await _error(401, "unauthorized", "Send the sandbox's key as a bearer token.")(
                scope, receive, send
            )
        else:
            await self.app(scope, receive, send)


def _error(status: int, code: str, message: str, tip: str = "") -> JSONResponse:
    return JSONResponse({"error": code, "message": message, "tip": tip}, status)


async def _refused(request: Request, error: CleanclaimError) -> Response:
    return _error(STATUS.get(type(error), 400), error.code, error.message, error.tip)


async def _no_json(request: Request, error: json.JSONDecodeError) -> Response:
    return _error(400, "bad_input", "The body is not JSON.")


def _routes(world: World, door: SftpDoor) -> list[Route]:
    """Every route beside the function that answers it."""
    partner, levers = _Partner(world), _Levers(world, door)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/health", partner.health),
        ("POST", "/eligibility", partner.eligibility),
        ("POST", "/authorizations", partner.authorize),
        ("POST", "/submissions", partner.submit),
        ("GET", "/submissions/{isa13}", partner.submission),
        ("POST", "/status", partner.status),
        ("POST", "/appeals", partner.appeal),
        ("GET", "/appeals/{key}", partner.appealed),
        ("POST", "/records", partner.records),
        ("GET", "/records/{key}", partner.recorded),
        ("POST", "/acknowledgements", partner.acknowledged),
        ("GET", "/mailbox", partner.mailbox),
        ("GET", "/mailbox/{id:int}", partner.file),
        ("DELETE", "/mailbox/{id:int}", partner.fetched),
        ("GET", "/sandbox/clock", levers.clock),
        ("PUT", "/sandbox/clock", levers.move_clock),
        ("GET", "/sandbox/next-day", levers.next_day),
        ("GET", "/sandbox/ledger", levers.ledger),
        ("GET", "/sandbox/scenarios", levers.scenarios),
        ("PUT", "/sandbox/members", levers.enroll),
        ("GET", "/sandbox/faults", levers.faults),
        ("PUT", "/sandbox/faults", levers.put_faults),
        ("DELETE", "/sandbox/faults", levers.clear_faults),
        ("GET", "/sandbox/sftp", levers.sftp),
        ("PUT", "/sandbox/sftp", levers.arrange_sftp),
    ]
    return [Route(path, handler, methods=[method]) for method, path, handler in table]


class _Partner:
    """What a clearinghouse offers its customers."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def health(self, request: Request) -> Response:
        return JSONResponse({"ok": True, "today": self.world.clock.today.isoformat()})

    async def eligibility(self, request: Request) -> Response:
        return await self._transaction(request, self.world.eligibility.answer)

    async def authorize(self, request: Request) -> Response:
        return await self._transaction(request, self.world.authorizations.answer)

    async def status(self, request: Request) -> Response:
        return await self._transaction(request, self.world.statuses.answer)

    async def _transaction(self, request: Request, answer: Callable[..., bytes]) -> Response:
        body = await request.body()

        def work() -> bytes:
            asked = read(body)
            self.world.catch_up()
            return answer(asked)

        return Response(await run_in_threadpool(work), media_type=X12)

    async def submit(self, request: Request) -> Response:
        body = await request.body()
        receipt = await run_in_threadpool(self.world.submit, _key(request), _sender(request), body)
        return JSONResponse(receipt.body, 202 if receipt.new else 200)

    async def submission(self, request: Request) -> Response:
        sender = _sender(request)
        found = await run_in_threadpool(self.world.submission, request.path_params["isa13"], sender)
        return JSONResponse(found)

    async def appeal(self, request: Request) -> Response:
        return await self._review(request, "appeal")

    async def appealed(self, request: Request) -> Response:
        return await self._reviewed(request, "appeal")

    async def records(self, request: Request) -> Response:
        return await self._review(request, "records")

    async def recorded(self, request: Request) -> Response:
        return await self._reviewed(request, "records")

    async def _review(self, request: Request, kind: str) -> Response:
        body = await request.body()
        receipt = await run_in_threadpool(self.world.review, kind, _key(request), body)
        return JSONResponse(receipt.body, 202 if receipt.new else 200)

    async def _reviewed(self, request: Request, kind: str) -> Response:
        found = await run_in_threadpool(self.world.reviewed, kind, request.path_params["key"])
        return JSONResponse(found)

    async def acknowledged(self, request: Request) -> Response:
        body = await request.body()
        await run_in_threadpool(self.world.acknowledged, _key(request), _sender(request), body)
        return Response(status_code=202)

    async def mailbox(self, request: Request) -> Response:
        query, sender = request.query_params, _sender(request)

        def work() -> list[dict[str, Any]]:
            return self.world.files(sender, query.get("since", ""), fetched="all" in query)

        return JSONResponse({"files": await run_in_threadpool(work)})

    async def file(self, request: Request) -> Response:
        row = await run_in_threadpool(self.world.file, request.path_params["id"])
        return Response(row["content"], media_type="application/json" if row["kind"] == "appeal" else X12)

    async def fetched(self, request: Request) -> Response:
        await run_in_threadpool(self.world.fetched, request.path_params["id"])
        return Response(status_code=204)


class _Levers:
    """What a test or a demo moves: the clock, the faults, the roster; and the ledger it reads."""

    def __init__(self, world: World, door: SftpDoor) -> None:
        self.world = world
        self.door = door

    async def sftp(self, request: Request) -> Response:
        return JSONResponse(self.door.about())

    async def arrange_sftp(self, request: Request) -> Response:
        await run_in_threadpool(self.door.arrange, await request.json())
        return await self.sftp(request)

    async def clock(self, request: Request) -> Response:
        await run_in_threadpool(self.world.catch_up)
        return JSONResponse({"today": self.world.clock.today.isoformat()})

    async def move_clock(self, request: Request) -> Response:
        await run_in_threadpool(self.world.move_to, _day((await request.json()).get("today")))
        return await self.clock(request)

    async def next_day(self, request: Request) -> Response:
        await run_in_threadpool(self.world.catch_up)
        day = self.world.calendar.next_day()
        return JSONResponse({"date": day.isoformat() if day else None})

    async def ledger(self, request: Request) -> Response:
        await run_in_threadpool(self.world.catch_up)
        return JSONResponse(await run_in_threadpool(ledger, self.world.store))

    async def scenarios(self, request: Request) -> Response:
        told = [{"prefix": s.prefix, "words": s.words} for s in (*SCENARIOS.values(), NATURAL)]
        return JSONResponse({"scenarios": told})

    async def enroll(self, request: Request) -> Response:
        await run_in_threadpool(self.world.enroll, await request.json())
        return Response(status_code=204)

    async def faults(self, request: Request) -> Response:
        return JSONResponse(self.world.faults.all())

    async def put_faults(self, request: Request) -> Response:
        await run_in_threadpool(self.world.faults.put, await request.json())
        return await self.faults(request)

    async def clear_faults(self, request: Request) -> Response:
        await run_in_threadpool(self.world.faults.clear)
        return Response(status_code=204)


def _sender(request: Request) -> str:
    """Who asks; "" asks about everybody's."""
    return request.headers.get("x-sender") or request.query_params.get("sender", "")


def _key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "")
    if not key:
        raise BadInput("The Idempotency-Key header is missing.", tip="Send a key of your own per delivery.")
    return key


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadInput("That is no date.", tip='Send {"today": "YYYY-MM-DD"}.') from None
