"""Claims whose codes do not exist, or no longer did, beside near misses; small sets count as whole."""

import atexit
import tempfile
from datetime import date
from pathlib import Path

from codes_files import anweb
from visits import SETTINGS, stay, visit, with_

from claims.codes.importing import import_files

_folder = tempfile.TemporaryDirectory(prefix="codes-")
atexit.register(_folder.cleanup)
HOME = Path(_folder.name)
WHOLE = SETTINGS.model_copy(update={"home": HOME})


def _load(name: str, file: str, text: str) -> None:
    path = HOME / file
    path.write_text(text)
    import_files(HOME, name, [path], date(2026, 1, 1))


_load("cpt", "cpt.csv", "code,start,end\n99201,,2020-12-31\n99213,,\n99214,,\n")
_load("modifier", "HCPC2026_JAN_ANWEB.txt", anweb("   LT", "7", "Left") + anweb("   ZY", "7", "Right"))
_load("hcpcs", "HCPC2026_JAN_ANWEB.txt", anweb("J1885", "3", "A drug"))
_load("revenue", "revenue.csv", "code,words\n0120,room\n0450,emergency\n")
_load("taxonomy", "nucc_taxonomy_260.csv", "Code,Grouping,Classification,Specialization\n207Q00000X,a,b,c\n")


def _with(code: str, **line: object) -> tuple[object, object]:
    return visit({"procedure_code": code, **line}), WHOLE


VALIDITY = {
    "procedure.not_in_force": (_with("99201"), _with("99213")),
    "procedure.invalid": (_with("99219"), _with("D0120")),
    "procedure.unknown": (visit({"procedure_code": "0999T"}), _with("0999T")),
    "modifier.invalid": (_with("99213", modifiers=["LU"]), _with("99213", modifiers=["25"])),
    "revenue.invalid": ((stay(), WHOLE), stay()),  # 0301 is in the seed and not among the whole
    "taxonomy.invalid": (
        (with_(visit(), clinician__taxonomy="207Q00001X"), WHOLE),
        (with_(visit(), clinician__taxonomy="207Q00000X"), WHOLE),
    ),
}
