"""Assembling batches: ready claims become interchanges, each passed by the gate before it is stored."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Assembled:
    """The batches that were made, and why others were not."""

    batch_ids: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
