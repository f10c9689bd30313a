"""The header of a 270, 271, 276, 277, 277CA or 278, which keeps what their models have no place for."""

from dataclasses import replace
from importlib import import_module

from claims.x12.eligibility import Header27x
from claims.x12.envelope import Transaction
from claims.x12.kept import Kept, kept, lines_of
from claims.x12.parts_io import padded
from claims.x12.values import moment, odd_time

# Where each is read and written; imported when a file has need of it.
SETS = {
    "270": ("eligibility_read", "eligibility_write"),
    "271": ("eligibility_read", "eligibility_write"),
    "276": ("status_read", "status_write"),
    "277": ("status_read", "status_write"),
    "277CA": ("ack277ca_io", "ack277ca_io"),
    "278": ("review278_read", "review278_write"),
}


def read_header_27x(transaction: Transaction) -> Header27x:
    """The BHT, and all that the transaction's models would not write as it stands there (``kept``)."""
    header = read_bht(transaction)
    return replace(header, kept=_kept(header, transaction)) if transaction.type in SETS else header


def read_bht(transaction: Transaction) -> Header27x:
    """The BHT alone."""
    bht = next((each for each in transaction.segments[:3] if each[0] == "BHT"), ["BHT"])
    _, purpose, reference, day_text, time, kind = padded(bht, 6)
    created = moment(day_text, time)
    return Header27x(reference, created, purpose, kind, odd_time(created, time))


def _kept(header: Header27x, transaction: Transaction) -> tuple[Kept, ...]:
    kind = transaction.type.lower()
    reader, writer = (import_module(f"claims.x12.{name}") for name in SETS[transaction.type])
    models = getattr(reader, f"read_{kind}")(transaction)
    outgoing = getattr(writer, f"write_{kind}")(header, models)
    return kept(lines_of(transaction.segments[1:]), outgoing.lines)
