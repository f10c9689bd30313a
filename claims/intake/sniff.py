"""Which kind of file it is, told by its first characters; and its text, where it is one."""

from zoneinfo import ZoneInfo

from claims.errors import BadInput
from claims.intake import csvfile, fhir, x837
from claims.intake.fhir_library import read_library, read_ndjson_library
from claims.intake.visit import Reading

_BLANKS = b" \t\r\n"
_X12_STARTS = (b"ISA", b"GS*", b"ST*")
_TIP = "docs/intake.md lists the kinds of files: FHIR R4 JSON or NDJSON, 837P, 837I, CSV."


def kind_of(data: bytes) -> str:
    """fhir, ndjson, 837, csv or unreadable; looks at the beginning only, so a broken file has a kind too."""
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip(_BLANKS)
    if not start:
        return "unreadable"
    if start.startswith(_X12_STARTS):
        return "837"
    if start.startswith(b"{"):
        return "ndjson" if _looks_like_lines(data) else "fhir"
    if "visit_id" in csvfile.header_of(_decoded(start)):
        return "csv"
    return "unreadable"


def _looks_like_lines(data: bytes) -> bool:
    """The first line closes its object and another object begins the next one."""
    first, _, rest = data.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANKS).partition(b"\n")
    return first.rstrip().endswith(b"}") and rest[:4096].lstrip(_BLANKS).startswith(b"{")


def read(data: bytes, kind: str, zone: ZoneInfo) -> Reading:
    """The visits of a file of that kind. Raises BadInput, told by line, path or segment; never a value."""
    match kind:
        case "837":
            return x837.read(data)
        case "fhir":
            return fhir.read(read_library(_utf8(data)), kind, zone)
        case "ndjson":
            return fhir.read(read_ndjson_library(_utf8(data)), kind, zone)
        case "csv":
            return csvfile.read(_decoded(data))
    if not data.strip(_BLANKS):
        raise BadInput("The file is empty.", tip="Export it again.")
    raise BadInput("This is no file that can be imported: its beginning is of no known kind.", tip=_TIP)


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise BadInput(
            f"Line {line}: text in UTF-8 was expected.", tip="Export the file as UTF-8."
        ) from wrong


def _decoded(data: bytes) -> str:
    """CSV comes from spreadsheets: UTF-8 with or without a byte-order mark, else Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
