"""The chain of anything: what is reached, and what became of every gram."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from uuid_utils.compat import uuid7

from manifests import issue
from manifests.signing import Signer
from tests.chains import chain, combined, ends, key, line, recorded, shipped, split, spoil, treated, weighed
from tests.makers import SOMEWHERE, World, now
from tracker import facts, trace
from tracker.problems import Problem

TONNE = 1_000_000


def _ids(found: trace.Chain) -> set[UUID]:
    return {node.id for node in found.nodes}


def _levels(found: trace.Chain) -> dict[UUID, int]:
    return {node.id: node.level for node in found.nodes}


# --- stories ------------------------------------------------------------------------------------------------------


def test_story_3_grouping_each_origin_has_one_treatment_of_its_own_grams(world: World, signer: Signer) -> None:
    ten, ninety = world.generated(10 * TONNE), world.generated(90 * TONNE, who="P2")
    shipped(world, signer, ten, to="S")
    shipped(world, signer, ninety, by="P2", to="S")
    group = combined(world, "S", ten, ninety)
    shipped(world, signer, group, by="S", carrier="T2")
    burnt = treated(world, "D", group)

    found = chain(world, group)
    assert _levels(found) == {ten: -1, ninety: -1, group: 0}
    assert [(share.origin, share.fact, share.treatment, share.grams) for share in found.attribution] == [
        (ten, burnt, "D10", 10 * TONNE),
        (ninety, burnt, "D10", 90 * TONNE),
    ]
    assert {part.origin: part.grams for part in found.made_of} == {ten: 10 * TONNE, ninety: 90 * TONNE}
    assert {share.enterprise["name_en"] for share in found.attribution if share.enterprise} == {"D Ltd"}

    alone = chain(world, ten, direction="down")
    assert _ids(alone) == {ten, group}
    assert ends(alone, ten) == {"D10": 10 * TONNE}


def test_story_4_splitting_two_treatments_sum_to_every_gram(world: World) -> None:
    ten = world.generated(10 * TONNE, who="S")
    third, thirds = split(world, "S", ten, 3_333_333, 6_666_667)
    one = combined(world, "S", third, world.generated(4 * TONNE, who="S"))
    other = combined(world, "S", thirds, world.generated(5 * TONNE, who="S"))
    first, second = treated(world, "S", one, how="R4"), treated(world, "S", other, how="C5")

    found = chain(world, ten)
    assert {(share.fact, share.grams) for share in found.attribution} == {(first, 3_333_333), (second, 6_666_667)}
    assert ends(found, ten) == {"R4": 3_333_333, "C5": 6_666_667}
    assert sum(ends(found, ten).values()) == 10 * TONNE


def test_story_5_partial_refusal_then_use_bit_by_bit(world: World, signer: Signer) -> None:
    load = world.generated(10 * TONNE, measured=True)
    back = facts.RefusedPart(batch=load, refused_grams=7 * TONNE, into=uuid7())
    manifest = shipped(world, signer, load, refused={load: back}, accepted={load: 3 * TONNE})
    assert ends(chain(world, load), load) == {"on_hand": 3 * TONNE, "in_transit": 7 * TONNE}
    recorded(world, "T", facts.Returned(id=uuid7(), observed_at=now(), manifest=manifest, lines=(line(back.into),)))
    treated(world, "D", line(load, 1_500_000))
    treated(world, "D", line(load, TONNE))
    (receipt,) = world.tell(
        "D", facts.Treated(id=uuid7(), observed_at=now(), lines=(line(load, TONNE),), treatment="D10")
    )
    assert [finding.code for finding in receipt.findings] == ["mass_exceeds_batch"]

    found = chain(world, load)
    assert _ids(found) == {load, back.into}
    assert ends(found, load) == {"D10": 3 * TONNE, "on_hand": 7 * TONNE}
    (here,) = [share for share in found.attribution if share.output == "on_hand"]
    assert (here.batch, here.fact, here.enterprise and here.enterprise["name_en"]) == (back.into, None, "P Ltd")
    assert [finding["code"] for finding in found.facts[-1].findings] == ["mass_exceeds_batch"]
    assert found.totals.unexplained == 500_000


def test_story_6_consumption_closes_and_nothing_is_left_open(world: World, signer: Signer) -> None:
    load = world.generated(TONNE, measured=True)
    back = facts.RefusedPart(batch=load, refused_grams=480_000, into=uuid7())
    shipped(world, signer, load, to="S", refused={load: back}, accepted={load: 520_000})
    group = combined(world, "S", load, world.generated(80_000, who="S"))
    treated(world, "S", group, how="R4")

    found = chain(world, group)
    assert ends(found, load) == {"R4": 520_000, "elsewhere": 480_000}
    states = {node.id: (node.state, node.grams) for node in found.nodes}
    assert states[load] == ("combined", 0)
    assert states[group] == ("treated", 0)
    assert {share.output for share in found.attribution} == {"treated", "elsewhere"}
    assert ends(chain(world, load), load) == {"R4": 520_000, "in_transit": 480_000}


# --- shapes of graphs ------------------------------------------------------------------------------------------------


def test_a_diamond_counts_once(world: World) -> None:
    whole = world.generated(1_000_001, who="S")
    left, right = split(world, "S", whole, 400_000, 600_001)
    again = combined(world, "S", left, right)
    treated(world, "S", again, how="R4")

    for root in (whole, again):
        found = chain(world, root)
        assert _ids(found) == {whole, left, right, again}
        assert ends(found, whole) == {"R4": 1_000_001}
    assert sorted(_levels(chain(world, whole)).values()) == [0, 1, 1, 2]
    assert sorted(_levels(chain(world, again)).values()) == [-2, -1, -1, 0]


def test_many_diamonds_in_a_row_do_not_multiply(world: World) -> None:
    first = last = world.generated(2**20, who="S")
    for _ in range(24):  # Sixteen million paths, 73 batches.
        last = combined(world, "S", *split(world, "S", last, 2**19, 2**19))
    found = chain(world, first)
    assert len(found.nodes) == 73
    assert ends(found, first) == {"on_hand": 2**20}


def test_both_is_ancestors_and_descendants_but_not_what_else_became_of_an_ancestor(world: World) -> None:
    origin = world.generated(900_000, who="S")
    mine, sibling = split(world, "S", origin, 300_000, 600_000)
    (child,) = split(world, "S", mine, 300_000)
    split(world, "S", sibling, 600_000)

    assert _ids(chain(world, mine)) == {origin, mine, child}
    assert _ids(chain(world, mine, direction="up")) == {origin, mine}
    assert _ids(chain(world, mine, direction="down")) == {mine, child}
    assert ends(chain(world, mine), origin) == {"elsewhere": 600_000, "on_hand": 300_000}
    up = chain(world, mine, direction="up")
    assert ends(up, origin) == {"elsewhere": 900_000}
    assert [(part.origin, part.grams) for part in up.made_of] == [(origin, 300_000)]


def test_grams_that_were_mixed_in_on_the_way_are_nobodys_and_are_not_told_as_the_roots(world: World) -> None:
    mine, foreign = world.generated(300_000, who="S"), world.generated(100_000, who="S")
    heap = combined(world, "S", mine, foreign)
    treated(world, "S", line(heap, 200_000), how="R4")
    assert ends(chain(world, mine, direction="down"), mine) == {"R4": 150_000, "on_hand": 150_000}
    both = chain(world, heap)
    assert ends(both, foreign) == {"R4": 50_000, "on_hand": 50_000}


def test_a_root_that_was_made_of_others_is_its_own_origin_when_only_its_future_is_asked(world: World) -> None:
    heap = combined(world, "S", world.generated(300_000, who="S"), world.generated(100_000, who="S"))
    treated(world, "S", line(heap, 150_000), how="R4")
    assert ends(chain(world, heap, direction="down"), heap) == {"R4": 150_000, "on_hand": 250_000}


def test_several_roots_make_one_chain(world: World) -> None:
    one, other = world.generated(300_000, who="S"), world.generated(100_000, who="S")
    heap = combined(world, "S", one, other)
    (rest,) = split(world, "S", heap, 400_000)
    found = chain(world, one, heap)
    assert _levels(found) == {one: 0, other: 0, heap: 1, rest: 2}
    assert found.roots == (one, heap)


# --- partial consumption, scales, losses -----------------------------------------------------------------------------


def test_what_is_taken_over_time_is_shared_over_what_is_still_there(world: World) -> None:
    red, blue = world.generated(700_000, who="S"), world.generated(300_000, who="S")
    heap = combined(world, "S", red, blue)
    treated(world, "S", line(heap, 100_000), how="R4")
    weighed(world, "S", heap, 990_000)  # 90 kg more than the books had
    split(world, "S", heap, 99_000)
    weighed(world, "S", heap, 880_110)  # 10.89 kg less
    residue = facts.Output(kind="residue", grams=400_000, batch=uuid7())
    outputs = [facts.Output(kind="product", grams=300_000), facts.Output(kind="loss", grams=100_000), residue]
    treated(world, "S", line(heap, 880_000), how="C5", outputs=outputs)

    found = chain(world, heap)
    assert ends(found, red) == {
        "R4": 70_000, "unexplained": -63_000 + 7_623 + 56_000, "on_hand": 69_300 + 280_000 + 77,
        "C5": 210_000, "lost": 70_000,
    }  # fmt: skip
    assert ends(found, blue)["on_hand"] == 33 + 29_700 + 120_000
    (now_at,) = [share for share in found.attribution if share.output == "on_hand" and share.origin == blue]
    assert now_at.batch is None  # in the heap, the drum and the residue


def test_grams_that_do_not_divide_go_to_the_largest_remainder_and_always_the_same(world: World) -> None:
    three = [world.generated(1, who="S") for _ in range(3)]
    heap = combined(world, "S", *three)
    treated(world, "S", line(heap, 2), how="R4")
    shares = [ends(chain(world, heap), each) for each in three]
    assert shares == [{"R4": 1}, {"R4": 1}, {"on_hand": 1}]


def test_a_correction_changes_what_the_origin_brought(world: World) -> None:
    batch = uuid7()
    told = facts.Generated(id=uuid7(), observed_at=now(), lines=(line(batch, 10 * TONNE),), waste_class=_sludge())
    recorded(world, "S", told)
    split(world, "S", batch, 4 * TONNE)
    fact = {"observed_at": now(), "lines": (line(batch),), "corrects": told.id, "reason": "slip"}
    recorded(world, "S", facts.Corrected(id=uuid7(), grams=9 * TONNE, **fact))
    assert ends(chain(world, batch), batch) == {"on_hand": 9 * TONNE}
    weighed(world, "S", batch, 4 * TONNE)
    recorded(world, "S", facts.Corrected(id=uuid7(), grams=12 * TONNE, **fact))
    found = chain(world, batch)
    assert [(origin.id, origin.grams) for origin in found.origins] == [(batch, 12 * TONNE)]
    assert ends(found, batch) == {"on_hand": 8 * TONNE, "unexplained": 4 * TONNE}


def _sludge() -> facts.ClassRef:
    return facts.ClassRef(scheme="CN-SW", edition="2024", code="900-099-S07")


def test_attribution_follows_exact_proportions_within_a_gram_a_step(world: World) -> None:
    red, blue = world.generated(617, who="S"), world.generated(383, who="S")
    heap = combined(world, "S", red, blue)
    for grams in (7, 11, 13, 17, 19, 23):
        treated(world, "S", line(heap, grams), how="R4")
    exact = Fraction(617 * (7 + 11 + 13 + 17 + 19 + 23), 1000)
    assert abs(ends(chain(world, heap), red)["R4"] - exact) <= 1


# --- bounds ----------------------------------------------------------------------------------------------------------


def test_a_chain_that_goes_on_beyond_the_bound_says_so_and_keeps_the_nearest(world: World) -> None:
    batches = [world.generated(1_000, who="S")]
    for _ in range(8):
        batches += split(world, "S", batches[-1], 1_000)
    found = chain(world, batches[4], batches_max=3)
    assert found.truncated
    assert _ids(found) == set(batches[2:7])
    assert ends(found, batches[4]) == {}
    down = chain(world, batches[4], direction="down", batches_max=3)
    assert ends(down, batches[4]) == {"elsewhere": 1_000}
    assert not chain(world, batches[4]).truncated


def test_the_number_of_statements_does_not_grow_with_the_chain(world: World) -> None:
    short = world.generated(1_000, who="S")
    long = world.generated(64, who="S")
    drums = [long]
    for _ in range(5):
        drums = [half for drum in drums for half in split(world, "S", drum, *[_grams(world, drum) // 2] * 2)]
    counted = []
    for root, batches in ((key(world, short), 1), (key(world, long), 63)):
        with _statements(world) as seen:
            found = trace.chain(world.connection, world.R.caller, [root])
        assert len(found.nodes) == batches
        assert found.statements == len(seen)
        counted.append(len(seen))
    assert counted == [4, 4]


def _grams(world: World, batch: UUID) -> int:
    return int(world.batch(batch)["grams"])


@contextmanager
def _statements(world: World) -> Iterator[list[str]]:
    """The SQL statements of what is done inside."""
    seen: list[str] = []

    def listener(*given: Any) -> None:
        seen.append(given[2])

    event.listen(world.connection.engine, "before_cursor_execute", listener)
    yield seen
    event.remove(world.connection.engine, "before_cursor_execute", listener)


def test_each_step_is_an_index_only_look_up_under_row_level_security(world: World) -> None:
    from tracker.trace import graph

    fill = "INSERT INTO edge SELECT :park, n, n + 1 + n % 7, 0, 1, 0 FROM generate_series(1, 20000) n"
    spoil(world, fill, park=world.park)
    spoil(world, "ANALYZE edge")
    given = {"park": world.park, "down": [1], "up": [1], "batches": 20_001, "edges": 200_010}
    plan = world.connection.execute(text(f"EXPLAIN (FORMAT JSON) {graph._GRAPH.text}"), given).scalar_one()
    assert world.connection.scalar(text("SELECT current_user")) == "tracker_app"
    scans = [node for node in _walk(plan[0]["Plan"]) if node.get("Relation Name") == "edge"]
    assert len(scans) == 4
    assert {node["Node Type"] for node in scans} == {"Index Only Scan"}
    assert {node["Index Name"] for node in scans} == {"ix_edge_down", "ix_edge_up"}


def _walk(node: dict) -> list[dict]:
    return [node, *(found for below in node.get("Plans", []) for found in _walk(below))]


# --- what is asked about ---------------------------------------------------------------------------------------------


def test_roots_are_found_by_batch_manifest_number_and_human_code(world: World, signer: Signer) -> None:
    one, other = world.generated(), world.generated()
    manifest = shipped(world, signer, one, other)
    row = world.connection.execute(text("SELECT number FROM manifest WHERE uuid = :uuid"), {"uuid": manifest}).one()
    codes = dict(
        world.connection.execute(text("SELECT coalesce(batch_uuid, manifest_uuid), human_code FROM label")).all()
    )
    both = (key(world, one), key(world, other))
    for asked in (str(manifest), row.number, codes[manifest]):
        found = trace.roots_of(world.connection, world.park, asked)
        assert (found.kind, found.uuid, found.number, found.keys) == ("manifest", manifest, row.number, both)
    for asked in (str(one), str(one).upper(), codes[one]):
        found = trace.roots_of(world.connection, world.park, asked)
        assert (found.kind, found.uuid, found.keys) == ("batch", one, both[:1])


@pytest.mark.parametrize("asked", ["", "nothing", "11111111-1111-7111-8111-111111111111", "'; --", "K7QF-2M9X-RT-C"])
def test_what_is_not_there_is_not_found(world: World, asked: str) -> None:
    with pytest.raises(Problem, match="not_found"):
        trace.roots_of(world.connection, world.park, asked)


def test_no_roots_and_unknown_roots_are_not_found(world: World) -> None:
    for roots in ([], [987_654_321]):
        with pytest.raises(Problem, match="not_found"):
            trace.chain(world.connection, world.R.caller, roots)


# --- who did what, where ---------------------------------------------------------------------------------------------


def test_story_1_every_fact_says_who_when_where_and_with_what(world: World, signer: Signer) -> None:
    tank = world.generated(TONNE)
    manifest = shipped(world, signer, tank, accepted={tank: 990_000})
    treated(world, "D", tank)
    found = chain(world, tank)
    assert [(fact.kind, fact.enterprise and fact.enterprise["name_en"], fact.verdict) for fact in found.facts] == [
        ("generated", "P Ltd", "recorded"),
        ("manifest_issued", "P Ltd", "recorded"),
        ("picked_up", "T Ltd", "recorded"),
        ("received", "D Ltd", "recorded"),
        ("treated", "D Ltd", "recorded"),
    ]
    assert [fact.index for fact in found.facts] == [0, 1, 2, 3, 4]
    assert [[(each.batch, each.grams, each.direction) for each in fact.lines] for fact in found.facts] == [
        [(tank, TONNE, "out")],
        [(tank, TONNE, "in")],
        [(tank, TONNE, "in")],
        [(tank, 990_000, "in")],
        [(tank, 990_000, "in")],
    ]
    assert {fact.manifest for fact in found.facts[1:4]} == {manifest}
    assert found.facts[1].manifest_number == found.facts[2].manifest_number == found.facts[1].details["number"]
    assert [fact.actor_name for fact in found.facts] == ["P 员工", "P 员工", "T 员工", "D 员工", "D 员工"]
    assert found.facts[2].place == trace.Place(longitude=116.506, latitude=39.795, accuracy_m=8.0)
    (node,) = found.nodes
    assert (node.grams_at_start, node.grams_in, node.grams_out, node.grams) == (TONNE, TONNE, 990_000, 0)
    assert node.waste_class is not None
    assert node.waste_class["code"] == "900-099-S07"
    assert node.human_code
    assert ends(found, tank) == {"unexplained": 10_000, "D10": 990_000}


def test_the_map_has_a_point_for_every_fact_that_said_where_and_the_sites_of_those_involved(
    world: World, signer: Signer
) -> None:
    tank = world.generated(TONNE)
    shipped(world, signer, tank)
    features = json.loads(json.dumps(chain(world, tank).geojson(), default=str))["features"]
    assert [feature["properties"].get("kind") for feature in features] == [
        "picked_up",
        "received",
        "site",
        "site",
        "site",
    ]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [116.506, 39.795]}
    assert features[0]["properties"]["batches"] == [str(tank)]
    assert {feature["properties"]["name_zh"] for feature in features[2:]} == {"P 厂区", "T 厂区", "D 厂区"}


def test_names_of_people_are_for_regulators_alone(world: World) -> None:
    from dataclasses import replace

    tank = world.generated(TONNE)
    auditor = replace(world.R.caller, role="auditor")
    (fact,) = trace.chain(world.connection, auditor, [key(world, tank)]).facts
    assert fact.actor == world.P.caller.person_uuid
    assert fact.actor_name is None


def test_a_losing_scan_is_in_the_chain_as_a_conflict(world: World, signer: Signer) -> None:
    tank = world.generated(TONNE)
    plan = issue.Plan(
        id=uuid7(), batches=(issue.BatchPlan(batch=tank),), receiver=world.D.uuid, treatment="D10",
        carriers=(issue.CarrierPlan(enterprise=world.T.uuid), issue.CarrierPlan(enterprise=world.T2.uuid)),
    )  # fmt: skip
    issue.issue(world.connection, world.P.caller, signer, plan)
    first = facts.PickedUp(id=uuid7(), observed_at=now(), manifest=plan.id, place=SOMEWHERE)
    world.tell("T", first)
    world.tell("T2", facts.PickedUp(id=uuid7(), observed_at=now(), manifest=plan.id, place=SOMEWHERE))
    lost = chain(world, tank).facts[-1]
    assert (lost.verdict, lost.winner) == ("conflict", first.id)
    assert [finding["code"] for finding in lost.findings] == ["lost_to_another"]
