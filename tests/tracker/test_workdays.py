"""Working days: the notices of the State Council as data, and counting that can be relied on at any distance."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import workdays

DAYS = st.dates(date(2022, 1, 1), date(2029, 12, 31))
COUNTS = st.integers(0, 60)
A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 2, 9), True),  # the eve of the festival of 2024 was a day of work
        (date(2024, 2, 10), False),
        (date(2024, 2, 18), True),  # a Sunday, worked instead
        (date(2025, 1, 28), False),
        (date(2025, 10, 8), False),
        (date(2025, 9, 28), True),
        (date(2026, 1, 4), True),
        (date(2026, 2, 23), False),
        (date(2026, 10, 10), True),
        (date(2026, 11, 21), False),  # a plain Saturday
        (date(2030, 10, 1), True),  # nobody knows yet: a Tuesday
    ],
)
def test_a_day_is_what_the_notice_says(day: date, works: bool) -> None:
    assert workdays.is_working(day) is works


@pytest.mark.parametrize(
    ("day", "count", "then"),
    [
        (date(2026, 2, 13), 1, date(2026, 2, 14)),  # a Saturday worked before the festival
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2025, 12, 31), 1, date(2026, 1, 4)),  # over the end of the year
        (date(2024, 9, 30), 5, date(2024, 10, 12)),
        (date(2026, 11, 21), 5, date(2026, 11, 27)),
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
    ],
)
def test_deadlines_skip_what_is_not_worked(day: date, count: int, then: date) -> None:
    assert workdays.working_days_after(day, count) == then


@given(DAYS, COUNTS)
def test_a_deadline_ends_on_a_working_day_with_as_many_before_it(day: date, count: int) -> None:
    then = workdays.working_days_after(day, count)
    passed = [day + A_DAY * at for at in range(1, (then - day).days + 1)]
    assert sum(map(workdays.is_working, passed)) == count
    assert count == 0 or workdays.is_working(then)


@given(DAYS, COUNTS, COUNTS)
def test_deadlines_add_up_and_keep_their_order(day: date, one: int, other: int) -> None:
    whole = workdays.working_days_after(day, one + other)
    assert whole == workdays.working_days_after(workdays.working_days_after(day, one), other)
    assert workdays.working_days_after(day + A_DAY, one) >= workdays.working_days_after(day, one)


@given(DAYS, COUNTS, st.integers(-80, 80))
def test_late_is_exactly_what_began_before_the_first_day_still_in_time(today: date, count: int, off: int) -> None:
    first = workdays.passed_since(today, count)
    began = first + A_DAY * off
    assert (workdays.working_days_after(began, count) < today) == (began < first)


@given(DAYS, COUNTS)
def test_counting_back_comes_home(day: date, count: int) -> None:
    back = workdays.working_days_before(day, count)
    assert count == 0 or workdays.is_working(back)
    if workdays.is_working(day):
        assert workdays.working_days_after(back, count) == day


def test_a_date_says_how_sure_it_is() -> None:
    assert workdays.basis(date(2025, 12, 30), date(2026, 1, 5)) == "confirmed"
    assert workdays.basis(date(2026, 12, 30), date(2027, 1, 5)) == "weekends_only"


def test_every_year_is_whole() -> None:
    """A day is off or worked, not both; only weekends are worked instead; every notice keeps its own year."""
    for year, known in workdays.years().items():
        assert not known.off & known.worked
        assert all(day.weekday() >= 5 for day in known.worked), year
        assert {day.year for day in known.off | known.worked} == {year}
        assert len(known.source) > 10


def test_no_deadline_is_endless_or_negative() -> None:
    for count in (-1, workdays.DAYS_MAX + 1):
        with pytest.raises(ValueError, match=str(count)):
            workdays.working_days_after(date(2026, 1, 1), count)
