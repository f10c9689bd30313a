"""The dental claim. No other library reads or writes an 837D: our own findings and the inverse carry it."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from claims.findings import Severity
from claims.x12.check import check
from claims.x12.claim837_read import read_837, read_header_837
from claims.x12.claim837_write import write_837
from claims.x12.dental import DentalClaim, DentalService, Orthodontics, Tooth, ToothStatus
from claims.x12.envelope import read_file
from claims.x12.show import show
from claims.x12.split import split_claims

FILES = Path(__file__).parent / "files"


@pytest.fixture
def several_teeth():
    return (FILES / "837d-several-teeth.x12").read_bytes()


@pytest.mark.parametrize("name", ["several-teeth", "orthodontics", "predetermination"])
def test_a_dental_file_without_faults_is_written_back_as_it_was(name, wrap):
    data = (FILES / f"837d-{name}.x12").read_bytes()
    assert check(data, name=name).findings == ()
    (transaction,) = read_file(data).transactions
    assert transaction.type == "837D"
    written = wrap(write_837(read_header_837(transaction), read_837(transaction)))
    assert written == data.replace(b"\n", b"")


def test_teeth_surfaces_and_the_regions_of_the_mouth_are_read(several_teeth):
    (claim,) = read_837(read_file(several_teeth).transactions[0])
    assert claim.dental == DentalClaim(teeth=(ToothStatus("14", "M"), ToothStatus("3", "E")))
    filling, crown = claim.lines
    assert filling.dental == DentalService(("10",), "I", (Tooth("3", ("M", "O")), Tooth("A", ("B",))))
    assert (filling.pointers, filling.quantity) == (("1", "2"), Decimal(1))
    assert (crown.dental.prosthesis, crown.procedure.modifiers) == ("R", ("22",))
    assert crown.providers[0].entity == "DQ"
    assert (claim.person.first, claim.reference("G1")) == ("BOB", "AUTH77")


def test_months_of_orthodontics_and_a_predetermination_are_told():
    files = [(FILES / f"837d-{name}.x12").read_bytes() for name in ("orthodontics", "predetermination")]
    braces, asked = (read_837(read_file(data).transactions[0])[0] for data in files)
    assert braces.dental.orthodontics == Orthodontics(Decimal(24), Decimal(18))
    assert braces.date("452") is not None
    assert not braces.dental.is_predetermination
    assert asked.dental.is_predetermination
    assert asked.reference("G3") == "PRE0042"


def test_what_the_dental_model_has_no_field_for_stays_where_it_stood(several_teeth, wrap):
    odd = several_teeth.replace(b"DN2*14*M****JP~", b"DN2*14*M*3***JP~")
    (transaction,) = read_file(odd).transactions
    (claim,) = read_837(transaction)
    assert [each.elements[0] for each in claim.extra] == ["DN2", "K3"]
    assert b"DN2*14*M*3***JP~" in wrap(write_837(read_header_837(transaction), [claim]))


@pytest.mark.parametrize(
    ("good", "bad", "code", "element"),
    [
        (b"DTP*472*D8*20260203~", b"", "x12_837d_no_date", "DTP*472"),
        (b"TOO*JP*3*M:O~", b"TOO*JP*33*M:O~", "x12_code_value", "TOO02"),
        (b"TOO*JP*3*M:O~", b"TOO*JP*3*M:X~", "x12_code_value", "TOO03"),
        (b"SV3*AD:D2391*200**10*", b"SV3*AD:D2391*200**77*", "x12_code_value", "SV304"),
        (b"**10*I*", b"**10*Z*", "x12_code_value", "SV305"),
        (b"DN2*14*M*", b"DN2*99*M*", "x12_code_value", "DN201"),
        (b"DN2*14*M*", b"DN2*14*Q*", "x12_code_value", "DN202"),
        (b"DTP*441*D8*20160203~", b"", "x12_837d_no_placement", "DTP*441"),
        (b"*1032*", b"*1033*", "x12_837_charge", "CLM02"),
        (b"*****1:2~", b"*****1:3~", "x12_837_pointer", "SV311"),
        (b"SV3*AD:D2740:22*832***R*1~", b"", "x12_missing_segment", "SV3"),
        (b"SV3*AD:D2740:22", b"SV1*HC:D2740:22", "x12_unknown_segment", "SV1"),
    ],
)
def test_a_seeded_defect_of_a_dental_claim_is_found(good, bad, code, element, several_teeth):
    assert good in several_teeth
    found = check(several_teeth.replace(good, bad, 1), name="d").findings
    told = {(each.code, each.element): each for each in found}
    assert told[code, element].severity is Severity.ERROR
    assert told[code, element].segment


def test_a_service_done_already_needs_no_predetermination():
    data = (FILES / "837d-predetermination.x12").read_bytes()
    dated = data.replace(b"REF*6R*L1~", b"DTP*472*D8*20260203~\nREF*6R*L1~").replace(b"SE*26", b"SE*27")
    (found,) = check(dated, name="d").findings
    assert (found.code, found.severity) == ("x12_837d_date", Severity.WARNING)


def test_a_dental_file_is_shown_and_split_by_claim(several_teeth, wrap):
    assert "Line  LX*2" in show(several_teeth)
    (transaction,) = read_file(several_teeth).transactions
    (claim,) = read_837(transaction)
    both = wrap(write_837(read_header_837(transaction), [claim, replace(claim, pcn="PCN9")]))
    pieces = split_claims(both)
    assert [check(piece, name="piece").findings for piece in pieces] == [(), ()]
    assert b"CLM*PCN9*" in pieces[1]


@pytest.mark.parametrize(
    ("good", "bad", "code", "element"),
    [
        (b"*Y*A*Y*Y~", b"*Y*P*Y*Y~", "x12_code_value", "CLM07"),
        (b"*Y*A*Y*Y~", b"*Y*A*Y~", "x12_missing_element", "CLM09"),
        (b"DN2*14*M****JP~", b"DN2*14*M~", "x12_missing_element", "DN206"),
        (b"SV3*AD:", b"SV3*HC:", "x12_code_value", "SV301"),
        (b"NTE*ADD*", b"NTE*ADD*" + b"X" * 80, "x12_too_long", "NTE02"),
        (b"K3*LOCAL~\nNTE*ADD", b"NTE*ADD*FIRST~\nK3*LOCAL~\nNTE*ADD", "x12_order", "K3"),
        (
            b"NTE*ADD",
            b"NTE*ADD*A~\nNTE*ADD*B~\nNTE*ADD*C~\nNTE*ADD*D~\nNTE*ADD*E~\nNTE*ADD",
            "x12_repeats",
            "NTE",
        ),
        (b"TOO*JP*8~", b"TOO*JP*8~\n" * 33, "x12_repeats", "TOO"),
    ],
)
def test_elements_order_and_repetitions_are_held_against_the_guide(good, bad, code, element, several_teeth):
    assert good in several_teeth
    found = check(several_teeth.replace(good, bad, 1), name="d").findings
    told = {(each.code, each.element): each for each in found}
    assert told[code, element].segment
