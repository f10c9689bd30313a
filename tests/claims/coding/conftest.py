"""People of a coding office, and claims that stand in the review."""

import pytest
from sqlmodel import select
from visits import PAYERS, SETTINGS

from claims import lifecycle
from claims.edits import coding_review
from claims.events import Act
from claims.model import Actor, Stage, WorkItem


@pytest.fixture
def people(session, act):
    """An Act for each of them, by name."""
    roles = {"corin": "coder", "cora": "coder", "hale": "clinician", "fenn": "clinician", "bela": "biller",
             "audra": "auditor", "otto": "ops"}  # fmt: skip
    session.add_all(Actor(name=name, roles=[role], since=act.at.real) for name, role in roles.items())
    session.flush()
    return {name: Act(name, act.at) for name in roles}


@pytest.fixture
def review(session, act):
    def run(*bundles):
        lifecycle.apply(session, coding_review(session, act, bundles, SETTINGS, PAYERS), act)

    return run


@pytest.fixture
def held(practice, review):
    """A claim that the review has held; `fields` are the claim's."""

    def make(**fields):
        bundle = practice.claim(stage=Stage.CODING_REVIEW, **{"diagnoses": ("E11",), **fields})
        review(bundle)
        assert bundle.claim.hold_reason == "coding_findings"
        return bundle

    return make


@pytest.fixture
def item_of(session):
    """The open work item of that kind on the claim."""

    def find(bundle, kind="coding_findings"):
        session.flush()
        found = select(WorkItem).where(
            WorkItem.claim_id == bundle.claim.id,
            WorkItem.kind == kind,
            WorkItem.state.in_(["open", "taken"]),  # type: ignore[attr-defined]
        )
        return session.exec(found).one()

    return find
