"""What an issued manifest leaves behind, how drafts are kept, what voiding frees, and which labels are logged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from manifests import code, issue, keys
from manifests.signing import Signer
from tests.makers import OILY_RAGS, World
from tests.telling import T1, Road, line
from tracker import facts, ledger, papers, registry
from tracker.problems import Problem


@pytest.fixture
def road(world: World, signer: Signer) -> Road:
    return Road(world, signer)


def _counts(world: World) -> list[int]:
    """What a manifest leaves behind."""
    tables = ("fact", "manifest", "label", "number_series", "permit_year", "manifest_line")
    return [world.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]


def _ask(road: Road, plan: issue.Plan, who: str = "P", **given: Any) -> ledger.Receipt:
    return issue.issue(road.world.connection, road.world.companies[who].caller, road.signer, plan, **given)


def _scanned(row: Any) -> code.Scanned:
    """What a phone makes of the label once it is printed."""
    return code.read(code.text("WASTE.PARK.CN", bytes(row["signed"])), hosts=["WASTE.PARK.CN"])


# --- what an issue leaves behind --------------------------------------------------------------------------------------


def test_what_is_issued_is_logged_numbered_and_labelled(world: World, road: Road) -> None:
    drums = [world.generated(T1, waste=OILY_RAGS), world.generated(2 * T1, waste=OILY_RAGS)]
    moment = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    plan = road.plan(*drums)
    receipt = _ask(road, plan, now=moment)
    row = road.manifest(plan.id)
    assert (row["state"], row["hazardous"], row["issued_at"]) == ("issued", True, moment)
    assert row["number"] == "20261101000001"
    assert row["due_pickup_at"] == moment + timedelta(days=7)
    assert receipt.verdict == "recorded"
    assert [world.batch(drum)["state"] for drum in drums] == ["reserved"] * 2
    record = papers.issued(world.connection, world.park, plan.id)[1]
    issued = facts.from_record(record)
    assert (issued.number, len(issued.labels)) == (row["number"], 3)
    assert [one.grams for one in issued.lines] == [T1, 2 * T1]
    assert road.permit_year() == (3 * T1, 0)
    world.verified()


def test_labels_are_in_the_log_of_issuance_before_anybody_can_print_them(
    world: World, road: Road, signer: Signer
) -> None:
    drum = world.generated(T1, waste=OILY_RAGS)
    manifest = road.issue(drum)
    found = papers.labels_of(world.connection, world.park, batches=[drum], manifests=[manifest])
    assert set(found) == {drum, manifest}
    key_id, private = signer.key(world.park)
    public = {(world.park, key_id): private.public_key()}
    for uuid, row in found.items():
        assert (row["issued_by"], row["park_id"]) == (world.P.caller.person, world.park)
        label = code.verify(_scanned(row), public)
        assert label.label_id == row["id"]
        assert (label.what, label.hazardous) == ("batch" if uuid == drum else "manifest", True)
        assert label.grams == T1
    road.void(manifest)
    again = road.issue(drum)
    labels = papers.labels_of(world.connection, world.park, batches=[drum], manifests=[again])
    assert labels[drum]["id"] == found[drum]["id"], "the label on the drum stays"


def test_general_and_hazardous_waste_have_numbers_of_their_own(world: World, road: Road) -> None:
    general = [road.manifest(road.issue(world.generated()))["number"] for _ in range(2)]
    hazardous = road.manifest(road.issue(world.generated(waste=OILY_RAGS)))["number"]
    assert [number.split("-")[2] for number in general] == ["000001", "000002"]
    assert (hazardous[4:8], hazardous[8:]) == ("1101", "000001")


def test_a_carrier_of_no_register_is_typed_in_and_noted(world: World, road: Road) -> None:
    drum = world.generated(T1, waste=OILY_RAGS)
    typed = issue.CarrierPlan(name="外地运输公司 🚛", permit_number="冀危运 7 号", plate="冀B00001")
    plan = replace(road.plan(drum), carriers=(typed,))
    receipt = _ask(road, plan)
    (noted,) = [one for one in receipt.findings if one.code == "carrier_unregistered"]
    assert noted.evidence == {"carrier": "外地运输公司 🚛", "permit": "冀危运 7 号"}
    row = world.connection.execute(
        text("SELECT registered, uscc, roles FROM enterprise ORDER BY id DESC LIMIT 1")
    ).one()
    assert tuple(row) == (False, None, ["carrier"])
    world.verified()


def test_asked_again_the_first_answer_stands(world: World, road: Road) -> None:
    drum = world.generated()
    plan = road.plan(drum)
    first = _ask(road, plan)
    before = _counts(world)
    again = _ask(road, plan)
    assert (again.verdict, again.fact, again.index) == ("already_recorded", first.fact, first.index)
    assert _counts(world) == before


def test_the_same_id_for_another_plan_is_taken(world: World, road: Road) -> None:
    plan = road.plan(world.generated())
    _ask(road, plan)
    for other in (replace(plan, treatment="R4"), road.plan(world.generated(), id=plan.id), replace(plan, carriers=())):
        with pytest.raises(Problem) as caught:
            _ask(road, other)
        assert caught.value.code == "manifest_id_taken"
    with pytest.raises(Problem) as caught:
        _ask(road, road.plan(world.generated(who="P2"), id=plan.id), who="P2")
    assert caught.value.code == "manifest_id_taken"


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_unjudged_revised_and_issued(world: World, road: Road) -> None:
    mine, theirs = world.generated(), world.generated(who="P2")
    connection, caller = world.connection, world.P.caller
    plan = road.plan(mine, theirs, remark="小心轻放")
    issue.draft(connection, caller, plan)
    row = road.manifest(plan.id)
    assert (row["state"], row["number"], row["revision"]) == ("draft", None, 1)
    kept = issue.plan_of(plan.id, row["draft"])
    assert kept == plan
    with pytest.raises(Problem) as caught:
        _ask(road, kept)
    assert caught.value.code == "batch_not_held"
    issue.revise(connection, caller, road.plan(mine, id=plan.id, remark="改"), 1)
    row = road.manifest(plan.id)
    assert (row["revision"], row["remark"]) == (2, "改")
    with pytest.raises(Problem) as caught:
        issue.revise(connection, caller, plan, 1)
    assert (caught.value.code, caught.value.category) == ("changed_meanwhile", "stale")
    assert _ask(road, issue.plan_of(plan.id, row["draft"])).verdict == "recorded"
    with pytest.raises(Problem) as caught:
        issue.revise(connection, caller, plan, 2)
    assert caught.value.code == "manifest_not_draft"
    world.verified()


def test_another_s_draft_is_neither_mine_to_change_nor_to_issue(world: World, road: Road) -> None:
    plan = road.plan(world.generated())
    issue.draft(world.connection, world.P.caller, plan)
    with pytest.raises(Problem) as caught:
        issue.revise(world.connection, world.P2.caller, plan, 1)
    assert caught.value.code == "not_found"
    with pytest.raises(Problem) as caught:
        _ask(road, road.plan(world.generated(who="P2"), id=plan.id), who="P2")
    assert caught.value.code == "manifest_id_taken"


# --- voiding ----------------------------------------------------------------------------------------------------------


def test_only_the_generator_or_the_park_voids_and_only_before_pickup(world: World, road: Road) -> None:
    drum = world.generated()
    manifest = road.issue(drum)
    for who, reason in (("T", "not_your_enterprise"), ("P2", "not_your_enterprise")):
        with pytest.raises(Problem) as caught:
            road.void(manifest, who=who)
        assert caught.value.code == reason
    with pytest.raises(Problem) as caught:
        road.void(uuid7())
    assert caught.value.code == "not_found"
    road.picked_up(manifest)
    with pytest.raises(Problem) as caught:
        road.void(manifest)
    assert caught.value.code == "manifest_not_voidable"
    assert "under way" in caught.value.entry.say("en", caught.value.params)
    other = road.issue(world.generated())
    assert road.void(other, who="R").verdict == "recorded"
    world.verified()


def test_a_reason_that_is_no_text_voids_nothing(world: World, road: Road) -> None:
    manifest = road.issue(world.generated())
    with pytest.raises(Problem) as caught:
        issue.void(world.connection, world.P.caller, manifest, "因\x00为")
    assert caught.value.code == "text_not_plain"
    assert road.manifest(manifest)["state"] == "issued"


# --- labels -----------------------------------------------------------------------------------------------------------


def test_a_park_without_a_key_signs_nothing(world: World, tmp_path: Path) -> None:
    bare = Road(world, Signer(tmp_path / "nothing"))
    with pytest.raises(Problem) as caught:
        bare.issue(world.generated())
    assert (caught.value.code, caught.value.category) == ("signing_key_missing", "unavailable")


def test_the_newest_key_signs(world: World, road: Road) -> None:
    key = keys.create(road.signer.folder, world.park, 2)
    registry.add_park_key(world.connection, world.park, 2, keys.public_bytes(key))
    drum = world.generated()
    Road(world, Signer(road.signer.folder)).issue(drum)
    row = papers.labels_of(world.connection, world.park, batches=[drum])[drum]
    assert code.verify(_scanned(row), {(world.park, 2): key.public_key()}).key_id == 2


def test_a_batch_that_was_refused_is_shipped_again(world: World, road: Road) -> None:
    drum = world.generated()
    manifest = road.issue(drum)
    road.picked_up(manifest)
    road.refused(manifest)
    road.returned(manifest)
    again = road.issue(drum, to="S")
    road.picked_up(again)
    road.received(again, line(drum), who="S")
    assert world.batch(drum)["state"] == "received"
    world.verified()
