"""Blocks of numbers from within: where the serials of a series went, and that a refusal takes none."""

from datetime import UTC, datetime

import pytest
from uuid_utils.compat import uuid7

from manifests import numbers
from manifests.signing import Signer
from tests.makers import World
from tests.telling import Road
from tracker import numbering
from tracker.problems import Problem

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def _block(world: World, count: int = 4, *, hazardous: bool = True) -> numbering.Block:
    return numbers.allocate_block(
        world.connection,
        world.P.caller,
        hazardous=hazardous,
        count=count,
        holder_kind="sheet",
        holder="应急单 1",
        now=NOW,
    )


def test_a_block_is_the_next_numbers_of_its_series_and_is_accounted_for(world: World, signer: Signer) -> None:
    before = numbering.account(world.connection, world.park, "hazardous-2026")
    assert before == numbering.Account(0, 0, 0, 0)
    block = _block(world)
    assert block.numbers == tuple(f"2026110100000{serial}" for serial in range(1, 5))
    numbering.use(world.connection, world.P.caller, block.numbers[2], "hazardous-2026", uuid7(), NOW)
    road = Road(world, signer)
    road.issue(world.generated())
    found = numbering.account(world.connection, world.park, "hazardous-2026")
    assert found == numbering.Account(last=4, in_blocks=4, used=1, open=3)
    assert numbering.account(world.connection, world.park, "general-2026").alone == 1
    assert numbering.close_block(
        world.connection, world.P.caller, block.uuid, outcome="spoilt", why="纸张遗失", now=NOW
    ) == 3  # fmt: skip
    (shown,) = numbering.blocks(world.connection, world.R.caller)
    assert (shown["used"], shown["spoilt"], shown["open"]) == (1, 3, 0)


def test_nobody_takes_a_number_of_another_kind_or_of_a_closed_block(world: World) -> None:
    block = _block(world)
    with pytest.raises(Problem, match="number_of_other_kind"):
        numbering.use(world.connection, world.P.caller, block.numbers[0], "general-2026", uuid7(), NOW)
    with pytest.raises(Problem, match="number_not_in_block"):
        numbering.use(world.connection, world.P2.caller, block.numbers[0], "hazardous-2026", uuid7(), NOW)
    numbering.close_block(world.connection, world.P.caller, block.uuid, outcome="returned", why="x", now=NOW)
    with pytest.raises(Problem, match="number_used_already"):
        numbering.use(world.connection, world.P.caller, block.numbers[0], "hazardous-2026", uuid7(), NOW)


@pytest.mark.parametrize("count", [0, -3, numbering.BLOCK_MAX + 1])
def test_a_block_of_no_sensible_size_takes_no_serial(world: World, count: int) -> None:
    with pytest.raises(Problem, match="number_block_size"):
        _block(world, count)
    assert numbering.account(world.connection, world.park, "hazardous-2026").last == 0
