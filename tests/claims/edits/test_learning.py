"""Past claims teach: an edit is tried on what was filed, and what a payer keeps refusing becomes a draft."""

import tomllib
from decimal import Decimal

import pytest
from remits import Payer, clp
from visits import PAYERS, SETTINGS

from claims import outbound
from claims.archive import archive
from claims.bundle import load_bundle
from claims.edits import explain
from claims.edits.backtest import backtest
from claims.edits.filed import filed, line_numbers
from claims.edits.packs import compile_packs
from claims.edits.suggest import suggest
from claims.model import Batch
from claims.money import ledger
from claims.transitions import Event
from claims.x12.claim837_write import write_837
from claims.x12.interchange import Envelope, write_interchange
from config.edit_packs import Pack
from config.settings import ConnectorSettings

ACCEPTED = (Event.QUEUED, Event.SEND_STARTED, Event.SENT, Event.ACCEPTED)
RECEIVER = ConnectorSettings(base_url="http://nowhere.example", receiver_id="RECEIVER")
BRACE, KNEE = "L1832", "20610"


@pytest.fixture
def payer(session, act):
    return Payer(session, act, PAYERS)


@pytest.fixture
def sent(session, act, practice, payer):
    """A claim that was filed in a batch of its own, archived, and answered with ``words``."""

    def make(*words, remarks=(), **fields):
        bundle = practice.claim(**fields)
        filing = practice.filing(bundle)
        claim = outbound.to_837(bundle, filing, PAYERS, [])
        header = outbound.header(SETTINGS.submitter, RECEIVER, "B1", act.at.business)
        envelope = Envelope("CLEANCLAIM", "RECEIVER")
        content = write_interchange(envelope, [write_837(header, [claim])], created=act.at.real, isa13=1)
        document = archive(session, content, kind="837P", direction="out", at=act.at.real)
        batch = Batch(
            payer_id="SBXCO", connector="sandbox", kind="837P", business_date=act.at.business.date(),
            control_number="1", group_number="1", document_id=document.id, claims=1, charge=filing.charge,
            created_at=act.at.business,
        )  # fmt: skip
        session.add(batch)
        session.flush()
        filing.batch_id, filing.accepted_at = batch.id, act.at.business
        practice.advance(bundle.claim, *ACCEPTED, filing=filing)
        ledger.post_charges(session, act, [bundle.claim])
        payer.say(clp(bundle, *words, icn=f"ICN{bundle.claim.id}", remarks=remarks))
        return bundle.claim.id

    return make


@pytest.fixture
def past(session):
    return lambda: list(filed(session, PAYERS))


def brace(**fields):
    return {"lines": ({"procedure_code": BRACE, **fields},)}


def test_a_rule_is_tried_on_denied_and_on_good_claims_with_their_ids(sent, past):
    denied = [sent("CO-16 120.00", **brace()) for _ in range(3)]
    other = sent("CO-50 120.00", **brace(modifiers=["NU"]))
    good = [sent("CO-45 20.00", **brace(modifiers=["NU"])), sent("CO-45 20.00")]
    condition = f'line.code == "{BRACE}" && size(line.modifiers) == 0'
    pack = Pack(name="t", edit=({"id": "own.brace", "title": "T", "each": "line", "when": condition},))
    (found,) = backtest(past(), compile_packs([pack]).edits, SETTINGS, PAYERS)
    assert (found.denied, found.good) == (4, 2)
    assert sorted(found.stopped) == sorted(denied)
    assert found.held == []
    assert found.reasons == {"CO-16": 3}
    assert other not in found.stopped + good
    assert "stopped 3 of 4 denied claims (360.00 refused)" in found.told()
    assert "held 0 of 2 good ones (0.00 billed)" in found.told()


def test_what_a_rule_would_have_saved_and_delayed_is_told_in_dollars(sent, past):
    sent("CO-16 50.00", "CO-45 20.00", **brace())
    sent("CO-45 20.00", **brace())
    pack = Pack(
        name="t", edit=({"id": "own.brace", "title": "T", "when": f'lines.exists(l, l.code == "{BRACE}")'},)
    )
    (found,) = backtest(past(), compile_packs([pack]).edits, SETTINGS, PAYERS)
    assert (found.refused, found.billed) == (Decimal("50.00"), Decimal("120.00"))
    assert found.as_json()["refused"] == "50.00"


def test_a_rule_is_tried_on_the_claim_as_it_was_filed_not_as_it_was_corrected(session, sent, past):
    id = sent("CO-4 120.00", lines=({"procedure_code": KNEE, "modifiers": ["22"]},))
    load_bundle(session, id).lines[0].modifiers = ["RT"]
    session.flush()
    (found,) = backtest(past(), [explain("modifier.22_unexplained")], SETTINGS, PAYERS)
    assert found.stopped == [id]


def test_what_a_payer_keeps_refusing_becomes_a_draft_that_spares_the_good_claims(session, sent, past):
    for _ in range(3):
        sent("CO-16 120.00", remarks=("N822",), **brace())
    sent("CO-50 120.00", **brace())
    sent("CO-45 20.00", **brace(modifiers=["NU"]))
    before = past()
    numbers = line_numbers(session, [denial for one in before for denial in one.denials])
    (draft,) = suggest(before, numbers, SETTINGS, PAYERS)
    assert (draft.pattern.code, draft.pattern.reason, draft.pattern.remarks) == (BRACE, "CO-16", ("N822",))
    assert (draft.denials, draft.amount) == (3, Decimal("360.00"))
    assert draft.pack.edit[0].when == f'line.code == "{BRACE}" && size(line.modifiers) == 0'
    assert (len(draft.backtest.stopped), len(draft.backtest.held)) == (4, 0)
    written = Pack.model_validate({"name": "kept", **tomllib.loads(draft.toml)})
    assert compile_packs([written], PAYERS).edits[0].for_payers == {"SBXCO"}


def test_what_is_the_patients_or_the_contracts_is_no_pattern(session, sent, past):
    for _ in range(3):
        sent("CO-45 20.00", "PR-1 100.00")
    before = past()
    assert suggest(before, {}, SETTINGS, PAYERS) == []
    assert all(not one.denials for one in before)


def test_fewer_denials_than_asked_for_make_no_draft(session, sent, past):
    sent("CO-16 120.00", **brace())
    before = past()
    numbers = line_numbers(session, [denial for one in before for denial in one.denials])
    assert suggest(before, numbers, SETTINGS, PAYERS, at_least=2) == []
    assert len(suggest(before, numbers, SETTINGS, PAYERS, at_least=1)) == 1
