"""The days on which a payer works: what is due in so many of its hours is due on those."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays
from pydantic import BaseModel, ConfigDict, Field

DAY = timedelta(days=1)


class Calendar(BaseModel):
    """Monday to Friday, without the federal holidays of the United States, unless its file says else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    holidays: Literal["federal", "none"] = "federal"
    weekends: bool = Field(default=False, description="it works on Saturdays and Sundays too")
    closed: tuple[date, ...] = Field(default=(), description="further days")

    def is_open(self, day: date) -> bool:
        if day in self.closed or (day.weekday() >= 5 and not self.weekends):
            return False
        return self.holidays == "none" or day not in _federal()

    def after(self, moment: datetime, hours: int, zone: ZoneInfo) -> datetime:
        """When so many hours of open days have gone by since ``moment``; days begin as in ``zone``."""
        left, at = timedelta(hours=hours), moment.astimezone(zone)
        while True:
            midnight = datetime.combine(at.date() + DAY, time(0), zone)
            if not self.is_open(at.date()):
                at = midnight
                continue
            until = midnight.astimezone(UTC) - at.astimezone(UTC)
            if left <= until:
                return (at.astimezone(UTC) + left).astimezone(moment.tzinfo)
            left, at = left - until, midnight


@lru_cache(maxsize=1)
def _federal() -> HolidayBase:
    """Filled year by year as it is asked; observed days count."""
    return country_holidays("US")
