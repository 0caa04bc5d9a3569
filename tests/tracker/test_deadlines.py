"""Deadlines of the province, permits that run out, quotas that run low, and manifests that expire by themselves."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from manifests import expiry, issue
from tests.makers import SOMEWHERE, now
from tests.telling import T1
from tests.watching import Park
from tracker import clock, deadlines, facts, store, watches, workdays
from tracker.views import desk

TODAY = clock.day_of(datetime.now(UTC))


def _working_days_ago(days: int) -> datetime:
    """A moment of the day that lies so many working days back, around noon in China."""
    return clock.begin_of(workdays.passed_since(TODAY, days)) + timedelta(hours=12)


def _issued(park: Park, at: datetime, grams: int = T1, **given: Any) -> UUID:
    with park.inside() as world:
        batch = world.generated(grams, at=at, **given)
        plan = issue.Plan(
            id=uuid7(),
            batches=(issue.BatchPlan(batch=batch),),
            carriers=(issue.CarrierPlan(enterprise=world.T.uuid, plate="京A"),),
            receiver=world.D.uuid,
            treatment="D10",
        )
        issue.issue(world.connection, world.P.caller, park.signer, plan, now=at)
    return plan.id


def _state(park: Park, manifest: UUID) -> str:
    with park.inside() as world:
        return str(world.connection.scalar(text("SELECT state FROM manifest WHERE uuid = :m"), {"m": manifest}))


def _alerts(park: Park, code: str) -> list[tuple[UUID, bool]]:
    return [(subject, settled) for told, subject, settled in park.alerts() if told == code]


def _permit(park: Park, who: str = "D", **changed: Any) -> UUID:
    with park.inside() as world:
        for column, value in changed.items():
            world.connection.execute(
                text(f"UPDATE permit SET {column} = :value WHERE enterprise_id = :key"),
                {"value": value, "key": world.companies[who].key},
            )
        mine = text("SELECT uuid FROM permit WHERE enterprise_id = :key")
        return world.connection.execute(mine, {"key": world.companies[who].key}).scalar_one()


def test_a_manifest_nobody_picks_up_expires_by_itself_and_its_batches_are_free(found: Callable[..., Park]) -> None:
    park = found(pickup_days=3, rules={"deadlines.pickup": 5})
    late, in_time = _issued(park, _working_days_ago(6)), _issued(park, _working_days_ago(5))
    watches.watch(park.engine)
    assert (late, False) in _alerts(park, "pickup_overdue")
    assert expiry.expire(park.engine) == 1
    assert expiry.expire(park.engine) == 0
    assert (_state(park, late), _state(park, in_time)) == ("expired", "issued")
    watches.watch(park.engine)
    assert (late, True) in _alerts(park, "pickup_overdue")
    assert _alerts(park, "manifest_expired") == [(late, False)]
    with park.inside() as world:
        told = [one for one in desk.alerts(world.connection, world.P.caller) if one["code"] == "manifest_expired"]
        assert "5 个工作日" in told[0]["zh"]
        assert desk.alerts(world.connection, world.T.caller) == []
        fact = world.connection.execute(
            text(
                "SELECT f.person_id, f.enterprise_id FROM fact f WHERE f.manifest_uuid = :m AND kind = 'manifest_voided'"
            ),
            {"m": late},
        ).one()
        assert tuple(fact) == (None, None)
        batch = world.connection.execute(
            text(
                "SELECT b.uuid FROM batch b JOIN manifest_line l ON l.park_id = b.park_id AND l.batch_id = b.id"
                " JOIN manifest m ON m.park_id = l.park_id AND m.id = l.manifest_id WHERE m.uuid = :m"
            ),
            {"m": late},
        ).scalar_one()
        assert world.batch(batch)["state"] == "on_site"
        world.verified()
        world.tell("P", facts.Treated(id=uuid7(), observed_at=now(), lines=(facts.Line(batch=batch),), treatment="D10"))
    watches.watch(park.engine)
    assert _alerts(park, "manifest_expired") == [(late, True)]


@pytest.mark.parametrize("settings", [{"pickup_days": 60}, {"pickup_days": 3, "rules": {"deadlines.pickup": 0}}])
def test_a_park_that_gives_longer_or_for_ever_is_obeyed(found: Callable[..., Park], settings: dict[str, Any]) -> None:
    park = found(**settings)
    manifest = _issued(park, _working_days_ago(25))
    assert expiry.expire(park.engine) == 0
    assert _state(park, manifest) == "issued"


def test_a_truck_that_comes_at_the_last_moment_wins_or_loses_but_nothing_breaks(found: Callable[..., Park]) -> None:
    park = found(pickup_days=3, rules={"deadlines.pickup": 5})
    for _ in range(4):
        manifest = _issued(park, _working_days_ago(6))
        start, answers = threading.Barrier(2), []

        def pick(manifest: UUID = manifest, start: threading.Barrier = start, answers: list[Any] = answers) -> None:
            fact = facts.PickedUp(id=uuid7(), observed_at=now(), manifest=manifest, place=SOMEWHERE)
            start.wait()
            answers.extend(park.told("T", fact))

        driver = threading.Thread(target=pick)
        driver.start()
        start.wait()
        expired = expiry.expire(park.engine)
        driver.join()
        assert answers == ["recorded"]
        assert _state(park, manifest) == ("expired" if expired else "under_way")
    with park.inside() as world:
        world.verified()


def test_a_truck_that_came_after_the_list_was_made_keeps_its_load(found: Callable[..., Park]) -> None:
    park = found(rules={"deadlines.pickup": 5})
    manifest = _issued(park, _working_days_ago(9))
    (seen,) = [one for one in watches.parks(park.engine) if one.key == park.world.park]
    park.told("T", facts.PickedUp(id=uuid7(), observed_at=now(), manifest=manifest, place=SOMEWHERE))
    assert store.attempt(park.engine, expiry._one(seen, manifest, now())) == 0
    assert (_state(park, manifest), _alerts(park, "manifest_expired")) == ("under_way", [])


def test_a_receipt_nobody_confirms_is_told_to_the_receiver_and_settled_by_the_receipt(
    found: Callable[..., Park],
) -> None:
    park = found(rules={"deadlines.pickup": 0})
    late, in_time = _issued(park, _working_days_ago(8)), _issued(park, _working_days_ago(8))
    for manifest, days in ((late, 6), (in_time, 5)):
        at = _working_days_ago(days)
        park.told("T", facts.PickedUp(id=uuid7(), observed_at=at, manifest=manifest, place=SOMEWHERE), now=at)
    for _ in range(2):
        watches.watch(park.engine)
        assert _alerts(park, "receipt_unconfirmed") == [(late, False)]
    with park.inside() as world:
        (told,) = desk.alerts(world.connection, world.D.caller)
        assert "5 个工作日" in told["zh"]
    park.told("D", facts.Received(id=uuid7(), observed_at=now(), manifest=late, place=SOMEWHERE, outcome="whole"))
    watches.watch(park.engine)
    assert _alerts(park, "receipt_unconfirmed") == [(late, True)]


def test_an_arrival_starts_the_receivers_clock_anew(found: Callable[..., Park]) -> None:
    park = found(rules={"deadlines.pickup": 0})
    manifest, at = _issued(park, _working_days_ago(8)), _working_days_ago(7)
    park.told("T", facts.PickedUp(id=uuid7(), observed_at=at, manifest=manifest, place=SOMEWHERE), now=at)
    park.told("T", facts.Arrived(id=uuid7(), observed_at=now(), manifest=manifest, place=SOMEWHERE))
    watches.watch(park.engine)
    assert _alerts(park, "receipt_unconfirmed") == []


def test_a_permit_is_told_of_at_ninety_days_and_at_thirty_and_a_new_one_settles_it(found: Callable[..., Park]) -> None:
    park = found()
    permit = _permit(park, valid_to=TODAY + timedelta(days=91))
    watches.watch(park.engine)
    assert park.alerts() == []
    for days, code in (
        (90, "permit_ends_soon"),
        (31, "permit_ends_soon"),
        (30, "permit_ends_now"),
        (0, "permit_ends_now"),
    ):
        _permit(park, valid_to=TODAY + timedelta(days=days))
        watches.watch(park.engine)
        assert [(told, subject) for told, subject, settled in park.alerts() if not settled] == [(code, permit)], days
    with park.inside() as world:
        (told,) = desk.alerts(world.connection, world.D.caller)
        assert told["subject"]["kind"] == "permit"
        assert told["subject"]["title"].startswith("京危废")
        world.connection.execute(
            text(
                "INSERT INTO permit (uuid, enterprise_id, number, acts_as, codes, treatments, annual_grams, valid_from,"
                " valid_to, divisions, ends_trace, confirmed_at, revision) SELECT :uuid, enterprise_id, '续证', acts_as,"
                " codes, treatments, annual_grams, valid_to + 1, valid_to + 1000, '{}', false, now(), 1 FROM permit"
                " WHERE uuid = :permit"
            ),
            {"uuid": uuid7(), "permit": permit},
        )
    watches.watch(park.engine)
    assert all(settled for _, _, settled in park.alerts())


def test_a_permit_of_somebody_who_has_nothing_to_do_with_the_park_is_none_of_its_business(
    found: Callable[..., Park],
) -> None:
    one, other = found(), found()
    _permit(one, valid_to=TODAY + timedelta(days=10))
    watches.watch(one.engine)
    assert [code for code, _, _ in one.alerts()] == ["permit_ends_now"]
    assert other.alerts() == []


def test_a_quota_is_told_of_beyond_eighty_percent_and_settled_when_there_is_room(found: Callable[..., Park]) -> None:
    park = found(rules={"deadlines.pickup": 0})
    permit = _permit(park, annual_grams=10 * T1)
    _issued(park, now(), grams=8 * T1)
    watches.watch(park.engine)
    assert park.alerts() == []
    drop = _issued(park, now(), grams=1)
    for _ in range(2):
        watches.watch(park.engine)
        assert park.alerts() == [("permit_quota_low", permit, False)]
    with park.inside() as world:
        (told,) = desk.alerts(world.connection, world.D.caller)
        assert "80 %" in told["en"]
        assert "1999.999 kg" in told["en"]
        issue.void(world.connection, world.P.caller, drop, "…")
    watches.watch(park.engine)
    assert park.alerts() == [("permit_quota_low", permit, True)]


def test_a_permit_without_sense_does_not_stop_the_watches(found: Callable[..., Park]) -> None:
    park = found(rules={"deadlines.pickup": 0})
    _permit(park, annual_grams=2**63 - 1)
    _issued(park, now())
    watches.watch(park.engine)
    assert park.alerts() == []


def test_a_deadline_ends_with_its_last_day() -> None:
    assert deadlines.until(date(2026, 2, 13), 2) == datetime(2026, 2, 24, 16, tzinfo=UTC)
