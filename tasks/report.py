"""What a scheduled run has to say: what was done, what failed, and what wants somebody's eyes."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Report:
    """``problems`` fail the run, so that it can be retried; ``attention`` is named but does not fail it."""

    done: str
    problems: list[str] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)

    def joined(self, other: "Report") -> "Report":
        return Report(
            "; ".join(filter(None, (self.done, other.done))),
            self.problems + other.problems,
            self.attention + other.attention,
        )
