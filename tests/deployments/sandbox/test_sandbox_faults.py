"""Trouble on the wire, so many times as asked for, and nothing lost or doubled by it."""

import time

import httpx
import pytest
from sandbox_practice import Bill, Practice, batch, opened


def arrange(practice: Practice, on: str, how: str, times: int = 1) -> None:
    faults = [{"on": on, "how": how, "times": times}]
    practice.http.put("/sandbox/faults", json=faults).raise_for_status()


def test_a_status_comes_as_often_as_asked_for(shared_practice: Practice):
    arrange(shared_practice, "mailbox", "status:503", times=2)
    codes = [shared_practice.http.get("/mailbox").status_code for _ in range(3)]
    assert codes == [503, 503, 200]


def test_too_many_requests_say_when_to_come_back(shared_practice: Practice):
    arrange(shared_practice, "eligibility", "status:429")
    answer = shared_practice.http.post("/eligibility", content=b"")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


def test_garbage_is_no_x12_and_no_json(shared_practice: Practice):
    arrange(shared_practice, "status", "garbage")
    answer = shared_practice.http.post("/status", content=b"")
    assert answer.status_code == 200
    assert not answer.content.startswith(b"ISA")


def test_a_hanging_answer_never_comes(shared_practice: Practice):
    arrange(shared_practice, "mailbox", "hang")
    with pytest.raises(httpx.ReadTimeout):
        shared_practice.http.get("/mailbox", timeout=0.3)


def test_a_connection_closed_before_the_body_was_read_took_nothing(practice: Practice):
    arrange(practice, "submissions", "close_before_read")
    content = batch(31, Bill(pcn="GONE"))
    with pytest.raises(httpx.TransportError):
        practice.deliver(content, "gone")
    assert practice.http.get("/submissions/31").status_code == 404
    assert practice.deliver(content, "gone").status_code == 202


def test_a_connection_closed_after_the_file_was_taken_leaves_a_receipt_to_ask_for(practice: Practice):
    arrange(practice, "submissions", "close_after_accept")
    content = batch(32, Bill(pcn="TAKEN"))
    with pytest.raises(httpx.TransportError):
        practice.deliver(content, "taken")
    found = practice.http.get("/submissions/32").json()
    again = practice.deliver(content, "taken")
    assert (again.status_code, again.json()) == (200, found)
    assert practice.ledger()["duplicates"] == 0


def test_a_truncated_file_breaks_off_in_the_middle(shared_practice: Practice):
    shared_practice.send(Bill(pcn="CUT"))
    file = shared_practice.files()[0]
    arrange(shared_practice, "mailbox", "truncate")
    with pytest.raises(httpx.RemoteProtocolError):
        shared_practice.http.get(f"/mailbox/{file['id']}")
    whole = shared_practice.http.get(f"/mailbox/{file['id']}").content
    assert len(whole) == file["size"]


def test_a_slow_answer_is_slow_and_right(shared_practice: Practice):
    arrange(shared_practice, "mailbox", "slow:0.4")
    start = time.monotonic()
    assert shared_practice.http.get("/mailbox").status_code == 200
    assert time.monotonic() - start > 0.4


def test_asking_whether_something_came_fails_on_its_own(shared_practice: Practice):
    arrange(shared_practice, "ask", "status:500")
    assert shared_practice.http.get("/submissions/000000001").status_code == 500


def test_faults_are_listed_until_used_up_or_taken_away(shared_practice: Practice):
    arrange(shared_practice, "records", "status:500", times=2)
    assert shared_practice.http.get("/sandbox/faults").json() == [
        {"on": "records", "how": "status:500", "times": 2}
    ]
    shared_practice.http.delete("/sandbox/faults")
    assert shared_practice.http.get("/sandbox/faults").json() == []


@pytest.mark.parametrize("fault", [{"on": "moon", "how": "hang"}, {"on": "mailbox", "how": "status:many"}])
def test_a_fault_that_does_not_exist_is_refused(shared_practice: Practice, fault: dict[str, str]):
    assert shared_practice.http.put("/sandbox/faults", json=[fault]).status_code == 400


def test_a_sandbox_stops_while_an_answer_hangs():
    start = time.monotonic()
    with opened() as practice:
        arrange(practice, "mailbox", "hang")
        with pytest.raises(httpx.ReadTimeout):
            practice.http.get("/mailbox", timeout=0.1)
    assert time.monotonic() - start < 10
