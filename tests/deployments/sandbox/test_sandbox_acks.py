"""What the front doors say of a file, and other people's readers of what they say."""

from dataclasses import replace
from io import StringIO

from pyx12.params import params
from pyx12.x12n_document import x12n_document
from sandbox_practice import Bill, Practice, Service, batch

from deployments.sandbox.segments import Segment, at


def valid(content: bytes) -> bool:
    """pyx12's verdict, code lists of remarks and statuses left aside: its own are from 2014."""
    options = params()
    options.set("exclude_external_codes", "remark_code")
    return bool(x12n_document(options, StringIO(content.decode()), StringIO(), None))


def said_of(practice: Practice, pcn: str) -> list[Segment]:
    """The STC segments about one claim, clearinghouse first."""
    rows = [row for raw in practice.contents("277CA") for row in _rows(raw)]
    places = [n for n, row in enumerate(rows) if row[:3] == ["TRN", "2", pcn]]
    return [rows[n + 1] for n in places]


def _rows(raw: bytes) -> list[Segment]:
    return [line.split("*") for line in raw.decode().replace("\n", "").split("~")]


def test_an_accepted_claim_is_acknowledged_three_times(practice: Practice):
    practice.send(Bill(pcn="GOOD"))
    assert [f["kind"] for f in practice.files()] == ["999", "277CA", "277CA"]
    assert b"IK5*A~" in practice.contents("999")[0]
    assert [at(stc, 1) for stc in said_of(practice, "GOOD")] == ["A1:20", "A2:20:PR"]
    assert f"REF*1K*{practice.entry('GOOD')['icn']}~".encode() in practice.contents("277CA")[1]
    assert b"REF*D9*D9GOOD~" in practice.contents("277CA")[1]


def test_a_file_that_breaks_the_guide_is_rejected_by_the_999_alone(practice: Practice):
    practice.deliver(batch(3, Bill()).replace(b"HI*ABK", b"HI*XXX"), "bad-guide")
    assert [f["kind"] for f in practice.files()] == ["999"]
    assert b"IK5*R" in practice.contents("999")[0]
    assert practice.ledger()["claims"] == []


DOORS = {
    "A7:164:IL": Bill(member="WID1"),
    "A7:33:IL": Bill(member="NFD1"),
    "A7:158:IL": Bill(member="DOB1"),
    "A7:125:IL": Bill(member="NAM1"),
    "A6:464": Bill(frequency="7"),
    "A7:464": Bill(frequency="8", icn="C000"),
    "A8:535": Bill(frequency="1", icn="C000"),
    "A7:535": Bill(frequency="7", icn="M000", payer="SBXMC"),
    "A7:153:PR": Bill(payer="NOPE"),
    "A2:20:PR": Bill(lines=(Service(charge="0.30"), Service(charge="0.10"))),
}


def test_front_doors_say_what_is_wrong(practice: Practice):
    practice.send(*(replace(bill, pcn=f"DOOR{n}") for n, bill in enumerate(DOORS.values())))
    assert [at(said_of(practice, f"DOOR{n}")[-1], 1) for n in range(len(DOORS))] == list(DOORS)


def test_a_claim_whose_lines_do_not_add_up_is_rejected(practice: Practice):
    practice.deliver(batch(4, Bill(pcn="SUM")).replace(b"CLM*SUM*190.00", b"CLM*SUM*191.00"), "sum")
    assert at(said_of(practice, "SUM")[-1], 1) == "A8:178"


def test_a_rejected_claim_is_accepted_once_the_member_id_differs(practice: Practice):
    practice.send(Bill(member="REJ1", pcn="R1"))
    practice.send(Bill(member="REJ1", pcn="R1"))
    practice.send(Bill(member="REJ2", pcn="R1"))
    codes = [at(stc, 1) for stc in said_of(practice, "R1")]
    assert codes == ["A1:20", "A7:164:IL", "A1:20", "A7:164:IL", "A1:20", "A2:20:PR"]
    assert practice.ledger()["duplicates"] == 0


def test_silence_is_all_that_some_claims_get(practice: Practice):
    practice.send(Bill(member="SIL1", pcn="HUSH"))
    assert practice.files() == []
    assert practice.status_of(Bill(member="SIL1", pcn="HUSH")) == "A4:35"
    practice.send(Bill(member="SIL2", pcn="HUSH2"), Bill(pcn="LOUD"))
    assert said_of(practice, "HUSH2") == []
    assert len(said_of(practice, "LOUD")) == 2


def test_someone_on_the_roster_must_be_named_and_born_as_the_payer_has_it(practice: Practice):
    person = {"payer": "SBXCO", "member": "M55", "last": "Roe", "first": "Ann", "born": "1990-05-05"}
    practice.http.put("/sandbox/members", json=[person]).raise_for_status()
    practice.send(
        Bill(member="M55", pcn="N1", last="DOE", first="ANN", born="19900505"),
        Bill(member="M55", pcn="N2", last="ROE", first="ANN", born="19900506"),
        Bill(member="M55", pcn="N3", last="ROE", first="ANN", born="19900505"),
    )
    codes = [at(said_of(practice, pcn)[-1], 1) for pcn in ("N1", "N2", "N3")]
    assert codes == ["A7:125:IL", "A7:158:IL", "A2:20:PR"]


def test_a_277ca_counts_and_sums_what_it_accepts_and_rejects(practice: Practice):
    practice.send(
        Bill(pcn="T1"), Bill(pcn="T2", member="WID1"), Bill(pcn="T3", npi="1111111112"), Bill(payer="NOPE")
    )
    house, payer = practice.contents("277CA")
    assert b"QTY*90*3~\nQTY*AA*1~\nAMT*YU*570.00~\nAMT*YY*190.00~" in house
    assert b"QTY*90*2~\nQTY*AA*1~\nAMT*YU*380.00~\nAMT*YY*190.00~" in payer
    assert payer.count(b"*19*1~") == 2
    assert all(map(valid, [house, payer, *practice.contents("999")]))
