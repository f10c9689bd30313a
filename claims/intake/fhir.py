"""FHIR R4 to visits: an Encounter is a visit, its Claim says what is billed; an Appointment is a planned one.

Without a Claim the lines come from ChargeItems or Procedures. What is not coded for billing stays uncoded:
only the operator's charge map may translate it.
"""

import hashlib
import json
from zoneinfo import ZoneInfo

from claims.errors import BadInput
from claims.intake import fhir_lines
from claims.intake import values as v
from claims.intake.fhir_library import Library
from claims.intake.fhir_parties import coverage, coverage_of, patient, provider
from claims.intake.json_tree import Node
from claims.intake.visit import Reading, Visit, VisitProvider

_FINISHED = {"finished", "completed", "discharged"}
_NEVER = {"cancelled", "entered-in-error", "noshow", "discontinued"}
_INPATIENT = {"IMP", "ACUTE", "NONAC"}
_RENDERING = ("PPRF", "primary", "rendering", "performing", "ATND", "SPRF")
_ATTENDING = ("ATND", "attending")
_REFERRING = ("REF", "referring", "referrer")
_ACCIDENTS = {"MVA": "AA", "WPA": "EM"}
_BILLED_ELSEWHERE = {"pharmacy": "pharmacy", "vision": "vision", "oral": "dental"}


def read(library: Library, kind: str, zone: ZoneInfo) -> Reading:
    """The visits of a file, in its order. Raises BadInput when it holds neither visit nor Claim."""
    if library.types().isdisjoint({"Encounter", "Claim", "Appointment"}):
        raise BadInput(
            "The file holds no Encounter, Claim or Appointment.",
            tip="Export the visits with what they refer to.",
        )
    return _Reader(library, kind, zone).read()


class _Reader:
    def __init__(self, library: Library, kind: str, zone: ZoneInfo) -> None:
        self.library, self.zone = library, zone
        self.reading = Reading(kind)
        self.claims, self.alone = self._claims_by_encounter()

    def read(self) -> Reading:
        for encounter in self.library.all("Encounter"):
            self._encounter(encounter)
        for claim in self.alone:
            self.reading.visits.append(self._visit(claim, None, [claim]))
        for appointment in self.library.all("Appointment"):
            self._appointment(appointment)
        self.reading.messages += self.library.troubles.lines
        return self.reading

    def _claims_by_encounter(self) -> tuple[dict[str, list[Node]], list[Node]]:
        """Claims by the path of their Encounter, and those without one."""
        found: dict[str, list[Node]] = {}
        alone = []
        for claim in self.library.all("Claim"):
            if not self._is_ours(claim):
                continue
            references = [e for item in claim.each("item") for e in item.each("encounter")]
            encounters = [e for r in references if (e := self.library.find(r, claim)) is not None]
            if encounters:
                found.setdefault(encounters[0].path, []).append(claim)
            else:
                alone.append(claim)
        return found, alone

    def _is_ours(self, claim: Node) -> bool:
        """A real claim (no preauthorization, no draft) of a kind that this practice bills."""
        if claim.text("use") not in (None, "claim") or claim.text("status") not in (None, "active"):
            return False
        codes = [coding.text("code") or "" for coding in claim.child("type").each("coding")]
        elsewhere = next((_BILLED_ELSEWHERE[code] for code in codes if code in _BILLED_ELSEWHERE), None)
        if elsewhere:
            self.reading.messages.append(f"{claim.path}: a {elsewhere} claim is not billed here; left out.")
        return elsewhere is None

    def _encounter(self, encounter: Node) -> None:
        status = encounter.text("status")
        if status in _NEVER:
            self.reading.messages.append(f"{encounter.path}: the visit did not take place; left out.")
            return
        claims = self.claims.get(encounter.path, [])
        first = self._visit(encounter, encounter, claims[:1])
        first.planned = status not in _FINISHED and not claims
        self.reading.visits.append(first)
        for further in claims[1:]:
            visit = self._visit(encounter, encounter, [further])
            visit.source_id += f" Claim/{further.text('id') or further.path}"
            self.reading.visits.append(visit)

    def _appointment(self, appointment: Node) -> None:
        if appointment.text("status") in _NEVER | {"fulfilled", "completed"}:
            return
        troubles = v.Troubles()
        node = appointment.with_troubles(troubles)
        system, id_ = _source(node)
        actors = [p.child("actor") for p in node.each("participant")]
        people = [
            p for a in actors if (p := self.library.find(a)) and p.value.get("resourceType") == "Patient"
        ]
        visit = Visit(
            system, f"Appointment {id_}", node.path, patient(next(iter(people), None), self.zone, id_)
        )
        visit.planned, visit.starts_on = True, node.day("start", self.zone)
        visit.ends_on = node.day("end", self.zone) or visit.starts_on
        self._coverages(visit, None, next(iter(people), None))
        visit.troubles = troubles.lines
        self.reading.visits.append(visit)

    def _visit(self, owner: Node, encounter: Node | None, claims: list[Node]) -> Visit:
        """``owner`` names the visit: its Encounter, or the Claim that has none."""
        troubles = v.Troubles()
        encounter = (encounter or Node({}, owner.path, troubles)).with_troubles(troubles)
        claim = claims[0].with_troubles(troubles) if claims else None
        system, id_ = _source(owner)
        about = encounter.child("subject") or (
            claim.child("patient") if claim else encounter.child("subject")
        )
        who = self.library.find(about, owner)
        who = who.with_troubles(troubles) if who is not None else None
        visit = Visit(system, id_, owner.path, patient(who, self.zone, f"{system} {id_}"))
        visit.supersedes = self._planned_as(encounter)
        period = encounter.child("period") or (
            claim.child("billablePeriod") if claim else encounter.child("period")
        )
        visit.starts_on = period.day("start", self.zone)
        visit.ends_on = period.day("end", self.zone) or visit.starts_on
        self._providers(visit, encounter, claim)
        self._services(visit, encounter, claim)
        self._coverages(visit, claim, who)
        if claim is not None:
            self._circumstances(visit, claim)
        visit.troubles = troubles.lines
        return visit

    def _planned_as(self, encounter: Node) -> str | None:
        for reference in encounter.each("appointment")[:1]:
            appointment = self.library.find(reference, encounter)
            named = (reference.text("reference") or "").rsplit("/", 1)[-1]
            return f"Appointment {_source(appointment)[1] if appointment is not None else named}"
        return None

    def _providers(self, visit: Visit, encounter: Node, claim: Node | None) -> None:
        billing = claim.child("provider") if claim is not None else Node({}, "", encounter.troubles)
        visit.billing = provider(
            self.library, billing or encounter.child("serviceProvider"), claim or encounter
        )
        team = [(each, "individual") for each in encounter.each("participant")]
        if claim is not None:
            team = [(each, "provider") for each in claim.each("careTeam")] + team
        visit.rendering = self._member(team, _RENDERING)
        visit.attending = self._member(team, _ATTENDING)
        visit.referring = self._member(team, _REFERRING)

    def _member(self, team: list[tuple[Node, str]], roles: tuple[str, ...]) -> VisitProvider | None:
        for role in roles:
            for member, name in team:
                concepts = [member.child("role")] if name == "provider" else member.each("type")
                codes = {coding.text("code") for concept in concepts for coding in concept.each("coding")}
                if role in codes:
                    return provider(self.library, member.child(name), member)
        return None

    def _services(self, visit: Visit, encounter: Node, claim: Node | None) -> None:
        visit.form = "I" if encounter.child("class").text("code") in _INPATIENT else "P"
        if claim is None:
            visit.diagnoses = fhir_lines.encounter_diagnoses(self.library, encounter)
            visit.lines = fhir_lines.encounter_lines(self.library, encounter, self.zone)
            return
        visit.form = "I" if _has_code(claim.child("type"), "institutional") else "P"
        visit.diagnoses = list(fhir_lines.claim_diagnoses(self.library, claim).values())
        if not visit.diagnoses:
            visit.diagnoses = fhir_lines.encounter_diagnoses(self.library, encounter)
        visit.lines = fhir_lines.claim_lines(self.library, claim, visit, self.zone)
        places = {line.place_of_service for line in visit.lines if line.place_of_service}
        if visit.form == "P" and len(places) == 1:
            visit.facility_code = places.pop()

    def _coverages(self, visit: Visit, claim: Node | None, who: Node | None) -> None:
        if claim is not None:
            insured = sorted(claim.each("insurance"), key=lambda each: each.position("sequence") or 1)
            found = [
                coverage(self.library, each.child("coverage"), claim, n, self.zone)
                for n, each in enumerate(insured)
            ]
            visit.coverages = found[:3]
            visit.authorization_number = next(
                (a for each in insured[:1] for a in each.texts("preAuthRef")[:1] if len(a) <= 50), None
            )
        elif who is not None:
            held = [c for c in self.library.naming(who, "Coverage", "beneficiary") if self._covers(c, visit)]
            held = sorted(held, key=lambda each: each.position("order") or 1)[:3]
            visit.coverages = [
                coverage_of(self.library, each, sequence, self.zone)
                for each, sequence in zip(held, "PST", strict=False)
            ]

    def _covers(self, node: Node, visit: Visit) -> bool:
        if node.text("status") not in (None, "active"):
            return False
        period, on = node.child("period"), visit.starts_on
        starts, ends = period.day("start", self.zone), period.day("end", self.zone)
        return on is None or ((starts is None or starts <= on) and (ends is None or on <= ends))

    def _circumstances(self, visit: Visit, claim: Node) -> None:
        accident = claim.child("accident")
        visit.accident_date = accident.day("date", self.zone) if accident else None
        codes = [coding.text("code") for coding in accident.child("type").each("coding")]
        visit.accident = _ACCIDENTS.get(codes[0] or "", "OA") if codes else None
        visit.accident_state = accident.child("locationAddress").take(v.STATE, "state")
        referral = self.library.find(claim.child("referral"), claim)
        if referral is not None:
            visit.referral_number = next(
                (i.take(v.NUMBER, "value") for i in referral.each("identifier")), None
            )


def _has_code(concept: Node, code: str) -> bool:
    return any(coding.text("code") == code for coding in concept.each("coding"))


def _source(node: Node) -> tuple[str, str]:
    """The system and id by which the source knows the resource; its content's hash where it has neither."""
    for identifier in node.each("identifier"):
        if identifier.text("value"):
            return identifier.text("system") or "fhir", identifier.text("value") or ""
    content = json.dumps(node.value, default=str, sort_keys=True).encode("utf-8", "surrogatepass")
    return "fhir", node.text("id") or hashlib.sha256(content).hexdigest()
