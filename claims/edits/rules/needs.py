"""Modifiers that a service cannot do without, and modifiers that cannot stand together."""

import re
from collections.abc import Iterator

from claims.edits.rules.modifiers import TELEHEALTH, TELEHEALTH_PLACES, VISIT, is_visit
from claims.edits.subject import Hit, Subject, edit

HOSPITAL = ("19", "21", "22", "23")
IMAGING = re.compile(r"7\d{4}", re.ASCII)
ANAESTHESIA = re.compile(r"0(?:0[1-9]|1\d)\d\d", re.ASCII)
ANAESTHETISTS = frozenset(("AA", "AD", "QK", "QX", "QY", "QZ"))
THERAPY = re.compile(
    r"970(?:1[0-8]|2[1-8]|3[1-6]|[3-9]\d)|971(?:1[0-6]|24|29|40|50|6[1-8])|92(?:507|508|526)", re.ASCII
)
THERAPISTS = frozenset(("GN", "GO", "GP"))
EQUIPMENT, SUPPLY_KINDS = (
    re.compile(r"E(?!1399)\d{4}|K0\d{3}", re.ASCII),
    frozenset(("NU", "RR", "UE", "MS", "RA", "RB", "KR")),
)
TRANSPORT, TRIP = re.compile(r"A042[6-9]|A043[0-4]", re.ASCII), re.compile(r"[DEGHIJNPRSX]{2}")
SURGERY = re.compile(r"[1-6]\d{4}", re.ASCII)
DRUG, DISCARDED = re.compile(r"J\d{4}", re.ASCII), frozenset(("JW", "JZ"))
LIABILITY = (("GA", "GZ"), ("GA", "GY"), ("GY", "GZ"), ("GX", "GZ"))
COMPONENTS = frozenset(("26", "TC"))
RETURNS = frozenset(("58", "78", "79"))


def _lacks(line_modifiers: list[str], wanted: frozenset[str]) -> bool:
    return wanted.isdisjoint(line_modifiers)


def _unmarked(subject: Subject, services: re.Pattern[str], marks: frozenset[str]) -> Iterator[Hit]:
    """The lines of such a service on which none of the modifiers stands that one of is due."""
    for line in subject.lines:
        if services.fullmatch(line.procedure_code or "") and _lacks(line.modifiers, marks):
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.visit_beside_procedure", on="several lines")
def visit_on_the_day_of_a_procedure(subject: Subject) -> Iterator[Hit]:
    days = {line.from_date for line in subject.lines if SURGERY.fullmatch(line.procedure_code or "")}
    for line in subject.lines:
        if (
            is_visit(line)
            and line.from_date in days
            and _lacks(line.modifiers, frozenset(("25", "57", "24")))
        ):
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.return_on_visit", on="modifiers")
def return_modifier_on_visit(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if is_visit(line) and not _lacks(line.modifiers, RETURNS):
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.stopped_and_reduced", on="modifiers")
def stopped_and_reduced(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if {"52", "53"} <= {*line.modifiers}:
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.22_unexplained", on="modifiers")
def more_work_unexplained(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if "22" in line.modifiers and not (subject.claim.note or "").strip():
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.liability", on="modifiers")
def liability_contradicts_itself(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        for one, other in LIABILITY:
            if one in line.modifiers and other in line.modifiers:
                yield Hit(f"{one} and {other}", line.number)


@edit("modifier.technical_in_hospital", on="modifiers")
def technical_part_in_a_hospital(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if "TC" in line.modifiers and subject.place_of(line) in HOSPITAL:
            yield Hit(f"place {subject.place_of(line)}", line.number)


@edit("modifier.reading_only", on=IMAGING)
def whole_test_in_a_hospital(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        whole = _lacks(line.modifiers, COMPONENTS) and IMAGING.fullmatch(line.procedure_code or "")
        if whole and subject.place_of(line) in HOSPITAL:
            yield Hit(f"{line.procedure_code} at place {subject.place_of(line)}", line.number)


@edit("modifier.telehealth_missing", on=VISIT)
def telehealth_unmarked(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        away = is_visit(line) and subject.place_of(line) in TELEHEALTH_PLACES
        if away and _lacks(line.modifiers, TELEHEALTH):
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.anaesthetist", on=ANAESTHESIA)
def anaesthesia_by_nobody(subject: Subject) -> Iterator[Hit]:
    return _unmarked(subject, ANAESTHESIA, ANAESTHETISTS)


@edit("modifier.anaesthetist_alone", on="modifiers")
def anaesthetist_on_something_else(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        code = line.procedure_code or ""
        if not _lacks(line.modifiers, ANAESTHETISTS) and not code.startswith(("0", "9", "6", "3")):
            yield Hit(code, line.number)


@edit("modifier.therapist", on=THERAPY)
def therapy_of_no_discipline(subject: Subject) -> Iterator[Hit]:
    return _unmarked(subject, THERAPY, THERAPISTS)


@edit("modifier.two_therapists", on="modifiers")
def therapy_of_two_disciplines(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        several = sorted(THERAPISTS.intersection(line.modifiers))
        if len(several) > 1:
            yield Hit(" and ".join(several), line.number)


@edit("modifier.equipment", on=EQUIPMENT)
def equipment_neither_new_nor_rented(subject: Subject) -> Iterator[Hit]:
    return _unmarked(subject, EQUIPMENT, SUPPLY_KINDS)


@edit("modifier.trip", on=TRANSPORT)
def transport_from_nowhere(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        named = any(TRIP.fullmatch(modifier) for modifier in line.modifiers)
        if not named and TRANSPORT.fullmatch(line.procedure_code or ""):
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.discarded_drug", on=DRUG)
def drug_without_word_on_waste(subject: Subject) -> Iterator[Hit]:
    return _unmarked(subject, DRUG, DISCARDED)


@edit("modifier.referred_test", on="modifiers")
def referred_test_without_its_laboratory(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if "90" in line.modifiers and subject.claim.facility_id is None:
            yield Hit(line.procedure_code or "", line.number)


@edit("modifier.screening_colonoscopy", on="modifiers")
def screening_by_the_other_payers_modifier(subject: Subject) -> Iterator[Hit]:
    for line in subject.lines:
        if "33" in line.modifiers and (line.procedure_code or "").startswith("453"):
            yield Hit(line.procedure_code or "", line.number)
