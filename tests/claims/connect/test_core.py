"""CAQH CORE beside what every partner does: codes, checksums, tokens, certificates, silence."""

import asyncio
import ssl
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from connect_side import KEY, OtherSide, claim_file, next_control, question
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from claims.clock import SystemClock
from claims.connect import Garbled, Refused, Unauthorised, Unavailable, Unknowable
from claims.connect.calls import Signal
from claims.connect.core import checksum, guide_of, interchanges, meaning
from claims.connect.core_rest import core_rest
from claims.connect.core_soap import core_soap
from claims.errors import BadSettings
from config.web_partners import CoreRestPartner, CoreSoapPartner


def rest(side_url: str, **settings: Any) -> Any:
    own = {"base_url": f"{side_url}/core/v4", "receiver_id": "SBXCLEAR", "attempts": 2, "resend_seconds": 0}
    token = {"token_url": f"{side_url}/core/v4/token", "client_id": "us", "client_secret": KEY}
    partner = CoreRestPartner(**{**own, **token, **settings})
    return core_rest("p", partner, "PRACTICE1", Path(), SystemClock(), first_wait=0.01)


def soap(**settings: Any) -> Any:
    partner = CoreSoapPartner(receiver_id="SBXCLEAR", attempts=1, **settings)
    return core_soap("p", partner, "PRACTICE1", Path(), SystemClock(), first_wait=0.01)


def run(connector: Any, method: str, *arguments: Any, **named: Any) -> Any:
    async def once() -> Any:
        try:
            return await getattr(connector, method)(*arguments, **named)
        finally:
            await connector.close()

    return asyncio.run(once())


def submit(connector: Any, control: str) -> Any:
    return run(connector, "submit", claim_file(control), control_number=control, **{"key": "batch"})


@pytest.mark.parametrize(
    ("code", "signal"),
    [
        ("UnAuthorized", Signal.UNAUTHORISED),
        ("ChecksumMismatched", Signal.DAMAGED),
        ("VersionMismatch", Signal.REFUSED),
        ("SenderIDIllegal", Signal.REFUSED),
        ("PayloadTypeRequired", Signal.REFUSED),
        ("SomethingNew", Signal.REFUSED),
        ("", Signal.GARBLED),
    ],
)
def test_each_error_code_has_its_meaning(code: str, signal: Signal):
    assert meaning(code).signal is signal


def test_a_code_that_is_none_is_not_shown():
    assert "DOE" not in meaning("member JANE DOE unknown").message


def test_an_interchange_tells_its_guide_and_a_mixed_payload_its_interchanges():
    one, two = claim_file(next_control()), claim_file(next_control())
    assert guide_of(one) == "005010X222A1"
    assert [piece.strip() for piece in interchanges(one + b"\r\n" + two)] == [one.strip(), two.strip()]
    assert interchanges(b"") == []


def test_without_an_acknowledgement_nothing_is_proved(other_side: OtherSide):
    with pytest.raises(Unknowable, match="proves nothing"):
        run(answering({"PayloadType": "X12_NoBatchAckFile", "ErrorCode": "Success"}), "find_submission", "1")


def test_a_code_that_this_partner_did_not_name_is_no_proof_that_it_never_came(other_side: OtherSide):
    with pytest.raises(Refused, match="PayloadIDIllegal"):
        run(rest(other_side.url), "find_submission", next_control())


def test_the_same_control_number_has_the_same_payload_id(other_side: OtherSide):
    control = next_control()
    first = submit(rest(other_side.url), control)
    assert submit(rest(other_side.url), control) == first
    assert other_side.times(control) == 1


def test_a_payload_that_does_not_match_its_checksum_is_asked_for_again():
    payload = b64encode(b"ISA*damaged").decode()
    answer = {"ErrorCode": "Success", "CheckSum": checksum(b"ISA*whole"), "Payload": payload}
    with pytest.raises(Unavailable, match="checksum"):
        run(answering(answer), "mailbox")


@pytest.mark.parametrize("answer", [[], "text", {"Payload": "%%%", "ErrorCode": "Success"}])
def test_what_is_no_envelope_is_garbled(answer: Any):
    with pytest.raises(Garbled):
        run(answering(answer), "eligibility", question())


def answering(answer: Any) -> Any:
    """A connector whose partner always says this; for answers that no sound server gives."""
    connector = rest("http://127.0.0.1:9", token_url="")
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=answer))
    connector._web._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9")
    return connector


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        ("<not xml", Garbled),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Garbled),
        ("<a/>", Garbled),
        (fault := '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code>'
         "<s:Value>s:Sender</s:Value></s:Code></s:Fault></s:Body></s:Envelope>", Refused),
        (fault.replace("Sender", "Receiver"), Unavailable),
    ],
)  # fmt: skip
def test_odd_soap_answers_have_a_meaning(content: str, trouble: type[Exception]):
    connector = soap(base_url="http://127.0.0.1:9")
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=content))
    connector._web._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9")
    with pytest.raises(trouble):
        run(connector, "eligibility", question())


def test_a_token_that_ended_early_is_renewed_once(other_side: OtherSide):
    async def twice() -> bytes:
        connector = rest(other_side.url)
        await connector.eligibility(question())
        connector._web._credentials._token = "withdrawn"
        try:
            return await connector.eligibility(question())
        finally:
            await connector.close()

    assert b"ST*271*" in asyncio.run(twice())


def test_without_a_token_nothing_has_been_sent(other_side: OtherSide):
    control = next_control()
    with pytest.raises(Unauthorised, match="No token"):
        submit(rest(other_side.url, client_secret="wrong"), control)
    with pytest.raises(Unavailable, match="No token"):
        submit(rest(other_side.url, token_url="http://127.0.0.1:9/token"), control)
    assert not other_side.arrived(control)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and one certificate with its key that both ends of this machine show."""
    folder, now = tmp_path_factory.mktemp("tls"), datetime.now(UTC)
    key, root = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("root", "us")]

    def signed(subject: int, public: Any, authority: bool) -> x509.Certificate:
        builder = x509.CertificateBuilder().issuer_name(names[0]).subject_name(names[subject])
        builder = builder.public_key(public).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        builder = builder.add_extension(x509.BasicConstraints(authority, None), critical=True)
        return builder.add_extension(here, critical=False).sign(root, hashes.SHA256())

    (folder / "ca.pem").write_bytes(signed(0, root.public_key(), True).public_bytes(Encoding.PEM))
    (folder / "us.pem").write_bytes(signed(1, key.public_key(), False).public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "us.key").write_bytes(secret)
    return folder


@pytest.fixture
def tls_port(certificates: Path):
    """A server that takes whoever shows a certificate of the authority, and says what it saw."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificates / "ca.pem"))
    context.load_cert_chain(certificates / "us.pem", certificates / "us.key")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def _through_tls(context: ssl.SSLContext, settings: dict[str, Any]) -> Any:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"ErrorCode": "Success", "PayloadType": "X12_NoBatchResultsFile"}'
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    connector = rest(f"https://127.0.0.1:{port}", token_url="", attempts=1, **settings)
    try:
        return await connector.mailbox()
    finally:
        await connector.close()
        server.close()


def test_a_client_certificate_opens_the_door_and_without_one_nothing_is_taken(certificates: Path, tls_port):
    trusted = {"ca_file": certificates / "ca.pem"}
    ours = {"client_certificate": certificates / "us.pem", "client_key": certificates / "us.key"}
    assert asyncio.run(_through_tls(tls_port, {**trusted, **ours})) == []
    with pytest.raises(Unavailable):
        asyncio.run(_through_tls(tls_port, trusted))
    with pytest.raises(Unavailable):
        asyncio.run(_through_tls(tls_port, ours))


def test_certificates_that_cannot_be_used_are_said_at_the_opening(certificates: Path):
    with pytest.raises(BadSettings, match="certificates cannot be used"):
        rest("https://127.0.0.1:9", client_certificate=certificates / "us.key")
