"""All denials of one kind in one go: each claim with its own event, none that is not of the kind."""

from decimal import Decimal

import pytest
from remits import clp

from claims import lifecycle
from claims.bundle import load_bundle
from claims.errors import BadInput, NotAllowed
from claims.events import Act
from claims.model import Actor, EventRow, Stage, WorkItem
from claims.money.patterns import Pattern, patterns, work_pattern
from claims.money.settle import after_adjudication

N290 = Pattern("SBXCO", "CO-16", "N290")


@pytest.fixture
def denied(accepted, payer, session, act, payers):
    """Denials as a payer gives them; each claim is held for its decision."""

    def make(*words: str, remarks: tuple[str, ...] = ()):
        bundle = accepted()
        payer.say(clp(bundle, *words, remarks=remarks))
        fresh = load_bundle(session, bundle.claim.id)
        lifecycle.apply(session, after_adjudication(session, act, [fresh], payers), act)
        session.flush()
        return fresh.claim

    return make


@pytest.fixture
def work(session, biller, payers):
    def run(option, reason="one cause", pattern=N290, by=biller, **more):
        return work_pattern(session, by, pattern, option, reason, payers, **more)

    return run


def test_a_pattern_is_worked_in_one_go_and_the_rest_is_left_alone(denied, work, session):
    same = [denied("CO-16 120.00", remarks=("N290",)) for _ in range(3)]
    others = [
        denied("CO-16 120.00", remarks=("M76",)),
        denied("CO-16 60.00", "CO-50 60.00", remarks=("N290",)),
    ]
    worked = work("correct")
    assert (sorted(worked.done), worked.left) == (sorted(claim.id for claim in same), {})
    assert worked.amount == Decimal("360.00")
    assert {claim.stage for claim in same} == {Stage.INTAKE}
    assert {claim.stage for claim in others} == {Stage.DENIAL}
    for claim in same:
        events = session.query(EventRow).filter_by(subject=claim.id, kind="corrected").all()
        assert [(event.actor, event.note) for event in events] == [("bea", "one cause")]
    assert work("correct").done == []


def test_what_waits_is_listed_by_pattern_with_the_options_of_all_its_claims(denied, session):
    for _ in range(2):
        denied("CO-16 120.00", remarks=("N290",))
    denied("CO-16 90.00", remarks=("MA130",))
    found = patterns(session)
    assert [(row["reason"], row["remark"], row["claims"], row["amount"]) for row in found] == [
        ("CO-16", "N290", 2, "240.00"),
        ("CO-16", "MA130", 1, "90.00"),
    ]
    assert found[0]["options"] == ["correct", "appeal", "write_off"]
    assert found[1]["options"] == ["correct", "write_off"]


def test_a_claim_that_cannot_be_decided_so_stays_as_it_was_and_the_next_one_goes_on(denied, work, session):
    taken, free = (denied("CO-16 120.00", remarks=("N290",)) for _ in range(2))
    item = session.query(WorkItem).filter_by(claim_id=taken.id).one()
    item.options = [option for option in item.options if option["id"] != "write_off"]
    session.flush()
    worked = work("write_off")
    assert worked.done == [free.id]
    assert "write_off is no option" in worked.left[taken.id]
    assert (taken.stage, free.stage) == (Stage.DENIAL, Stage.CLOSED)


def test_no_more_than_were_asked_for(denied, work):
    for _ in range(3):
        denied("CO-16 120.00", remarks=("N290",))
    assert [len(work("correct", most=2).done), len(work("correct", most=2).done)] == [2, 1]


def test_only_a_named_biller_or_coder_with_a_reason_and_a_known_option(denied, work, session, act):
    denied("CO-16 120.00", remarks=("N290",))
    session.add(Actor(name="otto", roles=["ops"], since=act.at.real))
    session.flush()
    for actor in (act, Act("otto", act.at), Act("prefect-ui, unattributed", act.at)):
        with pytest.raises(NotAllowed):
            work("correct", by=actor)
    for option, reason in (("forget", "so"), ("correct", " ")):
        with pytest.raises(BadInput):
            work(option, reason)
