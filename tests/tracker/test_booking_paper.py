"""Where a manifest stands follows from what befell its batches, and from nothing else."""

from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from tests.makers import World
from tests.telling import T1, Road, codes, line
from tracker.booking import Line, Manifest, manifest_state


@pytest.fixture
def drums(world: World) -> list[UUID]:
    return [world.generated(T1), world.generated(T1)]


def _state(road: Road, manifest: UUID) -> str:
    return road.manifest(manifest)["state"]


def test_a_manifest_lives_from_issue_to_the_last_treatment(world: World, road: Road, drums: list[UUID]) -> None:
    one, other = drums
    manifest = road.issue(*drums)
    assert (_state(road, manifest), [world.batch(drum)["state"] for drum in drums]) == ("issued", ["reserved"] * 2)
    road.picked_up(manifest, line(one))
    assert _state(road, manifest) == "under_way"
    road.picked_up(manifest, line(other))
    road.received(manifest, line(one))
    assert _state(road, manifest) == "under_way"
    road.received(manifest, line(other))
    assert _state(road, manifest) == "delivered"
    road.treated(line(one))
    assert _state(road, manifest) == "delivered"
    road.treated(line(other, T1 // 2))
    assert _state(road, manifest) == "delivered"
    road.treated(line(other))
    assert _state(road, manifest) == "closed"
    world.verified()


def test_a_voided_manifest_frees_its_batches_and_its_capacity(world: World, road: Road, drums: list[UUID]) -> None:
    manifest = road.issue(*drums)
    assert road.permit_year() == (2 * T1, 0)
    assert road.void(manifest).verdict == "recorded"
    assert (_state(road, manifest), road.permit_year()) == ("voided", (0, 0))
    assert [world.batch(drum)["state"] for drum in drums] == ["on_site"] * 2
    again = road.issue(*drums)
    assert _state(road, again) == "issued"
    assert road.manifest(again)["number"] != road.manifest(manifest)["number"]
    world.verified()


def test_one_that_nobody_picked_up_expires(road: Road, drums: list[UUID]) -> None:
    manifest = road.issue(*drums)
    road.void(manifest, who="R", expired=True)
    assert _state(road, manifest) == "expired"
    road.world.verified()


def test_a_truck_that_comes_with_a_voided_paper_moves_nothing(world: World, road: Road, drums: list[UUID]) -> None:
    manifest = road.issue(*drums)
    road.void(manifest)
    receipt = road.picked_up(manifest)
    assert codes(receipt) == ["manifest_left_behind"]
    assert [world.batch(drum)["state"] for drum in drums] == ["on_site"] * 2
    assert _state(road, manifest) == "voided"
    world.verified()


def test_a_received_batch_that_is_freed_again_is_received(world: World, road: Road, drums: list[UUID]) -> None:
    road.delivered(*drums)
    manifest = road.issue(drums[0], who="D", to="S")
    assert world.batch(drums[0])["state"] == "reserved"
    road.void(manifest, who="D")
    assert world.batch(drums[0])["state"] == "received"
    world.verified()


def test_all_refused_is_refused_and_some_refused_is_part_refused(world: World, road: Road, drums: list[UUID]) -> None:
    one, other = drums
    manifest = road.issue(*drums)
    road.picked_up(manifest)
    road.refused(manifest, line(one))
    assert _state(road, manifest) == "under_way"
    road.received(manifest, line(other))
    assert _state(road, manifest) == "part_refused"
    road.treated(line(other))
    # What was refused is still on the truck: the consignment is not over.
    assert _state(road, manifest) == "part_refused"
    road.returned(manifest, line(one))
    assert _state(road, manifest) == "closed"
    world.verified()


def test_by_way_of_a_store_the_first_paper_closes_with_the_second(world: World, road: Road, drums: list[UUID]) -> None:
    drum = drums[0]
    first = road.issue(drum, to="S")
    road.picked_up(first)
    road.received(first, who="S")
    second = road.issue(drum, who="S", carriers=("T2",))
    assert (_state(road, first), _state(road, second)) == ("delivered", "issued")
    assert codes(road.picked_up(second, who="T2")) == []
    assert codes(road.received(second)) == []
    assert (_state(road, first), _state(road, second)) == ("closed", "delivered")
    road.treated(line(drum))
    assert (_state(road, first), _state(road, second)) == ("closed", "closed")
    world.verified()


def test_a_batch_that_was_split_or_grouped_on_is_used_up(world: World, road: Road, drums: list[UUID]) -> None:
    manifest = road.delivered(*drums)
    road.split(drums[0], T1, who="D")
    assert _state(road, manifest) == "delivered"
    road.combined(line(drums[1]), who="D")
    assert _state(road, manifest) == "closed"
    world.verified()


def test_a_plate_is_on_the_paper_once_the_truck_is_there(road: Road, drums: list[UUID]) -> None:
    manifest = road.issue(*drums)
    receipt = road.picked_up(manifest, plate="京B99999")
    assert receipt.verdict == "recorded"
    assert road.on_paper(manifest, drums[0])["pickup_fact"] == receipt.fact
    road.world.verified()


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ("planned planned", "issued"),
        ("planned released", "issued"),
        ("planned loaded", "under_way"),
        ("planned whole", "under_way"),
        ("loaded refused", "under_way"),
        ("whole whole", "delivered"),
        ("whole whole+", "delivered"),
        ("whole+ whole+", "closed"),
        ("whole part", "part_refused"),
        ("part+ whole+", "closed"),
        ("whole+ refused", "part_refused"),
        ("whole refused", "part_refused"),
        ("whole+ returned", "closed"),
        ("whole returned", "part_refused"),
        ("refused returned", "refused"),
        ("returned returned", "refused"),
        ("refused released", "refused"),
    ],
)
def test_the_state_of_a_manifest_is_read_off_its_lines(outcomes: str, state: str) -> None:
    lines = {
        uuid: Line(uuid, T1, outcome=word.removesuffix("+"), finished=word.endswith("+"))
        for word in outcomes.split()
        if (uuid := uuid7())
    }
    manifest = Manifest(uuid7(), "BDA-1", "issued", 1, 2, "D10", hazardous=False, legs=[], lines=lines)
    assert manifest_state(manifest) == state
