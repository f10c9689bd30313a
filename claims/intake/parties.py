"""People, payers and providers of visits as rows: found by their key, added once, their gaps filled.

What is stored is never overwritten by a file: a claim under way must not change because of an import, and a
person's correction must not be undone by the source that was wrong. Differences are counted and told.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, col, select

from claims.events import keyring
from claims.intake import values as v
from claims.intake.fields import SUBSCRIBER
from claims.intake.visit import Person, Visit, VisitCoverage, VisitPatient, VisitProvider
from claims.model import Coverage, Patient, Payer, Provider, ProviderKind
from config.payers import PayerProfile

Row = TypeVar("Row", bound=SQLModel)

UNKNOWN_PAYER = "UNKNOWN"
"""The payer of a coverage whose payer the source does not identify; its claims are held at intake."""
LONGEST_PAYER_NAME = 60


class PayerNames:
    """Which payer a source means: by a profile's id, alias or name, in whatever letter case."""

    def __init__(self, payers: Mapping[str, PayerProfile]) -> None:
        self._profiles: dict[str, PayerProfile] = {}
        for profile in payers.values():
            for word in (profile.id, *profile.aliases, profile.name):
                self._profiles.setdefault(word.upper(), profile)

    def payer(self, payer_id: str | None, name: str | None) -> tuple[str, str]:
        """Id and name: the profile's, else the source's own id, else those of the unknown payer."""
        asked = (v.clean(text).upper() for text in (payer_id, name) if text)
        profile = next((self._profiles[text] for text in asked if text in self._profiles), None)
        if profile is not None:
            return profile.id, profile.name
        own = v.Troubles().take(v.PAYER, payer_id, "")
        if own is not None:
            return own, v.clean(name or own)[:LONGEST_PAYER_NAME]
        return UNKNOWN_PAYER, "PAYER NOT IDENTIFIED"


def provider_key(provider: VisitProvider) -> str:
    """``npi:`` with the NPI, else a hash of what is known."""
    if provider.npi:
        return f"npi:{provider.npi}"
    known = (provider.person, provider.name, provider.given, provider.tax_id, provider.line1, provider.postal)
    return "name:" + hashlib.sha256(repr(known).upper().encode()).hexdigest()[:32]


class Parties:
    """Rows of one import. Call ``load`` for a chunk of visits, then ask for each; ``differing`` counts."""

    def __init__(self, session: Session, payers: Mapping[str, PayerProfile]) -> None:
        self.session, self.payers = session, PayerNames(payers)
        self.keys = keyring(session)
        self.differing: set[str] = set()
        self._rows: dict[tuple[type[SQLModel], str], SQLModel] = {}

    def load(self, visits: Iterable[Visit]) -> None:
        """Find or add what the visits refer to, layer by layer, as the foreign keys need it."""
        visits = list(visits)
        self._find(Patient, col(Patient.source_index), {self._patient_index(each) for each in visits})
        providers = [p for visit in visits for p in providers_of(visit)]
        self._find(Provider, col(Provider.source_key), {provider_key(p) for p in providers})
        payers = dict(self.payers.payer(c.payer_id, c.payer_name) for each in visits for c in each.coverages)
        self._find(Payer, col(Payer.id), set(payers))
        for provider in providers:
            self.provider(provider)
        for id_, name in payers.items():
            self._add(Payer, id_, {"id": id_, "name": name})
        for visit in visits:
            self.patient(visit)
        self.session.flush()
        indexes = {self._coverage_index(visit, c) for visit in visits for c in visit.coverages}
        self._find(Coverage, col(Coverage.source_index), indexes)
        for visit in visits:
            self.coverages(visit)
        self.session.flush()

    def patient(self, visit: Visit) -> Patient:
        index = self._patient_index(visit)
        return self._add(Patient, index, _plain(visit.patient) | {"source_index": index})

    def provider(self, provider: VisitProvider | None) -> Provider | None:
        if provider is None:
            return None
        key = provider_key(provider)
        values = _plain(provider) | {"source_key": key, "name": provider.name or ""}
        values["kind"] = ProviderKind.PERSON if provider.person else ProviderKind.ORGANIZATION
        return self._add(Provider, key, values)

    def coverages(self, visit: Visit) -> list[Coverage]:
        return [self._coverage(visit, coverage) for coverage in visit.coverages]

    def _coverage(self, visit: Visit, coverage: VisitCoverage) -> Coverage:
        index = self._coverage_index(visit, coverage)
        payer_id, _ = self.payers.payer(coverage.payer_id, coverage.payer_name)
        said = coverage.payer_name if payer_id == UNKNOWN_PAYER else None
        values = _plain(coverage) | {
            "source_index": index,
            "patient_id": self.patient(visit).id,
            "payer_id": payer_id,
            "plan_name": coverage.plan_name or (v.clean(said)[:LONGEST_PAYER_NAME] if said else None),
            **_member(self.keys.blind_index, coverage.member_id),
        }
        for name in SUBSCRIBER if coverage.subscriber else ():
            values[f"subscriber_{name}"] = getattr(coverage.subscriber, name)
        return self._add(Coverage, index, values)

    def _patient_index(self, visit: Visit) -> str:
        return self.keys.blind_index("patient", visit.source_system, visit.patient.source_key)

    def _coverage_index(self, visit: Visit, coverage: VisitCoverage) -> str:
        named = (coverage.payer_id, coverage.payer_name, coverage.member_id, coverage.sequence)
        return self.keys.blind_index("coverage", self._patient_index(visit), *(part or "" for part in named))

    def _find(self, table: type[Row], column: Any, keys: set[str]) -> None:
        wanted = [key for key in keys if (table, key) not in self._rows]
        for row in self.session.exec(select(table).where(column.in_(wanted))):
            self._rows[table, str(getattr(row, column.key))] = row

    def _add(self, table: type[Row], key: str, values: dict[str, Any]) -> Row:
        known = {name: value for name, value in values.items() if name in table.model_fields}
        row = self._rows.get((table, key))
        if not isinstance(row, table):
            row = self._rows[table, key] = table(**known)
            self.session.add(row)
            return row
        for name, value in known.items():
            there = getattr(row, name)
            if value is not None and there in (None, ""):
                setattr(row, name, value)
            elif value is not None and value != there and table is not Payer:
                self.differing.add(f"{table.__name__.lower()} {getattr(row, 'id', '')}")
        return row


def _member(blind_index: Any, member_id: str | None) -> dict[str, str | None]:
    return {"member_id_index": blind_index("member", member_id) if member_id else None}


def _plain(part: VisitPatient | VisitProvider | VisitCoverage | Person) -> dict[str, Any]:
    return {each.name: getattr(part, each.name) for each in fields(part)}


def providers_of(visit: Visit) -> list[VisitProvider]:
    named = (visit.billing, visit.rendering, visit.referring, visit.facility, visit.attending)
    return [p for p in (*named, *(line.rendering for line in visit.lines)) if p is not None]
