"""A clearinghouse's JSON API, in the shape that Stedi publishes: X12 inside JSON, reports by polling.

An unconfirmed send is repeated under its Idempotency-Key, as ``KEYED_HAND_OVER`` says: the receiver takes it
once. It keeps a key for 24 hours (``key_hours``); from then on its list of transactions is looked through for
our control number, and where it is not listed that proves nothing, since it may have numbered it anew.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from claims.clock import Clock
from claims.connect import NotCarried, Receipt, RemoteFile, Unknowable
from claims.connect.calls import INQUIRY, KEYED_HAND_OVER, Signal, Trouble
from claims.connect.core import guide_of
from claims.connect.letterless import Letterless
from claims.connect.web import Call, FixedHeaders, Web, as_json
from config.web_partners import ClearinghousePartner

_Answer = TypeVar("_Answer")

SUBMISSIONS = {
    "005010X222A1": "/change/medicalnetwork/professionalclaims/v3/raw-x12-submission",
    "005010X223A2": "/change/medicalnetwork/institutionalclaims/v1/raw-x12-submission",
    "005010X224A2": "/dental-claims/raw-x12-submission",
}
"""Where a claim file goes, by its guide (GS08)."""

ELIGIBILITY = "/change/medicalnetwork/eligibility/v3/raw-x12"
STATUS = "/change/medicalnetwork/claimstatus/v2/raw-x12"
KINDS = {"277": "277CA", "835": "835", "999": "999", "TA1": "TA1"}
PAGE = 500
SETTLED = timedelta(minutes=1)
"""A listing begins at least this long ago."""


class ClearinghouseConnector(Letterless):
    """One account of a clearinghouse; its key picks test or production."""

    def __init__(
        self, name: str, settings: ClearinghousePartner, home: Path, clock: Clock, *, first_wait: float = 0.5
    ) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        credentials = FixedHeaders({"authorization": settings.api_key.get_secret_value()})
        self._web = Web(settings, home, clock, credentials=credentials, first_wait=first_wait)
        self._done: set[str] = set()

    async def close(self) -> None:
        await self._web.close()

    async def eligibility(self, inquiry: bytes) -> bytes:
        return await self._ask(ELIGIBILITY, inquiry)

    async def status(self, inquiry: bytes) -> bytes:
        return await self._ask(STATUS, inquiry)

    async def submit(self, interchange: bytes, *, control_number: str, key: str) -> Receipt:
        guide = guide_of(interchange)
        if guide not in SUBMISSIONS:
            raise NotCarried(f"This clearinghouse takes no files of the guide {guide or '(none)'}.")
        content = {"json": _wrapped(interchange), "headers": {"idempotency-key": key}}
        call = Call("POST", SUBMISSIONS[guide], KEYED_HAND_OVER, content, speaks=(400, 413, 422))
        return await self._web.call(call, _receipt)

    async def find_submission(
        self, control_number: str, *, first_sent: datetime | None = None
    ) -> Receipt | None:
        """None while its key is kept: under that key it may be sent again, and is taken once."""
        async for item in self._transactions():
            if item.get("direction") == "OUTBOUND" and _control(item) == int(control_number):
                return Receipt(str(item["transactionId"]))
        age = None if first_sent is None else self._clock.now().real - first_sent
        if age is not None and age < timedelta(hours=self._settings.key_hours):
            return None
        raise Unknowable(
            f"It is not among the clearinghouse's transactions, and the key of {control_number} has run out.",
            tip="Ask the clearinghouse by telephone or portal whether it has that control number.",
        )

    async def mailbox(self) -> list[RemoteFile]:
        """Every report of the last days that this connection is not done with: known ones are known by id."""
        return [
            RemoteFile(str(item["transactionId"]), KINDS[_set(item)], 0, "")
            async for item in self._transactions()
            if item.get("direction") == "INBOUND"
            and _set(item) in KINDS
            and item["transactionId"] not in self._done
        ]

    async def fetch(self, remote_id: str) -> bytes:
        item = await self._get(self._core(f"/transactions/{remote_id}"), as_json)
        address = _x12_address(item)
        found = await self._web.call(Call("GET", address, INQUIRY, speaks=(302, 307)), _content_or_address)
        if isinstance(found, bytes):
            return found
        # The signed address brings its own right: our key is not shown to whoever keeps the files.
        return await self._web.call(Call("GET", found, INQUIRY, bare=True), lambda response: response.content)

    async def done(self, remote_id: str) -> None:
        """The clearinghouse keeps its list as it is."""
        self._done.add(remote_id)

    async def acknowledge(self, interchange: bytes, *, key: str) -> None:
        raise NotCarried("This clearinghouse takes no 999.", tip="Set acknowledges = false for it.")

    async def _ask(self, path: str, inquiry: bytes) -> bytes:
        content = {"json": _wrapped(inquiry)}
        return await self._web.call(Call("POST", path, INQUIRY, content, speaks=(400, 422)), _x12)

    async def _get(self, url: str, read: Callable[[httpx.Response], _Answer]) -> _Answer:
        return await self._web.call(Call("GET", url, INQUIRY), read)

    def _core(self, path: str) -> str:
        return self._settings.core_url.rstrip("/") + path

    async def _transactions(self) -> AsyncIterator[dict[str, Any]]:
        """Page by page; it is asked either from a time on or from a page on, never both."""
        start = self._clock.now().business - max(timedelta(days=self._settings.look_back_days), SETTLED)
        asked = {"startDateTime": f"{start:%Y-%m-%dT%H:%M:%SZ}", "pageSize": str(PAGE)}
        while True:
            url = str(httpx.URL(self._core("/polling/transactions"), params=asked))
            items, token = await self._get(url, _page)
            for item in items:
                yield item
            if not token:
                return
            asked = {"pageToken": token, "pageSize": str(PAGE)}


def _wrapped(content: bytes) -> dict[str, str]:
    return {"x12": content.decode("latin-1")}


def _said(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of a good answer; else the Trouble that its codes tell (never its words)."""
    said = as_json(response)
    if not isinstance(said, dict):
        raise Trouble(Signal.GARBLED, "The answer is no JSON object.")
    if response.status_code >= 300 or said.get("status") == "ERROR":
        raise Trouble(
            Signal.REFUSED, f"The clearinghouse refused it ({response.status_code}: {_codes(said)})."
        )
    return said


def _codes(said: dict[str, Any]) -> str:
    """The codes of an error body, in either of its two published forms."""
    errors = [each for each in said.get("errors") or [] if isinstance(each, dict)]
    codes = [said.get("code"), said.get("error"), *(each.get("code") for each in errors)]
    plain = [
        code for code in codes if isinstance(code, str) and code.replace("_", "").isalnum() and len(code) < 40
    ]
    return ", ".join(dict.fromkeys(plain)) or "no code"


def _receipt(response: httpx.Response) -> Receipt:
    reference = _said(response).get("claimReference")
    names = ("correlationId", "rhclaimNumber", "rhClaimNumber")
    number = (
        next((reference[n] for n in names if reference.get(n)), None) if isinstance(reference, dict) else None
    )
    if not number:
        raise Trouble(Signal.GARBLED, "The answer is not a receipt.")
    return Receipt(str(number))


def _x12(response: httpx.Response) -> bytes:
    found = _said(response).get("x12")
    if not isinstance(found, str):
        raise Trouble(Signal.GARBLED, "The answer has no X12 in it.")
    return found.encode("latin-1", "replace")


def _page(response: httpx.Response) -> tuple[list[dict[str, Any]], str]:
    said = _said(response)
    items = said.get("items")
    if not isinstance(items, list) or not all(isinstance(i, dict) and "transactionId" in i for i in items):
        raise Trouble(Signal.GARBLED, "The list of transactions cannot be understood.")
    return items, str(said.get("nextPageToken") or said.get("next_page_token") or "")


def _metadata(item: dict[str, Any], part: str, name: str) -> str:
    found: Any = item
    for step in ("x12", "metadata", part, name):
        found = found.get(step) if isinstance(found, dict) else None
    return "" if found is None else str(found)


def _set(item: dict[str, Any]) -> str:
    return _metadata(item, "transaction", "transactionSetIdentifier")


def _control(item: dict[str, Any]) -> int | None:
    number = _metadata(item, "interchange", "controlNumber")
    return int(number) if number.isdigit() else None


def _x12_address(item: Any) -> str:
    """Where the X12 of a report is: what came in is an input, its JSON translation an output."""
    artifacts = item.get("artifacts") if isinstance(item, dict) else None
    for each in artifacts or []:
        if isinstance(each, dict) and each.get("usage") == "input" and each.get("url"):
            return str(each["url"])
    raise Trouble(Signal.GARBLED, "The transaction names no X12 file.").means(INQUIRY, in_doubt=False)


def _content_or_address(response: httpx.Response) -> bytes | str:
    return response.headers.get("location", "") if response.status_code in (302, 307) else response.content
