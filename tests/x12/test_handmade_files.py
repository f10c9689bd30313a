"""Situations that no public corpus holds, as small files of our own: what the codec must say of each."""

from decimal import Decimal
from pathlib import Path

import oxedi
import pytest

from claims.x12.ack277ca_io import read_277ca, write_277ca
from claims.x12.ack999_io import read_999, write_999
from claims.x12.certificates import Ambulance, Condition
from claims.x12.check import check
from claims.x12.claim837_read import read_837, read_header_837
from claims.x12.claim837_write import write_837
from claims.x12.eligibility_read import read_271
from claims.x12.eligibility_write import write_271
from claims.x12.envelope import read_file
from claims.x12.gate import gate
from claims.x12.header27x import read_header_27x
from claims.x12.remit835_balance import balance_835
from claims.x12.remit835_read import read_835
from claims.x12.remit835_write import write_835
from claims.x12.show import show
from claims.x12.split import split
from claims.x12.ta1 import read_ta1

FILES = Path(__file__).parent / "files"
ALL = sorted(FILES.glob("*.x12"))
JUDGED_BY_PYX12 = [path for path in ALL if path.stem[:4] in ("837p", "835-", "277c", "999-")]
# AAA04 with a reason that payers give beside it.
FOLLOW_UPS = {"c": "72", "n": "75", "p": "80", "r": "15", "s": "79", "w": "42", "x": "42", "y": "58"}


def transactions(name):
    return read_file((FILES / f"{name}.x12").read_bytes()).transactions


WRITERS = {
    "837P": lambda each: write_837(read_header_837(each), read_837(each)),
    "835": lambda each: write_835(read_835(each)),
    "271": lambda each: write_271(read_header_27x(each), read_271(each)),
    "277CA": lambda each: write_277ca(read_header_27x(each), read_277ca(each)),
    "999": lambda each: write_999(read_999(each)),
}


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_file_of_ours_has_no_fault_and_can_be_shown_and_split(path):
    data = path.read_bytes()
    result = check(data, name=path.name)
    assert result.readable
    assert result.findings == ()
    assert all(kind in show(data) for kind, _ in result.transactions)
    file = read_file(data)
    assert len(split(data)) == len(file.transactions) + sum(bool(each.ta1) for each in file.interchanges)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_what_is_read_of_it_is_written_back_to_the_byte(path, wrap):
    data = path.read_bytes()
    file = read_file(data)
    if file.transactions and file.transactions[0].type in WRITERS:
        written = wrap(*[WRITERS[each.type](each) for each in file.transactions])
        assert written == data.replace(b"\n", b"")


@pytest.mark.parametrize("path", JUDGED_BY_PYX12, ids=lambda path: path.stem)
def test_pyx12_finds_no_fault_in_it_either(path):
    assert gate(path.read_bytes()) == []


@pytest.mark.parametrize("path", sorted(FILES.glob("835-*.x12")), ids=lambda path: path.stem)
def test_oxedi_reads_a_payment_without_a_diagnostic(path):
    assert oxedi.parse(path.read_bytes()).diagnostics == []


def test_each_family_of_ta1_notes_is_told_with_the_interchange_it_is_about():
    file = read_file((FILES / "ta1-every-family.x12").read_bytes())
    told = [ta1 for each in file.interchanges for ta1 in read_ta1(each)]
    assert [ta1.control_number for ta1 in told] == [f"{100 + n:09d}" for n in range(1, 17)]
    assert [ta1.code for ta1 in told if ta1.is_accepted] == ["000", "018"]
    assert {ta1.status for ta1 in told} == {"A", "E", "R"}
    assert told[0].date.isoformat() == "2026-03-02"


def test_a_void_takes_back_a_claim_by_the_payers_number():
    (claim,) = read_837(transactions("837p-void")[0])
    assert (claim.frequency, claim.reference("F8"), claim.charge) == ("8", "ICN1", Decimal(75))
    unnamed = (FILES / "837p-void.x12").read_bytes().replace(b"REF*F8*ICN1~\n", b"")
    found = {each.code: each.claim for each in check(unnamed, name="void").findings}
    assert found["x12_837_no_original"] == "PCN1"


def test_an_ambulance_transport_tells_the_miles_the_reason_and_where_from_and_to():
    (claim,) = read_837(transactions("837p-ambulance")[0])
    assert claim.ambulance == Ambulance("A", Decimal(12), Decimal(140), stretcher="UNCONSCIOUS")
    assert claim.conditions == (Condition("07", "Y", ("04", "09")),)
    assert claim.provider("PW").address.line1 == "1 ELM ST"
    assert claim.provider("45").last == "GENERAL HOSPITAL"
    ride, miles = claim.lines
    assert (ride.ambulance.miles, ride.conditions[0].codes) == (Decimal(12), ("04",))
    assert (miles.ambulance, miles.quantity) == (None, Decimal(12))
    assert claim.attachments[0].control_number == "PCS001"


def test_anaesthesia_a_drug_and_a_laboratory_test_name_what_each_needs():
    (claim,) = read_837(transactions("837p-anaesthesia-drug-laboratory")[0])
    sleep, drug, blood = claim.lines
    assert (sleep.unit, sleep.quantity) == ("MJ", Decimal(95))
    assert [code.qualifier for code in claim.codes] == ["ABK", "ABF", "BP"]
    assert [code.code for code in claim.diagnoses] == ["K3580", "Z7901"]
    assert (drug.drug.ndc, drug.drug.quantity, drug.drug.unit) == ("00409379501", Decimal(2), "ML")
    assert (claim.reference("X4"), claim.reference("9F")) == ("14D0000001", "REF1")
    assert blood.providers[0].entity == "DK"
    assert {each.entity for each in claim.providers} == {"DN", "82", "77", "DQ"}


def test_claims_that_the_payer_forwards_are_told_from_those_it_pays_itself():
    remittance = read_835(transactions("835-crossover")[0])
    assert [claim.status for claim in remittance.claims] == ["19", "20", "21", "23"]
    assert all(claim.crossed_over for claim in remittance.claims)
    assert [claim.party("TT").id for claim in remittance.claims] == ["NH001"] * 4
    assert remittance.claims[0].remarks == ("MA18",)
    assert remittance.claims[3].paid == 0
    assert balance_835(remittance) == []


def test_a_reversal_and_its_correction_balance_and_keep_their_order():
    remittance = read_835(transactions("835-reversal-with-correction")[0])
    back, again = remittance.claims
    assert (back.is_reversal, again.is_reversal) == (True, False)
    assert (back.charge, back.paid, again.paid) == (Decimal(-75), Decimal(-60), Decimal(65))
    assert (back.pcn, back.icn) == (again.pcn, "ICN1")
    assert balance_835(remittance) == []


def test_money_taken_back_and_interest_count_into_the_payment():
    remittance = read_835(transactions("835-recoupment")[0])
    told = [(each.reason, each.amount, each.reference) for each in remittance.provider_adjustments]
    assert told == [("WO", Decimal(25), "ICN9"), ("L6", Decimal(-5), "ICN1")]
    assert balance_835(remittance) == []


def test_two_payments_of_one_file_are_two_remittances():
    paid, notice = map(read_835, transactions("835-two-payments"))
    assert (paid.trace.number, notice.trace.number) == ("CHK0001", "NOTICE2")
    assert (notice.payment.handling, notice.payment.method) == ("H", "NON")
    assert notice.claims[0].services[0].remarks[0].code == "N115"
    assert balance_835(paid) + balance_835(notice) == []


def test_a_split_claim_is_accepted_and_one_with_missing_or_invalid_information_is_not():
    (ack,) = read_277ca(transactions("277ca-split-missing-invalid")[0])
    split_up, missing, invalid = ack.claims
    assert [claim.statuses[0].category for claim in ack.claims] == ["A5", "A6", "A7"]
    assert [claim.is_rejected for claim in ack.claims] == [False, True, True]
    assert split_up.icn == "ICN1A"
    assert [code.category for code in invalid.statuses[0].codes] == ["A7", "A8"]
    assert invalid.lines[0].statuses[0].codes[0].code == "507"
    assert missing.statuses[0].codes[0].code == "187"


@pytest.mark.parametrize(("follow_up", "reason"), FOLLOW_UPS.items())
def test_a_refused_question_says_why_and_what_may_be_done(follow_up, reason):
    (answer,) = read_271(transactions(f"271-refused-{follow_up}")[0])
    (refusal,) = answer.all_rejects
    assert (refusal.reason, refusal.follow_up, refusal.loop) == (reason, follow_up.upper(), "2100C")
    assert not answer.is_active


def test_a_999_accepts_a_group_in_part_and_names_the_faults_of_each_set():
    ack = read_999(transactions("999-accepted-in-part")[0])
    assert (ack.status, ack.included, ack.received, ack.accepted) == ("P", 3, 3, 2)
    assert [(each.control_number, each.status, each.is_accepted) for each in ack.sets] == [
        ("0001", "A", True),
        ("0002", "R", False),
        ("0003", "E", True),
    ]
    charge, missing = ack.sets[1].errors
    assert (charge.segment, charge.position, charge.claim) == ("CLM", 22, "PCN2")
    assert [(each.element, each.component, each.code) for each in charge.elements] == [
        ("2", "", "1"),
        ("5", "3", "7"),
    ]
    assert (missing.segment, missing.loop, missing.code) == ("REF", "2300", "3")
