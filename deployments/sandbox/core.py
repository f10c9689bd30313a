"""CAQH CORE's conversation as a partner holds it, whatever the envelope: real time, batch, pick-up, receipt.

Our companion guide: an ack retrieval names the PayloadID of a submission (PayloadIDIllegal: it never came);
results retrieval hands over all that waits, many interchanges in one payload, again and again until its
receipt is confirmed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha1
from sqlite3 import Row

from claims.errors import CleanclaimError
from deployments.sandbox.frontdoor import HOUSE, verdict_of
from deployments.sandbox.segments import Interchange, read
from deployments.sandbox.world import World

AT_ONCE = 100
ORDER = (
    "PayloadType",
    "ProcessingMode",
    "PayloadID",
    "TimeStamp",
    "SenderID",
    "ReceiverID",
    "CORERuleVersion",
)
FORMS = {
    "ProcessingMode": r"RealTime|Batch",
    "PayloadID": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "TimeStamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
}
REAL_TIME = {
    "X12_270_Request_005010X279A1": "X12_271_Response_005010X279A1",
    "X12_276_Request_005010X212": "X12_277_Response_005010X212",
    "X12_278_Request_005010X215": "X12_278_Response_005010X215",
    "X12_278_Request_005010X217": "X12_278_Response_005010X217",
}


class Wrong(Exception):
    """An ErrorCode instead of an answer."""


@dataclass
class Message:
    """An envelope: its fields by name, its payload's bytes."""

    fields: dict[str, str]
    payload: bytes = b""

    def get(self, name: str) -> str:
        return self.fields.get(name, "")


@dataclass
class Conversation:
    """One rule version over the world; ``answer`` never fails, it says what is wrong."""

    world: World
    version: str
    operations: dict[str, Callable[[Message], tuple[str, bytes]]] = field(init=False)

    def __post_init__(self) -> None:
        self.operations = {
            "realtime": self._real_time,
            "submit": self._submit,
            "acks": self._acks,
            "results": self._results,
            "acknowledge": self._acknowledge,
            "confirm": self._confirm,
        }

    def answer(self, operation: str, asked: Message) -> Message:
        given = {"PayloadType": "CoreEnvelopeError", "PayloadID": asked.get("PayloadID")}
        try:
            self._check(asked)
            given["PayloadType"], payload = self.operations[operation](asked)
            given["PayloadID"] = asked.get("PayloadID")
            return Message(self._fields(given, asked, payload, "Success"), payload)
        except Wrong as wrong:
            return Message(self._fields(given, asked, b"", str(wrong)))

    def _fields(self, given: dict[str, str], asked: Message, payload: bytes, code: str) -> dict[str, str]:
        batch = asked.get("ProcessingMode") == "Batch" and payload
        sums = {"PayloadLength": str(len(payload)), "CheckSum": sha1(payload).hexdigest()} if batch else {}
        return {
            **given,
            **sums,
            "ProcessingMode": asked.get("ProcessingMode") or "Batch",
            "TimeStamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "SenderID": HOUSE,
            "ReceiverID": asked.get("SenderID"),
            "CORERuleVersion": self.version,
            "ErrorCode": code,
            "ErrorMessage": "" if code == "Success" else "See the sandbox's companion guide.",
        }

    def _check(self, asked: Message) -> None:
        for name in ORDER:
            if not asked.get(name):
                raise Wrong(f"{name}Required")
            if not re.fullmatch(FORMS.get(name, r".+"), asked.get(name)):
                raise Wrong(f"{name}Illegal")
        if asked.get("CORERuleVersion") != self.version:
            raise Wrong("VersionMismatch")
        if asked.get("ProcessingMode") == "Batch" and asked.payload:
            self._check_whole(asked)

    def _check_whole(self, asked: Message) -> None:
        for name in ("PayloadLength", "CheckSum"):
            if not asked.get(name):
                raise Wrong(f"{name}Required")
        if asked.get("PayloadLength") != str(len(asked.payload)):
            raise Wrong("PayloadLengthIllegal")
        if asked.get("CheckSum") != sha1(asked.payload).hexdigest():
            raise Wrong("ChecksumMismatched")

    def _real_time(self, asked: Message) -> tuple[str, bytes]:
        kind = asked.get("PayloadType")
        if kind not in REAL_TIME:
            raise Wrong("PayloadTypeIllegal")
        world = self.world
        answers: dict[str, Callable[[Interchange], bytes]] = {
            "270": world.eligibility.answer,
            "276": world.statuses.answer,
            "278": world.authorizations.answer,
        }
        try:
            world.catch_up()
            return REAL_TIME[kind], answers[kind[4:7]](read(asked.payload))
        except CleanclaimError:
            raise Wrong("PayloadNotUnderstood") from None

    def _submit(self, asked: Message) -> tuple[str, bytes]:
        if not re.search(r"_(837|270|276)_|Mixed", asked.get("PayloadType")):
            raise Wrong("PayloadTypeIllegal")
        try:
            self.world.submit(asked.get("PayloadID").lower(), asked.get("SenderID"), asked.payload)
        except CleanclaimError as error:
            raise Wrong("PayloadNotUnderstood" if error.code == "bad_input" else "PayloadIDIllegal") from None
        return "X12_BatchReceiptConfirmation", b""

    def _acks(self, asked: Message) -> tuple[str, bytes]:
        """The 999 or TA1 for the submission of that PayloadID; it stays among the results too."""
        sql = "select * from submission where key = ? and sender = ?"
        row = self.world.store.row(sql, asked.get("PayloadID").lower(), asked.get("SenderID"))
        if row is None:
            raise Wrong("PayloadIDIllegal")
        self.world.catch_up()
        sent = read(row["content"])
        about = {sent.control, *(one.group for one in sent.sets)}
        for file in self._waiting(asked, "all"):
            if file["kind"] in ("999", "TA1") and verdict_of(read(file["content"]))[1] in about:
                return f"X12_{file['kind']}_Response_005010X231A1", bytes(file["content"])
        return "X12_NoBatchAckFile", b""

    def _results(self, asked: Message) -> tuple[str, bytes]:
        files = self._waiting(asked, "")[:AT_ONCE]
        if not files:
            return "X12_NoBatchResultsFile", b""
        numbers = ",".join(str(file["id"]) for file in files)
        self.world.store.set(f"pick-up {asked.get('PayloadID')}", numbers)
        return "X12_005010_Response_BatchResultsMixed", b"".join(bytes(file["content"]) for file in files)

    def _waiting(self, asked: Message, fetched: str) -> list[Row]:
        listed = self.world.files(asked.get("SenderID"), "", fetched=bool(fetched))
        return [self.world.file(int(file["id"])) for file in listed if file["kind"] != "appeal"]

    def _acknowledge(self, asked: Message) -> tuple[str, bytes]:
        try:
            self.world.acknowledged(asked.get("PayloadID"), asked.get("SenderID"), asked.payload)
        except CleanclaimError:
            raise Wrong("PayloadNotUnderstood") from None
        return "X12_BatchReceiptConfirmation", b""

    def _confirm(self, asked: Message) -> tuple[str, bytes]:
        numbers = self.world.store.setting(f"pick-up {asked.get('PayloadID')}")
        if numbers is None:
            raise Wrong("PayloadIDIllegal")
        for number in numbers.split(","):
            self.world.fetched(int(number))
        return "X12_BatchReceiptConfirmation", b""
