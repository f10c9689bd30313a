"""In which loop of its guide each segment of a transaction stands."""

from functools import cache
from string import ascii_uppercase

from claims.x12.envelope import Transaction
from claims.x12.syntax import Segment

# Loops that a segment begins, by the segment (and its qualifier: HL03 for an HL). Before a ">" is the loop
# that must be open: a coverage below a claim is 2320, above it part of 2000B.
CLAIM_FILE = {
    "NM1*41": "1000A",
    "NM1*40": "1000B",
    "HL*20": "2000A",
    "HL*22": "2000B",
    "HL*23": "2000C",
    "2000A>NM1*85": "2010AA",
    "2000A>NM1*87": "2010AB",
    "2000A>NM1*PE": "2010AC",
    "2000B>NM1*IL": "2010BA",
    "2000B>NM1*PR": "2010BB",
    "2000C>NM1*QC": "2010CA",
    "CLM": "2300",
    "2300>SBR": "2320",
    "2320>SBR": "2320",
    "LX": "2400",
    "2400>LIN": "2410",
    "2410>LIN": "2410",
    "SVD": "2430",
}
# The loops of parties below a claim, a coverage and a line: NM101 of loop A, of B, …
PARTIES_BELOW = {"2300": "2310", "2320": "2330", "2400": "2420", "2410": "2420", "2430": "2420"}
PARTIES_OF = {
    "837P": {
        "2310": "DN/P3 82 77 DQ PW 45",
        "2330": "IL PR DN/P3 82 77 DQ 85",
        "2420": "82 QB 77 DQ DK DN/P3 PW 45",
    },
    "837I": {
        "2310": "71 72 ZZ 82 77 DN",
        "2330": "IL PR 71 72 ZZ 77 82 DN 85",
        "2420": "72 ZZ 82 DN",
    },
    "837D": {
        "2310": "DN/P3 82 77 DD DQ",
        "2330": "IL PR DN/P3 82 DQ 85 77 DD",
        "2420": "82 DD DQ 77",
    },
}
LEVELS = {
    "270": {"20": "A", "21": "B", "22": "C", "23": "D"},
    "271": {"20": "A", "21": "B", "22": "C", "23": "D"},
    "276": {"20": "A", "21": "B", "19": "C", "22": "D", "23": "E"},
    "277": {"20": "A", "21": "B", "19": "C", "22": "D", "23": "E"},
    "277CA": {"20": "A", "21": "B", "19": "C", "PT": "D"},
    "278": {"20": "A", "21": "B", "22": "C", "23": "D", "EV": "E", "SS": "F"},
}
# Below an HL: the segment that begins a loop, and the number that goes before the level's letter.
BELOW = {
    "270": {"NM1": "2100", "EQ": "2110"},
    "271": {"NM1": "2100", "EB": "2110", "LS": "2120"},
    "276": {"NM1": "2100", "TRN": "2200", "SVC": "2210"},
    "277": {"NM1": "2100", "TRN": "2200", "SVC": "2220"},
    "277CA": {"NM1": "2100", "TRN": "2200", "SVC": "2220"},
    "278": {"NM1": "2010"},
}
PLAIN = {
    "835": {"N1*PR": "1000A", "N1*PE": "1000B", "LX": "2000", "CLP": "2100", "SVC": "2110", "PLB": ""},
    "999": {"AK2": "2000", "IK3": "2100", "IK4": "2110", "IK5": "2000", "AK9": ""},
}
# Loops of parties end where the loop that they hang on goes on; for what follows, that one counts.
PARTIES = ("2010", "2310", "2330", "2420")


def loops(transaction: Transaction) -> list[str]:
    """The loop of each segment, by its index; an empty string above the first loop and for unknown guides."""
    kind = transaction.type
    if kind in LEVELS:
        return _levels(transaction)
    table = PLAIN.get(kind) or (CLAIM_FILE if kind in PARTIES_OF else {})
    found, base, loop = [], "", ""
    for segment in transaction.segments:
        begun = _begun(table, base, segment)
        if begun is None and segment[0] == "NM1" and base in PARTIES_BELOW:
            begun = _party_loops(kind, PARTIES_BELOW[base]).get(_at(segment, 1), PARTIES_BELOW[base])
        if begun is not None:
            loop = begun
            base = base if begun.startswith(PARTIES) else begun
        found.append(loop)
    return found


@cache
def _party_loops(kind: str, loop: str) -> dict[str, str]:
    """The loop of each NM101 below a claim, a coverage or a line."""
    rows = enumerate(PARTIES_OF[kind][loop].split())
    return {code: loop + ascii_uppercase[row] for row, codes in rows for code in codes.split("/")}


def _begun(table: dict[str, str], base: str, segment: Segment) -> str | None:
    """The loop that the segment begins below ``base``, or None."""
    name = segment[0]
    qualified = f"{name}*{_at(segment, 3 if name == 'HL' else 1)}"
    for key in (f"{base}>{qualified}", f"{base}>{name}", qualified, name):
        if key in table:
            return table[key]
    return None


def _levels(transaction: Transaction) -> list[str]:
    letters, below = LEVELS[transaction.type], BELOW[transaction.type]
    found, letter, loop = [], "", ""
    for segment in transaction.segments:
        if segment[0] == "HL":
            letter = letters.get(_at(segment, 3), "")
            loop = f"2000{letter}"
        elif segment[0] in below and letter and not loop.startswith("2120"):
            loop = below[segment[0]] + letter
        elif segment[0] == "LE":
            loop = f"2110{letter}"
        found.append(loop)
    return found


def _at(segment: Segment, number: int) -> str:
    return segment[number] if len(segment) > number else ""
