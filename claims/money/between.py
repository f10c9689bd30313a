"""Between whom a payment goes: which of our payers sends it, and whether one of our providers gets it."""

from collections.abc import Collection, Mapping

from sqlmodel import Session, col, select

from claims.model import Filing, Payer, Provider
from claims.model.among import among
from claims.x12.remit835 import Remittance835
from config.payers import PayerProfile


def payer_of(
    session: Session,
    remittance: Remittance835,
    pcns: Collection[str],
    payers: Mapping[str, PayerProfile],
) -> str | None:
    """Our payer: by the ids and the name that the 835 gives, else the only one its claims were filed with."""
    known: dict[str, str] = {}
    for payer in session.exec(select(Payer)):
        aliases = payers[payer.id].aliases if payer.id in payers else ()
        known |= {name.upper(): payer.id for name in (payer.id, payer.name, *aliases)}
    party = remittance.payer
    for name in (party.reference("2U"), party.id, party.last):
        if name.upper() in known:
            return known[name.upper()]
    filed = session.exec(select(Filing.payer_id).where(among(col(Filing.pcn), pcns)).distinct()).all()
    return filed[0] if len(filed) == 1 else None


def stranger(session: Session, remittance: Remittance835) -> list[str]:
    """Why the payment is somebody else's: its payee (NPI, tax id) is none of our providers.

    A payee that gives neither is not doubted.
    """
    payee = remittance.payee
    told = payee.id if payee.id_qualifier in ("XX", "FI") else ""
    numbers = {each.replace("-", "") for each in (told, payee.reference("TJ"))} - {""}
    ours = select(Provider.id).where(among(col(Provider.npi), numbers) | among(col(Provider.tax_id), numbers))
    if not numbers or session.exec(ours.limit(1)).first():
        return []
    return [f"It is for {' or '.join(sorted(numbers))}, which is no NPI and no tax id of our providers."]
