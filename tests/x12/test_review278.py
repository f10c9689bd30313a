"""Prior authorization. No other library maps the 5010 278: the inverse and our own findings carry it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from claims.x12.check import check
from claims.x12.eligibility import Reject
from claims.x12.envelope import read_file
from claims.x12.header27x import read_header_27x
from claims.x12.parts import period
from claims.x12.review278_read import read_278
from claims.x12.review278_write import write_278
from claims.x12.show import show

FILES = sorted((Path(__file__).parent / "files").glob("278-*.x12"))


@pytest.fixture
def told():
    """The one review of a hand-made file."""

    def read(name):
        data = (Path(__file__).parent / "files" / f"278-{name}.x12").read_bytes()
        return read_278(read_file(data).transactions[0])[0]

    return read


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_review_without_faults_is_written_back_as_it_was(path, wrap):
    data = path.read_bytes()
    assert check(data, name=path.name).findings == ()
    (transaction,) = read_file(data).transactions
    written = write_278(read_header_27x(transaction), read_278(transaction), transaction.version)
    assert wrap(written) == data.replace(b"\n", b"")


def test_a_request_says_what_is_to_be_done_how_often_and_by_whom(told):
    asked = told("request")
    assert (asked.event.info.category, asked.event.info.level_of_service) == ("HS", "U")
    scan, therapy = asked.event.services
    assert (scan.procedure.code, scan.procedure.modifiers) == ("72148", ("26",))
    assert (therapy.delivery.quantity, therapy.delivery.periods) == (Decimal(12), Decimal(1))
    assert therapy.providers[0].id == "1003000126"
    assert asked.decision is None


def test_a_dependents_admission_names_days_and_teeth(told):
    asked = told("request-dependent")
    assert (asked.dependent.first, asked.relationship) == ("BOB", "19")
    stay, surgery = asked.event.services
    assert (stay.revenue_code, stay.unit, stay.quantity) == ("0120", "DA", Decimal(2))
    assert [tooth.number for tooth in surgery.dental.teeth] == ["1", "17"]


def test_a_certification_has_a_number_and_the_days_for_which_it_holds(told):
    answer = told("certified")
    assert answer.decision.is_certified
    assert answer.decision.number == "AUTH0042"
    valid = period(answer.event.dates, "007")
    assert (valid.start, valid.end) == (date(2026, 3, 10), date(2026, 6, 10))
    assert answer.event.traces[0].number == "CLAIM1"


def test_a_modified_certification_grants_less_than_was_asked(told):
    answer = told("modified")
    assert answer.decision.is_certified
    assert answer.event.services[0].quantity == Decimal(6)
    assert period(answer.event.dates, "036").start == date(2026, 4, 10)


@pytest.mark.parametrize(
    ("name", "action", "reasons"), [("denied", "A3", ("0F",)), ("pended", "A4", ("0V",))]
)
def test_what_is_not_certified_says_why(name, action, reasons, told):
    decision = told(name).decision
    assert (decision.action, decision.reasons, decision.is_certified) == (action, reasons, False)


def test_several_reasons_are_told_apart(told):
    assert told("denied").event.services[0].decision.reasons == ("0F", "0Z")


def test_a_payer_that_does_not_know_the_member_stops_at_the_subscriber(told):
    answer = told("refused")
    assert answer.event is None
    assert answer.all_rejects == (Reject("72", "C", "2010C"),)


@pytest.mark.parametrize("loop", ["2000A", "2010A", "2010B", "2010C", "2010D", "2000E", "2000F", "2010E"])
def test_a_refusal_comes_back_at_the_level_where_the_payer_gave_it(loop, told, wrap):
    data = (Path(__file__).parent / "files" / "278-request-dependent.x12").read_bytes()
    places = {
        "2000A": b"HL*1**20*1~",
        "2010A": b"NM1*X3*2*GOOD HEALTH*****PI*GH001~",
        "2010B": b"PER*IC*PAT*TE*2175550100~",
        "2010C": b"NM1*IL*1*TESTER*ANN****MI*M100~",
        "2010D": b"NM1*QC*1*TESTER*BOB~",
        "2000E": b"TRN*1*CLAIM2*9CLEANCLM1~",
        "2000F": b"HL*6*5*SS*0~",
        "2010E": b"NM1*71*1*CHIEF*ROSE****XX*1245319599~",
    }
    refused = data.replace(places[loop], places[loop] + b"AAA*N**44*C~").replace(b"*13*PA", b"*11*PA")
    (transaction,) = read_file(refused).transactions
    (answer,) = read_278(transaction)
    assert answer.all_rejects == (Reject("44", "C", loop),)
    written = wrap(write_278(read_header_27x(transaction), [answer]))
    assert read_278(read_file(written).transactions[0]) == [answer]
    assert places[loop] + b"AAA*N**44*C~" in written


def test_two_events_of_one_patient_share_the_levels_above_them(told, reread):
    asked = told("request")
    other = replace(asked, event=replace(asked.event, services=()))
    header = read_header_27x(read_file(FILES[0].read_bytes()).transactions[0])
    transaction = reread(write_278(header, [asked, other]))
    assert read_278(transaction) == [asked, other]
    assert [s[3] for s in transaction.segments if s[0] == "HL"] == ["20", "21", "22", "EV", "SS", "SS", "EV"]


@pytest.mark.parametrize(
    ("name", "good", "bad", "code", "element"),
    [
        ("request", b"UM*HS*I*73*11:B**U~", b"", "x12_missing_segment", "UM"),
        ("request", b"UM*HS*", b"UM*XX*", "x12_code_value", "UM01"),
        ("request", b"UM*HS*I*", b"UM*HS*9*", "x12_code_value", "UM02"),
        ("request", b"TRN*1*CLAIM1*9CLEANCLM1~", b"", "x12_278_no_trace", "TRN"),
        ("request", b"HL*5*4*SS*0", b"HL*5*3*SS*0", "x12_hl", "HL02"),
        ("request", b"HSD*VS*12*", b"HSD*VS*1O*", "x12_bad_value", "HSD"),
        ("request", b"DTP*AAH*", b"HCR*A1*X~DTP*AAH*", "x12_278_decided", "HCR"),
        ("request", b"NM1*IL*1", b"NM1*ZZ*1", "x12_missing_segment", "NM1"),
        ("pended", b"HCR*A4**0V~", b"", "x12_278_undecided", "HCR"),
        ("certified", b"HCR*A1*AUTH0042~", b"HCR*A1~", "x12_278_no_number", "HCR02"),
        ("certified", b"HCR*A1*", b"HCR*Q9*", "x12_code_value", "HCR01"),
        ("pended", b"HCR*A4**0V~", b"HCR*A4~", "x12_278_no_reason", "HCR03"),
    ],
)
def test_a_seeded_defect_of_a_review_is_found(name, good, bad, code, element):
    data = (Path(__file__).parent / "files" / f"278-{name}.x12").read_bytes()
    assert good in data
    found = {(each.code, each.element): each for each in check(data.replace(good, bad, 1), name="r").findings}
    assert found[code, element].segment


def test_a_review_is_shown_as_a_tree():
    tree = show(FILES[-1].read_bytes())
    lines = tree.splitlines()
    event = next(text for text in lines if "Patient event" in text)
    service = next(text for text in lines if "Service  HL" in text)
    assert service.index("Service") > event.index("Patient")


@pytest.mark.parametrize(
    ("good", "bad", "code", "element"),
    [
        (b"NM1*X3*2*GOOD HEALTH*****PI*", b"NM1*X3*2*GOOD HEALTH*****ZZ*", "x12_code_value", "NM108"),
        (b"HL*4*3*EV*1~", b"HL*4*3*EV~", "x12_missing_element", "HL04"),
        (b"UM*HS*I*73*11:B**U~\n", b"", "x12_missing_segment", "UM"),
        (b"DTP*AAH*D8*20260310~", b"MSG*X~\nDTP*AAH*D8*20260310~", "x12_order", "DTP"),
        (b"MSG*CONSERVATIVE", b"MSG*FIRST~\nMSG*CONSERVATIVE", "x12_repeats", "MSG"),
        (b"MSG*CONSERVATIVE", b"MSG*" + b"X" * 265, "x12_too_long", "MSG01"),
    ],
)
def test_elements_order_and_repetitions_are_held_against_the_guide(good, bad, code, element):
    data = (Path(__file__).parent / "files" / "278-request.x12").read_bytes()
    assert good in data
    found = {(each.code, each.element): each for each in check(data.replace(good, bad, 1), name="r").findings}
    assert found[code, element].segment
