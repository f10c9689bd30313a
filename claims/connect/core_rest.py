"""CAQH CORE vC4.0.0, REST: the envelope as JSON with its SOAP names, the payload in base64.

The rule asks for both OAuth 2.0 and client certificates; paths are the partner's, so they are settings.
"""

from base64 import b64decode, b64encode
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

from claims.clock import Clock
from claims.connect.calls import Signal, Trouble
from claims.connect.core import CoreConnector, Envelope
from claims.connect.tokens import ClientCredentials
from claims.connect.web import FixedHeaders, Web, as_json
from config.web_partners import CoreRestPartner, RestOperation

PATHS: dict[RestOperation, str] = {
    "realtime": "/realtime",
    "submit": "/batch/submission",
    "acks": "/batch/submission/acks",
    "results": "/batch/results",
    "acknowledge": "/batch/results/acks",
    "confirm": "/batch/results/receipt",
}


class RestCodec:
    version = "4.0.0"

    def __init__(self, paths: dict[RestOperation, str]) -> None:
        self._paths = {**PATHS, **paths}

    def request(self, operation: RestOperation, envelope: Envelope) -> tuple[str, dict[str, Any]]:
        payload = {"Payload": b64encode(envelope.payload).decode("ascii")} if envelope.payload else {}
        return self._paths[operation], {"json": {**envelope.fields, **payload}}

    def read(self, response: httpx.Response) -> Envelope:
        said = as_json(response)
        try:
            payload = b64decode(said.get("Payload") or "", validate=True)
            return Envelope({name: str(value) for name, value in said.items() if name != "Payload"}, payload)
        except (AttributeError, TypeError, ValueError) as wrong:
            raise Trouble(Signal.GARBLED, "The answer is no envelope.") from wrong


def core_rest(
    name: str, settings: CoreRestPartner, sender: str, home: Path, clock: Clock, *, first_wait: float = 0.5
) -> CoreConnector:
    secret = settings.client_secret.get_secret_value()
    credentials = (
        ClientCredentials(settings.token_url, settings.client_id, secret, settings.scope, monotonic)
        if settings.token_url
        else FixedHeaders()
    )
    web = Web(settings, home, clock, credentials=credentials, first_wait=first_wait)
    return CoreConnector(name, settings, sender, web, RestCodec(settings.paths), clock)
