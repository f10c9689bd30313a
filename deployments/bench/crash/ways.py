"""The ways to a payer that the crash matrix tries: how each is set up, what it can tell, where it may die."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from claims.connect import folder
from claims.connect.clearinghouse import ClearinghouseConnector
from claims.connect.core import CoreConnector
from claims.connect.folder import FolderConnector
from claims.connect.http import HttpConnector
from claims.connect.paper import PaperConnector
from claims.connect.sftp import SftpConnector
from claims.transitions import Event
from deployments.bench.doors import DOORS, Address
from deployments.bench.mortal import (
    Arm,
    after,
    after_commit,
    after_plain,
    at_commit,
    instead_of,
    on_the_wire,
    when_written,
)

SENDER = "BENCH"
PATIENCE: dict[str, Any] = {"timeout_seconds": 0.5, "attempts": 2, "deadline_seconds": 3}
_WHO: dict[str, Any] = {"receiver_id": "SBXCLEAR", **PATIENCE}
_LATE = 0.8
SETTLE_SECONDS = _LATE + 0.2
_SETTLE = {"settle_seconds": SETTLE_SECONDS}
Fault = tuple[str, str, int]
"""Where the sandbox fails, how, and how many times."""


@dataclass(frozen=True, slots=True)
class Way:
    """One column. ``settings`` are those of the connector, see `DOORS`.

    ``asks``: whatever became of a send, the receiver can be asked and its word is final. ``keyed``: it takes
    what comes again under its key once. ``carried``: when a file that has its name is carried
    away: at once, before anybody looks; later; never, it is read where it lies; or it is mailed.
    """

    name: str
    settings: Mapping[str, Any]
    connector: type
    wire: Mapping[str, Arm] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    asks: bool = True
    keyed: bool = False
    carried: str = ""
    ended: Event = Event.SENT

    def partner(self, at: Address) -> dict[str, Any]:
        return at.fill(self.settings, SENDER)

    @property
    def late(self) -> tuple[Arm, Fault] | None:
        """Killed when all has left, and taken in only after somebody has looked whether it was."""
        if _ALL_LEFT not in self.wire or _TAKEN_LATE not in self.faults:
            return None
        return self.wire[_ALL_LEFT], self.faults[_TAKEN_LATE]

    @property
    def moments(self) -> dict[str, Arm]:
        """From the attempt to the receipt, in the order in which they come."""
        return {
            "killed: the attempt is written, not committed": when_written(Event.SEND_STARTED, at_commit),
            "killed: the attempt is committed, no byte has left": instead_of(self.connector, "submit"),
            **self.wire,
            "killed: the receipt has come, nothing is written": after(self.connector, "submit"),
            "killed: the receipt is written, not committed": when_written(self.ended, at_commit),
            "killed: the receipt is committed": when_written(self.ended, after_commit),
        }


_CONNECTED = "killed: connected, nothing is said"
_ALL_LEFT = "killed: all bytes have left, no answer has come"
_TAKEN_LATE = "server: takes it after we gave up waiting"
_POSTS = {
    _CONNECTED: "connection.connect_tcp.complete",
    "killed: the headers have left": "http11.send_request_headers.complete",
    _ALL_LEFT: "http11.send_request_body.complete",
    "killed: the answer has begun": "http11.receive_response_headers.complete",
}
_SUBMISSIONS = ("/submissions", "/batch/submission", "/core/soap", "/raw-x12-submission")
_WEB_WIRE = {name: on_the_wire(moment, _SUBMISSIONS) for name, moment in _POSTS.items()}
_KEPT_LINE = {name: arm for name, arm in _WEB_WIRE.items() if name != _CONNECTED}
"""Where the line is there already: the token came over it."""
_WEB_FAULTS: dict[str, Fault] = {
    "server: hangs up before it reads": ("submissions", "close_before_read", 1),
    "server: takes it and hangs up": ("submissions", "close_after_accept", 1),
    "server: breaks off in its answer": ("submissions", "truncate", 1),
    "server: never answers": ("submissions", "hang", 9),
    _TAKEN_LATE: ("submissions", f"late:{_LATE}", 1),
    "server: says 503": ("submissions", "status:503", 9),
    "server: answers rubbish": ("submissions", "garbage", 9),
}
_SFTP_WIRE = {
    "killed: the temporary file is open": after(asyncssh.SFTPClient, "open"),
    "killed: the bytes are there, under the temporary name": instead_of(SftpConnector, "_rename"),
    "killed: the final name is asked for": instead_of(asyncssh.SFTPClient, "rename"),
    "killed: the final name is given": after(asyncssh.SFTPClient, "rename"),
}
_SFTP_FAULTS: dict[str, Fault] = {
    "server: hangs up before it reads": ("sftp_upload", "cut_before", 9),
    "server: breaks off in the upload": ("sftp_upload", "cut_after", 9),
    "server: never answers to the upload": ("sftp_upload", "hang_after", 9),
    "server: its disk is full": ("sftp_upload", "disk_full", 9),
    "server: hangs up before the final name": ("sftp_rename", "cut_before", 1),
    "server: takes it and hangs up": ("sftp_rename", "cut_after", 1),
    "server: never answers": ("sftp_rename", "hang_before", 1),
    "server: takes it and never answers": ("sftp_rename", "hang_after", 1),
    "server: refuses the final name": ("sftp_rename", "denied", 1),
}
_FILE_WIRE = {
    "killed: nothing is written": instead_of(folder, "_write"),
    "killed: the bytes are there, under the temporary name": after_plain(folder, "_write"),
    "killed: the final name is asked for": instead_of(os, "replace"),
    "killed: the final name is given": after_plain(os, "replace"),
}

_CORE = {**_WHO, **_SETTLE, "resend_seconds": 0}
_TOLD = {"never_received": ["PayloadIDIllegal"]}
_REST = {**DOORS["core-rest"], **_CORE}
_SOAP = {**DOORS["core-soap"], **_CORE}
_HOUSE = {**DOORS["clearinghouse"], "look_back_days": 3650, **_WHO}
_OLD_KEY = _HOUSE | {"key_hours": 1e-9}
_SFTP = {**DOORS["sftp"], **_WHO}
_FOLDER = {**DOORS["folder"], **_WHO}


def _web(
    name: str,
    settings: dict[str, Any],
    connector: type,
    *,
    wire: dict[str, Arm] = _WEB_WIRE,
    asks: bool = True,
    keyed: bool = False,
) -> Way:
    return Way(name, settings, connector, wire, _WEB_FAULTS, asks, keyed)


WAYS = (
    _web("http", {**DOORS["http"], **_WHO, **_SETTLE}, HttpConnector),
    _web("core-rest", _REST | _TOLD, CoreConnector, wire=_KEPT_LINE),
    _web("core-soap", _SOAP | _TOLD, CoreConnector),
    _web("core-rest, no code for never", _REST, CoreConnector, wire=_KEPT_LINE, asks=False),
    _web("clearinghouse", _HOUSE, ClearinghouseConnector, keyed=True),
    _web(
        "clearinghouse, key run out",
        _OLD_KEY,
        ClearinghouseConnector,
        asks=False,
        keyed=True,
    ),
    Way("sftp, left lying", _SFTP, SftpConnector, _SFTP_WIRE, _SFTP_FAULTS, asks=False, carried="never"),
    Way("sftp, taken away", _SFTP, SftpConnector, _SFTP_WIRE, _SFTP_FAULTS, asks=False),
    Way("folder, left lying", _FOLDER, FolderConnector, _FILE_WIRE, asks=False, carried="later"),
    Way("folder, carried away", _FOLDER, FolderConnector, _FILE_WIRE, asks=False, carried="at once"),
    Way(
        "paper",
        {**DOORS["paper"], **_WHO},
        PaperConnector,
        _FILE_WIRE,
        asks=False,
        carried="mailed",
        ended=Event.SEND_UNCONFIRMED,
    ),
)
