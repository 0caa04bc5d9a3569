"""What it is and weighs: generation, stores, scales, splits, groupings and treatment. No gram is made or lost."""

from typing import Any

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from tests.makers import OILY_RAGS, SLUDGE, World
from tests.telling import KG, T1, Road, codes, finding, line, make
from tracker import facts, registry


def residue(grams: int, **given: Any) -> facts.Output:
    return facts.Output(kind="residue", grams=grams, batch=uuid7(), **given)


def product(grams: int) -> facts.Output:
    return facts.Output(kind="product", grams=grams, name="再生骨料")


def loss(grams: int) -> facts.Output:
    return facts.Output(kind="loss", grams=grams)


def test_ten_tonnes_split_a_third_and_two_thirds(world: World, road: Road) -> None:
    heap = world.generated(10 * T1)
    receipt, (third, rest) = road.split(heap, 3_333_333, 6_666_667)
    assert codes(receipt) == []
    assert world.batch(heap)["state"] == "split"
    assert road.edges() == [(heap, third, 3_333_333), (heap, rest, 6_666_667)]
    assert world.balance() == {"source": -10 * T1, "stock": 10 * T1}
    world.verified()


def test_a_part_taken_leaves_the_rest_where_it_was(world: World, road: Road) -> None:
    heap = world.generated(3 * T1)
    road.split(heap, 1_500 * KG)
    assert (world.batch(heap)["state"], world.batch(heap)["grams"]) == ("on_site", 1_500 * KG)
    road.split(heap, T1)
    assert world.batch(heap)["grams"] == 500 * KG
    receipt, (more,) = road.split(heap, T1)
    assert finding(receipt, "mass_exceeds_batch").evidence["missing_grams"] == 500 * KG
    assert (world.batch(heap)["state"], world.batch(more)["grams"]) == ("split", 500 * KG)
    world.verified()


def test_parts_heavier_than_the_whole_are_scaled_down_to_it(world: World, road: Road) -> None:
    heap = world.generated(T1)
    receipt, parts = road.split(heap, 2 * T1, T1)
    assert codes(receipt) == ["mass_exceeds_batch"]
    assert finding(receipt, "mass_exceeds_batch").evidence["missing_grams"] == 2 * T1
    assert [world.batch(one)["grams"] for one in parts] == [666_667, 333_333]
    world.verified()


def test_parts_lighter_than_what_was_taken_leave_a_difference(world: World, road: Road) -> None:
    heap = world.generated(T1)
    receipt, _ = road.split(heap, 600 * KG, 300 * KG, taken=T1)
    assert finding(receipt, "split_not_balanced").evidence["missing_grams"] == 100 * KG
    assert world.balance() == {"source": -T1, "stock": 900 * KG, "difference": 100 * KG}
    world.verified()


def test_a_part_that_scaling_leaves_nothing_of_never_was_a_batch(world: World, road: Road) -> None:
    speck = world.generated(1)
    _, parts = road.split(speck, 5, 5)
    assert [(world.batch(one)["grams"], world.batch(one)["state"]) for one in parts] == [(1, "on_site"), (0, "split")]
    world.verified()


def test_a_split_into_nothing_cannot_be_understood(world: World, road: Road) -> None:
    receipt, _ = road.split(world.generated(T1))
    assert (receipt.verdict, receipt.problem.code) == ("turned_away", "field_required")


def test_ten_and_ninety_are_grouped_into_a_hundred(world: World, road: Road) -> None:
    small, large = world.generated(10 * T1, measured=True), world.generated(90 * T1)
    receipt, grouped = road.combined(line(small), line(large))
    assert codes(receipt) == []
    assert [world.batch(one)["state"] for one in (small, large)] == ["combined", "combined"]
    assert (world.batch(grouped)["grams"], world.batch(grouped)["measured"]) == (100 * T1, False)
    assert road.edges() == [(small, grouped, 10 * T1), (large, grouped, 90 * T1)]
    world.verified()


def test_a_grouping_takes_what_is_there_and_says_what_is_missing(world: World, road: Road) -> None:
    one, other = world.generated(T1), world.generated(T1)
    receipt, grouped = road.combined(line(one, 400 * KG), line(other, 3 * T1))
    assert finding(receipt, "mass_exceeds_batch").evidence["missing_grams"] == 2 * T1
    assert [world.batch(each)["grams"] for each in (one, other, grouped)] == [600 * KG, 0, 1_400 * KG]
    assert [world.batch(each)["state"] for each in (one, other)] == ["on_site", "combined"]
    world.verified()


def test_another_s_batch_is_no_part_of_my_grouping(world: World, road: Road) -> None:
    mine, theirs = world.generated(T1), world.generated(T1, who="P2")
    receipt, grouped = road.combined(line(mine), line(theirs))
    assert codes(receipt) == ["not_your_batch"]
    assert (world.batch(grouped)["grams"], world.batch(theirs)["grams"]) == (T1, T1)
    world.verified()


def test_hazardous_and_general_waste_in_one_drum_is_a_stop(world: World, road: Road) -> None:
    rags, sludge = world.generated(T1, waste=OILY_RAGS), world.generated(T1)
    receipt, _ = road.combined(line(rags), line(sludge))
    assert finding(receipt, "hazard_mixed").severity == "stop"


def test_treatment_makes_product_residue_and_loss_of_what_went_in(world: World, road: Road) -> None:
    heap = world.generated(10 * T1)
    road.delivered(heap)
    ash = residue(2 * T1, waste_class=SLUDGE)
    receipt = road.treated(line(heap), treatment="R4", outputs=[product(7 * T1), ash, loss(T1)])
    assert codes(receipt) == []
    assert world.balance() == {"source": -10 * T1, "stock": 2 * T1, "treated": 7 * T1, "lost": T1}
    left = world.batch(ash.batch)
    assert (left["state"], left["generator_id"], left["holder_id"]) == ("on_site", world.D.key, world.D.key)
    assert road.edges() == [(heap, ash.batch, 2 * T1)]
    world.verified()


def test_outputs_are_shared_over_the_inputs_to_the_gram(world: World, road: Road) -> None:
    one, other = world.generated(10), world.generated(20)
    road.delivered(one, other)
    ash = residue(7)
    road.treated(line(one), line(other), outputs=[product(22), ash, loss(1)])
    assert [grams for _, _, grams in road.edges()] == [3, 4]
    assert world.balance() == {"source": -30, "stock": 7, "treated": 22, "lost": 1}
    world.verified()


@pytest.mark.parametrize(("told", "missing"), [([product(8 * T1)], 2 * T1), ([product(9 * T1), loss(3 * T1)], -2 * T1)])
def test_a_treatment_that_does_not_add_up_is_found(
    world: World, road: Road, told: list[facts.Output], missing: int
) -> None:
    heap = world.generated(10 * T1)
    road.delivered(heap)
    receipt = road.treated(line(heap), outputs=told)
    assert finding(receipt, "treatment_not_balanced").evidence["missing_grams"] == missing
    balance = world.balance()
    assert balance.get("difference", 0) == max(missing, 0)
    assert sum(balance.values()) == 0
    world.verified()


def test_two_hundred_and_fifty_tonnes_treated_from_two_and_a_half(world: World, road: Road) -> None:
    """A slip of the decimal point: recorded, named with the missing grams, and the books stay at what there was."""
    heap = world.generated(2_500 * KG)
    road.delivered(heap)
    ash = residue(50 * T1)
    receipt = road.treated(line(heap, 250 * T1), outputs=[product(200 * T1), ash])
    assert receipt.verdict == "recorded"
    odd = finding(receipt, "mass_exceeds_batch")
    assert (odd.severity, odd.evidence["missing_grams"]) == ("stop", 247_500 * KG)
    assert "247.5 t" in odd.entry.say("en", odd.evidence)
    assert (world.batch(heap)["state"], world.batch(heap)["grams"]) == ("treated", 0)
    assert world.batch(ash.batch)["grams"] == 500 * KG
    assert world.balance() == {"source": -2_500 * KG, "stock": 500 * KG, "treated": 2_000 * KG}
    world.verified()


def test_half_of_it_is_treated_today(world: World, road: Road) -> None:
    heap = world.generated(10 * T1)
    road.delivered(heap)
    road.treated(line(heap, 4 * T1))
    assert (world.batch(heap)["state"], world.batch(heap)["grams"]) == ("received", 6 * T1)
    road.treated(line(heap))
    assert world.batch(heap)["state"] == "treated"
    assert world.balance() == {"source": -10 * T1, "treated": 10 * T1}
    world.verified()


def test_what_is_treated_at_the_gate_was_received(world: World, road: Road) -> None:
    heap = world.generated(2 * T1)
    manifest = road.issue(heap)
    road.picked_up(manifest)
    road.arrived(manifest)
    receipt = road.treated(line(heap))
    assert codes(receipt) == ["treated_while_arrived"]
    paper = road.on_paper(manifest, heap)
    assert (paper["outcome"], paper["accepted_grams"], paper["finished"]) == ("whole", 2 * T1, True)
    assert (road.manifest(manifest)["state"], road.permit_year()) == ("closed", (0, 2 * T1))
    assert world.balance() == {"source": -2 * T1, "treated": 2 * T1}
    world.verified()


def test_a_treatment_outside_the_permit_is_found(world: World, road: Road) -> None:
    heap = world.generated(T1)
    road.delivered(heap)
    assert codes(road.treated(line(heap), treatment="D1")) == ["treatment_outside_permit"]


def test_a_code_nobody_knows_is_on_the_books_and_stays_unclassified_in_what_comes_of_it(
    world: World, road: Road
) -> None:
    odd = facts.ClassRef(scheme="CN-HW", edition="2021", code="16 01 07*")
    drum = uuid7()
    receipt = road.tell("P", make(facts.Generated, line(drum, T1), waste_class=odd))
    assert codes(receipt) == ["class_shape_of_other_scheme", "class_unknown"]
    assert (world.batch(drum)["class_id"], world.batch(drum)["raw_class"]) == (None, "CN-HW-2021 16 01 07*")
    _, (part,) = road.split(drum, T1)
    assert world.batch(part)["raw_class"] == "CN-HW-2021 16 01 07*"
    world.verified()


def test_a_class_that_is_imported_later_changes_nothing_told_before(world: World, road: Road) -> None:
    code = facts.ClassRef(scheme="CN-SW", edition="2024", code="999-999-S99")
    drum = uuid7()
    road.tell("P", make(facts.Generated, line(drum, T1), waste_class=code))
    world.connection.execute(
        text(
            "INSERT INTO waste_class (scheme_id, code, name_zh, hazardous, verified, search_text)"
            " SELECT id, '999-999-S99', '新类', false, true, '新类' FROM waste_scheme"
            " WHERE scheme = 'CN-SW' AND edition = '2024'"
        )
    )
    later = uuid7()
    road.tell("P", make(facts.Generated, line(later, T1), waste_class=code))
    assert world.batch(drum)["class_id"] is None
    assert world.batch(later)["class_id"] is not None
    world.verified()


def test_the_same_batch_cannot_be_generated_twice(world: World, road: Road) -> None:
    drum = world.generated(T1)
    receipt = road.tell("P2", make(facts.Generated, line(drum, 9 * T1), waste_class=SLUDGE))
    assert (receipt.verdict, codes(receipt)) == ("recorded", ["generated_while_on_site"])
    assert (world.batch(drum)["grams"], road.holder(drum)) == (T1, "P")
    world.verified()


def test_a_new_batch_wants_an_id_of_its_own(world: World, road: Road) -> None:
    drum, other = world.generated(T1), world.generated(T1)
    into = (facts.Part(batch=other, grams=T1),)
    receipt = road.tell("P", make(facts.Split, line(drum), into=into))
    assert (receipt.verdict, receipt.problem.code) == ("turned_away", "batch_id_taken")
    into = (facts.Part(batch=drum, grams=T1),)
    assert road.tell("P", make(facts.Split, line(drum), into=into)).problem.code == "batch_id_taken"
    assert world.batch(drum)["state"] == "on_site"


def test_a_store_that_is_full_is_found_however_many_come_at_once(world: World, road: Road) -> None:
    store = uuid7()
    registry.add_place(
        world.connection, enterprise=world.P.key, kind="store", name_zh="危废库", longitude=116.5, latitude=39.79,
        capacity_grams=5 * T1, uuid=store,
    )  # fmt: skip
    told = [make(facts.Generated, line(uuid7(), 2 * T1), waste_class=SLUDGE, store=store) for _ in range(3)]
    receipts = world.tell("P", *told)
    assert [codes(receipt) for receipt in receipts] == [[], [], ["store_over_capacity"]]
    assert finding(receipts[2], "store_over_capacity").evidence["held_grams"] == 6 * T1
    one = receipts[0].fact
    drum = next(fact.lines[0].batch for fact in told if fact.id == one)
    road.tell("P", make(facts.TakenOut, line(drum)))
    assert world.batch(drum)["store_id"] is None
    assert codes(road.tell("P", make(facts.Stored, line(drum), store=store))) == ["store_over_capacity"]
    world.verified()


def test_a_drum_that_drives_off_leaves_its_store(world: World, road: Road) -> None:
    drum = world.generated(T1, store=world.P.site)
    road.delivered(drum)
    assert world.batch(drum)["store_id"] is None


def test_a_year_s_capacity_counts_all_receipts_of_one_request(world: World, road: Road) -> None:
    drums = [world.generated(T1) for _ in range(3)]
    manifest = road.issue(*drums)
    road.picked_up(manifest)
    world.connection.execute(
        text("UPDATE permit SET annual_grams = :limit WHERE enterprise_id = :key"),
        {"limit": 2 * T1, "key": world.D.key},
    )
    told = [make(facts.Received, line(drum), manifest=manifest, outcome="whole") for drum in drums]
    receipts = world.tell("D", *told)
    assert [codes(receipt) for receipt in receipts] == [[], [], ["permit_over_capacity"]]
    assert finding(receipts[2], "permit_over_capacity").evidence["over_grams"] == T1
    assert road.permit_year() == (0, 3 * T1)


def test_grams_are_checked_at_the_door(world: World, road: Road) -> None:
    for grams, code in [
        (0, "mass_not_positive"),
        (-1, "mass_not_positive"),
        (10**15, "mass_absurd"),
        (2**63, "mass_absurd"),
    ]:
        receipt = road.tell("P", make(facts.Generated, line(uuid7(), grams), waste_class=SLUDGE))
        assert (receipt.verdict, receipt.problem.code, receipt.problem.pointer) == (
            "turned_away",
            code,
            "/lines/0/grams",
        )
