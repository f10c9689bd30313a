"""Who is measured beside whom: ours, the floor, and the other libraries that are installed."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from claims.x12.claim837_read import stream_837
from claims.x12.remit835_balance import Balance
from claims.x12.remit835_read import stream_835
from deployments.bench.x12_claims import claims_written

OURS, FLOOR = "cleanclaim", "split()"
WRITE_837P, READ_837P, READ_835 = "837P write", "837P read", "835 read and balance"
# Claims a second a core, and megabytes above the imports.
BARS = {WRITE_837P: 20_000, READ_837P: 3_000, READ_835: 6_000}
MEMORY_BAR = 60


@dataclass(frozen=True, slots=True)
class Side:
    """One library at one piece of work: ``run`` takes a file's bytes (claims, when it writes).

    ``per_turn`` bounds the claims of a turn for those that take milliseconds each.
    """

    name: str
    work: str
    run: Callable[[Any], object]
    needs: str = ""
    per_turn: int = 1 << 30

    @property
    def is_there(self) -> bool:
        """What it needs is installed."""
        return not self.needs or importlib.util.find_spec(self.needs) is not None


def read_claims(data: bytes) -> list[str]:
    """Every claim of 837s as a model; returns what was wrong."""
    findings: list[Any] = []
    for reader in stream_837(data, findings):
        for _ in reader.claims():
            pass
    return [each.code for each in findings]


def read_payments(data: bytes) -> list[str]:
    """Every claim of 835s as a model, line, claim and payment balanced; returns what was wrong."""
    found: list[Any] = []
    for reader in stream_835(data, found):
        balance = Balance()
        for each in reader.claims():
            balance.add(each)
        found += balance.finish(reader.finish())
    return [each.code for each in found]


def split_text(data: bytes) -> int:
    """The floor of reading: every element in hand, and nothing known of it."""
    return sum(len(segment.split("*")) for segment in data.decode().split("~"))


def join_text(claims: list[list[list[str]]]) -> str:
    """The floor of writing: elements that somebody else had put in order."""
    return "~".join("*".join(segment) for claim in claims for segment in claim)


def validate_by_pyx12(data: bytes) -> object:
    """No models: pyx12 validates."""
    from claims.x12.gate import judge

    return judge(data).valid


def read_by_x12sdk(data: bytes) -> object:
    """Whole transactions as pydantic models."""
    from x12sdk.io import X12ModelReader

    with X12ModelReader(data.decode()) as reader:
        return list(reader.models())


def read_by_oxedi(data: bytes) -> object:
    """Tables, with a diagnosis of each imbalance."""
    import oxedi

    return oxedi.parse(data).count_claims()


SIDES = (
    Side(OURS, WRITE_837P, claims_written),
    Side("join() of what is in order", WRITE_837P, join_text),
    Side(OURS, READ_837P, read_claims),
    Side(FLOOR, READ_837P, split_text),
    Side("pyx12 (validates)", READ_837P, validate_by_pyx12, "pyx12", 100),
    Side("x12sdk", READ_837P, read_by_x12sdk, "x12sdk", 100),
    Side(OURS, READ_835, read_payments),
    Side(FLOOR, READ_835, split_text),
    Side("pyx12 (validates)", READ_835, validate_by_pyx12, "pyx12", 100),
    Side("x12sdk", READ_835, read_by_x12sdk, "x12sdk", 100),
    Side("oxedi", READ_835, read_by_oxedi, "oxedi"),
)
