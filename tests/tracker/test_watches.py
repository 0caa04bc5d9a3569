"""Deadlines: told once by however many processes, settled when the reason is gone, and in no park but their own."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from manifests import issue
from tests.makers import OILY_RAGS, SOMEWHERE, now
from tests.watching import Park
from tracker import facts, registry, watches
from tracker.views import desk


def test_a_manifest_nobody_picks_up_is_told_once_and_settled_by_the_pickup(found: Callable[..., Park]) -> None:
    park = found(pickup_days=5)
    late, early = park.issued(6), park.issued(4)
    for _ in range(2):
        watches.watch(park.engine)
        assert park.alerts() == [("pickup_overdue", late, False)]
    with park.inside() as world:
        (shown,) = desk.alerts(world.connection, world.R.caller)
        assert "5 天仍未提货" in shown["zh"]
        assert "P Ltd" in shown["en"]
        assert desk.alerts(world.connection, world.P.caller)[0]["id"] == shown["id"]
        assert desk.alerts(world.connection, world.T.caller) == []
    assert park.told("T", facts.PickedUp(id=uuid7(), observed_at=now(), manifest=late, place=SOMEWHERE)) == ["recorded"]
    watches.watch(park.engine)
    assert park.alerts() == [("pickup_overdue", late, True)]
    assert early not in [subject for _, subject, _ in park.alerts()]


def test_a_voided_manifest_is_no_longer_overdue(found: Callable[..., Park]) -> None:
    park = found(pickup_days=5)
    manifest = park.issued(6)
    watches.watch(park.engine)
    with park.inside() as world:
        issue.void(world.connection, world.P.caller, manifest, "truck broke down")
    watches.watch(park.engine)
    assert park.alerts() == [("pickup_overdue", manifest, True)]


def test_waste_that_stands_too_long_is_told_by_its_own_limit(found: Callable[..., Park]) -> None:
    park = found(storage_days=100, hazardous_storage_days=50)
    general, hazardous = park.stored(99), park.stored(51, waste=OILY_RAGS)
    unknown = park.stored(51, waste=facts.ClassRef(scheme="CN-SW", edition="2024", code="999-999-S99"))
    store_uuid = uuid7()
    with park.inside() as world:
        registry.add_place(
            world.connection,
            enterprise=world.P.key,
            kind="store",
            name_zh="暂存间",
            longitude=116.506,
            latitude=39.795,
            limit_days=10,
            uuid=store_uuid,
        )
    short = park.stored(11, store=store_uuid)
    for _ in range(2):
        watches.watch(park.engine)
        assert {subject for _, subject, _ in park.alerts()} == {hazardous, unknown, short}
    assert general not in {subject for _, subject, _ in park.alerts()}
    assert park.told("P", facts.TakenOut(id=uuid7(), observed_at=now(), lines=(facts.Line(batch=short),))) == [
        "recorded"
    ]
    watches.watch(park.engine)
    assert ("storage_overdue", short, True) in park.alerts()
    # Its clock runs on, and the same thing is told again when it is true again.
    assert park.told(
        "P", facts.Stored(id=uuid7(), observed_at=now(), lines=(facts.Line(batch=short),), store=store_uuid)
    ) == ["recorded"]
    watches.watch(park.engine)
    assert [settled for _, subject, settled in park.alerts() if subject == short] == [True, False]


def test_treating_it_settles_the_alert(found: Callable[..., Park]) -> None:
    park = found(storage_days=10)
    batch = park.stored(11)
    watches.watch(park.engine)
    park.told(
        "P",
        facts.Treated(id=uuid7(), observed_at=now(), lines=(facts.Line(batch=batch),), treatment="D10"),
    )
    watches.watch(park.engine)
    assert park.alerts() == [("storage_overdue", batch, True)]


def test_a_fact_that_waits_long_is_told_and_settled_when_it_is_in(found: Callable[..., Park]) -> None:
    park = found(waiting_days=3)
    batch, missing = park.stored(6), uuid7()
    line = facts.Line(batch=batch, grams=900_000, measured=True, prev=missing)
    weighed = facts.Weighed(id=uuid7(), observed_at=now() - timedelta(days=4), lines=(line,))
    assert park.told("P", weighed, now=now() - timedelta(days=4)) == ["waiting"]
    for _ in range(2):
        watches.watch(park.engine)
        assert park.alerts() == [("fact_waiting_long", weighed.id, False)]
    awaited = facts.Weighed(
        id=missing, observed_at=now(), lines=(facts.Line(batch=batch, grams=950_000, measured=True),)
    )
    assert park.told("P", awaited) == ["recorded"]
    watches.watch(park.engine)
    assert park.alerts() == [("fact_waiting_long", weighed.id, True)]


@pytest.mark.parametrize("turns", [True, False], ids=["taking turns", "both at once"])
def test_two_processes_at_once_tell_it_once(
    found: Callable[..., Park], monkeypatch: pytest.MonkeyPatch, turns: bool
) -> None:
    park = found(storage_days=10)
    batches = {park.stored(11 + at) for at in range(12)}
    if not turns:
        monkeypatch.setattr(watches, "my_turn", lambda *_: True)
    start = threading.Barrier(2)

    def look() -> None:
        start.wait()
        for _ in range(3):
            watches.watch(park.engine)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    subjects = [subject for _, subject, _ in park.alerts()]
    assert len(subjects) == len(batches)
    assert set(subjects) == batches


def test_a_batch_somebody_works_on_is_left_for_the_next_round(found: Callable[..., Park]) -> None:
    park = found(storage_days=10)
    busy, free = park.stored(12), park.stored(11)
    with park.inside() as world:
        world.connection.execute(text("SELECT 1 FROM batch WHERE uuid = :uuid FOR UPDATE"), {"uuid": busy})
        watches.watch(park.engine)
    assert [subject for _, subject, _ in park.alerts()] == [free]
    watches.watch(park.engine)
    assert [subject for _, subject, _ in park.alerts()] == [free, busy]


def test_every_park_is_told_of_its_own(found: Callable[..., Park]) -> None:
    one, other = found(storage_days=10), found(storage_days=10_000)
    mine = one.stored(11)
    other.stored(11)
    watches.watch(one.engine)
    assert one.alerts() == [("storage_overdue", mine, False)]
    assert other.alerts() == []
    with (
        pytest.raises(DBAPIError, match=r"tracker\.park|invalid input syntax for type integer"),
        one.engine.begin() as connection,
    ):
        connection.execute(text("SELECT * FROM alert"))


def test_a_fact_held_although_its_predecessor_is_in_is_released(found: Callable[..., Park]) -> None:
    """Two phones send at the same moment: neither sees the other's fact."""
    park, batch = found(), uuid7()
    line = facts.Line(batch=batch, grams=1_000_000)
    generated = facts.Generated(id=uuid7(), observed_at=now(), lines=(line,), waste_class=OILY_RAGS)
    measured = facts.Line(batch=batch, grams=990_000, measured=True)
    weighed = facts.Weighed(id=uuid7(), observed_at=now(), lines=(measured,))
    with park.inside() as world:
        first = world.tell("P", generated)
        assert park.told("P", weighed) == ["waiting"]
    assert [receipt.verdict for receipt in first] == ["recorded"]
    assert watches.release_stranded(park.engine) == 1
    assert watches.release_stranded(park.engine) == 0
    with park.inside() as world:
        assert world.batch(batch)["grams"] == 990_000
        teller = world.connection.execute(text("SELECT person_id FROM fact WHERE id = :id"), {"id": weighed.id})
        assert teller.scalar_one() == world.P.caller.person
        world.verified()
