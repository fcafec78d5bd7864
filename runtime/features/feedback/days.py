"""Days as the readers of the report live them, and when the report of one is due."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from runtime.clock import micros

DAY = timedelta(days=1)
MIDNIGHT = time(0)
# What was sent just before midnight is stored by then.
STORED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class LocalDays:
    """Days of a zone; the report of a day is due on the next one, at this time of it.

    A time that a day has twice is its first; one that it does not have comes as much later as the
    clocks were put forward.
    """

    at: time
    zone: ZoneInfo

    def newest_due(self, now: datetime) -> date:
        """The last day whose report is due."""
        today = now.astimezone(self.zone).date()
        due = max(self._instant(today, self.at), self._instant(today, MIDNIGHT) + STORED_WITHIN)
        return today - DAY if now >= due else today - 2 * DAY

    def bounds(self, day: date) -> tuple[int, int]:
        """From its first microsecond to the next day's first: 23, 24 or 25 hours.

        The same twice where the zone left the day out.
        """
        start, end = (self._instant(each, MIDNIGHT) for each in (day, day + DAY))
        return micros(start), micros(end)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)
