"""The one place where HTTP is spoken: hosts, credentials, time-outs, the total deadline, and repetition.

What is repeated is data (``claims.connect.calls``). Pauses grow with full jitter, or are as long as the
other side asks for (Retry-After); where that ends after the deadline, we give up at once and say so.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from claims.clock import Clock
from claims.connect import Unavailable
from claims.connect.calls import ONCE_MORE, Repeat, Signal, Table, Trouble
from claims.errors import BadSettings
from config.web_partners import WebPartner

_UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_LONGEST_PAUSE = 30.0
_LONGEST_CONNECT = 10.0
_Answer = TypeVar("_Answer")


class HostNotAllowed(Unavailable):
    """An address that our settings do not name: nothing was sent there."""

    code = "host_not_allowed"


class Credentials(Protocol):
    """What goes into the header of each call."""

    async def headers(self, send: "Send") -> dict[str, str]: ...

    def refused(self) -> bool:
        """After a 401: whether fresh ones can be had."""


Send = Callable[[httpx.Request], Any]


@dataclass(frozen=True)
class FixedHeaders:
    """Credentials that do not change: an API key."""

    values: dict[str, str] = field(default_factory=dict)

    async def headers(self, send: Send) -> dict[str, str]:
        return self.values

    def refused(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what is sent where, and the table that says what may be repeated. After silence it is not
    repeated before ``resend_after`` seconds since the first attempt; answers of the statuses ``speaks`` are
    read like good ones, since they say what is wrong; a ``bare`` call goes without our credentials."""

    method: str
    url: str
    table: Table
    content: dict[str, Any] = field(default_factory=dict)
    resend_after: float = 0.0
    speaks: tuple[int, ...] = ()
    bare: bool = False


class Web:
    """A client for one partner; ``first_wait`` is the first pause in seconds, ``clock`` reads HTTP dates."""

    def __init__(
        self,
        settings: WebPartner,
        home: Path,
        clock: Clock,
        *,
        credentials: Credentials | None = None,
        headers: dict[str, str] | None = None,
        first_wait: float = 0.5,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._credentials = credentials or FixedHeaders()
        self._first_wait = first_wait
        limit = settings.timeout_seconds
        self._client = httpx.AsyncClient(
            base_url=settings.base_url,
            timeout=httpx.Timeout(limit, connect=min(limit, _LONGEST_CONNECT)),
            headers=headers,
            verify=_trust(settings, home),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def call(self, call: Call, read: Callable[[httpx.Response], _Answer]) -> _Answer:
        """What ``read`` makes of a good answer; it may raise Trouble. Raises ConnectError by the table."""
        clock = asyncio.get_running_loop().time
        begun, in_doubt = clock(), False
        try:
            async for attempt in self._attempts(call):
                with attempt:
                    left = self._settings.deadline_seconds - (clock() - begun)
                    try:
                        return read(await self._once(call, left))
                    except Trouble as trouble:
                        # Of the last one the failure tells itself; an earlier one leaves its doubt.
                        in_doubt = in_doubt or call.table[trouble.signal] is Repeat.KEYED
                        raise
        except Trouble as last:
            raise last.means(call.table, in_doubt=in_doubt) from last.__cause__
        raise AssertionError("tenacity re-raises the last failure")

    def _attempts(self, call: Call) -> AsyncRetrying:
        return AsyncRetrying(
            retry=retry_if_exception(lambda e: isinstance(e, Trouble) and call.table[e.signal] in ONCE_MORE),
            stop=stop_after_attempt(self._settings.attempts)
            | stop_before_delay(self._settings.deadline_seconds),
            wait=lambda state: self._pause(call, state),
            reraise=True,
        )

    def _pause(self, call: Call, state: RetryCallState) -> float:
        trouble = state.outcome.exception() if state.outcome else None
        if isinstance(trouble, Trouble) and trouble.after is not None:
            return trouble.after
        pause: float = wait_random_exponential(multiplier=self._first_wait, max=_LONGEST_PAUSE)(state)
        if isinstance(trouble, Trouble) and trouble.signal is Signal.SILENT:
            return max(pause, call.resend_after - (state.seconds_since_start or 0))
        return pause

    async def _once(self, call: Call, left: float) -> httpx.Response:
        """One attempt, within its own time-out and what is left of the deadline; a stale token once more."""
        limit = max(min(self._settings.timeout_seconds, left), 0.001)
        try:
            async with asyncio.timeout(limit):
                response = await self._send(await self._request(call))
                if response.status_code == 401 and self._credentials.refused():
                    response = await self._send(await self._request(call))
        except TimeoutError as silent:
            raise Trouble(Signal.SILENT, f"No answer within {limit:.3g} seconds.") from silent
        if response.status_code >= 300 and response.status_code not in call.speaks:
            raise self._trouble(response)
        return response

    async def _request(self, call: Call) -> httpx.Request:
        content = dict(call.content)
        known = {} if call.bare else await self._credentials.headers(self._send_for_token)
        headers = {**known, **content.pop("headers", {})}
        return self._client.build_request(call.method, call.url, headers=headers, **content)

    async def _send_for_token(self, request: httpx.Request) -> httpx.Response:
        """Whatever breaks here, the message itself has not left yet."""
        try:
            return await self._send(request)
        except Trouble as trouble:
            raise Trouble(Signal.UNREACHED, f"No token: {trouble.message}") from trouble

    async def _send(self, request: httpx.Request) -> httpx.Response:
        if request.url.host not in self._settings.allowed_hosts:
            tip = "If the address is the partner's, add its host to hosts in the connector's section."
            raise HostNotAllowed(
                f"Nothing was sent to {request.url.host}: no such host in our settings.", tip=tip
            )
        try:
            return await self._client.send(request)
        except _UNREACHED as trouble:
            raise Trouble(Signal.UNREACHED, f"Not reached: {type(trouble).__name__}.") from trouble
        except httpx.TimeoutException as trouble:
            raise Trouble(Signal.SILENT, f"No answer: {type(trouble).__name__}.") from trouble
        except (httpx.TransportError, httpx.DecodingError) as trouble:
            raise Trouble(Signal.BROKEN, f"The connection broke: {type(trouble).__name__}.") from trouble

    def _trouble(self, response: httpx.Response) -> Trouble:
        status, after = response.status_code, self._after(response)
        if status in (401, 403):
            tip = "Check the key, user or certificate of this connector."
            return Trouble(
                Signal.UNAUTHORISED, f"The other side refused our credentials ({status}).", tip=tip
            )
        if status in (409, 429):
            told = "" if after is None else f"; it takes calls again in {after:.0f} seconds"
            return Trouble(Signal.NOT_NOW, f"The other side asked us to wait ({status}){told}.", after=after)
        if status == 404:
            return Trouble(Signal.MISSING, "The other side has no such thing (404).")
        if status >= 500 or status == 408:
            return Trouble(Signal.FAILED, f"The other side answered {status}.", after=after)
        return Trouble(Signal.REFUSED, f"The other side refused the message ({status}).")

    def _after(self, response: httpx.Response) -> float | None:
        """Retry-After in seconds from now: it comes as seconds or as a date."""
        value = response.headers.get("retry-after", "")
        try:
            if value.strip().isdigit():
                return float(value)
            return max((parsedate_to_datetime(value) - self._clock.now().real).total_seconds(), 0.0)
        except (TypeError, ValueError):
            return None


def as_json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError as wrong:
        raise Trouble(Signal.GARBLED, "The answer is not JSON.") from wrong


def _trust(settings: WebPartner, home: Path) -> ssl.SSLContext | bool:
    """Whom we believe, and the certificate by which we are known."""
    if all(url.startswith("http://") for _, url in settings.addresses):
        return False  # no TLS at all: reading all the world's authorities for nothing takes 30 ms
    if settings.ca_file is None and settings.client_certificate is None:
        return True
    try:
        context = ssl.create_default_context(cafile=home / settings.ca_file if settings.ca_file else None)
        if settings.client_certificate:
            key = home / settings.client_key if settings.client_key else None
            password = settings.client_key_password.get_secret_value()
            context.load_cert_chain(home / settings.client_certificate, key, lambda: password)
    except (OSError, ssl.SSLError) as wrong:
        tip = "Check ca_file, client_certificate, client_key and its password."
        raise BadSettings(
            f"The connector's certificates cannot be used: {type(wrong).__name__}.", tip=tip
        ) from wrong
    return context
