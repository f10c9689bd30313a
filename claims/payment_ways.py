"""What a decision does on what payers paid: payments that wait, claims of them without a place, variances."""

from typing import TYPE_CHECKING

from claims.archive import document
from claims.errors import BadInput, NotAllowed
from claims.lifecycle import Change
from claims.model import Remittance
from claims.money import payments, provider_level, remittance, unmatched
from claims.money.disputes import decided

if TYPE_CHECKING:
    from claims.decisions import Decision


def assign(decision: "Decision") -> list[Change]:
    if decision.value is None:
        raise BadInput("To which claim?", tip="Name it with --value CLAIM.")
    return unmatched.assign(
        decision.session, decision.act, decision.subject_id, decision.value, decision.payers
    )


def post_again(decision: "Decision", another: str = "") -> list[Change]:
    """A payment that could not be posted, from the file that was kept."""
    session, kind = decision.session, decision.item.subject.partition(":")[0]
    id = decision.subject_id
    kept = document(session, session.get_one(Remittance, id).document_id if kind == "remittance" else id)
    posted = payments.post_again(session, decision.act, kept, decision.payers, another)
    mine = [each for each in posted if each.remittance is not None and each.remittance.id == id]
    if any(each.is_queued for each in mine or posted):
        raise NotAllowed("It cannot be posted yet.", tip="Its work item says why; mend that first.")
    return []


def another_payment(decision: "Decision") -> list[Change]:
    """One with the number of a payment that came before, of which a person says that it is none of those."""
    return post_again(decision, another=decision.subject_id)


def not_ours(decision: "Decision") -> list[Change]:
    if decision.item.subject.startswith("remittance:"):
        remittance.set_aside(decision.session, decision.subject_id)
    return []


def take_back(decision: "Decision") -> list[Change]:
    return provider_level.take_back(decision.session, decision.act, decision.claim, decision.subject_id)


def on_payment(decision: "Decision") -> list[Change]:
    """A payment that is not what the contract says: disputed, accepted or reported."""
    return decided(decision.claim, decision.option, decision.story)
