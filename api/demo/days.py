"""When people work in the demo: weekdays, holidays, shifts, and how busy a month is. Beijing time."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from random import Random

BEIJING = timezone(timedelta(hours=8))
#: The first day off of each Spring Festival, which the moon decides; a year beyond the list has none.
_SPRING_FESTIVALS = frozenset(
    {date(2024, 2, 10), date(2025, 1, 28), date(2026, 2, 16), date(2027, 2, 5), date(2028, 1, 25)}
)
_FESTIVAL_DAYS = 8
_SATURDAY = 5
#: How busy the works are, by month: slow around Spring Festival and in the heat of August, busy before the year ends.
_PACE = (0.9, 0.6, 1.05, 1.1, 1.05, 1.0, 0.95, 0.8, 1.05, 1.0, 1.15, 1.2)


class Shift(Enum):
    """The parts of a working day, in order, from when to when."""

    PLAN = time(8, 0), time(8, 45)
    PICKUP = time(8, 50), time(10, 35)
    ROAD = time(10, 40), time(10, 58)
    ARRIVAL = time(11, 0), time(12, 40)
    RECEIPT = time(12, 45), time(14, 30)
    WORK = time(14, 40), time(16, 20)
    EVENING = time(16, 30), time(17, 35)
    AFTER = time(17, 45), time(18, 0)

    def moment(self, day: date, rng: Random) -> datetime:
        """Some moment of this shift."""
        first, last = (datetime.combine(day, at, BEIJING) for at in self.value)
        return first + timedelta(seconds=rng.randrange(int((last - first).total_seconds())))


#: When the last shift has sent what it saw.
DAY_ENDS = time(18, 10)


def last_whole_day(now: datetime) -> date:
    """The newest day whose shifts are all over."""
    local = now.astimezone(BEIJING)
    return local.date() if local.time() >= DAY_ENDS else local.date() - timedelta(days=1)


def works(day: date) -> bool:
    """Whether anybody is at work."""
    if day.weekday() >= _SATURDAY:
        return False
    if (day.month, day.day) == (1, 1) or (day.month == 5 and day.day <= 5) or (day.month == 10 and day.day <= 7):  # noqa: PLR2004 - Labour Day and National Day
        return False
    return not any(first <= day < first + timedelta(days=_FESTIVAL_DAYS) for first in _SPRING_FESTIVALS)


def working_days(first: date, last: date) -> Iterator[date]:
    """Every working day from ``first`` to ``last``."""
    day = first
    while day <= last:
        if works(day):
            yield day
        day += timedelta(days=1)


def pace(day: date) -> float:
    """How busy the works are that month; 1 is an ordinary one."""
    return _PACE[day.month - 1]
