"""CAQH CORE connectivity: one conversation in two envelopes (REST, SOAP), real time and batch.

An unconfirmed batch is asked for by its PayloadID, which is made from its control number and so is the same
after a crash: an acknowledgement under it proves that the batch arrived. That there is none yet proves
nothing (the 999 has an hour), so that is Unknowable, unless the partner has an error code for "never came".
Submissions follow ``HAND_OVER``; questions, pick-ups and receipts follow ``INQUIRY``, and a real-time
question that was met with silence is not repeated within 90 seconds of its first attempt.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1, sha256
from typing import Any, Protocol, TypeVar
from uuid import NAMESPACE_URL, uuid4, uuid5

import httpx

from claims.clock import Clock
from claims.connect import Receipt, RemoteFile, Unknowable
from claims.connect.calls import HAND_OVER, INQUIRY, Missing, Signal, Table, Trouble
from claims.connect.files import kind_of
from claims.connect.letterless import Letterless
from claims.connect.web import Call, Web
from config.web_partners import CorePartner, RestOperation

_Answer = TypeVar("_Answer")

SUCCESS = "Success"
FIELDS = (
    "PayloadType",
    "ProcessingMode",
    "PayloadID",
    "PayloadLength",
    "TimeStamp",
    "SenderID",
    "ReceiverID",
    "CORERuleVersion",
    "CheckSum",
)
"""The fields before the payload, in the order that the rule fixes; ErrorCode and ErrorMessage follow it."""

MEANINGS = {
    r"UnAuthorized": Signal.UNAUTHORISED,
    r"ChecksumMismatched": Signal.DAMAGED,
    r"VersionMismatch": Signal.REFUSED,
    r"\w+(Required|Illegal|NotUnderstood)": Signal.REFUSED,
}
"""Error codes of the envelope; one that is not here is permanent."""

_TYPES = {
    "005010X279A1": "X12_270_Request_005010X279A1",
    "005010X212": "X12_276_Request_005010X212",
    "005010X215": "X12_278_Request_005010X215",
    "005010X217": "X12_278_Request_005010X217",
    "005010X222A1": "X12_837_Request_005010X222A1",
    "005010X223A2": "X12_837_Request_005010X223A2",
    "005010X224A2": "X12_837_Request_005010X224A2",
    "005010X231A1": "X12_999_Request_005010X231A1",
    "": "X12_TA1_Response_00501X231A1",
}
"""PayloadType by guide (GS08); a TA1 has none. The spelling of the last is the field's own."""

_NO_FILE = ("X12_NoBatchAckFile", "X12_NoBatchResultsFile")
_RECEIPT = "X12_BatchReceiptConfirmation"
_ACKS = "X12_005010_Request_Acks"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What travels, either way: the fields by name, and the payload's bytes."""

    fields: dict[str, str]
    payload: bytes = b""

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


class Codec(Protocol):
    """How envelopes look on the wire. ``read`` raises Trouble where there is none in the answer."""

    version: str

    def request(self, operation: RestOperation, envelope: Envelope) -> tuple[str, dict[str, Any]]: ...

    def read(self, response: httpx.Response) -> Envelope: ...


@dataclass(slots=True)
class PickUp:
    """A payload that was handed to us; it is confirmed when every file in it is done."""

    payload_id: str
    waiting: set[str] = field(default_factory=set)


class CoreConnector(Letterless):
    """One partner; ``sender`` is our id there (SenderID)."""

    def __init__(
        self, name: str, settings: CorePartner, sender: str, web: Web, codec: Codec, clock: Clock
    ) -> None:
        self.name = name
        self._settings = settings
        self._sender = sender
        self._web = web
        self._codec = codec
        self._clock = clock
        self._files: dict[str, tuple[bytes, PickUp]] = {}

    async def close(self) -> None:
        await self._web.close()

    async def eligibility(self, inquiry: bytes) -> bytes:
        return await self._real_time(inquiry)

    async def status(self, inquiry: bytes) -> bytes:
        return await self._real_time(inquiry)

    async def review(self, request: bytes, *, inquiry: bool) -> bytes:
        """A 278; a request in doubt is not repeated, since it may have opened a review."""
        return await self._real_time(request, INQUIRY if inquiry else HAND_OVER)

    async def submit(self, interchange: bytes, *, control_number: str, key: str) -> Receipt:
        payload_id = self._payload_id(control_number)

        def receipt(answer: Envelope) -> Receipt:
            if answer["PayloadID"] not in ("", payload_id):
                raise Trouble(Signal.GARBLED, "The receipt is for another PayloadID.")
            return Receipt(payload_id)

        sent = self._batch(self._type(interchange), payload_id, interchange)
        return await self._exchange("submit", sent, HAND_OVER, receipt)

    async def find_submission(
        self, control_number: str, *, first_sent: datetime | None = None
    ) -> Receipt | None:
        payload_id = self._payload_id(control_number)
        try:
            answer = await self._exchange("acks", self._batch(_ACKS, payload_id), INQUIRY, _itself)
        except Missing:
            return None
        if answer["PayloadType"] in _NO_FILE or not answer.payload:
            raise Unknowable(
                f"No acknowledgement yet under PayloadID {payload_id}, which proves nothing.",
                tip="A 999 comes within the hour; after that ask the partner by telephone.",
            )
        return Receipt(payload_id)

    async def mailbox(self) -> list[RemoteFile]:
        """What is handed to us now, cut into its interchanges; more may wait behind it."""
        return [file for kind in self._settings.pick_up for file in await self._pick_up(kind)]

    async def _pick_up(self, payload_type: str) -> list[RemoteFile]:
        operation: RestOperation = "acks" if "Acks" in payload_type else "results"
        answer = await self._exchange(operation, self._batch(payload_type, str(uuid4())), INQUIRY, _itself)
        if answer["PayloadType"] in _NO_FILE:
            return []
        found = PickUp(answer["PayloadID"])
        files = []
        for content in interchanges(answer.payload):
            digest = sha256(content).hexdigest()
            self._files[digest] = content, found
            found.waiting.add(digest)
            files.append(RemoteFile(digest, kind_of(content), len(content), digest))
        return files

    async def fetch(self, remote_id: str) -> bytes:
        if remote_id not in self._files:
            raise Missing("That file was not picked up by this connection.", tip="List the mailbox first.")
        return self._files[remote_id][0]

    async def done(self, remote_id: str) -> None:
        _, found = self._files[remote_id]
        found.waiting.discard(remote_id)
        if not found.waiting:
            await self._exchange("confirm", self._batch(_RECEIPT, found.payload_id), INQUIRY, _itself)
        del self._files[remote_id]

    async def acknowledge(self, interchange: bytes, *, key: str) -> None:
        payload_id = str(uuid5(NAMESPACE_URL, f"urn:cleanclaim:acknowledgement:{key}"))
        sent = self._batch(self._type(interchange), payload_id, interchange)
        await self._exchange("acknowledge", sent, INQUIRY, _itself)

    async def _real_time(self, inquiry: bytes, table: Table = INQUIRY) -> bytes:
        sent = self._envelope(self._type(inquiry), "RealTime", str(uuid4()), inquiry)
        wait = self._settings.resend_seconds
        return (await self._exchange("realtime", sent, table, _itself, wait)).payload

    async def _exchange(
        self,
        operation: RestOperation,
        envelope: Envelope,
        table: Table,
        then: Callable[[Envelope], _Answer],
        resend_after: float = 0.0,
    ) -> _Answer:
        url, content = self._codec.request(operation, envelope)
        call = Call("POST", url, table, content, resend_after, speaks=(400, 422))

        def read(response: httpx.Response) -> _Answer:
            return then(self._sound(self._codec.read(response)))

        return await self._web.call(call, read)

    def _sound(self, answer: Envelope) -> Envelope:
        """The envelope when it says Success and its payload is whole; else the Trouble that it tells."""
        code = answer["ErrorCode"]
        if code in self._settings.never_received:
            raise Trouble(Signal.MISSING, f"The partner never had it ({code}).")
        if code != SUCCESS:
            raise meaning(code)
        if answer["CheckSum"] and answer["CheckSum"].lower() != checksum(answer.payload):
            raise Trouble(Signal.BROKEN, "The payload does not match its checksum.")
        return answer

    def _batch(self, payload_type: str, payload_id: str, payload: bytes = b"") -> Envelope:
        return self._envelope(payload_type, "Batch", payload_id, payload)

    def _envelope(self, payload_type: str, mode: str, payload_id: str, payload: bytes) -> Envelope:
        whole = mode == "Batch" and bool(payload)
        values = {
            "PayloadType": payload_type,
            "ProcessingMode": mode,
            "PayloadID": payload_id,
            "PayloadLength": str(len(payload)) if whole else "",
            "TimeStamp": f"{self._clock.now().real:%Y-%m-%dT%H:%M:%SZ}",
            "SenderID": self._sender,
            "ReceiverID": self._settings.receiver_id,
            "CORERuleVersion": self._codec.version,
            "CheckSum": checksum(payload) if whole else "",
        }
        return Envelope({name: value for name, value in values.items() if value}, payload)

    def _type(self, interchange: bytes) -> str:
        guide = guide_of(interchange)
        return self._settings.payload_types.get(guide) or _TYPES.get(guide, f"X12_Request_{guide}")

    def _payload_id(self, control_number: str) -> str:
        """The same for the same interchange, so that it can be asked for after a crash."""
        mode = "P" if self._settings.production else "T"
        name = f"urn:cleanclaim:{self._sender}:{self._settings.receiver_id}:{mode}:{control_number}"
        return str(uuid5(NAMESPACE_URL, name))


def _itself(answer: Envelope) -> Envelope:
    return answer


def meaning(code: str) -> Trouble:
    """What an error code says; the code itself is shown, the partner's message never (it may hold data)."""
    known = next((signal for form, signal in MEANINGS.items() if re.fullmatch(form, code)), None)
    shown = code if re.fullmatch(r"[A-Za-z]{1,60}", code) else "a code that is none"
    if not code:
        return Trouble(Signal.GARBLED, "The envelope has no ErrorCode.")
    return Trouble(known or Signal.REFUSED, f"The partner answered {shown}.", tip="See its companion guide.")


def checksum(payload: bytes) -> str:
    """Lower-case hexadecimal SHA-1, as the rule asks: it guards against damage, not against malice."""
    return sha1(payload, usedforsecurity=False).hexdigest()


def guide_of(interchange: bytes) -> str:
    """GS08 of the first group; "" where there is none (a TA1)."""
    separator, terminator = interchange[3:4], interchange[105:106]
    first = interchange[106:].lstrip().split(terminator or b"~", 1)[0].split(separator or b"*")
    return first[8].decode("ascii", "replace").strip() if first[0] == b"GS" and len(first) > 8 else ""


def interchanges(payload: bytes) -> list[bytes]:
    """The interchanges of a mixed payload, each whole; bytes that are none stay one piece."""
    text = payload.strip()
    terminator = re.escape(text[105:106] or b"~")
    pieces = re.split(rb"(?<=" + terminator + rb")\s*(?=ISA[^A-Za-z0-9])", text)
    return [piece for piece in pieces if piece]
