"""The operator's map from the source's codes to what is billed."""

from decimal import Decimal

import pytest

from claims.errors import BadInput
from claims.intake.charge_map import load_charge_map
from claims.intake.visit import Visit, VisitDiagnosis, VisitLine, VisitPatient

HEADER = "kind,source_system,source_code,procedure_code,modifiers,charge,revenue_code,diagnosis_code\n"


def visit(*lines, diagnoses=()):
    return Visit("s", "1", "line 1", VisitPatient(), lines=list(lines), diagnoses=list(diagnoses))


def test_a_code_of_the_source_is_billed_as_the_map_says_for_each_unit():
    charge_map = load_charge_map((HEADER + ",snomed,1,99213,25,120,0510,\n").encode())
    line = VisitLine(source_system="snomed", source_code="1", units=Decimal(3))

    charge_map.apply(visit(line))

    assert (line.procedure_code, line.modifiers, line.revenue_code) == ("99213", ["25"], "0510")
    assert line.charge == Decimal("360.00")


def test_what_the_source_says_itself_stays():
    charge_map = load_charge_map((HEADER + ",snomed,1,99213,,120,,\n").encode())
    line = VisitLine(source_system="snomed", source_code="1", charge=Decimal("80.00"))
    coded = VisitLine(procedure_code="99214", source_system="snomed", source_code="1")

    charge_map.apply(visit(line, coded))

    assert (line.charge, coded.procedure_code) == (Decimal("80.00"), "99214")


def test_diagnoses_without_a_row_are_left_out_and_pointers_follow():
    charge_map = load_charge_map((HEADER + "diagnosis,snomed,7,,,,,J06.9\n").encode())
    line = VisitLine(pointers=[1, 2])
    codes = [VisitDiagnosis(source_system="snomed", source_code=code) for code in ("9", "7")]
    whole = visit(line, diagnoses=codes)

    charge_map.apply(whole)
    assert whole.uncoded() == ["snomed 9"]
    whole.settle_diagnoses()

    assert [d.code for d in whole.diagnoses] == ["J069"]
    assert line.pointers == [1]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (",s,1,9921,,,,\n", "line 2, procedure_code: a procedure code of 5 letters and digits was expected."),
        (",s,1,99213,,12$,,\n", "line 2, charge: an amount"),
        (",s,,99213,,,,\n", "line 2, source_code: a code was expected."),
        ("drug,s,1,99213,,,,\n", "line 2, kind: procedure or diagnosis was expected."),
        ("diagnosis,s,1,,,,,\n", "line 2, diagnosis_code: a diagnosis code"),
        (",s,1,99213,,,,\n,s,1,99214,,,,\n", "line 3: one procedure for a source code was expected."),
        (',s,1,"99213\n', "is not a CSV file"),
    ],
)
def test_a_wrong_row_is_told_by_line_and_column(body, problem):
    with pytest.raises(BadInput, match=r"charge_map\.csv") as refused:
        load_charge_map((HEADER + body).encode())
    assert problem in refused.value.message


def test_a_map_without_its_columns_is_refused():
    with pytest.raises(BadInput, match="line 1: the columns kind, source_system"):
        load_charge_map(b"code,price\n1,2\n")
