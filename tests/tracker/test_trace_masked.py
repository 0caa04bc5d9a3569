"""What of a chain an enterprise may see: its own part, one hop either side, and what became of its own grams."""

import dataclasses
import json
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from manifests.signing import Signer
from tests.chains import chain, combined, ends, key, line, recorded, shipped, split, treated
from tests.makers import SOMEWHERE, World, now
from tracker import balance, facts, trace
from tracker.problems import Problem

TONNE = 1_000_000


@pytest.fixture
def grouped(world: World, signer: Signer) -> dict[str, UUID]:
    """P and P2 ship to S, S groups both and ships the group to D, who treats it and keeps a residue."""
    made = {"ten": world.generated(10 * TONNE), "ninety": world.generated(90 * TONNE, who="P2")}
    shipped(world, signer, made["ten"], to="S")
    shipped(world, signer, made["ninety"], by="P2", to="S")
    made["group"] = combined(world, "S", made["ten"], made["ninety"])
    (made["drum"],) = split(world, "S", made["group"], 100 * TONNE)
    shipped(world, signer, made["drum"], by="S", carrier="T2")
    residue = facts.Output(kind="residue", grams=20 * TONNE, batch=uuid7())
    outputs = [facts.Output(kind="product", grams=80 * TONNE), residue]
    made["treated"] = treated(world, "D", made["drum"], how="R4", outputs=outputs)
    assert residue.batch is not None
    made["residue"] = residue.batch
    return made


def _words(found: trace.Chain) -> str:
    return json.dumps([dataclasses.asdict(found), found.geojson()], default=str, ensure_ascii=False)


def _open_nodes(found: trace.Chain) -> set[UUID]:
    return {node.id for node in found.nodes if not node.masked}


def test_a_generator_sees_its_batch_one_hop_and_the_end_of_its_own_grams(
    world: World, grouped: dict[str, UUID]
) -> None:
    found = chain(world, grouped["ten"], who="P")
    assert found.masked
    assert {node.id for node in found.nodes} == {grouped[name] for name in ("ten", "group", "drum", "residue")}
    assert _open_nodes(found) == {grouped["ten"], grouped["group"]}
    assert ends(found, grouped["ten"]) == {"R4": 8 * TONNE, "on_hand": 2 * TONNE}
    (end,) = [fact for fact in found.facts if fact.id == grouped["treated"]]
    assert (end.masked, end.details, end.place, end.lines, end.enterprise) == (
        True,
        {"treatment": "R4"},
        None,
        (),
        _MASKED,
    )
    assert {share.enterprise["masked"] for share in found.attribution if share.enterprise} == {True}


def test_nothing_of_strangers_is_in_what_a_generator_gets(world: World, grouped: dict[str, UUID]) -> None:
    for root in ("ten", "group", "drum", "residue"):
        found = chain(world, grouped[root], who="P")
        words = _words(found)
        assert 90 * TONNE not in {edge.grams for edge in found.edges}
        assert grouped["ninety"] not in {each.batch for fact in found.facts for each in fact.lines}
        for stranger in ("P2", "T2", "D"):
            company = world.companies[stranger]
            assert f"{stranger} 有限公司" not in words
            assert str(company.uuid) not in words
            assert str(company.site) not in words
            assert str(company.caller.person_uuid) not in words
        for known in ("P", "T", "S"):
            assert f"{known} 有限公司" in words
        assert str(world.S.caller.person_uuid) not in words


_MASKED = {"id": None, "number": None, "name_zh": None, "name_en": None, "uscc": None, "roles": [], "masked": True}


def test_the_store_between_sees_both_sides_and_knows_who_treats(world: World, grouped: dict[str, UUID]) -> None:
    found = chain(world, grouped["group"], who="S")
    assert _open_nodes(found) == {grouped[name] for name in ("ten", "ninety", "group", "drum", "residue")}
    words = _words(found)
    for name in ("P", "P2", "T", "T2", "D"):
        assert f"{name} 有限公司" in words
    assert [(share.origin, share.grams) for share in found.attribution if share.output == "treated"] == [
        (grouped["ten"], 8 * TONNE),
        (grouped["ninety"], 72 * TONNE),
    ]


def test_the_last_receiver_does_not_learn_whose_waste_was_grouped(world: World, grouped: dict[str, UUID]) -> None:
    words = _words(chain(world, grouped["drum"], who="D"))
    for stranger in ("P", "P2", "T"):
        assert f"{stranger} 有限公司" not in words
        assert str(world.companies[stranger].uuid) not in words
    for known in ("S", "T2", "D"):
        assert f"{known} 有限公司" in words


def test_story_2_both_legs_are_seen_by_the_generator_and_the_first_carrier_learns_nothing_of_the_second(
    world: World, signer: Signer
) -> None:
    tank = world.generated(TONNE)
    shipped(world, signer, tank, to="S")
    recorded(world, "S", facts.TakenOut(id=uuid7(), observed_at=now(), lines=(line(tank),), place=SOMEWHERE))
    shipped(world, signer, tank, by="S", carrier="T2")
    burnt = treated(world, "D", tank)

    mine = chain(world, tank, who="P")
    assert [fact.masked for fact in mine.facts] == [False] * len(mine.facts)
    assert {fact.enterprise["name_en"] for fact in mine.facts if fact.enterprise} == {
        f"{n} Ltd" for n in ("P", "T", "S", "T2", "D")
    }

    carried = chain(world, tank, who="T")
    assert [(fact.kind, fact.masked) for fact in carried.facts] == [
        ("generated", True),
        ("manifest_issued", False),
        ("picked_up", False),
        ("received", False),
        ("taken_out", True),
        ("manifest_issued", True),
        ("picked_up", True),
        ("received", True),
        ("treated", True),
    ]
    words = _words(carried)
    assert "T2 有限公司" not in words
    assert "D 有限公司" not in words
    assert carried.facts[-1].id == burnt
    assert carried.facts[-1].details == {"treatment": "D10"}


def test_what_came_of_several_enterprises_waste_together_is_not_told_to_each(world: World, signer: Signer) -> None:
    mine, others = world.generated(TONNE), world.generated(2 * TONNE, who="P2")
    shipped(world, signer, mine)
    shipped(world, signer, others, by="P2")
    outputs = [facts.Output(kind="product", grams=2_900_000), facts.Output(kind="loss", grams=100_000)]
    treated(world, "D", mine, others, how="R4", outputs=outputs)

    seen = chain(world, mine, who="P").facts[-1]
    assert (seen.masked, seen.details) == (False, {"treatment": "R4"})
    assert [(each.batch, each.grams) for each in seen.lines] == [(mine, TONNE)]
    assert len(chain(world, mine, who="D").facts[-1].details["outputs"]) == 2
    alone = world.generated(TONNE)
    shipped(world, signer, alone)
    treated(world, "D", alone, outputs=[facts.Output(kind="product", grams=TONNE)])
    assert len(chain(world, alone, who="P").facts[-1].details["outputs"]) == 1


def test_an_enterprise_that_took_no_part_is_told_that_there_is_nothing(world: World, grouped: dict[str, UUID]) -> None:
    # To have scanned somebody else's label is no part.
    scan = facts.Weighed(id=uuid7(), observed_at=now(), lines=(line(grouped["residue"], 5, measured=True),))
    recorded(world, "P2", scan)
    for who, root, direction in (("T", "drum", "down"), ("P2", "residue", "down"), ("P2", "ten", "up")):
        with pytest.raises(Problem, match="not_found"):
            trace.chain(world.connection, world.companies[who].caller, [key(world, grouped[root])], direction)
    nobody = dataclasses.replace(world.P.caller, enterprise=None)
    with pytest.raises(Problem, match="not_found"):
        trace.chain(world.connection, nobody, [key(world, grouped["ten"])])


@pytest.mark.parametrize("role", ["regulator", "inspector", "auditor"])
def test_those_who_watch_the_park_see_everything(world: World, grouped: dict[str, UUID], role: str) -> None:
    caller = dataclasses.replace(world.R.caller, role=role)
    found = trace.chain(world.connection, caller, [key(world, grouped["group"])])
    assert not found.masked
    assert not any(node.masked for node in found.nodes)
    assert not any(fact.masked for fact in found.facts)
    assert '"masked": true' not in _words(found)


def test_the_account_of_a_masked_chain_is_over_ones_own_batches(world: World, grouped: dict[str, UUID]) -> None:
    account = balance.of_chain(chain(world, grouped["group"], who="P"))
    assert (account.generated, account.received, account.shipped, account.treated) == (10 * TONNE, 0, 10 * TONNE, 0)


def test_a_park_next_door_has_nothing_to_see(world: World, grouped: dict[str, UUID]) -> None:
    from tests import makers

    root = key(world, grouped["ten"])
    other = makers.world(world.connection, code="NEXT")
    with pytest.raises(Problem, match="not_found"):
        trace.chain(world.connection, other.R.caller, [root])
    with pytest.raises(Problem, match="not_found"):
        trace.roots_of(world.connection, other.park, str(grouped["ten"]))
