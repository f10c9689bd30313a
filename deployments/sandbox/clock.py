"""The sandbox's business day: it stands still when pinned, and follows the calendar when not."""

from datetime import UTC, date, datetime

from deployments.sandbox.store import Store


class Clock:
    """The last day lived through, kept in the store; ``pin`` at the start wins over a stored day."""

    def __init__(self, store: Store, pin: date | None) -> None:
        self.store = store
        if pin:
            store.set("pinned", "yes")
            store.set("today", max(pin.isoformat(), store.setting("today") or ""))
        elif store.setting("today") is None:
            store.set("today", self._calendar().isoformat())

    @property
    def today(self) -> date:
        return date.fromisoformat(self.store.setting("today") or "")

    @property
    def now(self) -> datetime:
        """The business day at the real time of day: for stamps only, nothing is decided by it."""
        return datetime.combine(self.today, datetime.now(UTC).time().replace(microsecond=0))

    @property
    def goal(self) -> date:
        """The day that the sandbox should have reached by itself."""
        return self.today if self.store.setting("pinned") else max(self.today, self._calendar())

    @staticmethod
    def _calendar() -> date:
        return datetime.now().astimezone().date()
