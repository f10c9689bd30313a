"""The protocol that a connector speaks: receipts, repeats, the mailbox, the key."""

from datetime import date
from hashlib import sha256

import httpx
from sandbox_practice import DAY, Bill, Practice, batch

from deployments.sandbox import running


def test_a_submission_gets_a_receipt_that_names_its_bytes(shared_practice: Practice):
    content = batch(900, Bill(pcn="RECEIPT"))
    answer = shared_practice.deliver(content, "receipt-1")
    assert answer.status_code == 202
    assert answer.json()["sha256"] == sha256(content).hexdigest()
    assert answer.json()["control_number"] == "000000900"


def test_the_same_key_with_the_same_bytes_is_the_same_submission(practice: Practice):
    content = batch(7, Bill(pcn="TWICE"))
    first, again = practice.deliver(content, "k"), practice.deliver(content, "k")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    ledger = practice.ledger()
    assert (len(ledger["claims"]), ledger["duplicates"], ledger["repeats"]) == (1, 0, 1)


def test_the_same_key_with_other_bytes_is_refused(shared_practice: Practice):
    shared_practice.deliver(batch(910, Bill()), "reused")
    answer = shared_practice.deliver(batch(911, Bill()), "reused")
    assert answer.status_code == 422
    assert answer.json()["error"] == "idempotency_key_reused"


def test_a_submission_without_a_key_is_refused(shared_practice: Practice):
    answer = shared_practice.http.post("/submissions", content=batch(912, Bill()))
    assert answer.status_code == 400


def test_bytes_that_are_no_interchange_are_refused(shared_practice: Practice):
    assert shared_practice.deliver(b"hello", "no-x12").status_code == 400


def test_the_sandbox_tells_whether_it_ever_received_an_interchange(shared_practice: Practice):
    ask = shared_practice.http.get
    assert ask("/submissions/000000920", params={"sender": "PRACTICE1"}).status_code == 404
    sent = shared_practice.deliver(batch(920, Bill(pcn="ASKED")), "asked").json()
    assert ask("/submissions/000000920", params={"sender": "PRACTICE1"}).json() == sent
    assert ask("/submissions/920").json() == sent
    assert ask("/submissions/000000920", params={"sender": "SOMEONE"}).status_code == 404


def test_a_claim_resent_under_a_new_control_number_counts_as_a_duplicate(practice: Practice):
    practice.send(Bill(pcn="SAME"))
    practice.send(Bill(pcn="SAME"))
    ledger = practice.ledger()
    assert ledger["duplicates"] == 1
    assert [c["received"] for c in ledger["claims"]] == [2, 2]


def test_a_control_number_used_before_is_refused_by_a_ta1(practice: Practice):
    practice.deliver(batch(5, Bill(pcn="ONE")), "one")
    practice.deliver(batch(5, Bill(pcn="TWO")), "two")
    (ta1,) = practice.contents("TA1")
    assert b"TA1*000000005*260302*0930*R*025~" in ta1
    assert [c["pcn"] for c in practice.ledger()["claims"]] == ["ONE"]


def test_a_broken_envelope_is_refused_by_a_ta1(practice: Practice):
    whole = batch(6, Bill())
    practice.deliver(whole.replace(b"IEA*1*000000006", b"IEA*1*000000099"), "other-number")
    practice.deliver(batch(8, Bill()).split(b"IEA")[0], "no-end")
    notes = [raw.split(b"*R*")[1][:3] for raw in practice.contents("TA1")]
    assert notes == [b"001", b"023"]
    assert practice.ledger()["claims"] == []


def test_a_ta1_comes_for_a_good_envelope_that_asks_for_one(practice: Practice):
    practice.deliver(batch(9, Bill()).replace(b"*0*T*:", b"*1*T*:"), "ask-ta1")
    assert b"*A*000~" in practice.contents("TA1")[0]


def test_every_route_but_health_asks_for_the_key():
    with running(today=DAY, api_key="s3cret") as url, httpx.Client(base_url=url) as http:
        assert http.get("/health").json() == {"ok": True, "today": "2026-03-02"}
        assert http.get("/mailbox").status_code == 401
        assert http.get("/sandbox/ledger", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert http.get("/mailbox", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_a_clock_that_nobody_pinned_follows_the_calendar():
    with running() as url:
        today = date.today()  # noqa: DTZ011 - the point of the test
        assert httpx.get(f"{url}/health").json()["today"] == today.isoformat()


def test_the_clock_does_not_go_back(shared_practice: Practice):
    answer = shared_practice.http.put("/sandbox/clock", json={"today": "2026-01-01"})
    assert answer.status_code == 400


def test_the_next_day_is_when_something_new_comes_of_itself(practice: Practice):
    assert practice.http.get("/sandbox/next-day").json() == {"date": None}
    practice.send(Bill())
    assert practice.http.get("/sandbox/next-day").json() == {"date": "2026-03-11"}
    practice.wait_until(date(2026, 3, 11))
    assert practice.http.get("/sandbox/next-day").json() == {"date": "2026-03-13"}
    practice.wait_until(date(2026, 3, 13))
    assert practice.http.get("/sandbox/next-day").json() == {"date": None}


def test_the_scenarios_are_told_in_words(shared_practice: Practice):
    told = shared_practice.http.get("/sandbox/scenarios").json()["scenarios"]
    assert {"PAY", "AUT", "REJ", "SIL", "PND"} <= {s["prefix"] for s in told}
    assert all(s["words"] for s in told)


def test_an_appeal_for_a_number_that_the_payer_does_not_know_is_refused(shared_practice: Practice):
    asked = {"payer": "SBXCO", "icn": "NONE", "pcn": "X", "level": 1, "reason": "", "packet_sha256": ""}
    answer = shared_practice.http.post("/appeals", json=asked, headers={"Idempotency-Key": "a"})
    assert answer.status_code == 400
    assert shared_practice.http.get("/appeals/a").status_code == 404


def test_a_body_that_is_not_json_is_refused_in_words(shared_practice: Practice):
    answer = shared_practice.http.put("/sandbox/clock", content=b"{")
    assert answer.status_code == 400
    assert shared_practice.http.put("/sandbox/clock", json={"today": "soon"}).status_code == 400
