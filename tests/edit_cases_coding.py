"""Claims that trip the edits on sequencing, sides and coverage, beside near misses, by small code sets.

The sets stand in a home of their own: what the tabular list and the Medicare Code Editor say of a few codes,
and coverage pairs that are made up.
"""

import atexit
import tempfile
from datetime import date, timedelta
from pathlib import Path

from visits import DAY, MEDICARE_ID, SETTINGS, diagnosis, sibling, stay, visit, with_

from claims.codes import KINDS
from claims.codes.importing import Source, build

_folder = tempfile.TemporaryDirectory(prefix="codes-")
atexit.register(_folder.cleanup)
HOME = Path(_folder.name)

# code, title, billable, seventh, flags, excludes1, code_first, use_additional
_ICD = (
    ("E0842", "Diabetes with polyneuropathy", "1", "", "manifestation", "", "E84 K85-K86", ""),
    ("E849", "Cystic fibrosis", "1", "", "", "", "", ""),
    ("E109", "Type 1 diabetes", "1", "", "", "E11", "", ""),
    ("E119", "Type 2 diabetes", "1", "", "", "E10", "", ""),
    ("N390", "Urinary tract infection", "1", "", "", "", "", "B95-B97"),
    ("B9620", "Escherichia coli elsewhere", "1", "", "unacceptable", "", "", "Z16"),
    ("I509", "Heart failure", "1", "", "", "", "I11", ""),
    ("I110", "Heart disease with heart failure", "1", "", "", "", "", ""),
    ("P599", "Jaundice of a newborn", "1", "", "newborn", "", "", ""),
    ("N400", "Enlarged prostate", "1", "", "male adult", "", "", ""),
    ("R0789", "Other chest pain", "1", "", "qadm", "", "", ""),
    ("M1710", "Osteoarthritis, unspecified knee", "1", "", "unspecified", "", "", ""),
    ("M1711", "Osteoarthritis, right knee", "1", "", "", "", "", ""),
    ("M1712", "Osteoarthritis, left knee", "1", "", "", "", "", ""),
    ("M80051", "Osteoporosis with fracture, right femur", "0", "ADS", "", "", "", ""),
    ("M80051A", "Osteoporosis with fracture, right femur, initial", "1", "", "", "", "", ""),
    ("M80051D", "Osteoporosis with fracture, right femur, later", "1", "", "", "", "", ""),
    ("J069", "Upper respiratory infection", "1", "", "", "", "", ""),
    ("J189", "Pneumonia", "1", "", "", "", "", ""),
)


def _priced(code: str, **indicators: str) -> tuple[str, ...]:
    return (code, *(indicators.get(name, "") for name in KINDS["rvu"].columns))


_RVU = (
    _priced("20610", bilateral="1", assistant="1", cosurgeons="0", team="0", multiple="2"),
    _priced("27447", bilateral="1", assistant="2", cosurgeons="2", team="2"),
    _priced("93000", components="4", multiple="0"),
    _priced("71046", components="1"),
    _priced("69210", bilateral="2"),
    _priced("99070", status="B"),
    _priced("98970", status="I"),
    _priced("97810", status="N"),
    _priced("94760", status="T"),
)


def _make(name: str, *rows: tuple[str, ...]) -> None:
    kind = KINDS[name]
    source = Source(kind, "made up for tests", "1", name, date(2015, 10, 1), complete_from=date(2015, 10, 1),
                    complete_until=date(2030, 1, 1))  # fmt: skip
    width = len(kind.columns)
    filled = [(row[0], None, None, *(row[1:] + ("",) * width)[:width]) for row in rows]
    build(HOME, source, iter(sorted(filled)))


_make("icd10cm", *_ICD)
_make("rvu", *_RVU)
_make(
    "coverage_own", ("99213 J069", "", "0", ""), ("99212 J069", "SBXMC", "0", ""), ("20610 M17", "", "1", "")
)
_make("coverage", ("20610", "A1"))
_make("coverage_article", ("A1", "Injections", "OH", ""))
_make("coverage_diagnosis", ("A1 M1711", "1", "1"))

SMALL = SETTINGS.model_copy(update={"home": HOME})


def judged(bundle, *siblings):
    return bundle, SMALL, *siblings


def dx(*codes, **line):
    return judged(visit({"procedure_code": "99214", **line}, diagnoses=codes))


def admitted(*codes, **person):
    bundle = with_(stay(), **{f"patient__{name}": value for name, value in person.items()})
    bundle.diagnoses = [diagnosis(n, code, present_on_admission="Y") for n, code in enumerate(codes, 1)]
    return judged(bundle)


def man(*codes, day=DAY, **line):
    return judged(
        with_(visit({"procedure_code": "99214", "from_date": day, **line}, diagnoses=codes), patient__sex="M")
    )


def before(day, *codes):
    """A woman's stay that began on ``day``."""
    bundle, settings = admitted(*codes)
    return with_(bundle, claim__from_date=day), settings


BABY, CHILD = DAY - timedelta(10), DAY - timedelta(10 * 365)
ONE = {"procedure_code": "20610", "pointers": [1]}


def medicare(code, *modifiers, **also):
    lines = [{"procedure_code": code, "modifiers": list(modifiers), **ONE_POINTER}, *also.get("beside", ())]
    return judged(visit(*lines, diagnoses=("M1711",), payer="SBXMC", member=MEDICARE_ID))


ONE_POINTER = {"pointers": [1]}
ANOTHER = ({"procedure_code": "99212", "pointers": [1]},)

SCHEDULE = {
    "schedule.assistant": (medicare("20610", "80"), medicare("27447", "80")),
    "schedule.two_surgeons": (medicare("20610", "62"), medicare("27447", "62")),
    "schedule.team": (medicare("20610", "66"), medicare("27447", "66")),
    "schedule.both_sides": (medicare("69210", "50"), medicare("20610", "50")),
    "schedule.parts": (medicare("93000", "TC"), medicare("71046", "TC")),
    "schedule.multiple": (medicare("93000", "51"), medicare("20610", "51")),
    "schedule.bundled": (medicare("99070"), medicare("99212")),
    "schedule.not_valid": (medicare("98970"), medicare("99212")),
    "schedule.not_covered": (medicare("97810"), medicare("97810", "GY")),
    "schedule.alone": (medicare("94760", beside=ANOTHER), medicare("94760")),
}

CODING = {
    **SCHEDULE,
    "diagnosis.invalid": (dx("J068"), dx("J069")),
    "diagnosis.manifestation_first": (dx("E0842", "E849"), dx("E849", "E0842")),
    "diagnosis.manifestation_before_cause": (
        dx("J069", "E0842", "E849"),
        dx("J069", "E849", "E0842"),
    ),
    "diagnosis.underlying_missing": (dx("J069", "E0842"), dx("E849", "E0842")),
    "diagnosis.code_first": (dx("I509", "I110"), dx("I110", "I509")),
    "diagnosis.additional_first": (dx("B9620", "N390"), dx("N390", "B9620")),
    "diagnosis.use_additional": (dx("N390"), dx("N390", "B9620")),
    "diagnosis.excludes1": (dx("E109", "E119"), dx("E119", "J069")),
    "diagnosis.age": (
        dx("P599"),
        judged(with_(visit(diagnoses=("P599",)), patient__birth_date=BABY)),
    ),
    "inpatient.age": (admitted("P599"), admitted("P599", birth_date=BABY)),
    "inpatient.sex": (before(date(2024, 9, 30), "N400"), before(date(2024, 10, 1), "N400")),
    "inpatient.unacceptable_first": (admitted("B9620", "J189"), admitted("J189", "B9620")),
    "inpatient.questionable_admission": (admitted("R0789"), admitted("J189", "R0789")),
    "inpatient.unspecified_side": (admitted("J189", "M1710"), admitted("J189", "M1711")),
    "diagnosis.unspecified_side": (dx("M1710", modifiers=["RT"]), dx("M1711", modifiers=["RT"])),
    "diagnosis.side": (dx("M1712", modifiers=["RT"]), dx("M1711", modifiers=["RT"])),
    "diagnosis.injury_cause": (
        visit(diagnoses=("S93401A",)),
        visit(diagnoses=("S93401A", "W19XXXA")),
    ),
    "procedure.sex": (visit({"procedure_code": "55700"}), man("J069", procedure_code="55700")),
    "modifier.59_alone": (
        visit({"procedure_code": "20610", "modifiers": ["59"]}),
        (visit({"procedure_code": "20610", "modifiers": ["59"]}), sibling("20605")),
    ),
    "modifier.25_alone": (visit({"modifiers": ["25"]}), visit({"modifiers": ["25"]}, {**ONE})),
    "modifier.component_of_visit": (
        visit({"modifiers": ["26"]}),
        visit({"procedure_code": "71046", "modifiers": ["26"]}),
    ),
    "modifier.side_missing": (
        judged(visit(ONE, diagnoses=("M1711",))),
        judged(visit({**ONE, "modifiers": ["RT"]}, diagnoses=("M1711",))),
    ),
    "necessity.excluded": (
        judged(visit({"procedure_code": "99213"})),
        judged(visit({"procedure_code": "99212"})),
    ),
    "necessity.not_covered": (
        judged(visit({**ONE}, diagnoses=("J069",), payer="SBXMC", member=MEDICARE_ID)),
        judged(visit({**ONE}, diagnoses=("M1711",), payer="SBXMC", member=MEDICARE_ID)),
    ),
}
