"""What we ask of payers, from real claims, read by a library that did not write it."""

import pytest
from x12sdk.io import X12ModelReader

from claims.eligibility import askings, header, inquiry
from claims.status_inquiry import inquiries
from claims.x12.check import check
from claims.x12.eligibility import Header27x
from claims.x12.eligibility_write import write_270
from claims.x12.interchange import Envelope, write_interchange
from claims.x12.status_write import write_276
from config.settings import Submitter

CHILD = {"relationship": "19", "subscriber_family": "MURPHY", "subscriber_given": "PAT"}
SPOUSE = CHILD | {"relationship": "01"}


@pytest.fixture
def bundles(accepted):
    """Accepted claims of a subscriber, of a child, of a spouse, and one that knows the payer's number."""
    people = [{}, {"coverage": CHILD}, {"coverage": SPOUSE}, {"filing": {"icn": "C0000042"}}]
    return [accepted(**each) for each in people]


def sent(act, outgoing) -> bytes:
    return write_interchange(Envelope("PRACTICE1", "SBXCLEAR"), [outgoing], created=act.at.real, isa13=1)


def models(content: bytes) -> list[object]:
    with X12ModelReader(content.decode()) as reader:
        return list(reader.models())


def test_x12sdk_reads_what_we_ask_about_coverage_and_we_find_no_fault_in_it(bundles, act, payers):
    for bundle in bundles:
        asked = askings([bundle])
        content = sent(
            act, write_270(header(asked[0].trace, act.at.business), inquiry(asked, payers["SBXCO"]))
        )
        assert check(content, name="270").findings == ()
        assert [type(each).__name__ for each in models(content)] == ["EligibilityInquiry"]


def test_x12sdk_reads_what_we_ask_about_status_and_we_find_no_fault_in_it(bundles, act):
    for bundle in bundles:
        asked = inquiries([bundle], [bundle.filing], Submitter())
        content = sent(act, write_276(Header27x("S1", act.at.business), asked))
        assert check(content, name="276").findings == ()
        assert len(models(content)) == 1


def test_many_questions_in_one_file_have_no_fault(bundles, act, payers):
    asked = askings(bundles)
    coverage = write_270(header("Q1", act.at.business), inquiry(asked, payers["SBXCO"]))
    status = inquiries(bundles, [bundle.filing for bundle in bundles], Submitter())
    assert check(sent(act, coverage), name="270").findings == ()
    assert check(sent(act, write_276(Header27x("S1", act.at.business), status)), name="276").findings == ()
