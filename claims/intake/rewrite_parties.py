"""Correcting who pays and who provided: another payer is another coverage, another NPI another provider."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from claims.bundle import Bundle
from claims.events import keyring
from claims.intake.parties import UNKNOWN_PAYER, PayerNames
from claims.model import Coverage, Payer, Provider, ProviderKind
from claims.model.types import new_id
from config.payers import PayerProfile

_PERSONS = ("rendering", "referring", "attending")


def set_coverage(
    session: Session, bundle: Bundle, payers: Mapping[str, PayerProfile], field: str, value: Any
) -> None:
    """Change the coverage that the claim is billed under; a claim without one gets one."""
    coverage = bundle.coverage or _new_coverage(session, bundle)
    if field == "payer_id":
        coverage = _with_payer(
            session, bundle, coverage, _stored(session, *PayerNames(payers).payer(value, None))
        )
    else:
        setattr(coverage, field, value)
    if field == "member_id":
        coverage.member_id_index = keyring(session).blind_index("member", value) if value else None
    session.add(coverage)
    session.flush()
    _bill(bundle, coverage, session)


def _new_coverage(session: Session, bundle: Bundle) -> Coverage:
    payer = _stored(session, *PayerNames({}).payer(None, None))
    index = keyring(session).blind_index("coverage of claim", bundle.claim.id)
    return Coverage(source_index=index, patient_id=bundle.patient.id, payer_id=payer.id)


def _with_payer(session: Session, bundle: Bundle, coverage: Coverage, payer: Payer) -> Coverage:
    """Other claims may be billed under the coverage: only a payer that nobody knew is replaced in place."""
    if coverage.payer_id in (UNKNOWN_PAYER, payer.id):
        coverage.payer_id = payer.id
        return coverage
    copied = coverage.model_dump(exclude={"id", "source_index", "payer_id"})
    index = keyring(session).blind_index("coverage of claim", bundle.claim.id, new_id())
    return Coverage(**copied, source_index=index, payer_id=payer.id)


def _bill(bundle: Bundle, coverage: Coverage, session: Session) -> None:
    bundle.coverage = coverage
    bundle.payer = session.get(Payer, coverage.payer_id)
    if all(each.id != coverage.id for each in bundle.coverages):
        bundle.coverages.append(coverage)
    bundle.claim.coverage_id, bundle.claim.payer_id = coverage.id, coverage.payer_id


def _stored(session: Session, payer_id: str, name: str) -> Payer:
    payer = session.get(Payer, payer_id)
    if payer is None:
        payer = Payer(id=payer_id, name=name)
        session.add(payer)
        session.flush()
    return payer


def set_provider(session: Session, bundle: Bundle, role: str, field: str, value: Any) -> None:
    """Change a provider's details for all its claims, or with another NPI let the claim name another one."""
    current = bundle.provider(getattr(bundle.claim, f"{role}_id"))
    if field == "npi":
        current = _by_npi(session, current, role, value)
    else:
        current = current or _new(role, f"claim:{bundle.claim.id}:{role}")
        setattr(current, field, value)
    session.add(current)
    session.flush()
    bundle.providers[current.id] = current
    setattr(bundle.claim, f"{role}_id", current.id)


def _by_npi(session: Session, current: Provider | None, role: str, npi: str) -> Provider:
    key = f"npi:{npi}"
    there = session.exec(select(Provider).where(Provider.source_key == key)).first()
    if there is not None:
        return there
    if current is not None and not current.npi:
        current.npi, current.source_key = npi, key
        return current
    found = _new(role, key)
    found.npi = npi
    return found


def _new(role: str, key: str) -> Provider:
    kind = ProviderKind.PERSON if role in _PERSONS else ProviderKind.ORGANIZATION
    if not key.startswith("npi:"):
        key = "name:" + hashlib.sha256(key.encode()).hexdigest()[:32]
    return Provider(source_key=key, kind=kind, name="")
