"""CAQH CORE vC2.2.0, SOAP 1.2: real time inline, batch payloads as MTOM attachments, a UsernameToken on top.

Names, their order and the namespace are the rule's WSDL: the body element is qualified, its children are not.
"""

import re
from base64 import b64decode
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import httpx

from claims.clock import Clock
from claims.connect.calls import Signal, Trouble
from claims.connect.core import FIELDS, CoreConnector, Envelope
from claims.connect.web import Web
from config.web_partners import CoreSoapPartner, RestOperation

CORE = "http://www.caqh.org/SOAP/WSDL/CORERule2.2.0.xsd"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
XOP = "http://www.w3.org/2004/08/xop/include"

OPERATIONS: dict[RestOperation, tuple[str, str]] = {
    "realtime": ("RealTimeTransaction", "COREEnvelopeRealTimeRequest"),
    "submit": ("BatchSubmitTransaction", "COREEnvelopeBatchSubmission"),
    "acks": ("BatchSubmitAckRetrievalTransaction", "COREEnvelopeBatchSubmissionAckRetrievalRequest"),
    "results": ("BatchResultsRetrievalTransaction", "COREEnvelopeBatchResultsRetrievalRequest"),
    "acknowledge": ("BatchResultsAckSubmitTransaction", "COREEnvelopeBatchResultsAckSubmission"),
    "confirm": ("GenericBatchReceiptConfirmationTransaction", "COREEnvelopeBatchResultsAckSubmission"),
}
"""SOAP action and body element."""


class SoapCodec:
    version = "2.2.0"

    def __init__(self, settings: CoreSoapPartner) -> None:
        self._url = settings.base_url
        self._security = _security(settings.username, settings.password.get_secret_value())

    def request(self, operation: RestOperation, envelope: Envelope) -> tuple[str, dict[str, Any]]:
        action, element = OPERATIONS[operation]
        if not envelope.payload or operation == "realtime":
            payload = f"<Payload>{_cdata(envelope.payload)}</Payload>"
            content = self._document(element, envelope, payload)
            kind = f'application/soap+xml; charset=UTF-8; action="{action}"'
        else:
            kind, content = _attached(
                action, envelope.payload, lambda p: self._document(element, envelope, p)
            )
        return self._url, {"content": content, "headers": {"content-type": kind}}

    def _document(self, element: str, envelope: Envelope, payload: str) -> bytes:
        """Child elements in the fixed order; the payload last."""
        known = [(name, envelope[name]) for name in FIELDS if envelope[name]]
        fields = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in known)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{SOAP}"><s:Header>{self._security}'
            f'</s:Header><s:Body><c:{element} xmlns:c="{CORE}">{fields}{payload}</c:{element}>'
            "</s:Body></s:Envelope>"
        ).encode()

    def read(self, response: httpx.Response) -> Envelope:
        parts = _parts(response.headers.get("content-type", ""), response.content)
        body = _body(parts[0][1])
        fields = {child.tag.rpartition("}")[2]: child for child in body}
        values = {name: child.text or "" for name, child in fields.items() if name != "Payload"}
        return Envelope(values, _payload(fields.get("Payload"), parts, values.get("ProcessingMode", "")))


def core_soap(
    name: str, settings: CoreSoapPartner, sender: str, home: Path, clock: Clock, *, first_wait: float = 0.5
) -> CoreConnector:
    web = Web(settings, home, clock, first_wait=first_wait)
    return CoreConnector(name, settings, sender, web, SoapCodec(settings), clock)


def _security(username: str, password: str) -> str:
    """WS-Security inside TLS; without a user the client certificate alone tells who we are."""
    if not username:
        return ""
    return (
        f'<w:Security xmlns:w="{WSSE}" s:mustUnderstand="true"><w:UsernameToken>'
        f"<w:Username>{escape(username)}</w:Username><w:Password>{escape(password)}</w:Password>"
        "</w:UsernameToken></w:Security>"
    )


def _cdata(payload: bytes) -> str:
    text = payload.decode("latin-1").replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{text}]]>" if text else ""


def _attached(action: str, payload: bytes, document: Any) -> tuple[str, bytes]:
    """Content type and body of a multipart message: the envelope first, the payload's bytes beside it."""
    boundary, cid = f"uuid-{uuid4()}", f"{uuid4()}@cleanclaim"
    include = f'<Payload><x:Include xmlns:x="{XOP}" href="cid:{cid}"/></Payload>'
    root = (
        f"--{boundary}\r\nContent-Type: application/xop+xml; charset=UTF-8; "
        f'type="application/soap+xml"\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <root>\r\n\r\n'
    ).encode()
    attachment = (
        f"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Transfer-Encoding: binary\r\nContent-ID: <{cid}>\r\n\r\n"
    ).encode()
    kind = (
        f'multipart/related; boundary="{boundary}"; type="application/xop+xml"; start="<root>"; '
        f'start-info="application/soap+xml"; action="{action}"'
    )
    return kind, root + document(include) + attachment + payload + f"\r\n--{boundary}--\r\n".encode()


def _parts(content_type: str, content: bytes) -> list[tuple[str, bytes]]:
    """Content-ID and bytes of each part, the envelope first; a message without parts is its own only one."""
    found = re.search(r'boundary="?([^";,\s]+)', content_type)
    if not content_type.lower().startswith("multipart/") or not found:
        return [("", content)]
    edge = b"--" + found[1].encode("ascii", "replace")
    pieces = (b"\r\n" + content).split(b"\r\n" + edge)
    if not pieces[-1].startswith(b"--") or len(pieces) < 3:
        raise Trouble(Signal.BROKEN, "The multipart answer is cut off.")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> tuple[str, bytes]:
    head, _, content = piece.partition(b"\r\n\r\n")
    found = re.search(rb"(?im)^content-id:\s*<?([^>\r\n]+)", head)
    return found[1].decode("latin-1") if found else "", content


def _body(document: bytes) -> ElementTree.Element:
    """The element inside the SOAP body; a fault becomes the Trouble that it means."""
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise Trouble(Signal.GARBLED, "The answer declares entities of its own, which no partner needs.")
    try:
        body = ElementTree.fromstring(document).find(f"{{{SOAP}}}Body")
    except ElementTree.ParseError as wrong:
        raise Trouble(Signal.GARBLED, "The answer is not XML.") from wrong
    if body is None or not len(body):
        raise Trouble(Signal.GARBLED, "The answer is no SOAP envelope.")
    if body[0].tag == f"{{{SOAP}}}Fault":
        code = body[0].findtext(f"{{{SOAP}}}Code/{{{SOAP}}}Value", "")
        ours = code.endswith("Sender")
        raise Trouble(Signal.REFUSED if ours else Signal.FAILED, "The other side answered with a SOAP fault.")
    return body[0]


def _payload(element: ElementTree.Element | None, parts: list[tuple[str, bytes]], mode: str) -> bytes:
    """Inline text in real time; in batch an attachment, named by its id or the last part, or base64."""
    include = None if element is None else element.find(f"{{{XOP}}}Include")
    if include is not None:
        named = dict(parts[1:])
        return named.get(include.get("href", "").removeprefix("cid:"), parts[-1][1])
    text = "" if element is None else element.text or ""
    if mode == "RealTime" or text.lstrip().startswith("ISA"):
        return text.strip().encode("latin-1", "replace")
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError as wrong:
        raise Trouble(Signal.GARBLED, "The payload is neither attached nor base64.") from wrong
