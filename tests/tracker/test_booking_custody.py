"""Who has it: pickups, hand-overs, arrivals, receipts and returns move custody and grams together."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from tests.makers import World, now
from tests.telling import KG, T1, Road, codes, finding, line, make
from tracker import facts


@pytest.fixture
def tank(world: World) -> UUID:
    return world.generated(T1)


def test_the_grams_leave_one_custody_and_stand_in_the_next(world: World, road: Road, tank: UUID) -> None:
    manifest = road.issue(tank)
    assert world.balance() == {"source": -T1, "stock": T1}
    road.picked_up(manifest)
    assert (road.holder(tank), world.balance()) == ("T", {"source": -T1, "transit": T1})
    road.arrived(manifest)
    assert (road.holder(tank), world.balance()) == ("T", {"source": -T1, "transit": T1})
    road.received(manifest)
    assert (road.holder(tank), world.balance()) == ("D", {"source": -T1, "stock": T1})
    held = world.connection.execute(text("SELECT enterprise_id, grams FROM balance WHERE account = 'stock'")).all()
    assert {row.enterprise_id: row.grams for row in held if row.grams} == {world.D.key: T1}
    world.verified()


def test_a_scale_at_the_pickup_corrects_an_estimate_and_the_difference_is_posted(
    world: World, road: Road, tank: UUID
) -> None:
    manifest = road.issue(tank)
    receipt = road.picked_up(manifest, line(tank, 1_040 * KG, measured=True))
    assert codes(receipt) == []
    assert world.batch(tank)["measured"] is True
    assert world.balance() == {"source": -T1, "transit": 1_040 * KG, "difference": -40 * KG}
    assert road.on_paper(manifest, tank)["loaded_grams"] == 1_040 * KG
    world.verified()


def test_two_scales_that_disagree_are_a_finding_with_the_missing_grams(world: World, road: Road) -> None:
    tank = world.generated(T1, measured=True)
    manifest = road.issue(tank)
    road.picked_up(manifest)
    receipt = road.received(manifest, line(tank, 900 * KG, measured=True))
    odd = finding(receipt, "mass_discrepancy")
    assert odd.evidence["difference_grams"] == -100 * KG
    assert odd.evidence["percent"] == "10"
    assert world.balance() == {"source": -T1, "stock": 900 * KG, "difference": 100 * KG}
    world.verified()


def test_an_estimate_may_be_a_third_off_but_not_threefold(world: World, road: Road) -> None:
    third, threefold = world.generated(T1), world.generated(T1)
    assert codes(road.weighed(third, 1_333 * KG)) == []
    assert codes(road.weighed(threefold, 3_000 * KG)) == ["mass_discrepancy"]


def test_a_part_is_refused_and_goes_back_as_a_batch_of_its_own(world: World, road: Road) -> None:
    tank = world.generated(10 * T1)
    manifest = road.issue(tank)
    road.picked_up(manifest)
    receipt, back = road.part_refused(manifest, tank, 7 * T1, 3 * T1)
    assert codes(receipt) == []
    assert (world.batch(tank)["state"], world.batch(tank)["grams"], road.holder(tank)) == ("received", 3 * T1, "D")
    assert (world.batch(back)["state"], world.batch(back)["grams"], road.holder(back)) == ("refused", 7 * T1, "T")
    assert road.edges() == [(tank, back, 7 * T1)]
    assert road.permit_year() == (0, 3 * T1)
    paper = road.on_paper(manifest, tank)
    assert (paper["outcome"], paper["accepted_grams"], paper["refused_grams"]) == ("part", 3 * T1, 7 * T1)
    road.picked_up(manifest, line(back))
    assert world.batch(back)["state"] == "returning"
    road.returned(manifest, line(back))
    assert (world.batch(back)["state"], road.holder(back)) == ("on_site", "P")
    assert world.balance() == {"source": -10 * T1, "stock": 10 * T1}
    world.verified()


def test_what_was_refused_in_part_may_weigh_other_than_what_was_loaded(world: World, road: Road) -> None:
    tank = world.generated(10 * T1, measured=True)
    manifest = road.issue(tank)
    road.picked_up(manifest)
    receipt, back = road.part_refused(manifest, tank, 7 * T1, 2 * T1)
    assert finding(receipt, "mass_discrepancy").evidence["difference_grams"] == -T1
    assert (world.batch(tank)["grams"], world.batch(back)["grams"]) == (2 * T1, 7 * T1)
    assert world.balance() == {"source": -10 * T1, "stock": 2 * T1, "transit": 7 * T1, "difference": T1}
    world.verified()


def test_more_refused_than_was_there_is_booked_and_found(world: World, road: Road, tank: UUID) -> None:
    manifest = road.issue(tank)
    road.picked_up(manifest)
    receipt, back = road.part_refused(manifest, tank, 7 * T1)
    assert finding(receipt, "mass_discrepancy").evidence["difference_grams"] == 6 * T1
    assert (world.batch(tank)["state"], world.batch(back)["grams"]) == ("split", 7 * T1)
    assert road.manifest(manifest)["state"] == "refused"
    world.verified()


def test_one_drum_of_two_is_refused_to_the_last_gram(world: World, road: Road) -> None:
    """The receiver says nought accepted of the one, and the other is whole: a part receipt, not an unreadable one."""
    good, bad = world.generated(T1), world.generated(T1)
    manifest = road.issue(good, bad)
    road.picked_up(manifest)
    back = uuid7()
    part = facts.RefusedPart(batch=bad, refused_grams=T1, into=back)
    receipt = road.received(manifest, line(good), line(bad, 0), outcome="part", refused=(part,), cause="not_conform")
    assert receipt.verdict == "recorded", receipt.problem
    assert [world.batch(one)["state"] for one in (good, bad, back)] == ["received", "split", "refused"]
    assert [road.on_paper(manifest, one)["outcome"] for one in (good, bad)] == ["whole", "refused"]
    world.verified()


def test_a_refusal_of_what_is_not_on_the_manifest_is_turned_away(world: World, road: Road, tank: UUID) -> None:
    other = world.generated(T1)
    manifest = road.issue(tank)
    part = facts.RefusedPart(batch=other, refused_grams=T1, into=uuid7())
    receipt = road.received(manifest, outcome="part", refused=(part,), cause="other")
    assert (receipt.verdict, receipt.problem and receipt.problem.code) == ("turned_away", "outcome_incomplete")


def test_a_whole_load_is_refused_picked_up_and_returned(world: World, road: Road, tank: UUID) -> None:
    manifest = road.issue(tank)
    road.picked_up(manifest)
    road.arrived(manifest)
    assert codes(road.refused(manifest)) == []
    assert (world.batch(tank)["state"], road.permit_year()) == ("refused", (0, 0))
    road.picked_up(manifest)
    assert codes(road.returned(manifest)) == []
    assert (world.batch(tank)["state"], road.holder(tank), world.batch(tank)["manifest_id"]) == ("on_site", "P", None)
    assert road.manifest(manifest)["state"] == "refused"
    assert world.balance() == {"source": -T1, "stock": T1}
    world.verified()


def test_a_return_that_names_no_batch_means_what_was_refused(world: World, road: Road) -> None:
    good, bad, late = (world.generated(T1) for _ in range(3))
    manifest = road.issue(good, bad, late)
    road.picked_up(manifest)
    road.received(manifest, line(good))
    road.refused(manifest, line(bad))
    receipt = road.returned(manifest)
    assert codes(receipt) == []
    assert [world.batch(one)["state"] for one in (good, bad, late)] == ["received", "on_site", "in_transit"]
    world.verified()


def test_a_load_that_turns_round_gives_its_promised_capacity_back(world: World, road: Road, tank: UUID) -> None:
    manifest = road.issue(tank)
    assert road.permit_year() == (T1, 0)
    road.picked_up(manifest)
    receipt = road.returned(manifest, who="T")
    assert codes(receipt) == ["returned_while_in_transit"]
    assert road.permit_year() == (0, 0)
    world.verified()


def test_a_hand_over_on_the_road_is_a_second_leg(world: World, road: Road, tank: UUID) -> None:
    manifest = road.issue(tank, carriers=("T", "T2"))
    road.picked_up(manifest)
    assert codes(road.handed_over(manifest, to="T2")) == []
    assert road.holder(tank) == "T2"
    legs = world.connection.execute(
        text("SELECT took_over_at IS NOT NULL FROM manifest_carrier WHERE manifest_id = :m ORDER BY leg"),
        {"m": road.manifest(manifest)["id"]},
    ).scalars()
    assert list(legs) == [True, True]
    assert codes(road.arrived(manifest, who="T2")) == []
    world.verified()


def test_a_carrier_nobody_planned_gets_it_and_can_bring_it_in(world: World, road: Road, tank: UUID) -> None:
    manifest = road.issue(tank)
    road.picked_up(manifest)
    assert codes(road.handed_over(manifest, to="T2")) == ["carrier_not_on_manifest"]
    # It holds the load now, so what it tells counts.
    assert codes(road.arrived(manifest, who="T2")) == []
    assert world.batch(tank)["state"] == "arrived"
    world.verified()


def test_two_carriers_claim_one_pickup_and_one_is_evidence(world: World, road: Road, tank: UUID) -> None:
    manifest = road.issue(tank, carriers=("T", "T2"))
    first = road.picked_up(manifest, who="T")
    second = road.picked_up(manifest, who="T2")
    assert (first.verdict, second.verdict, second.winner) == ("recorded", "conflict", first.fact)
    assert second.index == first.index + 1
    odd = finding(second, "lost_to_another")
    assert (odd.evidence["winner"], odd.evidence["winner_en"]) == ("T 有限公司", "T Ltd")
    assert road.holder(tank) == "T"
    world.verified()


@pytest.mark.parametrize("turned", [False, True])
def test_who_lost_to_several_lost_to_the_same_one_when_the_log_is_read(world: World, road: Road, turned: bool) -> None:
    one, other = world.generated(T1), world.generated(T1)
    manifest = road.issue(*((other, one) if turned else (one, other)), carriers=("T", "T2"))
    road.picked_up(manifest, line(one), who="T")
    road.picked_up(manifest, line(other), who="T2")
    assert road.picked_up(manifest, who="P2").verdict == "conflict"
    world.verified()


def test_the_same_carrier_may_tell_its_pickup_twice(world: World, road: Road, tank: UUID) -> None:
    manifest = road.issue(tank, carriers=("T", "T2"))
    road.picked_up(manifest)
    again = road.picked_up(manifest)
    assert (again.verdict, codes(again)) == ("recorded", ["picked_up_while_in_transit"])
    world.verified()


def test_the_generator_who_tells_of_the_same_pickup_claims_nothing(world: World, road: Road, tank: UUID) -> None:
    """Both phones record the hand-over at the gate; the second is not a rival of the first."""
    manifest = road.issue(tank, carriers=("T", "T2"))
    road.picked_up(manifest, who="T2")
    by_generator = road.picked_up(manifest, who="P")
    assert (by_generator.verdict, codes(by_generator)) == ("recorded", ["picked_up_while_in_transit"])
    rival = road.picked_up(manifest, who="P", carrier=world.T.uuid)
    assert rival.verdict == "conflict"
    assert road.holder(tank) == "T2"


def test_an_outsider_who_scans_it_moves_nothing(world: World, road: Road, tank: UUID) -> None:
    receipt = road.picked_up(None, line(tank), who="T")
    assert (receipt.verdict, codes(receipt)) == ("recorded", ["not_your_batch"])
    assert finding(receipt, "not_your_batch").evidence["enterprise"] == "T 有限公司"
    assert (world.batch(tank)["state"], road.holder(tank)) == ("on_site", "P")
    world.verified()


def test_who_made_it_long_ago_has_no_say_in_another_s_yard(world: World, road: Road, tank: UUID) -> None:
    road.delivered(tank)
    assert codes(road.picked_up(None, line(tank), who="P")) == ["not_your_batch"]
    assert codes(road.weighed(tank, 5 * KG, who="P")) == ["mass_discrepancy", "not_your_batch"]
    assert (road.holder(tank), world.batch(tank)["grams"]) == ("D", T1)
    world.verified()


def test_a_pickup_that_is_told_after_the_receipt_is_late_and_no_theft(world: World, road: Road, tank: UUID) -> None:
    """The carrier's phone was the last to find a network."""
    manifest = road.issue(tank)
    assert codes(road.received(manifest)) == ["received_while_reserved"]
    late = road.picked_up(manifest, line(tank, 980 * KG, measured=True))
    assert (late.verdict, codes(late)) == ("recorded", ["manifest_left_behind"])
    assert (world.batch(tank)["state"], road.holder(tank), world.batch(tank)["grams"]) == ("received", "D", T1)
    paper = road.on_paper(manifest, tank)
    assert (paper["pickup_fact"], paper["pickup_enterprise_id"], paper["loaded_grams"]) == (
        late.fact,
        world.T.key,
        980 * KG,
    )
    rival = road.picked_up(manifest, line(tank), who="T2")
    assert (rival.verdict, rival.winner) == ("conflict", late.fact)
    world.verified()


def test_an_arrival_nobody_saw_leave_is_in_the_carrier_s_hands(world: World, road: Road, tank: UUID) -> None:
    manifest = road.issue(tank)
    assert codes(road.arrived(manifest)) == ["arrived_while_reserved"]
    assert (road.holder(tank), road.manifest(manifest)["state"]) == ("T", "under_way")
    assert world.balance() == {"source": -T1, "transit": T1}
    world.verified()


def test_a_batch_that_left_without_paper_can_still_be_received(world: World, road: Road, tank: UUID) -> None:
    assert codes(road.picked_up(None, line(tank), who="P", carrier=world.T.uuid)) == [
        "manifest_missing",
        "picked_up_while_on_site",
    ]
    assert road.holder(tank) == "T"
    assert codes(road.arrived(None, line(tank))) == []
    receipt = road.received(None, line(tank))
    assert "manifest_missing" in codes(receipt)
    assert (world.batch(tank)["state"], road.holder(tank)) == ("received", "D")
    assert world.balance() == {"source": -T1, "stock": T1}
    world.verified()


def test_the_storage_clock_runs_on_through_manifests_and_splits(world: World, road: Road) -> None:
    begun = now() - timedelta(days=200)
    tank = world.generated(3 * T1, at=begun)
    road.void(road.issue(tank))
    assert world.batch(tank)["held_since"] == begun
    _, parts = road.split(tank, T1, T1)
    fresh = world.generated(T1)
    _, mixed = road.combined(line(parts[0]), line(fresh))
    assert [world.batch(one)["held_since"] for one in (tank, parts[1], mixed)] == [begun] * 3
    road.tell("P", make(facts.Stored, line(tank), store=world.P.site))
    road.weighed(tank, T1)
    assert world.batch(tank)["held_since"] == begun


@pytest.mark.parametrize(("year", "code"), [(2099, "time_implausible"), (1999, "time_implausible")])
def test_a_phone_in_another_century_stops_no_storage_clock(world: World, road: Road, year: int, code: str) -> None:
    when = now().replace(year=year, month=6, day=1)
    tank = uuid7()
    told = make(
        facts.Generated, line(tank, T1), waste_class=facts.ClassRef(scheme="CN-SW", edition="2024", code="900-099-S07"),
        observed_at=when,
    )  # fmt: skip
    receipt = road.tell("P", told)
    assert code in codes(receipt)
    assert abs(world.batch(tank)["held_since"] - now()) < timedelta(minutes=1)
    kept = world.connection.execute(text("SELECT observed_at FROM fact WHERE id = :id"), {"id": told.id}).scalar_one()
    assert kept == when
    world.verified()


@pytest.mark.parametrize(
    ("off", "code"), [(-365 * 86_400, "clock_behind"), (-86_400, "clock_behind"), (7_200, "clock_ahead")]
)
def test_a_phone_whose_clock_is_wrong_is_put_right_by_what_it_is_off(
    world: World, road: Road, off: int, code: str
) -> None:
    tank = uuid7()
    sludge = facts.ClassRef(scheme="CN-SW", edition="2024", code="900-099-S07")
    an_hour_ago = now() - timedelta(hours=1)
    told = make(facts.Generated, line(tank, T1), waste_class=sludge, observed_at=an_hour_ago + timedelta(seconds=off))
    receipt = road.tell("P", told, skew_s=float(off))
    assert codes(receipt) == [code]
    assert finding(receipt, code).evidence == {"minutes": abs(off) // 60}
    assert abs(world.batch(tank)["held_since"] - an_hour_ago) < timedelta(minutes=1)
    world.verified()


def test_clocks_that_run_ahead_or_facts_told_late_are_noted(world: World, road: Road, tank: UUID) -> None:
    ahead = make(facts.Weighed, line(tank, T1), observed_at=now() + timedelta(minutes=30))
    assert finding(road.tell("P", ahead), "clock_ahead").evidence == {"minutes": 30}
    late = make(facts.Weighed, line(tank, T1), observed_at=now() - timedelta(days=3))
    assert codes(road.tell("P", late)) == ["reported_late", "time_before_predecessor"]
