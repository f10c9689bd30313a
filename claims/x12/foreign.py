"""What is handed over by mistake in place of an X12 file, told by its first bytes."""

OTHERS = {
    b"\x1f\x8b": "a file packed with gzip",
    b"PK\x03\x04": "a zip archive",
    b"\xff\xfe": "text in UTF-16; save it as plain text",
    b"\xfe\xff": "text in UTF-16; save it as plain text",
    b"I\x00S\x00": "text in UTF-16; save it as plain text",
    b"\x00I\x00S": "text in UTF-16; save it as plain text",
    b"-----BEGIN PGP": "a file encrypted with PGP",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"II*\x00": "a scanned picture",
    b"MM\x00*": "a scanned picture",
    b"{": "JSON",
    b"[": "JSON",
    b"<": "XML or HTML",
    b"MSH|": "HL7 version 2",
    b"UNA": "EDIFACT",
    b"UNB": "EDIFACT",
    b"isa": "X12 in small letters; segment ids are in capitals",
}


def looks_like(head: bytes) -> str:
    """A sentence on what the file is, or nothing."""
    return next((f" It looks like {what}." for sign, what in OTHERS.items() if head.startswith(sign)), "")
