"""Claims as an 837 carries them, for the tests of the paper forms: an office visit and a stay."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from claims.x12.claim837 import Billing, Claim837, Coverage, ServiceLine, Subscriber
from claims.x12.parts import Address, Contact, HealthCode, Party, Period, Procedure, Reference

DAY = date(2026, 2, 27)
SIGNED = date(2026, 3, 2)
HOME = Address("2 OAK ST", "", "SPRINGFIELD", "IL", "62701")
JANE = Party("IL", "DOE", "JANE", "Q", kind="1", id="PAY1001", address=HOME, birth_date=DAY, gender="F")
CLINIC = Party(
    "85",
    "SYNTHETIC CLINIC",
    id="1234567893",
    address=Address("1 MAIN ST", "SUITE 2", "SPRINGFIELD", "IL", "62701"),
    references=(Reference("EI", "123456789"),),
    contacts=(Contact("IC", "BILLING", (("TE", "6145550100"),)),),
)
DOCTOR = Party("82", "ADLER", "RUTH", kind="1", id="1999999984")
PAYER = Party(
    "PR", "SANDBOX COMMERCIAL", id="SBXCO", address=Address("9 MAIL ST", "", "DAYTON", "OH", "45401")
)


def office_visit(lines: int = 1, **fields) -> Claim837:
    service = ServiceLine(
        1,
        Decimal("120.50"),
        Procedure("99213", ("25", "95")),
        quantity=Decimal(1),
        pointers=("1", "2"),
        dates=(Period("472", DAY),),
    )
    known = {
        "billing": Billing(CLINIC),
        "subscriber": Subscriber(Coverage("P", "18", "GRP77", filing_indicator="CI"), JANE),
        "payer": PAYER,
        "pcn": "VISIT1",
        "charge": Decimal("120.50") * lines,
        "place_of_service": "11",
        "codes": (HealthCode("ABK", "J069"), HealthCode("ABF", "R05")),
        "providers": (DOCTOR,),
        "lines": tuple(replace(service, number=n) for n in range(1, lines + 1)),
    }
    return Claim837(**{**known, **fields})


def stay(lines: int = 1, **fields) -> Claim837:
    service = ServiceLine(
        1,
        Decimal("900"),
        Procedure("71046"),
        quantity=Decimal(1),
        revenue_code="0320",
        dates=(Period("472", DAY),),
    )
    known = {
        "place_of_service": "11",
        "institutional": True,
        "admission_type": "1",
        "admission_source": "1",
        "patient_status": "01",
        "charge": Decimal(900) * lines,
        "dates": (Period("434", DAY, DAY), Period("435", DAY, time="1330"), Period("096", time="0900")),
        "codes": (
            HealthCode("ABK", "J189", poa="Y"),
            HealthCode("ABF", "I10", poa="N"),
            HealthCode("ABJ", "R05"),
            HealthCode("BBR", "0BJ08ZZ", start=DAY),
            HealthCode("BH", "11", start=DAY),
            HealthCode("BI", "74", start=DAY, end=DAY),
            HealthCode("BE", "80", amount=Decimal("3")),
            HealthCode("BG", "09"),
        ),
        "providers": (replace(DOCTOR, entity="71"),),
        "lines": tuple(replace(service, number=n) for n in range(1, lines + 1)),
    }
    return replace(office_visit(), **{**known, **fields})
