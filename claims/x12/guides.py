"""What the guides require, as data: for each loop the segments that must stand in it.

A need reads: in ``loop``, which begins at ``start`` and ends before any of ``stops``, ``segment`` must stand.
Segments are written ``ID`` or ``ID*q1/q2`` with the qualifiers of their first element (of HL03 for an HL).
Facts of the guides; the words are ours.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Need:
    """One required segment of one loop."""

    loop: str
    start: str
    stops: tuple[str, ...]
    segment: str


def _needs(loop: str, start: str, stops: str, *segments: str) -> tuple[Need, ...]:
    return tuple(Need(loop, start, tuple(stops.split()), segment) for segment in segments)


HEADER_837 = (
    *_needs("1000", "ST", "HL", "BHT", "NM1*41", "NM1*40"),
    *_needs("1000A", "NM1*41", "NM1 HL", "PER"),
    *_needs("2000", "ST", "SE", "HL*20", "HL*22", "CLM"),
    *_needs("2000A", "HL*20", "HL", "NM1*85"),
    *_needs("2010AA", "NM1*85", "NM1 HL CLM", "N3", "N4"),
    *_needs("2000B", "HL*22", "HL", "SBR", "NM1*IL", "NM1*PR"),
    *_needs("2000C", "HL*23", "HL", "PAT", "NM1*QC"),
    *_needs("2010CA", "NM1*QC", "NM1 HL CLM", "N3", "N4", "DMG"),
    *_needs("2430", "SVD", "SVD LX CLM HL", "DTP*573"),
)
NEEDS: dict[str, tuple[Need, ...]] = {
    "837P": (
        *HEADER_837,
        *_needs("2010AA", "NM1*85", "NM1 HL CLM", "REF*EI/SY"),
        *_needs("2300", "CLM", "CLM HL", "HI*ABK/BK", "LX"),
        *_needs("2400", "LX", "LX CLM HL", "SV1", "DTP*472"),
    ),
    "837I": (
        *HEADER_837,
        *_needs("2010AA", "NM1*85", "NM1 HL CLM", "REF*EI"),
        *_needs("2300", "CLM", "CLM HL", "DTP*434", "CL1", "HI*ABK/BK", "LX"),
        *_needs("2400", "LX", "LX CLM HL", "SV2"),
    ),
    "837D": (
        *HEADER_837,
        *_needs("2010AA", "NM1*85", "NM1 HL CLM", "REF*EI/SY"),
        *_needs("2300", "CLM", "CLM HL", "LX"),
        *_needs("2400", "LX", "LX CLM HL", "SV3"),
    ),
    "835": (
        *_needs("1000", "ST", "LX CLP", "BPR", "TRN", "N1*PR", "N1*PE"),
        *_needs("1000A", "N1*PR", "N1 LX CLP", "N3", "N4"),
        *_needs("2100", "CLP", "CLP LX PLB", "NM1*QC"),
        *_needs("2110", "SVC", "SVC CLP LX PLB", "DTM*472/150"),
    ),
    "270": (
        *_needs("2000", "ST", "SE", "BHT", "HL*20", "HL*21", "HL*22"),
        *_needs("2000A", "HL*20", "HL", "NM1"),
        *_needs("2000B", "HL*21", "HL", "NM1"),
        *_needs("2000C", "HL*22", "HL", "NM1*IL"),
        *_needs("2000D", "HL*23", "HL", "NM1*03", "EQ"),
    ),
    "271": (
        *_needs("2000", "ST", "SE", "BHT", "HL*20"),
        *_needs("2000A", "HL*20", "HL", "NM1"),
        *_needs("2000B", "HL*21", "HL", "NM1"),
        *_needs("2000C", "HL*22", "HL", "NM1*IL"),
        *_needs("2000D", "HL*23", "HL", "NM1*03"),
    ),
    "276": (
        *_needs("2000", "ST", "SE", "BHT", "HL*20", "HL*21", "HL*19", "HL*22", "TRN"),
        *_needs("2000A", "HL*20", "HL", "NM1*PR"),
        *_needs("2000B", "HL*21", "HL", "NM1*41"),
        *_needs("2000C", "HL*19", "HL", "NM1*1P"),
        *_needs("2000D", "HL*22", "HL", "NM1*IL"),
    ),
    "277": (
        *_needs("2000", "ST", "SE", "BHT", "HL*20", "HL*21", "STC"),
        *_needs("2000A", "HL*20", "HL", "NM1*PR"),
        *_needs("2000B", "HL*21", "HL", "NM1*41"),
        *_needs("2200", "TRN", "TRN HL", "STC"),
    ),
    "277CA": (
        *_needs("2000", "ST", "SE", "BHT", "HL*20", "HL*21"),
        *_needs("2000A", "HL*20", "HL", "NM1*PR/AY", "TRN", "DTP*050", "DTP*009"),
        *_needs("2000B", "HL*21", "HL", "NM1*41", "TRN", "STC"),
        *_needs("2000C", "HL*19", "HL", "NM1*85"),
        *_needs("2000D", "HL*PT", "HL", "NM1*QC", "TRN", "STC"),
    ),
    "278": (
        *_needs("2000", "ST", "SE", "BHT", "HL*20"),
        *_needs("2000A", "HL*20", "HL", "NM1*X3"),
        *_needs("2000B", "HL*21", "HL", "NM1*1P/FA"),
        *_needs("2000C", "HL*22", "HL", "NM1*IL"),
        *_needs("2000D", "HL*23", "HL", "NM1*QC"),
        *_needs("2000E", "HL*EV", "HL", "UM"),
    ),
    "999": (
        *_needs("ST", "ST", "SE", "AK1", "AK9"),
        *_needs("2000", "AK2", "AK2 AK9", "IK5"),
    ),
}


def _ids(*names: str) -> frozenset[str]:
    return frozenset(name for each in names for name in each.split())


COMMON_837 = (
    "ST BHT NM1 N3 N4 PER REF HL PRV CUR SBR PAT DMG CLM DTP CL1 PWK CN1 AMT K3 NTE CRC HI HCP CAS OI",
    "MIA MOA LX QTY LIN CTP SVD LQ FRM",
)
# Segments that may stand in a transaction at all.
ALLOWED: dict[str, frozenset[str]] = {
    "837P": _ids(*COMMON_837, "CR1 CR2 CR3 SV1 SV5 MEA PS1"),
    "837I": _ids(*COMMON_837, "SV2"),
    "837D": _ids(*COMMON_837, "DN1 DN2 SV3 TOO"),
    "835": _ids("ST BPR TRN CUR REF DTM N1 N3 N4 PER RDM LX TS3 TS2 CLP CAS NM1 MIA MOA AMT QTY SVC LQ PLB"),
    "270": _ids("ST BHT HL NM1 REF N3 N4 PRV TRN DMG INS HI DTP EQ AMT III"),
    "271": _ids("ST BHT HL AAA NM1 REF N3 N4 PER PRV TRN DMG INS HI MPI DTP EB HSD MSG III LS LE"),
    "276": _ids("ST BHT HL NM1 DMG TRN REF AMT DTP SVC"),
    "277": _ids("ST BHT HL NM1 TRN STC REF DTP SVC PER"),
    "277CA": _ids("ST BHT HL NM1 TRN STC REF DTP QTY AMT SVC"),
    "278": _ids(
        "ST BHT HL AAA NM1 REF N3 N4 PER PRV DMG INS DTP TRN UM HCR HI HSD CRC CL1 CR1 CR2 CR4 CR5 CR6",
        "PWK MSG SV1 SV2 SV3 TOO",
    ),
    "999": _ids("ST AK1 AK2 IK3 CTX IK4 IK5 AK9"),
}
# HL03 and the level (or one of several) that its parent must have.
PARENTS: dict[str, dict[str, str]] = {
    "837P": {"20": "", "22": "20", "23": "22"},
    "837I": {"20": "", "22": "20", "23": "22"},
    "837D": {"20": "", "22": "20", "23": "22"},
    "270": {"20": "", "21": "20", "22": "21", "23": "22"},
    "271": {"20": "", "21": "20", "22": "21", "23": "22"},
    "276": {"20": "", "21": "20", "19": "21", "22": "19", "23": "22"},
    "277": {"20": "", "21": "20", "19": "21", "22": "19", "23": "22"},
    "278": {"20": "", "21": "20", "22": "21", "23": "22", "EV": "22/23", "SS": "EV"},
    "277CA": {"20": "", "21": "20", "19": "21", "PT": "19"},
}
LINES_PER_CLAIM = {"837P": 50, "837I": 999, "837D": 50}
