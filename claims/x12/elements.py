"""What the guides ask of the elements of segments, and of their order where pyx12 has no map, as data.

A row is a segment (with the qualifiers of its first element) and its elements. ``3`` must stand, ``3?`` may;
``=A/B`` are the codes that it takes (the first component of a composite), ``<50`` is its longest length.
``ORDER`` is the order of segments in each loop, by the segment that begins it; ``MOST`` how many may stand.
Facts of the guides; the words are ours.
"""

import re
from dataclasses import dataclass
from functools import cache

PARTIES = """
N3 1<55 2?<55
N4 1<30 2?<2 3?<15 4?<3
PER 1=IC 3=EM/FX/TE/UR 4<256
"""
CLAIMS = (
    PARTIES
    + """
BHT 1=0019 2=00/18 3<50 4 5 6=31/CH/RP
HL 1<12 3=20/22/23 4=0/1
NM1*41 2=1/2 3<60 8=46 9<80
NM1*40 2=2 3<60 8=46 9<80
NM1*85 2=1/2 3?<60 8?=XX 9?<80
NM1*IL 2=1/2 3<60 8?=MI/II 9?<80
NM1*PR 2=2 3<60 8=PI/XV 9<80
NM1*QC 2=1 3<60
SBR 1=A/B/C/D/E/F/G/H/P/S/T/U 2?=01/18/19/20/21/39/40/53/G8 3?<50 9?<2
PAT 1?=01/19/20/21/39/40/53/G8
DMG 1=D8 2<35 3=F/M/U
PWK 1 2=AA/BM/EL/EM/FT/FX
AMT 1 2<18
REF 1 2<50
K3 1<80
NTE 1 2<80
LX 1<6
DTP 1 2=D8/RD8/DT/TM 3<35
SVD 1<80 2<18
CAS 1=CO/CR/OA/PI/PR 2<5 3<18
OI 3=N/W/Y 6=I/Y
"""
)
TABLES = {
    "837D": CLAIMS
    + """
CLM 1<38 2<18 5 6=N/Y 7=A/C 8=N/W/Y 9=I/Y 12?=01/02/03/05 19?=PB 20?=1/2/3/4/5/6/7/8/9/10/11/15
NM1*82/DN/P3/DD/DQ 2=1/2 3?<60 8?=XX 9?<80
PRV 1=BI/PE/RF/AS 2=PXC 3<50
DN2 1<50 2 6=JP
HI 1=ABK/BK/TQ
SV3 1=AD 2<18
TOO 1=JP
DTP 1 2=D8/RD8 3<35
""",
    "837P": CLAIMS
    + """
CLM 1<38 2<18 5 6=N/Y 7=A/B/C 8=N/W/Y 9=I/Y 10?=P 12?=02/03/05/09 20?=1/2/3/4/5/6/7/8/9/10/11/15
NM1*82/DN/P3/DQ/DK 2=1/2 3?<60 8?=XX 9?<80
PRV 1=BI/PE/RF 2=PXC 3<50
HI 1=ABK/BK/BP/BO/BG
SV1 1=HC/IV/ER/WK 2<18 3=UN/MJ 4
CRC 1=07/70/75/09/E1/E2/E3/ZZ 2=N/Y 3
CR1 4=A/B/C/D/E 5=DH 6
""",
    "837I": CLAIMS
    + """
CLM 1<38 2<18 5 7=A/B/C 8=N/W/Y 9=I/Y
NM1*71/72/82/DN/ZZ 2=1/2 3?<60 8?=XX 9?<80
PRV 1=BI/AT 2=PXC 3<50
CL1 1 3
SV2 1<48 3<18 4=DA/UN 5
CRC 1=ZZ 2=N/Y 3
""",
    "278": PARTIES
    + """
BHT 1=0007 2 3<50 4 5
HL 1<12 3=20/21/22/23/EV/SS 4=0/1
NM1*X3 2=1/2 8=24/34/46/PI/XV 9<80
NM1*1P/FA 2=1/2
NM1*IL 2=1 3<60 8=MI/II 9<80
NM1*QC 2=1 3<60
DMG 1=D8 2<35 3?=F/M/U
INS 1=N/Y 2
TRN 1=1/2 2<50 3<10
AAA 1=N/Y 3<2
REF 1 2<50
DTP 1 2=D8/RD8/DT/TM 3<35
UM 1 2
HCR 1 2?<50
PWK 1 2
MSG 1<264
TOO 1=JP
""",
    "270": PARTIES
    + """
BHT 1=0022 2=01/13 4 5
HL 1<12 3=20/21/22/23 4=0/1
NM1 2=1/2
NM1*PR 8 9<80
NM1*1P 8 9<80
NM1*IL 2=1 8?=MI/II
DMG 1=D8 2<35 3?=F/M/U
INS 1=N/Y 2
TRN 1=1 2<50 3<10
REF 1 2<50
DTP 1=102/291/472 2=D8/RD8 3<35
""",
    "276": """
BHT 1=0010 2=13 3<50 4 5
HL 1<12 3=20/21/19/22/23 4?=0/1
NM1*PR 2=2 8=PI/XV 9<80
NM1*41 2=1/2 8=46 9<80
NM1*1P 2=1/2 8=FI/SV/XX 9<80
NM1*IL 2=1/2 3<60 8=24/II/MI 9<80
NM1*QC 2=1 3<60
DMG 1=D8 2<35 3?=F/M/U
TRN 1=1 2<50
REF 1 2<50
AMT 1=T3 2<18
DTP 1=472 2=D8/RD8 3<35
SVC 1 2<18
""",
}
ORDER = {
    "837D": """
HL PRV CUR PAT
NM1 PRV N3 N4 DMG DTP REF PER
SBR PAT CAS AMT OI MIA MOA
CLM DTP DN1 DN2 PWK CN1 AMT REF K3 NTE HI HCP
LX SV3 TOO DTP CN1 REF AMT K3 HCP
SVD CAS DTP AMT
""",
    "278": """
HL TRN AAA UM HCR REF DTP HI SV1 SV2 SV3 TOO HSD CRC CL1 CR1 CR2 CR4 CR5 CR6 PWK MSG
NM1 REF N3 N4 PER AAA PRV DMG INS DTP
""",
    "270": """
HL TRN
NM1 REF N3 N4 PRV DMG INS HI DTP
EQ AMT III REF DTP
""",
    "276": """
HL DMG
NM1
TRN REF AMT DTP
SVC REF DTP
""",
}
MOST = {
    "837D": "CLM.DN1 1 CLM.DN2 35 CLM.PWK 10 CLM.CN1 1 CLM.K3 10 CLM.NTE 5 CLM.HI 1 LX.SV3 1 LX.TOO 32 "
    "LX.K3 10 SBR.CAS 5 SBR.OI 1 SVD.CAS 5 NM1.N3 1 NM1.N4 1 NM1.DMG 1 NM1.PER 2",
    "278": "HL.TRN 3 HL.AAA 9 HL.UM 1 HL.HCR 1 HL.HI 1 HL.HSD 1 HL.CL1 1 HL.PWK 10 HL.TOO 32 HL.MSG 1 "
    "NM1.N3 1 NM1.N4 1 NM1.DMG 1 NM1.INS 1 NM1.AAA 9",
    "270": "HL.TRN 2 NM1.N3 1 NM1.N4 1 NM1.DMG 1 NM1.INS 1",
    "276": "HL.DMG 1 TRN.AMT 1 TRN.DTP 1",
}
TOKEN = re.compile(r"(\d+)(\?)?(?:=([\w/]+))?(?:<(\d+))?")


@dataclass(frozen=True, slots=True)
class Rule:
    """One element of one kind of segment: ``longest`` 0 is any length, no ``codes`` is any value."""

    number: int
    required: bool
    codes: frozenset[str]
    longest: int


@cache
def rules(kind: str) -> dict[str, tuple[Rule, ...]]:
    """The rules of a type of transaction by ``ID`` and by ``ID*qualifier``."""
    found: dict[str, tuple[Rule, ...]] = {}
    for row in TABLES.get(kind, "").split("\n"):
        name, *tokens = row.split() or [""]
        segment, _, qualifiers = name.partition("*")
        for qualifier in qualifiers.split("/"):
            found[f"{segment}*{qualifier}" if qualifier else segment] = tuple(map(_rule, tokens))
    return found


def _rule(token: str) -> Rule:
    match = TOKEN.fullmatch(token)
    if match is None:
        raise ValueError(token)
    number, optional, codes, longest = match.groups()
    return Rule(int(number), not optional, frozenset((codes or "").split("/")) - {""}, int(longest or 0))


@cache
def order(kind: str) -> dict[str, tuple[str, ...]]:
    """The order of segments in each loop, by the segment that begins the loop."""
    rows = [tuple(row.split()) for row in ORDER.get(kind, "").split("\n") if row]
    return {row[0]: row for row in rows}


@cache
def most(kind: str) -> dict[tuple[str, str], int]:
    """How often a segment may stand in a loop: (first segment of the loop, segment) to a number."""
    words = MOST.get(kind, "").split()
    places = (tuple(place.split(".")) for place in words[::2])
    return {(loop, name): int(count) for (loop, name), count in zip(places, words[1::2], strict=True)}
