"""The HTTP connector: X12 in the body, JSON receipts, a mailbox; see docs/sandbox.md for the wire format.

What may be repeated, by call:

=====================  =======================================================================
inquiries, mailbox     safe to repeat: retried on 429, 5xx, time-outs and broken connections
submit, appeal,        repeated only when nothing can have been taken: the connection was never
records                made, or the answer was 429. Everything else is Unconfirmed: ask first.
=====================  =======================================================================
"""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from claims.connect import (
    AppealMessage,
    Enclosure,
    Garbled,
    Receipt,
    RecordsMessage,
    Refused,
    RemoteFile,
    Unauthorised,
    Unavailable,
    Unconfirmed,
)
from config.settings import ConnectorSettings

_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_LONGEST_WAIT = 30.0
_Answer = TypeVar("_Answer")
_X12 = {"content-type": "application/edi-x12"}


class _Throttled(Unavailable):
    """429: not taken, come back later; ``after`` seconds when the other side named them."""

    def __init__(self, message: str, after: float | None) -> None:
        super().__init__(message)
        self.after = after


class HttpConnector:
    """One partner over HTTP; ``sender`` is our id there, ``first_wait`` the first pause in seconds."""

    def __init__(
        self,
        name: str,
        settings: ConnectorSettings,
        sender: str,
        *,
        first_wait: float = 0.5,
    ) -> None:
        self.name = name
        self.settings = settings
        self._first_wait = first_wait
        self._client = httpx.AsyncClient(
            base_url=settings.base_url,
            timeout=settings.timeout_seconds,
            headers={"x-sender": sender, **_credentials(settings)},
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def eligibility(self, inquiry: bytes) -> bytes:
        return (await self._ask("POST", "/eligibility", content=inquiry, headers=_X12)).content

    async def status(self, inquiry: bytes) -> bytes:
        return (await self._ask("POST", "/status", content=inquiry, headers=_X12)).content

    async def submit(self, interchange: bytes, *, control_number: str, key: str) -> Receipt:
        headers = {**_X12, "idempotency-key": key, "x-control-number": control_number}
        return await self._hand_over("/submissions", content=interchange, headers=headers)

    async def find_submission(self, control_number: str) -> Receipt | None:
        return await self._find(f"/submissions/{control_number}")

    async def appeal(self, message: AppealMessage, *, key: str) -> Receipt:
        body = {name: getattr(message, name) for name in AppealMessage.__slots__}
        return await self._hand_over("/appeals", json=body, headers={"idempotency-key": key})

    async def find_appeal(self, key: str) -> Receipt | None:
        return await self._find(f"/appeals/{key}")

    async def records(self, message: RecordsMessage, *, key: str) -> Receipt:
        body = {"payer": message.payer, "icn": message.icn, "pcn": message.pcn}
        enclosed = [_enclosed(document) for document in message.documents]
        headers = {"idempotency-key": key}
        return await self._hand_over("/records", json={**body, "documents": enclosed}, headers=headers)

    async def find_records(self, key: str) -> Receipt | None:
        return await self._find(f"/records/{key}")

    async def mailbox(self) -> list[RemoteFile]:
        answer = _json(await self._ask("GET", "/mailbox"))
        try:
            return [
                RemoteFile(str(f["id"]), str(f["kind"]), int(f["size"]), str(f["sha256"]))
                for f in answer["files"]
            ]
        except (KeyError, TypeError, ValueError) as wrong:
            raise Garbled("The mailbox's listing cannot be understood.") from wrong

    async def fetch(self, remote_id: str) -> bytes:
        return (await self._ask("GET", f"/mailbox/{remote_id}")).content

    async def done(self, remote_id: str) -> None:
        await self._ask("DELETE", f"/mailbox/{remote_id}")

    async def acknowledge(self, interchange: bytes, *, key: str) -> None:
        headers = {**_X12, "idempotency-key": key}
        await self._ask("POST", "/acknowledgements", content=interchange, headers=headers)

    async def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        """A call that is safe to repeat."""

        async def once() -> httpx.Response:
            try:
                response = await self._client.request(method, path, **content)
            except httpx.TransportError as trouble:
                raise Unavailable(f"No answer: {type(trouble).__name__}.") from trouble
            return _accept(response)

        return await self._retrying(once)

    async def _hand_over(self, path: str, **content: Any) -> Receipt:
        """A call that must not happen twice: repeated only when nothing can have been taken."""

        async def once() -> Receipt:
            try:
                response = await self._client.post(path, **content)
            except _NEVER_CONNECTED as trouble:
                raise Unavailable(f"Not reached: {type(trouble).__name__}.") from trouble
            except httpx.TransportError as trouble:
                raise Unconfirmed(f"The connection broke: {type(trouble).__name__}.") from trouble
            if response.status_code >= 500:
                raise Unconfirmed(f"The other side answered {response.status_code}.")
            return _receipt(_accept(response), Unconfirmed)

        return await self._retrying(once)

    async def _find(self, path: str) -> Receipt | None:
        try:
            return _receipt(await self._ask("GET", path), Garbled)
        except _Missing:
            return None

    async def _retrying(self, once: Callable[[], Awaitable[_Answer]]) -> _Answer:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(Unavailable),
            stop=stop_after_attempt(self.settings.attempts)
            | stop_after_delay(self.settings.deadline_seconds),
            wait=self._wait,
            reraise=True,
        ):
            with attempt:
                return await once()
        raise AssertionError("tenacity re-raises the last failure")

    def _wait(self, state: RetryCallState) -> float:
        """What the other side asked for, else exponential with full jitter."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Throttled) and error.after is not None:
            return min(error.after, _LONGEST_WAIT)
        return wait_random_exponential(multiplier=self._first_wait, max=_LONGEST_WAIT)(state)


def _credentials(settings: ConnectorSettings) -> dict[str, str]:
    key = settings.api_key.get_secret_value()
    return {"authorization": f"Bearer {key}"} if key else {}


def _enclosed(document: Enclosure) -> dict[str, str]:
    content = b64encode(document.content).decode("ascii")
    return {"sha256": document.sha256, "media_type": document.media_type, "content": content}


class _Missing(Refused):
    """404: the other side has no such thing."""


def _accept(response: httpx.Response) -> httpx.Response:
    """The response when it is a good one, else the failure that it means."""
    status = response.status_code
    if status < 300:
        return response
    if status in (401, 403):
        raise Unauthorised(f"The other side refused our credentials ({status}).", tip="Check the API key.")
    if status == 404:
        raise _Missing("The other side has no such thing (404).")
    if status == 429:
        raise _Throttled("The other side asked us to slow down (429).", _seconds(response))
    if status >= 500:
        raise Unavailable(f"The other side answered {status}.")
    raise Refused(f"The other side refused the message ({status}).")


def _seconds(response: httpx.Response) -> float | None:
    try:
        return float(response.headers["retry-after"])
    except (KeyError, ValueError):
        return None


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError as wrong:
        raise Garbled("The answer is not JSON.") from wrong


def _receipt(response: httpx.Response, otherwise: type[Garbled] | type[Unconfirmed]) -> Receipt:
    try:
        return Receipt(str(_json(response)["receipt"]), repeated=response.status_code == 200)
    except (Garbled, KeyError, TypeError) as wrong:
        raise otherwise("The answer is not a receipt.") from wrong
