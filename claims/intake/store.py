"""Visits to rows: encounters, and for each finished visit one claim, opened through the one door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from claims import lifecycle
from claims.bundle import load_bundles
from claims.events import Act, Story, keyring
from claims.intake.charge_map import ChargeMap, remember
from claims.intake.completeness import complete
from claims.intake.parties import Parties
from claims.intake.visit import UNDATED, Reading, Visit
from claims.model import Claim, ClaimDiagnosis, ClaimLine, Coverage, Document, Encounter
from claims.model.among import among
from claims.model.types import new_id
from claims.money.ledger import post_charges
from claims.particulars import named
from claims.portions import in_portions
from claims.transitions import Event
from config.payers import PayerProfile

CHUNK = 500
CLAIM_FIELDS = (
    "form", "facility_code", "authorization_number", "referral_number", "clia", "accident", "accident_state",
    "accident_date", "institutional", "note", "particulars",
)  # fmt: skip
LINE_FIELDS = (
    "procedure_code", "modifiers", "charge", "units", "unit_kind", "revenue_code", "place_of_service",
    "from_date", "through_date", "pointers", "ndc", "ndc_units", "ndc_unit_kind", "source_system",
    "source_code", "particulars",
)  # fmt: skip


@dataclass
class Stored:
    """What came of a file's visits. ``missing`` counts the claims that each missing field holds back."""

    claims: list[str] = field(default_factory=list)
    planned: int = 0
    held: int = 0
    known: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)


class Store:
    """Stores the visits of one document, in chunks, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        act: Act,
        document: Document,
        payers: Mapping[str, PayerProfile],
        charge_map: ChargeMap,
    ) -> None:
        self.session, self.act, self.document = session, act, document
        self.payers, self.charge_map = payers, charge_map
        self.parties = Parties(session, payers)
        self.stored = Stored()
        self._first_seen: dict[str, str] = {}

    def visits(self, reading: Reading) -> Stored:
        """Every visit: as a claim, as a planned visit, or as known already."""
        remember(self.session, self.charge_map, self.act.at.business)
        for visits in in_portions(reading.visits, CHUNK):
            self._chunk(visits, reading.kind)
        if self.parties.differing:
            self.stored.messages.append(
                f"{len(self.parties.differing)} patients, coverages or providers are stored with other "
                "details; the stored ones were kept."
            )
        return self.stored

    def _chunk(self, visits: Sequence[Visit], kind: str) -> None:
        fresh = self._fresh(visits)
        self.parties.load(visit for visit, _ in fresh)
        opened = []
        for visit, encounter in fresh:
            self.stored.messages += visit.troubles
            self._encounter(visit, encounter)
            if visit.planned:
                self.stored.planned += 1
            else:
                opened.append((visit, encounter))
        self.session.flush()
        self._open(opened, kind)

    def _fresh(self, visits: Sequence[Visit]) -> list[tuple[Visit, Encounter]]:
        """The visits that are new, or were only planned so far, each with its encounter."""
        keys = {id(visit): self._indexes(visit) for visit in visits}
        wanted = [index for indexes in keys.values() for index in indexes]
        rows = self.session.exec(select(Encounter).where(among(col(Encounter.source_index), wanted)))
        there = {row.source_index: row for row in rows}
        fresh = []
        for visit in visits:
            index = keys[id(visit)][0]
            known = next((there[key] for key in keys[id(visit)] if key in there), None)
            if index in self._first_seen:
                told = f"{visit.where}: repeats the visit at {self._first_seen[index]}; left out."
                self._skip(told)
            elif known is not None and (visit.planned or not known.planned):
                self._reschedule(visit, known)
                self._skip(f"{visit.where}: already known; left out.")
            elif visit.planned and visit.starts_on is None:
                self.stored.messages.append(f"{visit.where}: a planned visit needs its day; left out.")
            else:
                fresh.append(
                    (visit, known or Encounter(source_index=index, starts_on=UNDATED, ends_on=UNDATED))
                )
            self._first_seen.setdefault(index, visit.where)
        return fresh

    def _indexes(self, visit: Visit) -> list[str]:
        keys = keyring(self.session)
        ids = [visit.source_id, *([visit.supersedes] if visit.supersedes else [])]
        return [keys.blind_index("visit", visit.source_system, id_) for id_ in ids]

    def _skip(self, told: str) -> None:
        self.stored.known += 1
        self.stored.messages.append(told)

    def _reschedule(self, visit: Visit, known: Encounter) -> None:
        if visit.planned and known.planned and visit.starts_on is not None:
            known.starts_on, known.ends_on = visit.starts_on, visit.ends_on or visit.starts_on

    def _encounter(self, visit: Visit, encounter: Encounter) -> None:
        visit.settle_dates()
        rendering = self.parties.provider(visit.rendering)
        encounter.document_id, encounter.patient_id = self.document.id, self.parties.patient(visit).id
        encounter.rendering_id = rendering.id if rendering else None
        encounter.planned = visit.planned
        encounter.starts_on = visit.starts_on or UNDATED
        encounter.ends_on = visit.ends_on or encounter.starts_on
        self.session.add(encounter)

    def _open(self, visits: list[tuple[Visit, Encounter]], kind: str) -> None:
        stories = [self._story(visit, kind) for visit, _ in visits]
        pcns = self._free_pcns([visit for visit, _ in visits])
        claims = [self._claim(*pair, pcns) for pair in visits]
        lifecycle.open_claims(self.session, zip(claims, stories, strict=True), self.act)
        for claim, (visit, _) in zip(claims, visits, strict=True):
            self.session.add_all([*self._lines(claim, visit), *diagnoses_of(claim, visit)])
        self.session.flush()
        post_charges(self.session, self.act, claims)
        self.stored.claims += [claim.id for claim in claims]
        self._complete([claim.id for claim in claims])

    def _story(self, visit: Visit, kind: str) -> Story:
        """Translates and settles the visit, and tells what its source said."""
        said = repr(visit).encode("utf-8", "replace")
        self.charge_map.apply(visit)
        facts: dict[str, Any] = {"document": self.document.id, "format": kind, "place": visit.where}
        if uncoded := visit.uncoded():
            facts["uncoded"] = uncoded[:50]
        if visit.troubles:
            facts["unread"] = visit.troubles[:50]
        kept = [visit.particulars, *(line.particulars for line in visit.lines)]
        if carried := {name for particulars in kept for name in named(particulars)}:
            facts["carried"] = sorted(carried)
        visit.settle_diagnoses()
        versions = {"charge_map": self.charge_map.digest} if self.charge_map.digest else {}
        return Story("A finished visit was imported.", facts, versions, said)

    def _free_pcns(self, visits: list[Visit]) -> set[str]:
        """The source's own claim numbers that are not taken yet."""
        wanted = {visit.pcn for visit in visits if visit.pcn}
        taken = self.session.exec(select(Claim.pcn).where(among(col(Claim.pcn), wanted))).all()
        return wanted - set(taken)

    def _claim(self, visit: Visit, encounter: Encounter, free: set[str]) -> Claim:
        id_ = new_id()
        pcn = visit.pcn if visit.pcn in free else None
        free.discard(pcn or "")
        coverage = next(iter(self.parties.coverages(visit)), None)
        charges = (line.charge for line in visit.lines if line.charge is not None)
        values: dict[str, Any] = {name: getattr(visit, name) for name in CLAIM_FIELDS}
        values |= _billed_to(coverage) | self._provider_ids(visit)
        return Claim(
            id=id_,
            pcn=pcn or id_.upper(),
            encounter_id=encounter.id,
            patient_id=encounter.patient_id,
            from_date=encounter.starts_on,
            through_date=encounter.ends_on,
            charge=sum(charges, Decimal("0.00")),
            created_at=self.act.at.business,
            **values,
        )

    def _provider_ids(self, visit: Visit) -> dict[str, str | None]:
        roles = ("billing", "rendering", "referring", "facility", "attending")
        rows = {role: self.parties.provider(getattr(visit, role)) for role in roles}
        return {f"{role}_id": row.id if row else None for role, row in rows.items()}

    def _lines(self, claim: Claim, visit: Visit) -> list[ClaimLine]:
        lines = []
        for number, line in enumerate(visit.lines, 1):
            values = {name: getattr(line, name) for name in LINE_FIELDS}
            values["from_date"] = values["from_date"] or claim.from_date
            values["through_date"] = values["through_date"] or claim.through_date
            rendering = self.parties.provider(line.rendering)
            rendering_id = rendering.id if rendering else None
            lines.append(ClaimLine(claim_id=claim.id, number=number, rendering_id=rendering_id, **values))
        return lines

    def _complete(self, claim_ids: list[str]) -> None:
        bundles = load_bundles(self.session, claim_ids)
        changes = complete(self.session, self.act, bundles, self.payers)
        lifecycle.apply(self.session, changes, self.act)
        for change in changes:
            if change.event is Event.HELD:
                self.stored.held += 1
                for name in {general(field) for field in change.story.facts["fields"]}:
                    self.stored.missing[name] = self.stored.missing.get(name, 0) + 1


def general(name: str) -> str:
    """``line.3.charge`` as ``line.charge``: for counting."""
    return ".".join(part for part in name.split(".") if not part.isdecimal())


def _billed_to(coverage: Coverage | None) -> dict[str, str | None]:
    if coverage is None:
        return {"coverage_id": None, "payer_id": None}
    return {"coverage_id": coverage.id, "payer_id": coverage.payer_id}


def diagnoses_of(claim: Claim, visit: Visit) -> list[ClaimDiagnosis]:
    return [
        ClaimDiagnosis(
            claim_id=claim.id,
            position=n,
            qualifier=each.qualifier or ("ABK" if n == 1 else "ABF"),
            code=each.code or "",
            present_on_admission=each.present_on_admission,
        )
        for n, each in enumerate(visit.diagnoses, 1)
    ]
