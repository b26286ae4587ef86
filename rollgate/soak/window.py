"""The stretch of time that is judged. Pure."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

HOUR = datetime.timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """From `since` to `until` by the server's clock; `needed` is how long a soak has to be.

    `began` is the soak's start. What is older than twice the needed time isn't looked at again.
    """

    began: datetime.datetime
    since: datetime.datetime
    until: datetime.datetime
    needed: datetime.timedelta

    @classmethod
    def of(cls, began: datetime.datetime, now: datetime.datetime, hours: int) -> Window:
        """Return the window of a soak that began before `now`."""
        needed = datetime.timedelta(hours=hours)
        return cls(began, max(began, now - 2 * needed), now, needed)

    @property
    def lasted(self) -> datetime.timedelta:
        """How long the soak has been going on."""
        return self.until - self.began

    @property
    def is_over(self) -> bool:
        """Whether it has lasted as long as it has to."""
        return self.lasted >= self.needed

    @property
    def over_at(self) -> datetime.datetime:
        """When it will have lasted as long as it has to."""
        return self.began + self.needed

    @property
    def hours(self) -> int:
        """How many whole hours of it are judged."""
        return int((self.until - self.since) / HOUR)

    def hour(self, number: int) -> datetime.datetime:
        """Return when its hour `number`, from 0, begins."""
        return self.since + number * HOUR
