"""The HTTP connector: X12 in the body, JSON receipts, a mailbox; see docs/sandbox.md for the wire format.

An unconfirmed send is asked for by its control number (letters by their key): the receiver's word is final,
yes or no. So hand-overs follow ``HAND_OVER``: whatever may have been taken is asked for first.
"""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx

from claims.clock import Clock
from claims.connect import AppealMessage, Enclosure, Receipt, RecordsMessage, RemoteFile
from claims.connect.calls import HAND_OVER, INQUIRY, Missing, Signal, Trouble
from claims.connect.web import Call, FixedHeaders, Web, as_json
from config.web_partners import ConnectorSettings

_Answer = TypeVar("_Answer")
_X12 = {"content-type": "application/edi-x12"}


class HttpConnector:
    """One partner over HTTP; ``sender`` is our id there, ``first_wait`` the first pause in seconds."""

    def __init__(
        self,
        name: str,
        settings: ConnectorSettings,
        sender: str,
        home: Path,
        clock: Clock,
        *,
        first_wait: float = 0.5,
    ) -> None:
        self.name = name
        key = settings.api_key.get_secret_value()
        credentials = FixedHeaders({"authorization": f"Bearer {key}"} if key else {})
        own = {"x-sender": sender}
        self._web = Web(settings, home, clock, credentials=credentials, headers=own, first_wait=first_wait)

    async def close(self) -> None:
        await self._web.close()

    async def eligibility(self, inquiry: bytes) -> bytes:
        return await self._ask("POST", "/eligibility", _bytes, content=inquiry, headers=_X12)

    async def status(self, inquiry: bytes) -> bytes:
        return await self._ask("POST", "/status", _bytes, content=inquiry, headers=_X12)

    async def review(self, request: bytes, *, inquiry: bool) -> bytes:
        table = INQUIRY if inquiry else HAND_OVER
        content = {"content": request, "headers": _X12}
        return await self._web.call(Call("POST", "/authorizations", table, content), _bytes)

    async def submit(self, interchange: bytes, *, control_number: str, key: str) -> Receipt:
        headers = {**_X12, "idempotency-key": key, "x-control-number": control_number}
        return await self._hand_over("/submissions", content=interchange, headers=headers)

    async def find_submission(
        self, control_number: str, *, first_sent: datetime | None = None
    ) -> Receipt | None:
        return await self._find(f"/submissions/{control_number}")

    async def appeal(self, message: AppealMessage, *, key: str) -> Receipt:
        body = {name: getattr(message, name) for name in AppealMessage.__slots__}
        body["packet"] = b64encode(message.packet).decode()
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
        return await self._ask("GET", "/mailbox", _files)

    async def fetch(self, remote_id: str) -> bytes:
        return await self._ask("GET", f"/mailbox/{remote_id}", _bytes)

    async def done(self, remote_id: str) -> None:
        await self._ask("DELETE", f"/mailbox/{remote_id}", _bytes)

    async def acknowledge(self, interchange: bytes, *, key: str) -> None:
        headers = {**_X12, "idempotency-key": key}
        await self._ask("POST", "/acknowledgements", _bytes, content=interchange, headers=headers)

    async def _ask(
        self, method: str, path: str, read: Callable[[httpx.Response], _Answer], **content: Any
    ) -> _Answer:
        """A call that is safe to repeat."""
        return await self._web.call(Call(method, path, INQUIRY, content), read)

    async def _hand_over(self, path: str, **content: Any) -> Receipt:
        return await self._web.call(Call("POST", path, HAND_OVER, content), _receipt)

    async def _find(self, path: str) -> Receipt | None:
        try:
            return await self._web.call(Call("GET", path, INQUIRY), _receipt)
        except Missing:
            return None


def _enclosed(document: Enclosure) -> dict[str, str]:
    content = b64encode(document.content).decode("ascii")
    return {"sha256": document.sha256, "media_type": document.media_type, "content": content}


def _bytes(response: httpx.Response) -> bytes:
    return response.content


def _files(response: httpx.Response) -> list[RemoteFile]:
    try:
        return [
            RemoteFile(str(f["id"]), str(f["kind"]), int(f["size"]), str(f["sha256"]))
            for f in as_json(response)["files"]
        ]
    except (KeyError, TypeError, ValueError) as wrong:
        raise Trouble(Signal.GARBLED, "The mailbox's listing cannot be understood.") from wrong


def _receipt(response: httpx.Response) -> Receipt:
    try:
        return Receipt(str(as_json(response)["receipt"]), repeated=response.status_code == 200)
    except (KeyError, TypeError) as wrong:
        raise Trouble(Signal.GARBLED, "The answer is not a receipt.") from wrong
