"""The pattern monitor: exact tests with care for small numbers, benchmarks of the operator, claims drawn."""

import random
from datetime import date
from math import comb
from xml.etree import ElementTree

import pytest
from sqlmodel import select
from visits import PAYERS

from claims.codes import Codes
from claims.coding import audits, benchmarks
from claims.coding.exact import believable, binomial_tail, fisher_tail, interval
from claims.coding.measures import Count, Measure, Person
from claims.coding.patterns import patterns, watch
from claims.coding.picture import as_svg, as_text
from claims.errors import BadInput
from claims.model import CodingAudit, EventRow, Provider, ProviderKind, Stage, Verdict, WorkItem
from config.settings import Coding

DAY = date(2026, 3, 2)
RULES = Coding(pattern_least=10)
HEADER = "measure,code,specialty,share,source\n"
MEDICARE = "Medicare 2024"


@pytest.fixture
def visits(session, practice):
    """Visits of two clinicians by code: `visits(hale={"99214": 12}, fenn={"99213": 12})`."""

    def make(**people):
        found = {}
        for number, (name, codes) in enumerate(people.items()):
            found[name] = practice._add(
                Provider(source_key=name, kind=ProviderKind.PERSON, name=name.upper(), given="A",
                         npi=f"199999990{number}", taxonomy="207Q00000X")
            )  # fmt: skip
            for code, count in codes.items():
                line = {"procedure_code": code.split("-")[0], "modifiers": code.split("-")[1:]}
                for _ in range(count):
                    practice.claim(stage=Stage.SCRUB, lines=(line,), rendering_id=found[name].id)
        return found

    return make


def outliers(session, rules=RULES):
    return [each for each in patterns(session, DAY, rules, Codes()) if each.outlier]


def test_the_tails_are_those_of_the_books():
    assert binomial_tail(8, 10, 0.5) == pytest.approx(56 / 1024)
    assert binomial_tail(0, 10, 0.5) == 1
    exact = sum(comb(10, k) * comb(10, 8 - k) for k in range(6, 9)) / comb(20, 8)
    assert fisher_tail(6, 8, 10, 20) == pytest.approx(exact)
    assert fisher_tail(0, 8, 10, 20) == pytest.approx(1)
    assert interval(0, 0) == (0, 1)
    low, high = interval(5, 10)
    assert (round(low, 3), round(high, 3)) == (0.237, 0.763)


def test_of_many_comparisons_only_those_are_believed_that_chance_does_not_bring():
    assert believable([0.001, 0.04, 0.03, 0.9], 0.05) == [True, False, False, False]
    assert believable([0.001, 0.02, 0.03, 0.04], 0.05) == [True] * 4
    assert believable([], 0.05) == []


def test_where_nobody_differs_hardly_any_run_tells_of_an_outlier():
    """Five hundred practices of eight clinicians who all code alike: few may be told of."""
    chance, told = random.Random(7), 0
    for _ in range(500):
        hits = [sum(chance.random() < 0.4 for _ in range(60)) for _ in range(8)]
        tails = [fisher_tail(h, 60, sum(hits), 480) for h in hits]
        told += any(believable(tails, 0.05))
    assert told / 500 <= 0.06


def test_a_clinician_whose_visits_are_much_higher_stands_out_and_the_others_do_not(session, visits):
    visits(hale={"99214": 18, "99213": 2}, fenn={"99213": 18, "99214": 2})
    (found,) = outliers(session)
    assert str(found.person) == "clinician HALE 1999999900"
    assert str(found.measure) == "established patient visits at the two highest levels"
    assert (found.count.hits, found.count.services) == (18, 20)


def test_few_visits_show_no_pattern(session, visits):
    visits(hale={"99215": 9}, fenn={"99213": 30})
    assert outliers(session) == []
    assert not [p for p in patterns(session, DAY, RULES, Codes()) if "HALE" in str(p.person)]


def test_a_small_difference_is_none_however_certain():
    from claims.coding.patterns import Comparison

    counted = Count(services=100_000, hits=41_000)
    near = Comparison(Measure("modifier_25"), Person("coder", "corin"), counted, "others", 0.40, 1e-9)
    assert not near.large


def test_a_single_clinician_is_compared_with_the_benchmark(session, act, visits):
    visits(hale={"99213-25": 15, "99212": 5})
    assert outliers(session) == []
    benchmarks.store(session, act, f"{HEADER}modifier_25,,,22%,{MEDICARE}\n".encode())
    (found,) = outliers(session)
    assert (str(found.measure), found.comparisons[0].against) == ("visits with modifier 25", "benchmark")


def test_the_benchmark_of_the_clinicians_own_specialty_comes_first(session, act):
    text = f"{HEADER}modifier_25,,,0.2,{MEDICARE}\nmodifier_25,,207Q00000X,0.3,{MEDICARE}\n"
    benchmarks.store(session, act, text.encode())
    table = benchmarks.in_force(session)
    assert table.share("modifier_25", specialty="207Q00000X") == 0.3
    assert table.share("modifier_25", specialty="208000000X") == 0.2
    assert table.share("units") is None


def test_the_table_that_was_imported_last_is_in_force_and_each_is_kept(session, act):
    for share in ("0.2", "0.4", "0.2"):
        benchmarks.store(session, act, f"{HEADER}units,,,{share},{MEDICARE}\n".encode())
        assert benchmarks.in_force(session).share("units") == float(share)
        from dataclasses import replace
        from datetime import timedelta

        act = replace(act, at=replace(act.at, real=act.at.real + timedelta(seconds=1)))
    told = session.exec(select(EventRow).where(EventRow.kind == "benchmarks_imported")).all()
    assert len(told) == 3


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ("level,99214,,0.4\n", "column source"),
        ("charm,,,0.4,x\n", "Line 2, column measure"),
        ("level,,,0.4,x\n", "column code"),
        ("units,99213,,0.4,x\n", "column code"),
        ("units,,GP,0.4,x\n", "column specialty"),
        ("units,,,40,x\n", "column share"),
        ("units,,,-0.1,x\n", "column share"),
        ("units,,,0.4,x\nunits,,,0.5,x\n", "Line 3"),
        ("level,99213,,0.4,x\nlevel,99214,,0.4,x\n", "add up to 0.80"),
        ("", "no rows"),
    ],
)
def test_a_wrong_benchmark_file_is_refused_with_line_and_column(session, act, rows, where):
    with pytest.raises(BadInput, match=where):
        benchmarks.store(session, act, (HEADER + rows).encode())
    assert benchmarks.in_force(session).shares == {}


def test_a_file_of_another_kind_is_refused():
    for content in (b"\xff\xfe\x00", b"code,share\n"):
        with pytest.raises(BadInput):
            benchmarks.read(content)


def test_an_outlier_goes_into_the_audit_with_its_picture_once(session, act, people, visits):
    visits(hale={"99214": 18, "99213": 2}, fenn={"99213": 18, "99214": 2})
    drawn = watch(session, act, DAY, RULES, Codes())
    assert len(drawn) == 3
    assert watch(session, act, DAY, RULES, Codes()) == []
    audit = drawn[0]
    assert audit.picture["services"] == 20
    item = session.exec(select(WorkItem).where(WorkItem.subject == f"audit:{audit.id}")).one()
    assert "99214" in item.note
    assert "18 of 20" in item.note
    audits.agree(session, people["audra"], audit.id, "supported")
    assert session.get(CodingAudit, audit.id).verdict is Verdict.AGREE


def test_the_picture_is_a_table_and_a_drawing_that_stands_by_itself(session, act, visits):
    visits(hale={"99214": 18, "99213": 2}, fenn={"99213": 18, "99214": 2})
    shown = watch(session, act, DAY, RULES, Codes())[0].picture
    told = as_text(shown)
    assert "others: 10%" in told
    assert "theirs    ###########################" in told
    drawing = ElementTree.fromstring(as_svg(shown))
    words = [each.text for each in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert "99214" in words
    assert "theirs 90%" in words


def test_voided_and_unreviewed_claims_do_not_count(session, act, people, visits, practice):
    from claims import manage
    from claims.bundle import load_bundle

    visits(hale={"99214": 11})
    bundle = practice.claim(stage=Stage.SCRUB)
    manage.void(session, people["bela"], load_bundle(session, bundle.claim.id).claim, "a test", PAYERS)
    practice.claim(stage=Stage.CODING_REVIEW)
    found = patterns(session, DAY, Coding(pattern_least=5), Codes())
    assert {each.count.services for each in found} == {11}


def test_unspecified_diagnoses_are_told_by_their_titles_or_by_their_last_character(session, visits):
    visits(hale={"99213": 12})
    (found,) = [p for p in patterns(session, DAY, RULES, Codes()) if p.measure.kind == "unspecified"]
    assert (found.count.hits, found.count.services) == (12, 12)  # J06.9
