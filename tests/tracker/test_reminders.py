"""Proposals nobody answers: a reminder at half time, the end in the log."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.makers import now
from tests.telling import T1, Road, line
from tests.watching import Park
from tracker import reminders, verify


@pytest.fixture
def park(found: Callable[..., Park]) -> Park:
    return found()


def _proposed(park: Park, days: int) -> None:
    """P shipped 10 t to D, and D asks so many days ago to have its own figure corrected."""
    with park.inside() as world:
        road = Road(world, park.signer)
        heap = world.generated(10 * T1)
        manifest = road.issue(heap)
        road.picked_up(manifest)
        receipt = road.received(manifest, line(heap, 10 * T1, measured=True))
        road.corrected(heap, receipt.fact, 9 * T1, who="D")
        world.connection.execute(
            text("UPDATE proposal SET made_at = made_at - make_interval(days => :days)"), {"days": days}
        )


def _state(park: Park) -> list[str]:
    with park.inside() as world:
        return list(world.connection.execute(text("SELECT state FROM proposal ORDER BY made_at")).scalars())


def test_half_way_whoever_is_asked_is_reminded_once(park: Park) -> None:
    _proposed(park, 8)
    reminders.remind(park.engine)
    reminders.remind(park.engine)
    assert [(code, settled) for code, _, settled in park.alerts()] == [("proposal_unanswered", False)]
    with park.inside() as world:
        (params,) = world.connection.execute(text("SELECT params FROM alert")).scalars()
    assert params["asked"] == "P 有限公司"
    assert _state(park) == ["open"]


def test_at_the_end_the_log_says_that_it_lapsed(park: Park) -> None:
    _proposed(park, 8)
    reminders.remind(park.engine)
    reminders.remind(park.engine, now=now() + timedelta(days=7))
    assert _state(park) == ["lapsed"]
    assert [(code, settled) for code, _, settled in park.alerts()] == [("proposal_unanswered", True)]
    with park.inside() as world:
        kinds = list(world.connection.execute(text('SELECT kind FROM fact ORDER BY "index"')).scalars())
        assert kinds[-1] == "declined"
        # The making of it was put back by hand; all else must agree.
        assert verify.park(world.connection, world.park).differences == []
