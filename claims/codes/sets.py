"""Which code sets there are: what each is called, what a row of it says, how long it is fresh.

A row's key is its code; for a pair of codes both with a space between, for a rate the payer or schedule
first.
"""

from dataclasses import dataclass
from typing import Literal

from claims.errors import NotFound

PRACTITIONER, OUTPATIENT, DME = "practitioner", "outpatient", "dme"
PTP, MUE = "ptp", "mue"


@dataclass(frozen=True, slots=True)
class Kind:
    """One code set.

    ``months`` is how long an edition of it is in force, 0 when it stays until somebody changes it.
    ``part`` says what a file speaks for: the whole set (""), the range of its keys' first words, when it is
    published in parts, or just the first words that it names (schedules, payers).
    ``keeps_seed`` says that the shipped rows stay beside the imported ones.
    """

    name: str
    title: str
    columns: tuple[str, ...] = ("title",)
    months: int = 0
    part: Literal["", "range", "word"] = ""
    keeps_seed: bool = False


_RVU = (
    "title", "status", "work", "nonfacility", "facility", "malpractice", "components", "global_days",
    "before", "during", "after", "multiple", "bilateral", "assistant", "cosurgeons", "team", "base", "factor",
)  # fmt: skip
_RATE = ("amount", "facility_amount", "percent", "of_schedule")

ALIASES = {
    "aoc": "addon", "add_on": "addon", "icd_10_cm": "icd10cm", "icd10_cm": "icd10cm",
    "icd_10_pcs": "icd10pcs", "icd10_pcs": "icd10pcs", "hcpcs_ii": "hcpcs", "modifiers": "modifier",
    "place_of_service": "pos",
    "revenue_code": "revenue", "type_of_bill": "bill_type", "tob": "bill_type", "nucc": "taxonomy",
    "group": "adjustment_group", "cagc": "adjustment_group", "claim_status": "status_code",
    "claim_status_category": "status_category", "mpfs": "rvu", "pprrvu": "rvu", "pfall": "fee_schedule",
    "fees": "fee_schedule", "contracts": "contract", "lcd": "coverage", "article": "coverage",
    "ncci_ptp": "ptp", "ncci_mue": "mue", "ncci_aoc": "addon",
}  # fmt: skip
"""What the sets are called elsewhere."""

_KINDS = (
    Kind(
        "icd10cm",
        "ICD-10-CM diagnoses",
        ("title", "billable", "seventh", "flags", "excludes1", "code_first", "use_additional"),
        12,
    ),
    Kind("icd10pcs", "ICD-10-PCS procedures", ("title", "billable"), 12),
    Kind("hcpcs", "HCPCS Level II", ("title", "coverage", "action"), 3),
    Kind("cpt", "CPT (the operator's licensed file)", ("title",), 12),
    Kind("modifier", "modifiers", ("title", "kind"), 12, part="range", keeps_seed=True),
    Kind("pos", "places of service", ("words", "facility")),
    Kind("revenue", "revenue codes", ("words", "outpatient_code")),
    Kind("bill_type", "types of bill", ("words", "inpatient")),
    Kind("taxonomy", "NUCC provider taxonomy", ("title", "grouping", "section"), 6),
    Kind("carc", "claim adjustment reasons (CARC)", ("words",), 4),
    Kind("rarc", "remittance remarks (RARC)", ("words",), 4),
    Kind("adjustment_group", "claim adjustment groups", ("words",)),
    Kind("status_category", "claim status categories", ("words",), 4),
    Kind("status_code", "claim status codes", ("words",), 4),
    Kind("ptp_practitioner", "NCCI pairs, practitioner", ("indicator",), 3, part="range"),
    Kind("ptp_outpatient", "NCCI pairs, outpatient hospital", ("indicator",), 3, part="range"),
    Kind("mue_practitioner", "MUE, practitioner", ("units", "mai", "rationale"), 3),
    Kind("mue_outpatient", "MUE, outpatient hospital", ("units", "mai", "rationale"), 3),
    Kind("mue_dme", "MUE, DME supplier", ("units", "mai", "rationale"), 3),
    Kind("addon", "add-on codes", ("kind", "primaries"), 3),
    Kind("rvu", "Medicare physician fee schedule, relative values", _RVU, 3),
    Kind("coverage", "coverage articles: procedures", ("articles",), 1),
    Kind("coverage_article", "coverage articles: titles and states", ("title", "states", "retired"), 1),
    Kind("coverage_diagnosis", "coverage articles: diagnoses", ("covered", "group"), 1),
    Kind("coverage_own", "the operator's own coverage pairs", ("payer", "covered", "note")),
    Kind("ncd", "national coverage determinations", ("title", "level"), 1),
    Kind("fee_schedule", "fee schedules", _RATE, 12, part="word"),
    Kind("contract", "payer contracts", _RATE, part="word"),
    Kind("clia", "laboratory tests and CLIA", ("waived",)),
    Kind("state", "states and territories", ()),
)
KINDS = {kind.name: kind for kind in _KINDS}
"""By name, in the order in which `codes status` lists them."""


def known_as(name: str) -> str:
    """Our own name for a set, however it is written."""
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    return ALIASES.get(plain, plain)


def kind_of(name: str) -> Kind:
    """The set of that name, however it is joined; raises NotFound listing what there is."""
    kind = KINDS.get(known_as(name))
    if kind is None:
        raise NotFound(f"There is no code set {name!r}.", tip=f"Choose one of {', '.join(KINDS)}.")
    return kind
