"""Every road a load can take: stores on the way, several carriers, another way, what was not collected, the way home."""

from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from manifests import change
from tests.makers import World, now
from tests.telling import T1, Road, codes, line
from tracker.problems import Problem


@pytest.fixture
def tank(world: World) -> UUID:
    return world.generated(10 * T1)


def _states(road: Road, *batches: UUID) -> list[str]:
    return [road.world.batch(batch)["state"] for batch in batches]


def _legs(road: Road, manifest: UUID) -> list[tuple[str, bool, bool]]:
    """Who, whether the leg has begun, whether it lapsed."""
    names = {company.key: name for name, company in road.world.companies.items()}
    rows = road.world.connection.exec_driver_sql(
        "SELECT c.enterprise_id, c.took_over_at IS NOT NULL, c.lapsed FROM manifest_carrier c JOIN manifest m"
        " ON m.park_id = c.park_id AND m.id = c.manifest_id WHERE m.uuid = %s ORDER BY leg",
        (manifest,),
    )
    return [(names[row[0]], row[1], row[2]) for row in rows]


def _home(road: Road, manifest: UUID, who: str = "D") -> UUID:
    caller, plan = road.world.companies[who].caller, change.ReturnPlan(id=uuid7())
    receipt = change.send_back(road.world.connection, caller, road.signer, manifest, plan, now())
    assert receipt.verdict == "recorded"
    return plan.id


class TestByWayOfAStore:
    def test_two_legs_of_custody_and_the_store_has_it_in_between(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank, carriers=("T", "S", "T2"))
        road.picked_up(manifest)
        assert codes(road.deposited(manifest, line(tank, 9_900_000, measured=True))) == []
        assert (_states(road, tank), road.holder(tank)) == (["deposited"], "S")
        assert world.balance() == {"source": -10 * T1, "stock": 9_900_000, "difference": 100_000}
        assert codes(road.picked_up(manifest, who="T2")) == []
        assert road.holder(tank) == "T2"
        assert codes(road.received(manifest, line(tank, 9_900_000, measured=True))) == []
        assert _legs(road, manifest) == [("T", True, False), ("S", True, False), ("T2", True, False)]
        world.verified()

    def test_the_store_names_who_takes_it_on_only_when_it_has_it(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank, carriers=("T", "S"))
        road.picked_up(manifest)
        road.deposited(manifest)
        assert codes(road.rerouted(manifest, "S", legs=("T2",))) == []
        assert codes(road.picked_up(manifest, who="T2")) == []
        assert road.holder(tank) == "T2"
        world.verified()

    def test_a_store_that_is_on_no_paper_is_found(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank)
        road.picked_up(manifest)
        keeper = world.companies["S"].uuid
        assert "store_not_on_manifest" in codes(road.deposited(manifest, who="T", keeper=keeper))
        assert road.holder(tank) == "S"
        world.verified()


class TestManyLegs:
    def test_the_second_carrier_does_not_come_before_the_first(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank, carriers=("T", "T2"))
        assert codes(road.picked_up(manifest, who="T2")) == ["leg_skipped"]
        assert _legs(road, manifest) == [("T", False, True), ("T2", True, False)]
        world.verified()

    def test_a_leg_that_nobody_drove_lapses_when_the_load_is_there(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank, carriers=("T", "T2"))
        road.picked_up(manifest)
        assert codes(road.received(manifest, line(tank, 10 * T1, measured=True))) == ["leg_unused"]
        assert _legs(road, manifest) == [("T", True, False), ("T2", False, True)]
        world.verified()

    def test_another_driver_of_the_same_carrier(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank)
        road.picked_up(manifest)
        assert codes(road.handed_over(manifest, to="T")) == []
        assert road.holder(tank) == "T"
        world.verified()

    def test_a_stop_changes_no_hands(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank)
        road.picked_up(manifest)
        assert codes(road.stopped(manifest)) == []
        assert (_states(road, tank), road.holder(tank)) == (["in_transit"], "T")
        world.verified()


class TestAnotherWay:
    def test_a_carrier_is_added_on_the_road_with_consent(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank)
        road.picked_up(manifest)
        proposal = road.rerouted(manifest, "D", legs=("T2",))
        assert codes(proposal) == ["route_awaits_consent"]
        assert _legs(road, manifest) == [("T", True, False)]
        assert codes(road.consented(proposal.fact, "D")) == ["answer_not_asked"]
        assert codes(road.consented(proposal.fact, "P")) == []
        assert codes(road.handed_over(manifest, to="T2")) == []
        assert _legs(road, manifest) == [("T", True, False), ("T2", True, False)]
        world.verified()

    def test_another_receiver_needs_both_and_moves_the_reservation(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank)
        road.picked_up(manifest)
        assert road.permit_year("D") == (10 * T1, 0)
        plan = change.ChangePlan(id=uuid7(), reason="焚烧炉停炉", receiver=world.companies["S"].uuid)
        change.propose(world.connection, world.companies["P"].caller, manifest, plan, now())
        road.consented(plan.id, "D")
        assert road.manifest(manifest)["receiver_id"] == world.D.key
        road.consented(plan.id, "S")
        assert road.manifest(manifest)["receiver_id"] == world.S.key
        assert (road.permit_year("D"), road.permit_year("S")) == ((0, 0), (10 * T1, 0))
        assert codes(road.received(manifest, line(tank, 10 * T1, measured=True), who="S")) == []
        assert road.permit_year("S") == (0, 10 * T1)
        world.verified()

    def test_what_one_receiver_refused_goes_on_to_another(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank)
        road.picked_up(manifest)
        road.refused(manifest)
        proposal = road.rerouted(manifest, "P", to="S")
        for who in ("D", "S"):
            road.consented(proposal.fact, who)
        assert _states(road, tank) == ["in_transit"]
        assert codes(road.received(manifest, line(tank, 10 * T1, measured=True), who="S")) == []
        world.verified()

    def test_a_receiver_without_a_permit_is_refused_before_anything_happens(
        self, world: World, road: Road, tank: UUID
    ) -> None:
        manifest = road.issue(tank)
        plan = change.ChangePlan(id=uuid7(), reason="换厂", receiver=world.companies["P2"].uuid)
        with pytest.raises(Problem, match="receiver_without_permit"):
            change.propose(world.connection, world.companies["P"].caller, manifest, plan, now())

    def test_where_nothing_is_on_the_road_there_is_nothing_to_change(
        self, world: World, road: Road, tank: UUID
    ) -> None:
        manifest = road.delivered(tank)
        plan = change.ChangePlan(id=uuid7(), reason="换厂", receiver=world.companies["S"].uuid)
        with pytest.raises(Problem, match="manifest_not_changeable"):
            change.propose(world.connection, world.companies["P"].caller, manifest, plan, now())
        with pytest.raises(Problem, match="change_empty"):
            change.propose(
                world.connection,
                world.companies["P"].caller,
                manifest,
                change.ChangePlan(id=uuid7(), reason="…"),
                now(),
            )


class TestHome:
    def test_what_was_refused_goes_home_on_paper_of_its_own(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank)
        road.picked_up(manifest)
        _, back = road.part_refused(manifest, tank, 7 * T1, 3 * T1)
        home = _home(road, manifest)
        assert road.manifest(home)["returns_uuid"] == manifest
        assert road.manifest(home)["number"] != road.manifest(manifest)["number"]
        assert (_states(road, back, tank), road.holder(back)) == (["returning", "received"], "T")
        assert road.manifest(manifest)["state"] == "part_refused"
        assert codes(road.returned(home)) == []
        assert (_states(road, back), road.holder(back)) == (["on_site"], "P")
        assert road.manifest(home)["state"] == "closed"
        assert road.on_paper(manifest, back)["outcome"] == "returned"
        road.treated(line(tank))
        assert road.manifest(manifest)["state"] == "closed"
        world.verified()

    def test_with_another_carrier_and_only_once(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank)
        road.picked_up(manifest)
        road.refused(manifest)
        home = _home(road, manifest)
        with pytest.raises(Problem, match="nothing_to_return"):
            _home(road, manifest)
        assert codes(road.handed_over(home, to="T2")) == ["carrier_not_on_manifest"]
        road.returned(home)
        assert road.holder(tank) == "P"
        assert road.manifest(manifest)["state"] == "refused"
        world.verified()

    def test_awaiting_analysis_it_is_taken_in_after_all(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank)
        road.picked_up(manifest)
        road.received(manifest, line(tank), outcome="refused", cause="awaiting_analysis")
        assert codes(road.received(manifest, line(tank, 10 * T1, measured=True))) == []
        assert _states(road, tank) == ["received"]
        assert road.permit_year() == (0, 10 * T1)
        world.verified()


class TestNotCollected:
    def test_what_the_truck_left_behind_is_free_and_the_rest_goes_on(self, world: World, road: Road) -> None:
        taken, left = world.generated(T1), world.generated(2 * T1)
        manifest = road.issue(taken, left)
        road.picked_up(manifest, line(taken))
        assert codes(road.not_collected(manifest, cause="no_room")) == []
        assert _states(road, taken, left) == ["in_transit", "on_site"]
        assert road.permit_year() == (T1, 0)
        road.received(manifest)
        assert road.manifest(manifest)["state"] == "delivered"
        road.issue(left)
        world.verified()

    def test_a_truck_that_took_nothing_ends_the_manifest(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank)
        road.not_collected(manifest)
        assert road.manifest(manifest)["state"] == "voided"
        assert _states(road, tank) == ["on_site"]
        world.verified()


class TestGroupings:
    def test_a_grouping_undone_gives_its_members_back(self, world: World, road: Road) -> None:
        one, two = world.generated(10 * T1), world.generated(90 * T1)
        _, group = road.combined(line(one), line(two))
        assert codes(road.dissolved(group)) == []
        assert _states(road, one, two, group) == ["on_site", "on_site", "dissolved"]
        assert [world.batch(each)["grams"] for each in (one, two, group)] == [10 * T1, 90 * T1, 0]
        road.issue(one)
        world.verified()

    def test_refused_by_the_receiver_the_members_are_usable_again(self, world: World, road: Road) -> None:
        one, two = world.generated(10 * T1), world.generated(90 * T1)
        _, group = road.combined(line(one), line(two))
        manifest = road.issue(group)
        road.picked_up(manifest)
        road.refused(manifest)
        road.returned(_home(road, manifest))
        road.weighed(group, 99 * T1)
        assert codes(road.dissolved(group)) == []
        assert [world.batch(each)["grams"] for each in (one, two)] == [9_900_000, 89_100_000]
        assert world.balance() == {"source": -100 * T1, "stock": 99 * T1, "difference": T1}
        world.verified()

    def test_what_was_used_of_it_cannot_be_given_back(self, world: World, road: Road) -> None:
        _, group = road.combined(line(world.generated(T1)), line(world.generated(T1)))
        road.split(group, 100_000)
        assert codes(road.dissolved(group)) == ["dissolve_not_whole"]
        assert codes(road.dissolved(world.generated(T1))) == ["dissolve_not_whole"]
        world.verified()


class TestSignatures:
    def test_a_name_counts_for_the_side_one_stands_on(self, world: World, road: Road, tank: UUID) -> None:
        manifest = road.issue(tank)
        pickup = road.picked_up(manifest)
        assert codes(road.signed(manifest, "generator", "P", of=pickup.fact)) == []
        assert codes(road.signed(manifest, "receiver", "P")) == ["signature_not_yours"]
        sides = world.connection.exec_driver_sql("SELECT side FROM manifest_signature").scalars().all()
        assert sides == ["generator"]
        world.verified()
