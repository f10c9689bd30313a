"""What a decision does on a denial, an appeal of it, a write-off, or the records that a payer wants."""

from typing import TYPE_CHECKING

from sqlmodel import select

from claims import appeal_forwarding, appeals, records
from claims.archive import archive, document
from claims.bundle import load_bundle
from claims.errors import BadInput
from claims.lifecycle import Change
from claims.model import Appeal
from claims.money import decisions as denials

if TYPE_CHECKING:
    from claims.decisions import Decision


def on_denial(decision: "Decision") -> list[Change]:
    bundle = load_bundle(decision.session, decision.claim.id)
    return denials.decide(
        decision.session,
        decision.act,
        bundle,
        decision.option,
        decision.reason,
        decision.payers,
        decision.value,
        decision.office,
    )


def approve_write_off(decision: "Decision") -> list[Change]:
    bundle = load_bundle(decision.session, decision.claim.id)
    return denials.approve_write_off(
        decision.session,
        decision.act,
        bundle,
        decision.chosen[0],
        decision.reason,
        decision.payers,
        decision.office,
    )


def approve(decision: "Decision") -> list[Change]:
    return appeals.approve(decision.session, decision.act, _drafted(decision))


def _drafted(decision: "Decision") -> Appeal:
    drafted = select(Appeal).where(Appeal.claim_id == decision.claim.id, Appeal.state == "drafted")
    return decision.session.exec(drafted).one()


def drop(decision: "Decision") -> list[Change]:
    return appeals.drop(decision.session, decision.act, _drafted(decision), decision.story)


def not_forwarded(decision: "Decision") -> list[Change]:
    return appeal_forwarding.not_forwarded(decision.session, decision.act, decision.claim, decision.story)


def enclose(decision: "Decision") -> list[Change]:
    if decision.value is None:
        raise BadInput("Which records?", tip="Name the file with --value FILE.")
    return appeals.enclose(
        decision.session,
        decision.act,
        _drafted(decision),
        decision.value,
        decision.payers,
        decision.office,
    )


def send_records(decision: "Decision") -> list[Change]:
    """The document that was named, else the biller's own words."""
    session, act = decision.session, decision.act
    if decision.value is None:
        content = decision.reason.encode()
        paper = archive(session, content, kind="records", direction="own", at=act.at.real)
    else:
        paper = document(session, decision.value)
    return records.approve(session, act, load_bundle(session, decision.claim.id), paper.id)


def answered(decision: "Decision") -> list[Change]:
    return records.answered(load_bundle(decision.session, decision.claim.id), decision.story)
