"""What a decision on a coding item does: mend, ask, accept, void; a clinician's and a reviewer's answers."""

from typing import TYPE_CHECKING

from claims import manage
from claims.bundle import load_bundle
from claims.coding import accepted, audits, queries, silence
from claims.coding.together import merged
from claims.errors import BadInput
from claims.intake.correct import correct
from claims.lifecycle import Change
from claims.transitions import Event

if TYPE_CHECKING:
    from claims.decisions import Decision

IN_THE_UI = "decided in the Prefect UI"
"""The reason of a decision that came without words; it is no question and no answer."""
ACCEPTED = "finding_accepted"


def fix(decision: "Decision") -> list[Change]:
    """Set the fields of all the fixes that were chosen; the claim goes through every check again."""
    bundle = load_bundle(decision.session, decision.claim.id)
    sets = merged(bundle, [option["sets"] for option in decision.chosen])
    return correct(decision.session, decision.act, bundle, sets, decision.reason, decision.payers)


def query(decision: "Decision") -> list[Change]:
    """Ask the clinician in the coder's own words, which are the reason, or in those of the kind.

    Where more was decided, the reason is about all of it, and the kind's words are asked.
    """
    bundle = load_bundle(decision.session, decision.claim.id)
    kind_id, words = decision.option.removeprefix("ask-"), _words(decision) if decision.alone else ""
    queries.ask(decision.session, decision.act, bundle, kind_id, words, fields=decision.item.fields)
    return []


def accept(decision: "Decision") -> list[Change]:
    """The finding stays as a note; the claim is judged again at once or with its next run."""
    (chosen,) = decision.chosen
    accepted.accept(
        decision.session, decision.act, decision.claim, chosen["finding"], chosen["place"], chosen["because"],
        decision.reason,
    )  # fmt: skip
    return _released(decision) or [Change(decision.claim, ACCEPTED, decision.story)]


def used(decision: "Decision") -> list[Change]:
    """The clinician's answer changes no code."""
    queries.use(decision.session, decision.act, decision.claim)
    return _released(decision)


def void(decision: "Decision") -> list[Change]:
    manage.void(decision.session, decision.act, decision.claim, decision.reason, decision.payers)
    return []


def answer(decision: "Decision") -> list[Change]:
    """A choice by its number, words as the reason, or both."""
    option = decision.option
    choice = option.removeprefix("choice-") if option.startswith("choice-") else None
    if choice is None and not _words(decision):
        raise BadInput(
            "This answer needs words.",
            tip="Give them with `cleanclaim queries answer --text`, not through Prefect.",
        )
    queries.answer(decision.session, decision.act, decision.subject_id, _words(decision), choice)
    return []


def ask_again(decision: "Decision") -> list[Change]:
    silence.ask_again(decision.session, decision.act, decision.subject_id)
    return []


def withdraw(decision: "Decision") -> list[Change]:
    queries.withdraw(decision.session, decision.act, decision.subject_id, decision.reason)
    return []


def agree(decision: "Decision") -> list[Change]:
    audits.agree(decision.session, decision.act, decision.subject_id, decision.reason)
    return []


def disagree(decision: "Decision") -> list[Change]:
    """The right codes come as ``value``: `line.1.procedure_code=99213 diagnosis.2=`."""
    audits.disagree(
        decision.session, decision.act, decision.subject_id, audits.parse(decision.value), decision.reason,
        decision.payers,
    )  # fmt: skip
    return []


def _words(decision: "Decision") -> str:
    return "" if decision.reason == IN_THE_UI else decision.reason


def _released(decision: "Decision") -> list[Change]:
    if not decision.claim.hold_reason:
        return []
    return [Change(decision.claim, Event.RELEASED, decision.story, next_action_at=decision.act.at.business)]
