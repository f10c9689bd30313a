"""Made-up NCCI tables in CMS's official layouts, of any size: for the bench and for tests.

The codes are shaped like real ones and mean nothing; the pairs are drawn by a seed.
"""

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_PTP_BANNER = """\
The banner of the real file stands here: a copyright notice that is not ours to copy.
Column1/Column2 Edits
\t\t*=in existence\t\tDeletion\tModifier
\t\tprior to 1996\tEffective\tDate\t0=not allowed\tPTP Edit Rationale
\t\t\tDate\t*=no data\t1=allowed
Column 1\tColumn 2\t\t\t\t9=not applicable
"""
_MUE_BANNER = '"The banner of the real file stands here,\nover several lines, ""quoted""."\n'
_MUE_HEADER = '"HCPCS/\nCPT Code",{setting} MUE Values,MUE Adjudication Indicator,MUE Rationale\n'
_RATIONALE = "Standards of medical / surgical practice"
_DATES = ("19960101", "20100401", "20190101", "20200101", "20240701", "20260101")
_MAI = ("1 Line Edit", "2 Date of Service Edit: Policy", "3 Date of Service Edit: Clinical")


def procedure_codes(count: int) -> list[str]:
    """Codes of five digits in order, as real ones stand: 10000, 10005, …"""
    step = max(1, 89_000 // count)
    return [f"{10_000 + step * place:05d}" for place in range(count)]


def pairs(count: int, seed: int = 7) -> Iterator[tuple[str, str]]:
    """Distinct pairs in order of column 1 and column 2."""
    codes = procedure_codes(min(12_000, max(40, count // 40)))
    each = -(-count // len(codes))
    chance = random.Random(seed)
    return islice(
        (
            (first, second)
            for first in codes
            for second in sorted(chance.sample(codes, min(each, len(codes))))
        ),
        count,
    )


def write_ptp(path: Path, count: int, seed: int = 7) -> None:
    """A file of practitioner or hospital pairs; some are deleted, some withdrawn (9), some come twice."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="\r\n") as out:
        out.write(_PTP_BANNER)
        for first, second in pairs(count, seed):
            start, kind = chance.choice(_DATES), chance.random()
            ends, indicator = ("*", chance.choice("001111")) if kind < 0.9 else ("20251231", "1")
            if kind > 0.98:
                ends, indicator = start, "9"
            out.write(f"{first}\t{second}\t\t{start}\t{ends}\t{indicator}\t{_RATIONALE}\n")


def write_mue(path: Path, count: int, setting: str = "Practitioner Services", seed: int = 7) -> None:
    """A table of unlikely units: a notice over several lines, a header with a break, zero among the units."""
    chance = random.Random(seed)
    with path.open("w", encoding="latin-1", newline="\r\n") as out:
        out.write(_MUE_BANNER + _MUE_HEADER.format(setting=setting))
        for code in procedure_codes(count):
            out.write(f"{code},{chance.randrange(12)},{chance.choice(_MAI)},Nature of Service/Procedure\n")
