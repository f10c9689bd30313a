"""CAQH CORE vC2.2.0, SOAP 1.2 with MTOM: one endpoint, /core/soap; read by Python's own MIME reader."""

import hmac
from email import message_from_bytes
from email.message import Message as Part
from email.policy import HTTP
from uuid import uuid4
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deployments.sandbox.core import Conversation, Message
from deployments.sandbox.soap_action import PATH, action_of
from deployments.sandbox.world import World

SOAP = "http://www.w3.org/2003/05/soap-envelope"
CORE = "http://www.caqh.org/SOAP/WSDL/CORERule2.2.0.xsd"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
XOP = "http://www.w3.org/2004/08/xop/include"
OPERATIONS = {
    "RealTimeTransaction": ("realtime", "COREEnvelopeRealTimeResponse"),
    "BatchSubmitTransaction": ("submit", "COREEnvelopeBatchSubmissionResponse"),
    "BatchSubmitAckRetrievalTransaction": ("acks", "COREEnvelopeBatchSubmissionAckRetrievalResponse"),
    "BatchResultsRetrievalTransaction": ("results", "COREEnvelopeBatchResultsRetrievalResponse"),
    "BatchResultsAckSubmitTransaction": ("acknowledge", "COREEnvelopeBatchResultsAckSubmissionResponse"),
    "GenericBatchReceiptConfirmationTransaction": (
        "confirm",
        "COREEnvelopeBatchResultsAckSubmissionResponse",
    ),
}
ORDER = (
    "PayloadType", "ProcessingMode", "PayloadID", "PayloadLength", "TimeStamp", "SenderID", "ReceiverID",
    "CORERuleVersion", "CheckSum", "Payload", "ErrorCode", "ErrorMessage",
)  # fmt: skip


class SoapFront:
    """``password`` is the client's, of any user; without one nobody needs it."""

    def __init__(self, world: World, password: str | None) -> None:
        self.conversation = Conversation(world, "2.2.0")
        self.password = password

    def routes(self) -> list[Route]:
        return [Route(PATH, self.exchange, methods=["POST"])]

    async def exchange(self, request: Request) -> Response:
        kind, content = request.headers.get("content-type", ""), await request.body()
        operation, element = OPERATIONS.get(action_of(kind), ("", ""))
        try:
            envelope, asked = _read(kind, content)
        except (ElementTree.ParseError, LookupError, ValueError):
            return _fault("Sender", 400)
        if not operation:
            return _fault("Sender", 400)
        if self.password and not hmac.compare_digest(_password(envelope).encode(), self.password.encode()):
            given = Message({"PayloadID": asked.get("PayloadID"), "ErrorCode": "UnAuthorized"})
            return _answer(element, given, b"")
        answer = await run_in_threadpool(self.conversation.answer, operation, asked)
        return _answer(element, answer, answer.payload)


def _read(kind: str, content: bytes) -> tuple[ElementTree.Element, Message]:
    """The whole envelope, and the message in its body. Children of the body element must be unqualified."""
    parts = _parts(kind, content)
    envelope = ElementTree.fromstring(parts[0][1])
    element = envelope.findall(f"{{{SOAP}}}Body/*")[0]
    if not element.tag.startswith(f"{{{CORE}}}"):
        raise ValueError("the body element is not in the rule's namespace")
    order = [child.tag for child in element]
    if order != sorted(order, key=ORDER.index):
        raise ValueError("the fields are not in their order")
    fields = {child.tag: child.text or "" for child in element if child.tag != "Payload"}
    include = element.find(f"Payload/{{{XOP}}}Include")
    if include is None:
        return envelope, Message(fields, element.findtext("Payload", "").encode("latin-1"))
    return envelope, Message(fields, dict(parts)[include.attrib["href"].removeprefix("cid:")])


def _parts(kind: str, content: bytes) -> list[tuple[str, bytes]]:
    if not kind.startswith("multipart/"):
        return [("", content)]
    whole: Part = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + content, policy=HTTP)
    return [(str(part["content-id"]).strip("<>"), _bytes(part)) for part in whole.iter_parts()]  # type: ignore[attr-defined]


def _bytes(part: Part) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _password(envelope: ElementTree.Element) -> str:
    path = f"{{{SOAP}}}Header/{{{WSSE}}}Security/{{{WSSE}}}UsernameToken/{{{WSSE}}}Password"
    return envelope.findtext(path, "")


def _answer(element: str, answer: Message, payload: bytes) -> Response:
    """Inline in real time, attached in batch; one without a payload is plain."""
    if payload and answer.get("ProcessingMode") == "Batch":
        return _attached(element, answer, payload)
    inline = f"<![CDATA[{payload.decode('latin-1')}]]>" if payload else ""
    return Response(_document(element, answer, inline), media_type="application/soap+xml")


def _attached(element: str, answer: Message, payload: bytes) -> Response:
    edge, cid = f"MIMEBoundary{uuid4().hex}", f"{uuid4()}@sandbox"
    root = _document(element, answer, f'<xop:Include xmlns:xop="{XOP}" href="cid:{cid}"/>')
    content = b"\r\n".join(
        [
            f"--{edge}\r\nContent-Type: application/xop+xml\r\nContent-ID: <0@sandbox>\r\n".encode(),
            root,
            f"--{edge}\r\nContent-Type: application/octet-stream\r\nContent-ID: <{cid}>\r\n".encode(),
            payload,
            f"--{edge}--\r\n".encode(),
        ]
    )
    kind = f'multipart/related; type="application/xop+xml"; boundary={edge}; start="<0@sandbox>"'
    return Response(content, headers={"content-type": kind})


def _document(element: str, answer: Message, payload: str) -> bytes:
    values = {**{name: escape(value) for name, value in answer.fields.items()}, "Payload": payload}
    fields = "".join(f"<{name}>{values[name]}</{name}>" for name in ORDER if values.get(name))
    return (
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body><ns1:{element} xmlns:ns1="{CORE}">{fields}'
        f"</ns1:{element}></soapenv:Body></soapenv:Envelope>"
    ).encode()


def _fault(code: str, status: int) -> Response:
    said = (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><s:Code><s:Value>s:{code}</s:Value></s:Code>'
        '<s:Reason><s:Text xml:lang="en">See the companion guide.</s:Text></s:Reason>'
        "</s:Fault></s:Body></s:Envelope>"
    )
    return Response(said, status, media_type="application/soap+xml")
