"""The mailbox: one submission's answers, listed, fetched, kept."""

from collections.abc import Iterator
from hashlib import sha256

import pytest
from sandbox_practice import Bill, Practice, opened, rows_of

from deployments.sandbox.segments import at, read


@pytest.fixture(scope="module")
def answered() -> Iterator[Practice]:
    """A practice whose one claim was acknowledged."""
    with opened() as practice:
        practice.send(Bill(pcn="SECRETPCN"))
        yield practice


def test_a_good_claim_is_answered_by_three_files(answered: Practice):
    assert [f["kind"] for f in answered.files(all="1")] == ["999", "277CA", "277CA"]


def test_the_mailbox_lists_what_is_newer_than_the_last_file_seen(answered: Practice):
    first, *rest = answered.files(all="1")
    assert answered.files(since=first["id"], all="1") == rest
    assert answered.files(since=rest[-1]["id"]) == []
    assert answered.files(since=rest[-1]["created"]) == []
    assert answered.files(since="2026-03-01", all="1") == [first, *rest]


def test_a_fetched_file_leaves_the_list_and_is_kept(answered: Practice):
    first = answered.files()[0]
    assert answered.http.delete(f"/mailbox/{first['id']}").status_code == 204
    assert first not in answered.files()
    assert first in answered.files(all="1")
    assert sha256(answered.http.get(f"/mailbox/{first['id']}").content).hexdigest() == first["sha256"]


def test_a_mailbox_belongs_to_its_sender(answered: Practice):
    assert answered.files(sender="PRACTICE1")
    assert answered.files(sender="OTHER") == []


def test_a_file_that_is_not_there_is_not_found(answered: Practice):
    assert answered.http.get("/mailbox/999").status_code == 404


def test_file_names_say_nothing_about_patients(answered: Practice):
    names = " ".join(f["name"] for f in answered.files(all="1"))
    assert not any(word in names for word in ("DOE", "JANE", "PAY1001", "SECRETPCN"))


def test_every_set_of_an_outgoing_file_counts_its_segments(answered: Practice):
    for raw in answered.contents("277CA"):
        interchange = read(raw)
        assert interchange.note == "000"
        (one,) = interchange.sets
        assert f"SE*{len(one.segments) + 2}*0001~".encode() in raw
        assert all(at(row, 0) for row in rows_of(interchange))
