"""Working days of China: weekends, statutory holidays and the weekend days worked instead.

The holidays of a year are data (``years.toml``); a year without data counts by weekends alone, and ``basis`` says so.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

#: How sure a date is: the year's notice was read, its dates are from memory, or only weekends are known.
Basis = Literal["confirmed", "unconfirmed", "weekends_only"]
#: More than this many working days is no deadline of anybody's, and a loop has an end.
DAYS_MAX = 1_000
_DAY = timedelta(days=1)
_SATURDAY = 5
_SURE: tuple[Basis, ...] = ("confirmed", "unconfirmed", "weekends_only")


@dataclass(frozen=True, slots=True)
class Year:
    """The days off of a year, and the weekend days worked instead."""

    off: frozenset[date]
    worked: frozenset[date]
    confirmed: bool
    source: str


@cache
def years() -> dict[int, Year]:
    """Every year whose holidays are known."""
    with files("tracker").joinpath("workdays/years.toml").open("rb") as source:
        return {int(name): _year(row) for name, row in tomllib.load(source).items()}


def _year(row: Mapping[str, Any]) -> Year:
    off = frozenset(first + _DAY * at for first, last in row["off"] for at in range((last - first).days + 1))
    return Year(off, frozenset(row["worked"]), row["confirmed"], row["source"])


def is_working(day: date) -> bool:
    """Whether offices work on that day."""
    known = years().get(day.year)
    if known is not None and day in known.off | known.worked:
        return day in known.worked
    return day.weekday() < _SATURDAY


def working_days_after(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``, which itself never counts; ``day`` where ``count`` is 0."""
    return _walk(day, count, _DAY)


def working_days_before(day: date, count: int) -> date:
    """The ``count``-th working day before ``day``, which itself never counts; ``day`` where ``count`` is 0."""
    return _walk(day, count, -_DAY)


def _walk(day: date, count: int, step: timedelta) -> date:
    if not 0 <= count <= DAYS_MAX:
        raise ValueError(count)
    while count:
        day += step
        count -= is_working(day)
    return day


def passed_since(today: date, count: int) -> date:
    """The first day of which a deadline of ``count`` working days is not over yet: whatever began on an earlier day is
    late on ``today``."""
    return working_days_before(today, count)


def basis(first: date, last: date) -> Basis:
    """How sure the working days between two days are: as sure as the least sure of the years they touch."""
    found = {_basis(year) for year in range(min(first, last).year, max(first, last).year + 1)}
    return max(found, key=_SURE.index)


def _basis(year: int) -> Basis:
    known = years().get(year)
    if known is None:
        return "weekends_only"
    return "confirmed" if known.confirmed else "unconfirmed"
