"""CAQH CORE vC4.0.0, REST: JSON envelopes below /core/v4, and the token server beside them."""

import base64
import binascii
import hmac
import secrets
from time import monotonic
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployments.sandbox.core import Conversation, Message
from deployments.sandbox.world import World

ROOT = "/core/v4"
PATHS = {
    f"{ROOT}/realtime": "realtime",
    f"{ROOT}/batch/submission": "submit",
    f"{ROOT}/batch/submission/acks": "acks",
    f"{ROOT}/batch/results": "results",
    f"{ROOT}/batch/results/acks": "acknowledge",
    f"{ROOT}/batch/results/receipt": "confirm",
}
TOKEN_SECONDS = 300


class RestFront:
    """``secret`` is the client's, of any id; without one nobody needs a token."""

    def __init__(self, world: World, secret: str | None) -> None:
        self.conversation = Conversation(world, "4.0.0")
        self.secret = secret
        self.tokens: dict[str, float] = {}

    def routes(self) -> list[Route]:
        token = Route(f"{ROOT}/token", self.token, methods=["POST"])
        return [token, *(Route(path, self.exchange, methods=["POST"]) for path in PATHS)]

    async def token(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        if self.secret and not _brings(given, self.secret):
            return JSONResponse({"error": "invalid_client"}, 401)
        token = secrets.token_urlsafe(24)
        self.tokens[token] = monotonic() + TOKEN_SECONDS
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})

    async def exchange(self, request: Request) -> Response:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.secret and self.tokens.get(bearer, 0) < monotonic():
            return JSONResponse({"ErrorCode": "UnAuthorized"}, 401)
        try:
            asked = _message(await request.json())
        except (ValueError, AttributeError, binascii.Error):
            return JSONResponse({"ErrorCode": "PayloadNotUnderstood"}, 400)
        operation = PATHS[request.url.path]
        answer = await run_in_threadpool(self.conversation.answer, operation, asked)
        told = {**answer.fields, "Payload": base64.b64encode(answer.payload).decode()}
        return JSONResponse(told, 200 if answer.get("ErrorCode") == "Success" else 400)


def _brings(basic: str, secret: str) -> bool:
    try:
        _, _, brought = base64.b64decode(basic).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return hmac.compare_digest(brought.encode(), secret.encode())


def _message(said: dict[str, Any]) -> Message:
    payload = base64.b64decode(said.pop("Payload", None) or "", validate=True)
    return Message({name: str(value) for name, value in said.items()}, payload)
