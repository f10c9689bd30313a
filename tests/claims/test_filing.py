"""Which filing comes next, told by the filings alone."""

import pytest
from visits import NOW, PAYERS, coverage, filing, visit

from claims import lifecycle
from claims.bundle import load_bundle
from claims.errors import NotAllowed
from claims.events import Story
from claims.filing import (
    next_filing,
    refresh,
    request_void,
    secondary_filing,
    void_filing,
)
from claims.model import Adjudication, Stage, Submission
from claims.transitions import Event
from config.payers import Corrections

NEW_NUMBERS = {
    "SBXCO": PAYERS["SBXCO"].model_copy(update={"corrections": Corrections(new_pcn_each_time=True)})
}
DENIED, PAID = Adjudication.DENIED, Adjudication.PAID
REJECTED = Submission.REJECTED_PAYER
SENT = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)


def after(*filings, payer="SBXCO", **fields):
    bundle = visit(payer=payer, **fields)
    bundle.filings = list(filings)
    return bundle


def shape(found):
    return found and (found.sequence, found.version, found.frequency, found.original_icn)


def test_the_first_filing_is_an_original_to_the_primary_payer():
    found = next_filing(visit(), PAYERS, NOW)
    assert shape(found) == ("P", 1, "1", None)
    assert (found.pcn, found.payer_id, found.submission) == ("VISIT1", "SBXCO", Submission.NONE)


@pytest.mark.parametrize(
    "submission",
    [Submission.REJECTED_FORMAT, Submission.REJECTED_CLEARINGHOUSE, Submission.REJECTED_PAYER],
)
def test_a_claim_rejected_at_the_front_door_goes_again_as_an_original(submission):
    assert shape(next_filing(after(filing(submission)), PAYERS, NOW)) == ("P", 2, "1", None)


@pytest.mark.parametrize("adjudication", [DENIED, PAID, Adjudication.PARTIALLY_PAID, Adjudication.ZERO_PAID])
def test_a_decided_claim_is_replaced_under_the_payers_number(adjudication):
    bundle = after(filing(adjudication=adjudication, icn="ICN1"))
    assert shape(next_filing(bundle, PAYERS, NOW)) == ("P", 2, "7", "ICN1")


def test_a_payer_that_takes_no_replacements_gets_a_new_claim():
    bundle = after(filing(adjudication=DENIED, icn="ICN1", payer_id="SBXMC"), payer="SBXMC")
    assert shape(next_filing(bundle, PAYERS, NOW)) == ("P", 2, "1", None)


def test_a_replacement_rejected_at_the_front_door_is_still_a_replacement():
    decided = filing(adjudication=DENIED, icn="ICN1")
    rejected = filing(REJECTED, version=2, frequency="7", original_icn="ICN1")
    assert shape(next_filing(after(decided, rejected), PAYERS, NOW)) == ("P", 3, "7", "ICN1")


def test_another_payer_than_the_one_that_decided_gets_an_original():
    """Denied as another payer's: after the correction that payer's number means nothing."""
    bundle = after(filing(adjudication=DENIED, icn="ICN1"), payer="SBXMD")
    assert shape(next_filing(bundle, PAYERS, NOW)) == ("P", 2, "1", None)


def test_after_a_void_the_claim_starts_anew():
    decided = filing(adjudication=PAID, icn="ICN1")
    void = filing(adjudication=Adjudication.REVERSED, version=2, frequency="8", icn="ICN2")
    assert shape(next_filing(after(decided, void), PAYERS, NOW)) == ("P", 3, "1", None)


@pytest.mark.parametrize("submission", [Submission.QUEUED, Submission.SENDING, Submission.SENT_UNCONFIRMED,
                                        Submission.SENT, Submission.ACCEPTED])  # fmt: skip
def test_a_filing_on_its_way_or_undecided_lets_no_other_out(submission):
    assert next_filing(after(filing(submission)), PAYERS, NOW) is None


BEFORE_DECISION = {
    "SBXCO": PAYERS["SBXCO"].model_copy(update={"corrections": Corrections(before_decision=True)})
}


def test_an_accepted_claim_is_changed_by_the_number_of_its_277ca_only_where_its_payer_takes_that():
    accepted = after(filing(Submission.ACCEPTED, icn="H1"))
    assert shape(next_filing(accepted, BEFORE_DECISION, NOW)) == ("P", 2, "7", "H1")
    assert shape(void_filing(accepted, BEFORE_DECISION, NOW)) == ("P", 2, "8", "H1")
    assert next_filing(accepted, PAYERS, NOW) is None
    with pytest.raises(NotAllowed, match="has not decided"):
        void_filing(accepted, PAYERS, NOW)
    unnumbered, on_its_way = after(filing(Submission.ACCEPTED)), after(filing(Submission.SENT, icn="H1"))
    assert [next_filing(each, BEFORE_DECISION, NOW) for each in (unnumbered, on_its_way)] == [None, None]


def test_an_unsent_filing_is_used_again():
    waiting = filing(Submission.NONE)
    assert next_filing(after(waiting), PAYERS, NOW) is waiting


def test_an_unsent_filing_follows_the_claim_to_another_payer():
    decided = filing(adjudication=DENIED, icn="ICN1")
    waiting = filing(Submission.NONE, version=2, frequency="7", original_icn="ICN1")
    bundle = after(decided, waiting, payer="SBXMD")
    refresh(waiting, bundle, PAYERS, NOW)
    assert (waiting.payer_id, waiting.frequency, waiting.original_icn) == ("SBXMD", "1", None)


def test_the_patient_control_number_stays_unless_the_payer_wants_a_new_one():
    rejected = filing(REJECTED)
    assert next_filing(after(rejected), PAYERS, NOW).pcn == "VISIT1"
    assert next_filing(after(rejected), NEW_NUMBERS, NOW).pcn == "VISIT1P2"


def test_a_long_patient_control_number_is_not_cut_to_make_room_for_its_suffix():
    bundle = after(filing(REJECTED), pcn="A" * 20, id="k7m2p9qr4tvw")
    assert next_filing(bundle, NEW_NUMBERS, NOW).pcn == "K7M2P9QR4TVWP2"


def test_the_next_payer_gets_an_original_after_the_first_has_decided():
    bundle = after(filing(adjudication=PAID, icn="ICN1"))
    assert secondary_filing(bundle, PAYERS, NOW) is None
    bundle.coverages.append(coverage("S", payer_id="SBXMD"))
    found = secondary_filing(bundle, PAYERS, NOW)
    assert (shape(found), found.payer_id) == (("S", 1, "1", None), "SBXMD")


def test_a_secondary_claim_that_was_denied_is_replaced_with_that_payer():
    bundle = after(
        filing(adjudication=PAID, icn="ICN1"),
        filing(sequence="S", coverage_id="coverageS", payer_id="SBXMD", adjudication=DENIED, icn="ICN2"),
    )
    bundle.coverages.append(coverage("S", payer_id="SBXMD"))
    found = next_filing(bundle, PAYERS, NOW)
    assert (shape(found), found.payer_id) == (("S", 2, "7", "ICN2"), "SBXMD")


def test_a_void_names_the_payers_number_and_is_refused_without_one():
    found = void_filing(after(filing(adjudication=PAID, icn="ICN1")), PAYERS, NOW)
    assert shape(found) == ("P", 2, "8", "ICN1")
    with pytest.raises(NotAllowed, match="no number yet"):
        void_filing(after(filing()), PAYERS, NOW)
    with pytest.raises(NotAllowed, match="no electronic void"):
        void_filing(after(filing(icn="I", payer_id="SBXMC"), payer="SBXMC"), PAYERS, NOW)


def test_a_void_that_somebody_asked_for_is_what_the_scrub_then_finds(session, act, practice):
    bundle = practice.claim()
    practice.filing(bundle, *SENT, Event.REMIT_PAID, icn="ICN1")
    change = request_void(session, act, load_bundle(session, bundle.claim.id), PAYERS, Story("entered twice"))
    lifecycle.apply(session, [change], act)
    again = load_bundle(session, bundle.claim.id)
    assert again.claim.stage is Stage.SCRUB
    assert shape(next_filing(again, PAYERS, NOW)) == ("P", 2, "8", "ICN1")
    assert next_filing(again, PAYERS, NOW) is again.filing
