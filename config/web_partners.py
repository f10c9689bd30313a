"""Partners that are reached over HTTP: our own sandbox's way, CAQH CORE, and a JSON clearinghouse."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from config.partners import Partner, Way
from config.section import Days

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_WEEK = 604_800
_FILES = ("ca_file", "client_certificate", "client_key")


class WebPartner(Partner):
    """``hosts`` are others that may be called beside those of our own addresses: nothing else is."""

    base_url: str = Field(min_length=1, description="its address, https://…")
    hosts: tuple[str, ...] = ()
    ca_file: Path | None = Field(default=None, description="authorities to trust instead of the usual ones")
    client_certificate: Path | None = Field(default=None, description="PEM, its key in it or in client_key")
    client_key: Path | None = None
    client_key_password: SecretStr = SecretStr("")
    plain_http: bool = Field(default=False, description="http:// beyond this machine, as between containers")

    @property
    def addresses(self) -> Iterator[tuple[str, str]]:
        """Each address that these settings name, beside its key."""
        return ((key, str(value)) for key, value in self if key.endswith("_url") and value)

    @property
    def allowed_hosts(self) -> frozenset[str]:
        return frozenset((*self.hosts, *(urlsplit(url).hostname or "" for _, url in self.addresses)))

    def problems(self, home: Path) -> Sequence[str]:
        wrong = [f"{key}: {told}" for key, url in self.addresses if (told := self._unsafe(url))]
        named = ((key, getattr(self, key)) for key in _FILES)
        return wrong + [
            f"{key}: no file {path}" for key, path in named if path and not (home / path).is_file()
        ]

    def _unsafe(self, url: str) -> str:
        """Why an address may not be used: patient data would travel in clear, or it is none; "" if it may."""
        parts = urlsplit(url)
        if not parts.hostname or parts.scheme not in ("http", "https"):
            return "is no address that begins with https://"
        if parts.scheme == "http" and not self.plain_http and parts.hostname not in _LOOPBACK:
            return "use https://; http:// is for this machine alone, else say plain_http = true"
        return ""


class AskedPartner(WebPartner):
    """A partner that can be asked whether it has what we sent; what is not there yet may be on its way."""

    settle_seconds: float = Field(
        default=0,
        ge=0,
        le=_WEEK,
        description="from the start of a send until its absence over there is believed",
    )


class ConnectorSettings(AskedPartner):
    """X12 in the body, JSON receipts: the sandbox payer's own way."""

    kind: Literal["http"] = "http"
    api_key: SecretStr = SecretStr("")


class CorePartner(AskedPartner):
    """What CAQH CORE's two envelopes share. The wait is the rule's own: a real-time question is not
    repeated earlier than 90 seconds after it was first asked."""

    asks: ClassVar[tuple[Way, ...]] = ("real_time", "batch")
    settle_seconds: float = Field(default=120, ge=0, le=_WEEK)
    inquiries_at_once: int = Field(default=1, ge=1)
    resend_seconds: float = Field(default=90, ge=0)
    never_received: tuple[str, ...] = Field(
        default=(), description="error codes by which this partner says that it never had a PayloadID"
    )
    pick_up: tuple[str, ...] = Field(
        default=("X12_005010_Request_Acks", "X12_005010_Request_BatchResultsMixed"),
        min_length=1,
        description="PayloadTypes under which what waits for us is picked up",
    )
    payload_types: dict[str, str] = Field(
        default={}, description="guide = PayloadType, where the partner's differ from ours"
    )


RestOperation = Literal["realtime", "submit", "acks", "results", "acknowledge", "confirm"]


class CoreRestPartner(CorePartner):
    """CAQH CORE vC4.0.0, REST. The rule leaves the paths to the partner's companion guide."""

    kind: Literal["core-rest"] = "core-rest"
    token_url: str = Field(default="", description="OAuth 2.0 client credentials; empty: certificate alone")
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    scope: str = ""
    paths: dict[RestOperation, str] = Field(
        default={}, description="operation = path, where it differs from ours"
    )


class CoreSoapPartner(CorePartner):
    """CAQH CORE vC2.2.0, SOAP 1.2 with MTOM; ``base_url`` is the one endpoint."""

    kind: Literal["core-soap"] = "core-soap"
    username: str = ""
    password: SecretStr = SecretStr("")


class ClearinghousePartner(WebPartner):
    """A JSON clearinghouse: claims, questions and reports at ``base_url``, transactions at ``core_url``."""

    kind: Literal["clearinghouse"] = "clearinghouse"
    core_url: str = Field(min_length=1, description="where its transactions are, https://…")
    api_key: SecretStr = SecretStr("")
    inquiries_at_once: int = Field(default=1, ge=1)
    key_hours: float = Field(default=24, gt=0, le=8784, description="how long it keeps an Idempotency-Key")
    acknowledges: bool = False
    look_back_days: Days = Field(default=30, description="how far back its transactions are listed")
