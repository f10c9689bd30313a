"""Any transaction read into its models and written from them again, for the fuzzer and the round trips."""

from collections.abc import Callable

from claims.x12.ack277ca_io import read_277ca, write_277ca
from claims.x12.ack999_io import read_999, write_999
from claims.x12.claim837_read import read_837, read_header_837
from claims.x12.claim837_write import write_837
from claims.x12.eligibility_read import read_270, read_271, read_header_27x
from claims.x12.eligibility_write import write_270, write_271
from claims.x12.envelope import Transaction
from claims.x12.interchange import Outgoing
from claims.x12.remit835_read import read_835
from claims.x12.remit835_write import write_835
from claims.x12.review278_read import read_278
from claims.x12.review278_write import write_278
from claims.x12.status_read import read_276, read_277
from claims.x12.status_write import write_276, write_277


def written_again(transaction: Transaction) -> Outgoing | None:
    """What our writer makes of what our reader made of it; None for a type without models."""
    write = AGAIN.get(transaction.type)
    return write(transaction) if write else None


def _claims(transaction: Transaction) -> Outgoing:
    return write_837(read_header_837(transaction), read_837(transaction))


AGAIN: dict[str, Callable[[Transaction], Outgoing]] = {
    "837P": _claims,
    "837I": _claims,
    "837D": _claims,
    "835": lambda each: write_835(read_835(each)),
    "270": lambda each: write_270(read_header_27x(each), read_270(each)),
    "271": lambda each: write_271(read_header_27x(each), read_271(each)),
    "276": lambda each: write_276(read_header_27x(each), read_276(each)),
    "277": lambda each: write_277(read_header_27x(each), read_277(each)),
    "277CA": lambda each: write_277ca(read_header_27x(each), read_277ca(each)),
    "278": lambda each: write_278(read_header_27x(each), read_278(each), each.version),
    "999": lambda each: write_999(read_999(each)),
}
