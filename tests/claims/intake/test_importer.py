"""Taking files in: archived first, refused clearly, never twice."""

import json
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st
from sqlmodel import select

from claims.database import reading, transaction
from claims.errors import BadInput
from claims.intake import sniff
from claims.intake.importer import import_path
from claims.intake.visit import Reading
from claims.model import Claim, Document, Encounter, EventRow, ImportedFile, Patient, Provider

ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def take_path(engine, tmp_path, act, settings, payers):
    def take_path(data: bytes, name: str = "visits.dat"):
        path = tmp_path / name
        path.write_bytes(data)
        return import_path(engine, path, act=act, settings=settings, charge_map=None, payers=payers)

    return take_path


def rows(engine, table):
    with reading(engine) as session:
        return session.exec(select(table)).all()


def test_a_file_is_archived_and_noted_with_what_came_of_it(engine, take_path, csv_file):
    report = take_path(csv_file())

    document = rows(engine, Document)[0]
    assert (document.id, document.kind, document.content) == (report.document_id, "csv", csv_file())
    imported = rows(engine, ImportedFile)[0]
    assert (imported.state, imported.visits, imported.claims, imported.held) == ("done", 1, 1, 0)
    kinds = [event.kind for event in rows(engine, EventRow)]
    assert kinds == ["imported", "intake_completed", "file_imported"]


def test_the_same_file_again_adds_nothing(engine, take_path, csv_file):
    first = take_path(csv_file({}, {"visit_id": "V2"}))
    again = take_path(csv_file({}, {"visit_id": "V2"}), "renamed.csv")

    assert (len(first.claims), again.claims, again.known) == (2, [], 2)
    assert len(rows(engine, Claim)) == len(rows(engine, Encounter)) == 2
    assert len(rows(engine, Document)) == 1


def test_people_of_several_files_are_stored_once_and_gaps_are_filled(engine, take_path, csv_file):
    take_path(csv_file({"patient_phone": "", "patient_city": ""}))
    take_path(csv_file({"visit_id": "V2", "patient_phone": "6145550199"}), "second.csv")

    patients = rows(engine, Patient)
    assert [(p.phone, p.city) for p in patients] == [("6145550199", "Columbus")]
    assert len(rows(engine, Provider)) == 2


def test_what_is_stored_is_not_overwritten_by_a_later_file(engine, take_path, csv_file):
    take_path(csv_file())
    report = take_path(csv_file({"visit_id": "V2", "patient_birth_date": "1981-01-01"}), "second.csv")

    assert rows(engine, Patient)[0].birth_date.year == 1980
    assert "stored with other details" in report.messages[0]


def test_a_refused_file_leaves_its_bytes_and_the_reason_and_can_be_tried_again(engine, take_path):
    for _ in range(2):
        with pytest.raises(BadInput, match="line 1 column"):
            take_path(b'{"resourceType": ')

    assert rows(engine, Document)[0].content == b'{"resourceType": '
    imported = rows(engine, ImportedFile)
    assert [(each.state, each.kind, each.claims) for each in imported] == [("refused", "fhir", 0)]
    assert imported[0].message.startswith("line 1 column 18: this is not JSON")
    assert rows(engine, Claim) == []


def test_a_missing_file_is_said_so(engine, tmp_path, act, settings, payers):
    with pytest.raises(BadInput, match="cannot be opened"):
        import_path(engine, tmp_path / "none.csv", act=act, settings=settings, charge_map=None, payers=payers)


def test_one_bad_visit_does_not_stop_the_others(take_path, csv_file):
    report = take_path(csv_file({"charge": "free", "rendering_npi": "12"}, {"visit_id": "V2"}))

    assert (len(report.claims), report.held) == (2, 1)
    assert report.missing == {"line.charge": 1, "rendering.npi": 1}


def test_a_large_file_is_stored_in_chunks(engine, monkeypatch, take_path, csv_file):
    monkeypatch.setattr("claims.intake.store.CHUNK", 7)
    report = take_path(csv_file(*({"visit_id": f"V{n % 30}"} for n in range(60))))

    assert (len(report.claims), report.held) == (30, 0)
    assert len(rows(engine, Patient)) == 1


def nested(levels: int) -> bytes:
    return b'{"resourceType":' * levels + b"1" + b"}" * levels


HOSTILE = {
    "empty": (b"", "The file is empty."),
    "blank": (b" \r\n\t", "The file is empty."),
    "binary": (bytes(range(256)) * 40, "This is no file that can be imported"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(500), "This is no file that can be imported"),
    "another encoding": ("visit_id,charge\nV1,2\n".encode("utf-16"), "This is no file that can be imported"),
    "prose": (b"Dear Sir or Madam, find attached", "This is no file that can be imported"),
    "cut JSON": (b'{"resourceType": "Bundle", "entry": [{', "line 1 column 39: this is not JSON"),
    "JSON in Latin-1": (
        b'{"resourceType": "Bundle",\n"id": "M\xfcller"}',
        "Line 2: text in UTF-8 was expected.",
    ),
    "a list": (b'[{"resourceType": "Patient"}]', "This is no file that can be imported"),
    "deep": (nested(100_000), "The JSON cannot be read: it is nested too deeply."),
    "deep enough to be parsed": (nested(300), "The JSON cannot be read: it is nested too deeply."),
    "not a number": (b'{"resourceType": "Claim", "total": NaN}', "The JSON cannot be read"),
    "infinite": (b'{"resourceType": "Claim", "total": -Infinity}', "The JSON cannot be read"),
    "endless number": (b'{"resourceType": "Claim", "n": ' + b"9" * 9000 + b"}", "The JSON cannot be read"),
    "doubled key": (
        b'{"resourceType": "Bundle", "entry": [{"resource": {"id": "1", "id": "2"}}]}',
        "entry[0].resource: the same key stands there twice.",
    ),
    "no resource": (b'{"hello": "Jane"}', "document.resourceType: the name of a FHIR resource was expected."),
    "wrong type of entry": (b'{"resourceType": "Bundle", "entry": {"a": 1}}', "document.entry: a list"),
    "wrong type in entry": (b'{"resourceType": "Bundle", "entry": ["Jane"]}', "document.entry[0]: an object"),
    "wrong type of resource": (
        b'{"resourceType": "Bundle", "entry": [{"resource": "Jane"}]}',
        "document.entry[0].resource: a FHIR resource was expected.",
    ),
    "a broken line of NDJSON": (
        b'{"resourceType": "Patient"}\n{"resourceType": "Encounter",}\n',
        "Line 2, line 1 column 30: this is not JSON",
    ),
    "only an ISA": (b"ISA*00*", "Segment 1: an ISA with 16 elements was expected"),
    "an endless segment": (b"GS*" + b"A" * 3_000_000, "Segment 1: its end was expected"),
    "an endless line": (b"visit_id,note\nV1," + b"x" * 30_000_000, "Line 2: at most 100000 characters"),
    "an endless text in JSON": (
        b'{"resourceType": "' + b"x" * (65 * 1024 * 1024) + b'"}',
        "JSON of at most 64 MB was expected.",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_file_ends_in_one_clear_message(name):
    data, message = HOSTILE[name]

    began = time.perf_counter()
    with pytest.raises(BadInput) as refused:
        sniff.read(data, sniff.kind_of(data), ZONE)
    assert message in refused.value.message
    assert refused.value.tip
    assert len(str(refused.value)) < 400
    assert "Jane" not in str(refused.value)
    assert time.perf_counter() - began < 5


def test_huge_and_odd_numbers_in_a_bundle_cost_their_field_only(take_in, bundle_of, resources):
    text = bundle_of(*resources).decode()
    for odd in ("1e999999999", "-120.00", "1E+2000", "1e-999999", "true", '"120"', "{}"):
        report = take_in(text.replace("120.0", odd).replace("V-77", f"V-{odd}".replace('"', "'")).encode())
        assert report.missing == {"line.charge": 1}, odd


def readable(data: bytes) -> Reading | BadInput:
    try:
        return sniff.read(data, sniff.kind_of(data), ZONE)
    except BadInput as refused:
        return refused


STARTS = st.sampled_from(
    [
        b"",
        b"{",
        b"ISA*",
        b"GS*",
        b"visit_id,charge\n",
        b'{"resourceType":"Bundle","entry":[',
        b"\xef\xbb\xbf{",
    ]
)


@budget(max_examples=300, deadline=None)
@given(STARTS, st.binary(max_size=400))
def test_any_bytes_end_in_visits_or_a_clear_refusal(start, rest):
    answer = readable(start + rest)

    assert isinstance(answer, BadInput | Reading)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@budget(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_element_of_any_type_in_a_good_bundle_ends_in_visits_or_a_clear_refusal(data, resources):
    resources = json.loads(json.dumps(resources))
    resource = data.draw(st.sampled_from(resources))
    name = data.draw(st.sampled_from(sorted(resource)))
    resource[name] = data.draw(JSON)
    bundle = {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}

    answer = readable(json.dumps(bundle).encode())

    assert isinstance(answer, BadInput | Reading)


@budget(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.dictionaries(
    st.sampled_from(["patient_family", "charge", "units", "from_date", "pointers", "payer_id", "diagnoses",
                     "billing_name", "member_id", "source_code", "procedure_code", "note"]),
    st.text(st.characters(exclude_characters=',"\r\n', exclude_categories=["Cs"]), max_size=80), max_size=6,
))  # fmt: skip
def test_any_cells_can_be_stored(engine, act, settings, payers, csv_file, cells):
    from claims.intake.importer import import_file

    data = csv_file(cells | {"visit_id": f"V{abs(hash(frozenset(cells.items())))}"})
    with transaction(engine) as session:
        report = import_file(
            session, data, name="any", act=act, settings=settings, charge_map=None, payers=payers
        )
        assert report.visits == len(report.claims) + report.known


def test_the_clock_of_the_import_is_the_acts(engine, take_path, csv_file):
    take_path(csv_file())

    assert rows(engine, ImportedFile)[0].imported_at == datetime(2026, 3, 2, 15, tzinfo=UTC)
