"""What day it is. All of China keeps one time, eight hours ahead of UTC, and law counts days and years by it."""

from datetime import date, datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "UTC+08:00")


def day_of(moment: datetime) -> date:
    """The calendar day of a moment: a manifest issued at one in the morning of 1 January belongs to the new year."""
    return moment.astimezone(CHINA).date()


def year_of(moment: datetime) -> int:
    return day_of(moment).year


def begin_of(day: date) -> datetime:
    """The first moment of a day in China."""
    return datetime.combine(day, time(), CHINA)


def minute_of(moment: datetime) -> str:
    """A moment as people read it, to the minute: ``2026-11-21 16:30``."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
