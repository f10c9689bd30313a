"""A claim's whole history for an auditor: gathered once, told as text, JSON, one HTML page or a PDF."""

from claims.trace.gather import Trace, record, trace
from claims.trace.page import as_html
from claims.trace.paper import as_pdf
from claims.trace.plain import as_json, as_text

__all__ = ["Trace", "as_html", "as_json", "as_pdf", "as_text", "record", "trace"]
