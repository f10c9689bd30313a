"""What partners that exchange files have in common: how a file is called, when it is whole, what it holds."""

from fnmatch import fnmatchcase

from claims.connect import Refused
from config.file_partners import PART, FileNames

_PADDING = b" \t\r\n\x00\x1a"
_UNFINISHED = (PART, ".tmp", ".filepart", ".partial")
_ISA_LENGTH = 106
_QUESTIONS = ("270", "276")
_KINDS = {b"999": "999", b"835": "835", b"271": "271", b"270": "270", b"276": "276"}
_STATUS_GUIDE = b"005010X212"


NO_INQUIRIES = "Files that are picked up later answer no question at once."
ASK_ELSEWHERE = "Ask in batch ([questions] in the payer's file), or by another connector: inquiries = …"


def file_name(pattern: str, control_number: str, sender: str, kind: str = "") -> str:
    """The name of our file in the partner's folder: the same for the same control number."""
    return pattern.format(control=control_number, sender=sender, kind=kind)


def upload_name(settings: FileNames, interchange: bytes, control_number: str, sender: str) -> str:
    """What a batch is called: claims and questions, by their own patterns."""
    kind = kind_of(interchange)
    pattern = settings.inquiry_name if kind in _QUESTIONS else settings.upload_name
    return file_name(pattern, control_number, sender, kind)


def upload_names(settings: FileNames, control_number: str, sender: str) -> list[str]:
    """What the batch of that number may be called, whatever is in it."""
    asked = [file_name(settings.inquiry_name, control_number, sender, kind) for kind in _QUESTIONS]
    return list(dict.fromkeys([file_name(settings.upload_name, control_number, sender), *asked]))


def control_number(interchange: bytes) -> str:
    """ISA13. Raises Refused where the bytes are no interchange."""
    elements = interchange[:_ISA_LENGTH].split(interchange[3:4] or b"*")
    if len(elements) < 14 or elements[0] != b"ISA":
        raise Refused("This is no X12 interchange.")
    return elements[13].decode("ascii", "replace")


def is_wanted(name: str, settings: FileNames) -> bool:
    """Whether a file of that name is picked up: by the partner's patterns, and never an unfinished one."""
    if name.startswith(".") or name.lower().endswith(_UNFINISHED):
        return False
    return any(fnmatchcase(name, pattern) for pattern in settings.pick_up)


def is_whole(content: bytes) -> bool:
    """Whether an interchange has its end (IEA and the terminator); other files have none to look for."""
    text = content.removeprefix(b"\xef\xbb\xbf").strip(_PADDING)
    if not text.startswith(b"ISA") or len(text) < _ISA_LENGTH:
        return bool(text) and not b"ISA".startswith(text[:3])
    terminator, separator = text[_ISA_LENGTH - 1 : _ISA_LENGTH], text[3:4]
    if terminator.strip(_PADDING) and not text.endswith(terminator):
        return False
    last = text.removesuffix(terminator).rsplit(terminator, 1)[-1].strip(_PADDING)
    return last.startswith(b"IEA" + separator)


def kind_of(content: bytes) -> str:
    """What a file of a mailbox holds, told by its first transaction set and never by its name."""
    text = content.removeprefix(b"\xef\xbb\xbf").strip(_PADDING)
    if text.startswith(b"{"):
        return "appeal"
    if not text.startswith(b"ISA") or len(text) < _ISA_LENGTH:
        return "unknown"
    terminator, separator = text[_ISA_LENGTH - 1 : _ISA_LENGTH], text[3:4]
    starts = (segment.strip(_PADDING).split(separator) for segment in text[:4096].split(terminator))
    names = {elements[0]: elements[1] for elements in starts if len(elements) > 1}
    if b"TA1" in names:
        return "TA1"
    if names.get(b"ST") == b"277":
        return "277" if separator + _STATUS_GUIDE in text[:4096] else "277CA"
    return _KINDS.get(names.get(b"ST", b""), "unknown")
