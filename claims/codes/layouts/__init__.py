"""The layouts in which publishers send code sets, one reader each; `LAYOUTS` says which set is read how."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from claims.codes.building import Row
from claims.codes.layouts import cms, coverage, icd, named, ncci, x12lists
from claims.codes.sets import Kind
from claims.codes.sources import Member
from claims.errors import BadInput

Reader = Callable[[Member, Kind], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the files of a set are read.

    ``files`` picks the members of a zip by name, ``but`` leaves some out. ``partial`` names files that tell
    changes alone: codes that they do not name stay as they are.
    """

    read: Reader
    files: str = r"\.(?:txt|csv|xlsx)$"
    but: str = r"readme|recordlayout|record_layout|proc_notes|transaction|corrections|addenda"
    partial: str = ""

    def chosen(self, members: Sequence[Member]) -> list[Member]:
        """The members that hold the set; of the same table as text and as a workbook, the text."""
        if len(members) == 1 and "/" not in members[0].path:
            return list(members)  # a file that is named outright is read whatever it is called
        fit = [member for member in members if self._fits(member.name)]
        for ending in (".txt", ".csv", ".html", ".htm", ".xlsx"):  # the same table comes in several forms
            found = [member for member in fit if member.name.lower().endswith(ending)]
            if found:
                return found
        where, names = members[0].path.split("/")[0], ", ".join(member.name for member in members[:5])
        tip = "Nothing was changed. See docs/codes.md."
        raise BadInput(f"{where} holds no file of this set, but {names}.", tip=tip)

    def _fits(self, name: str) -> bool:
        return re.search(self.files, name, re.I) is not None and re.search(self.but, name, re.I) is None

    def only_changes(self, member: Member) -> bool:
        return bool(self.partial and re.search(self.partial, member.name, re.IGNORECASE))


_PTP = Layout(ncci.read_pairs, files=r"(?:ptp|ccipra|ccioph).*\.(?:txt|xlsx)$|\.txt$")
_MUE = Layout(ncci.read_units, files=r"mue.*\.(?:csv|xlsx)$")
_X12 = Layout(x12lists.read_x12_list, files=r"\.(?:html?|csv|xlsx)$")
_OWN = Layout(named.read_list, files=r"\.(?:csv|txt|xlsx)$")
_RATES = Layout(named.read_rates, files=r"\.(?:csv|xlsx)$")

LAYOUTS: Mapping[str, Layout] = {
    "icd10cm": Layout(icd.read_order, files=r"order[-_]\d{4}\.txt$"),
    "icd10pcs": Layout(icd.read_order, files=r"order[-_]\d{4}\.txt$"),
    "hcpcs": Layout(cms.read_hcpcs, files=r"anweb.*\.(?:txt|xlsx|csv)$"),
    "cpt": _OWN,
    "modifier": _OWN,
    "pos": _OWN,
    "revenue": _OWN,
    "bill_type": _OWN,
    "taxonomy": Layout(named.read_taxonomy, files=r"\.csv$"),
    "carc": _X12,
    "rarc": _X12,
    "adjustment_group": _X12,
    "status_category": _X12,
    "status_code": _X12,
    "ptp_practitioner": _PTP,
    "ptp_outpatient": _PTP,
    "mue_practitioner": _MUE,
    "mue_outpatient": _MUE,
    "mue_dme": _MUE,
    "addon": Layout(ncci.read_add_ons, files=r"aoc.*\.(?:txt|xlsx)$"),
    "rvu": Layout(cms.read_rvu, files=r"pprrvu.*nonqpp\.(?:csv|txt|xlsx)$|pprrvu[^q]*\.(?:csv|txt|xlsx)$"),
    "coverage_own": Layout(named.read_own_coverage, files=r"\.(?:csv|xlsx)$"),
    "fee_schedule": _RATES,
    "contract": _RATES,
    "clia": _OWN,
    "state": _OWN,
}

ANWEB = Layout(cms.read_hcpcs, files=r"anweb.*\.(?:txt|xlsx|csv)$")
"""The HCPCS file holds the modifiers of level II too."""
CARRIER = Layout(cms.read_carrier_amounts, files=r"pfall.*\.(?:txt|csv)$", partial=r"pfall\d\d[b-d]")
"""CMS's carrier amounts are one source of the fee schedules."""

EXPORTS: Mapping[str, Callable[[coverage.Files, Kind], Iterator[Row]]] = {
    "coverage": coverage.read_procedures,
    "coverage_article": coverage.read_articles,
    "coverage_diagnosis": coverage.read_diagnoses,
    "ncd": coverage.read_national,
}
"""Sets that come from several tables of one export."""


def layout_of(kind: Kind, members: Sequence[Member]) -> Layout:
    """Most sets have one layout; two take an official file and the operator's own."""
    if kind.name == "modifier" and any(re.search("anweb", m.name, re.IGNORECASE) for m in members):
        return ANWEB
    if kind.name == "fee_schedule" and any(re.search("pfall", m.name, re.IGNORECASE) for m in members):
        return CARRIER
    return LAYOUTS[kind.name]
