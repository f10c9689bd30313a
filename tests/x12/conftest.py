"""Synthetic claims, remittances and files for the codec's tests, and the corpus that others wrote."""

import os
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from claims.x12.ack277ca import Ack277CA, AckLevel, ClaimAck
from claims.x12.claim837 import Billing, Claim837, Coverage, Header837, ServiceLine, Subscriber
from claims.x12.envelope import read_file
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.parts import (
    Address,
    Adjustment,
    Amount,
    Contact,
    HealthCode,
    Party,
    Period,
    Procedure,
    Quantity,
    Reference,
    Trace,
)
from claims.x12.remit835 import Payment, RemitClaim, RemitService, Remittance835
from claims.x12.status import Status, StatusCode

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / os.environ.get("CORPUS", "../shared/corpus")
SUFFIXES = (".837", ".837i", ".835", ".270", ".271", ".276", ".277", ".txt")
CREATED = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 (an envelope has no zone)


def corpus_paths():
    """Every X12 file of the corpus, or nothing when it is not there."""
    return sorted(path for path in CORPUS.rglob("*") if path.suffix in SUFFIXES)


def pytest_generate_tests(metafunc):
    if "corpus_file" in metafunc.fixturenames:
        skipped = pytest.param(None, marks=pytest.mark.skip("the corpus of sample files is not here"))
        paths = corpus_paths()
        metafunc.parametrize("corpus_file", paths or [skipped], ids=[path.name for path in paths] or ["none"])


@pytest.fixture(scope="session")
def corpus_files():
    """The corpus by file name; empty when it is not there."""
    return {path.name: path.read_bytes() for path in corpus_paths()}


@pytest.fixture(scope="session")
def address():
    return Address("100 MAIN ST", "", "SPRINGFIELD", "IL", "627010001")


@pytest.fixture(scope="session")
def header837():
    submitter = Party(
        "41",
        "CLEAN BILLING",
        id_qualifier="46",
        id="CB1",
        contacts=(Contact("IC", "PAT", (("TE", "2175550100"),)),),
    )
    return Header837(submitter, Party("40", "CLEARING", id_qualifier="46", id="CH9"), "BATCH1", CREATED)


@pytest.fixture(scope="session")
def line():
    """A complete professional line."""

    def build(number=1, **changes):
        plain = ServiceLine(
            number,
            Decimal("75.00"),
            Procedure("99213"),
            "UN",
            Decimal(1),
            pointers=("1",),
            dates=(Period("472", date(2026, 2, 3)),),
            references=(Reference("6R", f"L{number}"),),
        )
        return replace(plain, **changes)

    return build


@pytest.fixture(scope="session")
def claim(address, line):
    """A complete professional claim whose patient is the subscriber."""
    billing = Billing(
        Party(
            "85",
            "SPRINGFIELD CLINIC",
            id_qualifier="XX",
            id="1245319599",
            address=address,
            references=(Reference("EI", "123456789"),),
        ),
        taxonomy="207Q00000X",
    )
    person = Party(
        "IL",
        "TESTER",
        "ANN",
        kind="1",
        id_qualifier="MI",
        id="M100",
        address=address,
        birth_date=date(1980, 5, 6),
        gender="F",
    )
    plain = Claim837(
        billing=billing,
        subscriber=Subscriber(Coverage("P", "18", filing_indicator="CI"), person),
        payer=Party("PR", "GOOD HEALTH", id_qualifier="PI", id="GH001"),
        pcn="PCN1",
        charge=Decimal("75.00"),
        place_of_service="11",
        codes=(HealthCode("ABK", "J209"),),
        lines=(line(),),
    )
    return lambda **changes: replace(plain, **changes)


@pytest.fixture(scope="session")
def service():
    """A service paid 60 of 75 with 15 written off."""
    plain = RemitService(
        Procedure("99213"),
        Decimal("75.00"),
        Decimal("60.00"),
        quantity=Decimal(1),
        dates=(Period("472", date(2026, 2, 3)),),
        adjustments=(Adjustment("CO", "45", Decimal("15.00")),),
        references=(Reference("6R", "L1"),),
        amounts=(Amount("B6", Decimal("60.00")),),
    )
    return lambda **changes: replace(plain, **changes)


@pytest.fixture(scope="session")
def remit_claim(service):
    """A claim paid 60 of 75."""
    patient = Party("QC", "TESTER", "ANN", kind="1", id_qualifier="MI", id="M100")
    plain = RemitClaim(
        "PCN1",
        "1",
        Decimal("75.00"),
        Decimal("60.00"),
        filing_indicator="12",
        icn="ICN1",
        facility="11",
        frequency="1",
        parties=(patient,),
        services=(service(),),
    )
    return lambda **changes: replace(plain, **changes)


@pytest.fixture(scope="session")
def remittance(address, remit_claim):
    """A payment of one claim, in balance."""
    contact = Contact("BL", "PROVIDER LINE", (("TE", "8005550100"),))
    plain = Remittance835(
        Payment("I", Decimal("60.00"), "C", "CHK", date=date(2026, 2, 20)),
        Trace("1", "CHK0001", "1512345678"),
        Party("PR", "GOOD HEALTH", address=address, contacts=(contact,)),
        Party("PE", "SPRINGFIELD CLINIC", id_qualifier="XX", id="1245319599"),
        dates=(Period("405", date(2026, 2, 20)),),
        claims=(remit_claim(),),
    )
    return lambda **changes: replace(plain, **changes)


@pytest.fixture(scope="session")
def status():
    """An STC of one composite."""

    def build(category, code="20", action="WQ", charge="75.00"):
        return Status((StatusCode(category, code),), date(2026, 2, 4), action, Decimal(charge))

    return build


@pytest.fixture(scope="session")
def ack277ca(status):
    """An acknowledgement of one provider with the claims given as (pcn, status) pairs."""

    def build(*claims):
        provider = AckLevel(
            Party("85", "SPRINGFIELD CLINIC", id_qualifier="XX", id="1245319599"),
            Trace("1", "0"),
            (replace(status("A1", "19", charge="0"), date=None),),
            quantities=(Quantity("QA", Decimal(len(claims))),),
        )
        dates = (Period("050", date(2026, 2, 4)), Period("009", date(2026, 2, 4)))
        source = AckLevel(
            Party("PR", "GOOD HEALTH", id_qualifier="PI", id="GH001"), Trace("1", "T1"), dates=dates
        )
        receiver = AckLevel(
            Party("41", "CLEAN BILLING", id_qualifier="46", id="CB1"),
            Trace("2", "BATCH1"),
            (status("A1", "19"),),
        )
        patient = Party("QC", "TESTER", "ANN", kind="1", id_qualifier="MI", id="M100")
        served = (Period("472", date(2026, 2, 3)),)
        acks = tuple(
            ClaimAck(pcn, patient, (each,), provider, (Reference("1K", f"ICN-{pcn}"),), served)
            for pcn, each in claims
        )
        return Ack277CA(source, receiver, (provider,), acks)

    return build


@pytest.fixture(scope="session")
def envelope():
    return Envelope("SENDER", "RECEIVER")


@pytest.fixture(scope="session")
def wrap(envelope):
    """The bytes of one interchange around transactions."""

    def build(*outgoing, **options):
        options = {"created": CREATED, "isa13": 1} | options
        return write_interchange(envelope, outgoing, **options)

    return build


@pytest.fixture(scope="session")
def reread(wrap):
    """One transaction written and read again."""
    return lambda outgoing: read_file(wrap(outgoing)).transactions[0]
