"""Open denials that no row of the table knew, classified anew once one does: their work moves with them."""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from claims.bundle import load_bundle
from claims.events import Act
from claims.lifecycle import Change
from claims.model import Denial, Remittance, RemittanceClaim, Stage
from claims.money.classify import UNKNOWN, Row, classify
from claims.money.denial_rules import adopted
from claims.money.denials import answers, due_on, standing
from claims.money.ledger import balance
from claims.money.settle import case_of, hold_for_denial
from config.payers import PayerProfile


def reclassify(session: Session, act: Act, payers: Mapping[str, PayerProfile]) -> list[Change]:
    """One change for each claim whose waiting denials are known now: its item goes to the right desk.

    The second time nothing is left to classify."""
    own = adopted(session)
    unknown = select(Denial).where(Denial.denial_class == UNKNOWN, Denial.state == "open")
    known = {each.claim_id for each in session.exec(unknown) if _known(session, each, payers, own)}
    session.flush()
    return [change for id in sorted(known) for change in _held_anew(session, act, id, payers)]


def _known(
    session: Session, denial: Denial, payers: Mapping[str, PayerProfile], own: tuple[Row, ...]
) -> bool:
    payer_id, paid_on = session.exec(
        select(col(Remittance.payer_id), col(Remittance.paid_on))
        .join(RemittanceClaim, col(RemittanceClaim.remittance_id) == col(Remittance.id))
        .where(RemittanceClaim.id == denial.remittance_claim_id)
    ).one()
    kind = payers[payer_id].kind if payer_id in payers else ""
    found = classify(denial.group_code, denial.reason_code, denial.remarks, kind, payer_id, own)
    if not found.is_known:
        return False
    for name, value in answers(found).items():
        setattr(denial, name, value)
    denial.due_on = due_on(found, paid_on)
    session.add(denial)
    return True


def _held_anew(session: Session, act: Act, claim_id: str, payers: Mapping[str, PayerProfile]) -> list[Change]:
    bundle, denied = load_bundle(session, claim_id), standing(session, [claim_id]).get(claim_id, [])
    if bundle.claim.stage is not Stage.DENIAL or bundle.claim.hold_reason != "denial" or not denied:
        return []
    case = case_of(session, act, bundle, denied, balance(session, claim_id).open, payers)
    return [hold_for_denial(session, act, case)]
