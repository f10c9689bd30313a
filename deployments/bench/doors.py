"""The sandbox payer's doors: what a connector of each kind must be told to come in by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

KEY = "s3cret"
_PICK_UP = {"pick_up": ["X12_005010_Request_BatchResultsMixed"]}
DOORS: Mapping[str, Mapping[str, Any]] = {
    "http": {"kind": "http", "base_url": "{url}", "api_key": "{key}"},
    "core-rest": {
        "kind": "core-rest",
        "base_url": "{url}/core/v4",
        "token_url": "{url}/core/v4/token",
        "client_id": "us",
        "client_secret": "{key}",
        **_PICK_UP,
    },
    "core-soap": {
        "kind": "core-soap",
        "base_url": "{url}/core/soap",
        "username": "us",
        "password": "{key}",
        **_PICK_UP,
    },
    "clearinghouse": {
        "kind": "clearinghouse",
        "base_url": "{url}/clearinghouse/healthcare",
        "core_url": "{url}/clearinghouse/core",
        "api_key": "{key}",
    },
    "sftp": {
        "kind": "sftp",
        "host": "127.0.0.1",
        "port": "{sftp_port}",
        "user": "{sender}",
        "password": "{key}",
        "host_keys": ["{host_key}"],
    },
    "folder": {"kind": "folder", "outbox": "out", "inbox": "in"},
    "paper": {"kind": "paper", "outbox": "mail"},
}
"""Settings by kind of connector; `Address.fill` fills in what stands in braces."""

BY_FILE = ("sftp", "folder", "paper")
"""Kinds that carry files and no questions."""


@dataclass(frozen=True, slots=True)
class Address:
    """The sandbox's: its URL, and its SFTP server where it has one."""

    url: str
    sftp_port: int = 0
    host_key: str = ""

    def fill(self, settings: Mapping[str, Any], sender: str) -> dict[str, Any]:
        """The settings of one who sends under that id."""
        told = {
            "url": self.url,
            "key": KEY,
            "sender": sender,
            "sftp_port": self.sftp_port,
            "host_key": self.host_key,
        }
        return {name: _filled(value, told) for name, value in settings.items()}


def _filled(value: Any, told: dict[str, Any]) -> Any:
    match value:
        case [*inside]:
            return [_filled(each, told) for each in inside]
        case str():
            return told[value[1:-1]] if value[1:-1] in told else value.format(**told)
    return value


def address(url: str) -> Address:
    """Of a sandbox with an SFTP server, asked where that one is."""
    about = httpx.get(f"{url}/sandbox/sftp", headers={"authorization": f"Bearer {KEY}"}).raise_for_status()
    return Address(url, about.json()["port"], about.json()["host_key"])
