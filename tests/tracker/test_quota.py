"""Permits in time and quantity: reserved at issue, settled at receipt, over the end of the year and of the permit."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from manifests import issue
from manifests.signing import Signer
from tests.makers import World
from tests.telling import T1, Road, codes, finding, line, make
from tracker import clock, facts, permits
from tracker.problems import Problem
from tracker.views import register


@pytest.fixture
def road(world: World, signer: Signer) -> Road:
    return Road(world, signer)


def _permit(road: Road, who: str = "D", **changed: object) -> None:
    for column, value in changed.items():
        road.world.connection.execute(
            text(f"UPDATE permit SET {column} = :value WHERE enterprise_id = :key AND acts_as = 'receiver'"),
            {"value": value, "key": road.world.companies[who].key},
        )


def _years(road: Road, who: str = "D") -> dict[int, tuple[int, int]]:
    rows = road.world.connection.execute(
        text(
            "SELECT y.year, y.reserved_grams, y.used_grams FROM permit_year y JOIN permit p ON p.uuid = y.permit_uuid"
            " WHERE p.enterprise_id = :key"
        ),
        {"key": road.world.companies[who].key},
    )
    return {row.year: (row.reserved_grams, row.used_grams) for row in rows}


def test_issued_in_december_and_received_in_january(road: Road) -> None:
    """The promise is given back where it was made, the use is booked in the year in which it came."""
    december, january = datetime(2025, 12, 31, 8, tzinfo=UTC), datetime(2026, 1, 1, 8, tzinfo=UTC)
    batch = road.world.generated(T1, at=december - timedelta(hours=1))
    manifest = road.issue(batch, now=december)
    assert _years(road) == {2025: (T1, 0)}
    (picked,) = road.world.tell("T", make(facts.PickedUp, manifest=manifest, observed_at=december), now=december)
    fact = make(facts.Received, manifest=manifest, observed_at=january, outcome="whole")
    (received,) = road.world.tell("D", fact, now=january)
    assert (picked.verdict, received.verdict) == ("recorded", "recorded")
    assert _years(road) == {2025: (0, 0), 2026: (0, T1)}
    road.world.verified()


def test_one_in_the_morning_of_new_year_in_china_is_the_new_year(road: Road) -> None:
    night = datetime(2025, 12, 31, 17, tzinfo=UTC)
    road.issue(road.world.generated(T1, at=night - timedelta(hours=1)), now=night)
    assert _years(road) == {2026: (T1, 0)}


@pytest.mark.parametrize("how", ["valid_to", "ended_on"])
def test_a_permit_that_ended_on_the_way_is_a_finding_and_no_lost_load(road: Road, how: str) -> None:
    batch = road.world.generated(T1)
    manifest = road.issue(batch)
    road.picked_up(manifest)
    today = clock.day_of(datetime.now(UTC))
    road.world.connection.execute(
        text("UPDATE manifest SET issued_at = issued_at - interval '3 days' WHERE uuid = :m"), {"m": manifest}
    )
    _permit(road, **{how: today - timedelta(days=1) if how == "valid_to" else today})
    receipt = road.received(manifest)
    assert (receipt.verdict, codes(receipt)) == ("recorded", ["permit_expired_meanwhile"])
    odd = finding(receipt, "permit_expired_meanwhile")
    assert (odd.severity, odd.evidence["ended"]) == ("watch", (today - timedelta(days=1)).isoformat())
    assert road.holder(batch) == "D"
    assert road.permit_year() == (0, T1)


def test_received_without_any_permit_stays_what_it_was(road: Road) -> None:
    batch = road.world.generated(T1)
    manifest = road.issue(batch)
    road.picked_up(manifest)
    _permit(road, codes=["CN-HW:*-08"])
    assert codes(road.received(manifest)) == ["permit_missing"]


def test_a_receipt_told_late_is_judged_by_the_day_it_happened(road: Road) -> None:
    batch = road.world.generated(T1)
    manifest = road.issue(batch)
    road.picked_up(manifest)
    _permit(road, valid_to=date(2026, 6, 30))
    road.world.connection.execute(text("UPDATE permit SET valid_from = '2020-01-01'"))
    last_evening = datetime(2026, 6, 30, 15, 30, tzinfo=UTC)  # half an hour before midnight in China
    fact = make(facts.Received, manifest=manifest, observed_at=last_evening, outcome="whole")
    (receipt,) = road.world.tell("D", fact, now=last_evening + timedelta(hours=10))
    assert not {"permit_missing", "permit_expired_meanwhile"} & set(codes(receipt))


def test_what_nobody_confirmed_and_what_was_ended_opens_no_gate(road: Road) -> None:
    for changed in ({"confirmed_at": None}, {"confirmed_at": datetime.now(UTC), "ended_on": date(2020, 1, 1)}):
        _permit(road, **changed)
        with pytest.raises(Problem) as caught:
            road.issue(road.world.generated(T1))
        assert caught.value.code == "receiver_without_permit"


def test_the_page_shows_what_is_left_even_when_it_is_less_than_nothing(road: Road) -> None:
    road.issue(road.world.generated(T1))
    road.delivered(road.world.generated(2 * T1))
    world = road.world
    for annual, left in ((10 * T1, 7 * T1), (2 * T1, -T1)):
        _permit(road, annual_grams=annual)
        shown = register.enterprise(world.connection, world.D.uuid, clock.year_of(datetime.now(UTC)))["permits"]
        (mine,) = [permit for permit in shown if permit["acts_as"] == "receiver"]
        assert (mine["reserved_grams"], mine["used_grams"], mine["left_grams"]) == (T1, 2 * T1, left)


def test_a_permit_without_limit_has_nothing_left_to_count(road: Road) -> None:
    _permit(road, annual_grams=None)
    (mine,) = [
        permit
        for permit in permits.of_enterprise(road.world.connection, road.world.D.key, 2026)
        if permit["acts_as"] == "receiver"
    ]
    assert mine["left_grams"] is None


def test_what_the_receiver_weighs_beyond_its_year_is_received_and_told(road: Road) -> None:
    batch = road.world.generated(T1, measured=True)
    manifest = road.issue(batch)
    road.picked_up(manifest)
    _permit(road, annual_grams=T1)
    receipt = road.received(manifest, line(batch, 1_040_000, measured=True))
    assert "permit_over_capacity" in codes(receipt)
    assert finding(receipt, "permit_over_capacity").evidence["over_grams"] == 40_000


def test_the_plan_names_its_permit_by_itself(road: Road) -> None:
    """Of two permits that fit, the one with room is taken."""
    _permit(road, annual_grams=1)
    second = uuid7()
    road.world.connection.execute(
        text(
            "INSERT INTO permit (uuid, enterprise_id, number, acts_as, codes, treatments, annual_grams, valid_from,"
            " valid_to, divisions, ends_trace, confirmed_at, revision) SELECT :uuid, enterprise_id, '第二证', acts_as, codes,"
            " treatments, 5000000, valid_from, valid_to, '{}', false, now(), 1 FROM permit"
            " WHERE enterprise_id = :key AND acts_as = 'receiver'"
        ),
        {"uuid": second, "key": road.world.D.key},
    )
    manifest = road.issue(road.world.generated(T1))
    assert road.manifest(manifest)["permit_uuid"] == second
    with pytest.raises(Problem) as caught:
        issue.issue(road.world.connection, road.world.P.caller, road.signer, road.plan(road.world.generated(5 * T1)))
    assert (caught.value.code, caught.value.params["left"]) == ("receiver_capacity_exceeded", "4000 kg")
