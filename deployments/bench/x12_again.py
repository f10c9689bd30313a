"""Any transaction read into its models and written from them again, for the fuzzer and the round trips."""

from collections.abc import Callable
from typing import Any

from claims.x12.ack277ca_io import read_277ca, write_277ca
from claims.x12.ack999_io import read_999, write_999
from claims.x12.claim837_read import read_837, read_header_837
from claims.x12.claim837_write import write_837
from claims.x12.eligibility_read import read_270, read_271
from claims.x12.eligibility_write import write_270, write_271
from claims.x12.envelope import Transaction
from claims.x12.header27x import read_header_27x
from claims.x12.interchange import Outgoing
from claims.x12.remit835_read import read_835
from claims.x12.remit835_write import write_835
from claims.x12.review278_read import read_278
from claims.x12.review278_write import write_278
from claims.x12.status_read import read_276, read_277
from claims.x12.status_write import write_276, write_277


def models_of(transaction: Transaction) -> tuple[Any, ...] | None:
    """What its writer is given; None for a type without models."""
    read = READERS.get(transaction.type)
    return read(transaction) if read else None


def written(kind: str, models: tuple[Any, ...]) -> Outgoing:
    """The transaction of these models."""
    return WRITERS[kind](*models)


def _claims(transaction: Transaction) -> tuple[Any, ...]:
    return read_header_837(transaction), read_837(transaction)


def _headed(read: Callable[[Transaction], Any]) -> Callable[[Transaction], tuple[Any, ...]]:
    return lambda transaction: (read_header_27x(transaction), read(transaction))


READERS: dict[str, Callable[[Transaction], tuple[Any, ...]]] = {
    "837P": _claims,
    "837I": _claims,
    "837D": _claims,
    "835": lambda each: (read_835(each),),
    "270": _headed(read_270),
    "271": _headed(read_271),
    "276": _headed(read_276),
    "277": _headed(read_277),
    "277CA": _headed(read_277ca),
    "278": lambda each: (*_headed(read_278)(each), each.version),
    "999": lambda each: (read_999(each),),
}
WRITERS: dict[str, Callable[..., Outgoing]] = {
    "837P": write_837,
    "837I": write_837,
    "837D": write_837,
    "835": write_835,
    "270": write_270,
    "271": write_271,
    "276": write_276,
    "277": write_277,
    "277CA": write_277ca,
    "278": write_278,
    "999": write_999,
}
