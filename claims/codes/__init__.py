"""Code sets, effective-dated: `open_codes(home)` asks what was imported, else a labelled seed."""

from claims.codes.files import Edition
from claims.codes.lookup import Codes, Pair, Standing, Units, open_codes, pair_key
from claims.codes.sets import DME, KINDS, OUTPATIENT, PRACTITIONER
from claims.codes.tables import CodeRow, CodeSet, code_set

__all__ = [
    "DME",
    "KINDS",
    "OUTPATIENT",
    "PRACTITIONER",
    "CodeRow",
    "CodeSet",
    "Codes",
    "Edition",
    "Pair",
    "Standing",
    "Units",
    "code_set",
    "open_codes",
    "pair_key",
]
