"""What the bench of the X12 codec writes and reads: claims and remittances of people who do not exist."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from claims.x12.claim837 import Billing, Claim837, Coverage, Header837, ServiceLine, Subscriber
from claims.x12.claim837_write import write_837
from claims.x12.interchange import Envelope, Outgoing, write_interchange
from claims.x12.parts import (
    Address,
    Adjustment,
    Amount,
    Contact,
    HealthCode,
    Party,
    Period,
    Procedure,
    Reference,
    Trace,
)
from claims.x12.remit835 import Payment, RemitClaim, RemitService, Remittance835
from claims.x12.remit835_write import write_835

LINES = 3
CREATED = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 (an envelope has no zone)
_CHARGE, _PAID, _WRITTEN_OFF = Decimal("75.00"), Decimal("60.00"), Decimal("15.00")
_ADDRESS = Address("1 MAIN ST", "", "SPRINGFIELD", "IL", "627010000")
_CLINIC = Party(
    "85",
    "SPRINGFIELD CLINIC",
    id_qualifier="XX",
    id="1245319599",
    address=_ADDRESS,
    references=(Reference("EI", "123456789"),),
)
_BILLING = Billing(_CLINIC, taxonomy="207Q00000X")
_NUMBERS = (("TE", "8005550100"),)
_HEADER = Header837(
    Party("41", "CLEAN BILLING", id_qualifier="46", id="CB1", contacts=(Contact("IC", "DESK", _NUMBERS),)),
    Party("40", "CLEARING", id_qualifier="46", id="CH9"),
    "BENCH",
    CREATED,
)


def claim(number: int) -> Claim837:
    """A professional claim of 25 segments: its own subscriber, a rendering provider, two diagnoses, an
    authorization, and three lines."""
    day = date(2026, 2, 1 + number % 28)
    born = date(1950 + number % 50, 1 + number % 12, 1 + number % 28)
    person = Party(
        "IL",
        f"TESTER{number}",
        "ANN",
        kind="1",
        id_qualifier="MI",
        id=f"M{number:07}",
        address=_ADDRESS,
        birth_date=born,
        gender="F",
    )
    return Claim837(
        billing=_BILLING,
        subscriber=Subscriber(Coverage("P", "18", filing_indicator="CI"), person),
        payer=Party("PR", "GOOD HEALTH", id_qualifier="PI", id="GH001"),
        pcn=f"PCN{number:07}",
        charge=_CHARGE * LINES,
        place_of_service="11",
        references=(Reference("G1", f"AUTH{number}"), Reference("D9", f"T{number}")),
        codes=(HealthCode("ABK", "J209"), HealthCode("ABF", "I10")),
        providers=(_doctor(number),),
        lines=tuple(_line(number, n, day) for n in range(1, LINES + 1)),
    )


def _doctor(number: int) -> Party:
    names = ("82", f"DOCTOR{number % 20}", "DANA")
    return Party(*names, kind="1", id_qualifier="XX", id="1999996666", role="PE", taxonomy="207Q00000X")


def _line(claim: int, number: int, day: date) -> ServiceLine:
    return ServiceLine(
        number,
        _CHARGE,
        Procedure("99213", ("25",)),
        "UN",
        Decimal(1),
        pointers=("1", "2"),
        dates=(Period("472", day),),
        references=(Reference("6R", f"L{claim}-{number}"),),
    )


def remitted(number: int) -> RemitClaim:
    """A paid claim of 21 segments: patient, rendering provider, remarks, two days, three services."""
    day = date(2026, 2, 1 + number % 28)
    patient = Party("QC", f"TESTER{number}", "ANN", kind="1", id_qualifier="MI", id=f"M{number:07}")
    doctor = Party("82", f"DOCTOR{number % 20}", "DANA", kind="1", id_qualifier="XX", id="1999996666")
    return RemitClaim(
        f"PCN{number:07}",
        "1",
        _CHARGE * LINES,
        _PAID * LINES,
        filing_indicator="12",
        icn=f"ICN{number:09}",
        facility="11",
        frequency="1",
        parties=(patient, doctor),
        moa=("", "", "MA18"),
        dates=(Period("232", day), Period("050", date(2026, 2, 28))),
        services=tuple(_service(number, n, day) for n in range(1, LINES + 1)),
    )


def _service(claim: int, number: int, day: date) -> RemitService:
    return RemitService(
        Procedure("99213", ("25",)),
        _CHARGE,
        _PAID,
        quantity=Decimal(1),
        dates=(Period("472", day),),
        adjustments=(Adjustment("CO", "45", _WRITTEN_OFF),),
        references=(Reference("6R", f"L{claim}-{number}"),),
        amounts=(Amount("B6", _PAID),),
    )


def claims_written(claims: list[Claim837], number: int = 1) -> bytes:
    """One interchange with one 837P."""
    return _interchange(write_837(_HEADER, claims), number)


def remittance_written(claims: list[RemitClaim], number: int = 1) -> bytes:
    """One interchange with one payment, in balance."""
    total = sum((each.paid for each in claims), Decimal(0))
    payer = Party("PR", "GOOD HEALTH", address=_ADDRESS, contacts=(Contact("BL", "LINE", _NUMBERS),))
    payee = Party("PE", "SPRINGFIELD CLINIC", id_qualifier="XX", id="1245319599")
    payment = Payment("I", total, "C", "CHK", date=date(2026, 2, 28))
    trace = Trace("1", f"CHK{number:06}", "1512345678")
    return _interchange(write_835(Remittance835(payment, trace, payer, payee, claims=tuple(claims))), number)


def in_parts(claims: int, each: int) -> Iterator[range]:
    """The numbers of that many claims, so many in each transaction."""
    for start in range(0, claims, each):
        yield range(start, min(claims, start + each))


def _interchange(outgoing: Outgoing, number: int) -> bytes:
    envelope = Envelope("SENDER", "RECEIVER")
    return write_interchange(envelope, [outgoing], created=CREATED, isa13=number)
