"""The mass account closes to the gram, whatever happens, and says so where it does not."""

from collections import defaultdict
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from uuid_utils.compat import uuid7

from manifests.signing import Signer
from tests import makers
from tests.chains import chain, combined, key, line, shipped, split, spoil, treated, weighed
from tests.makers import OILY_RAGS, World, now
from tracker import balance, facts, trace
from tracker.problems import Problem

TONNE = 1_000_000


def _account(**given: int) -> dict[str, Any]:
    names = (
        "generated",
        "received",
        "on_hand",
        "in_transit",
        "treated",
        "lost",
        "difference",
        "shipped",
        "unexplained",
    )
    return {name: given.get(name, 0) for name in names} | {"agrees": True}


def _shown(account: balance.Balance) -> dict[str, Any]:
    assert account.closes, account
    return {name: getattr(account, name) for name in balance.Balance.__dataclass_fields__}


def test_one_batch_from_generation_to_the_furnace(world: World, signer: Signer) -> None:
    tank = world.generated(TONNE, measured=True)
    back = facts.RefusedPart(batch=tank, refused_grams=200_000, into=uuid7())
    shipped(world, signer, tank, refused={tank: back}, accepted={tank: 700_000})
    outputs = [facts.Output(kind="product", grams=400_000), facts.Output(kind="loss", grams=60_000)]
    treated(world, "D", line(tank, 500_000), outputs=outputs)

    found = balance.of_batch(world.connection, world.park, key(world, tank))
    assert _shown(found) == _account(
        generated=TONNE, on_hand=200_000, treated=400_000, lost=60_000, difference=140_000, shipped=200_000,
        unexplained=100_000 + 40_000,
    )  # fmt: skip
    part = balance.of_batch(world.connection, world.park, key(world, back.into))
    assert _shown(part) == _account(received=200_000, in_transit=200_000)


def test_an_unknown_batch_is_not_found(world: World) -> None:
    with pytest.raises(Problem, match="not_found"):
        balance.of_batch(world.connection, world.park, 987_654_321)


def test_park_enterprise_and_class(world: World, signer: Signer) -> None:
    tank, rags = world.generated(TONNE), world.generated(50_000, waste=OILY_RAGS)
    shipped(world, signer, tank)
    treated(world, "D", line(tank, 300_000))
    caller, connection = world.R.caller, world.connection

    whole = balance.of_books(connection, caller)
    assert _shown(whole) == _account(generated=1_050_000, on_hand=750_000, treated=300_000)
    at_p = balance.of_books(connection, caller, enterprise=world.P.key)
    assert _shown(at_p) == _account(generated=1_050_000, on_hand=50_000, shipped=TONNE)
    at_t = balance.of_books(connection, caller, enterprise=world.T.key)
    assert _shown(at_t) == _account()
    at_d = balance.of_books(connection, caller, enterprise=world.D.key)
    assert _shown(at_d) == _account(received=TONNE, on_hand=700_000, treated=300_000)
    oily = world.batch(rags)["class_id"]
    assert _shown(balance.of_books(connection, caller, class_id=oily)) == _account(generated=50_000, on_hand=50_000)
    none = balance.of_books(connection, caller, enterprise=world.D.key, class_id=oily)
    assert _shown(none) == _account()


def test_on_the_road_it_stands_with_the_carrier(world: World, signer: Signer) -> None:
    from manifests import issue

    tank = world.generated(TONNE)
    plan = issue.Plan(
        id=uuid7(), batches=(issue.BatchPlan(batch=tank),), receiver=world.D.uuid, treatment="D10",
        carriers=(issue.CarrierPlan(enterprise=world.T.uuid),),
    )  # fmt: skip
    issue.issue(world.connection, world.P.caller, signer, plan)
    world.tell("T", facts.PickedUp(id=uuid7(), observed_at=now(), manifest=plan.id))
    assert _shown(balance.of_books(world.connection, world.R.caller)) == _account(generated=TONNE, in_transit=TONNE)
    at_t = balance.of_books(world.connection, world.R.caller, enterprise=world.T.key)
    assert _shown(at_t) == _account(received=TONNE, in_transit=TONNE)


def test_an_enterprise_gets_its_own_account_and_nobody_elses(world: World) -> None:
    world.generated(TONNE)
    world.generated(5, who="P2")
    assert balance.of_books(world.connection, world.P.caller).generated == TONNE
    assert balance.of_books(world.connection, world.P.caller, enterprise=world.P.key).generated == TONNE
    with pytest.raises(Problem, match="not_your_enterprise"):
        balance.of_books(world.connection, world.P.caller, enterprise=world.P2.key)


def test_grams_told_beyond_what_was_there_are_unexplained_and_not_mass(world: World) -> None:
    tank = world.generated(2_500_000, who="D")
    # Two findings tell of it, one about the batch and one about the treatment, but the grams are missing once.
    treated(world, "D", line(tank, 250 * TONNE), outputs=[facts.Output(kind="product", grams=250 * TONNE)])
    found = balance.of_books(world.connection, world.R.caller)
    assert balance.of_chain(chain(world, tank)).unexplained == 247_500_000
    assert balance.of_batch(world.connection, world.park, key(world, tank)).unexplained == 247_500_000
    assert _shown(found) == _account(generated=2_500_000, treated=2_500_000, unexplained=247_500_000)
    world.connection.execute(
        text("UPDATE finding SET answered_at = now(), answer = 'slip', answered_by = :by"),
        {"by": world.R.caller.person},
    )
    assert balance.of_books(world.connection, world.R.caller).unexplained == 0
    assert balance.of_chain(chain(world, tank)).unexplained == 0


# --- it notices ------------------------------------------------------------------------------------------------------


def _lies(world: World, tank: UUID) -> dict[str, bool]:
    """Which accounts still close."""
    roots = [key(world, tank)]
    return {
        "batch": balance.of_batch(world.connection, world.park, roots[0]).closes,
        "chain": balance.of_chain(trace.chain(world.connection, world.R.caller, roots)).closes,
        "enterprise": balance.of_books(world.connection, world.R.caller, enterprise=world.S.key).closes,
        "park": balance.of_books(world.connection, world.R.caller).closes,
    }


@pytest.mark.parametrize(
    ("lie", "open_accounts"),
    [
        ("UPDATE batch SET grams = grams - 1 WHERE id = :batch", {"batch", "chain", "enterprise"}),
        ("UPDATE posting SET grams = grams + 1 WHERE batch_id = :batch AND account = 'stock'", {"batch", "chain"}),
        ("UPDATE edge SET grams = grams + 1 WHERE parent = :batch", {"batch", "chain"}),
        ("DELETE FROM edge WHERE parent = :batch", {"batch", "chain"}),
        ("UPDATE balance SET grams = grams + 1 WHERE account = 'stock' AND grams > 0", {"enterprise", "park"}),
    ],
)  # fmt: skip
def test_one_gram_changed_behind_the_ledgers_back_shows(world: World, lie: str, open_accounts: set[str]) -> None:
    tank = world.generated(TONNE, who="S")
    split(world, "S", tank, 400_000)
    assert all(_lies(world, tank).values())
    spoil(world, lie, batch=key(world, tank))
    assert {name for name, closes in _lies(world, tank).items() if not closes} == open_accounts


# --- whatever happens ------------------------------------------------------------------------------------------------

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["generate", "split", "combine", "treat", "weigh", "residue"]),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
        st.integers(1, 400),
    ),
    min_size=3,
    max_size=16,
)


class _Life:
    """Plays random steps at S and remembers nothing: what is right is worked out from the tables afterwards."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.batches: list[UUID] = [world.generated(1_000, who="S")]

    def alive(self, pick: int) -> UUID:
        left = [each for each in self.batches if self.world.batch(each)["grams"] > 0]
        if not left:
            left = [self.world.generated(777, who="S")]
            self.batches += left
        return left[pick % len(left)]

    def play(self, what: str, one: int, other: int, grams: int) -> None:
        world, batch = self.world, self.alive(one)
        held = world.batch(batch)["grams"]
        match what:
            case "generate":
                self.batches.append(world.generated(grams, who="S"))
            case "split":
                self.batches += split(world, "S", batch, grams, 1 + grams // 3, taken=min(grams + 1 + grams // 3, held))
            case "combine":
                lines = {each: line(each, min(grams, held)) for each in (batch, self.alive(other), self.alive(one + 1))}
                self.batches.append(combined(world, "S", *lines.values()))
            case "treat":
                treated(world, "S", line(batch, grams), how="R4")
            case "weigh":
                weighed(world, "S", batch, max(1, held + grams - 200))
            case "residue":
                made = facts.Output(kind="residue", grams=1 + grams // 4, batch=uuid7())
                outputs = [facts.Output(kind="product", grams=1 + grams // 3), facts.Output(kind="loss", grams=1), made]
                inputs = {each: line(each, grams) for each in (batch, self.alive(other))}
                treated(world, "S", *inputs.values(), how="C5", outputs=outputs)
                assert made.batch is not None
                self.batches.append(made.batch)


def _ended(connection: Connection) -> dict[tuple[str, int], int]:
    """Grams that ended, by account and fact, over the whole park."""
    rows = connection.execute(
        text("SELECT account, \"index\", sum(grams) FROM posting WHERE account IN ('treated', 'lost') GROUP BY 1, 2")
    )
    return {(account, index): int(grams) for account, index, grams in rows if grams}


@given(steps=_STEPS, root=st.integers(0, 100))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_lives_every_chain_closes_and_every_origin_is_accounted_for(
    engine: Engine, steps: Any, root: int
) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        world = makers.world(connection)
        life = _Life(world)
        for step in steps:
            life.play(*step)
        for direction in ("down", "up", "both"):
            chain(world, life.batches[root % len(life.batches)], direction=direction)
        # All batches at once: then nothing is elsewhere and nothing foreign, and the sums are those of the books.
        whole = chain(world, *life.batches)
        assert "elsewhere" not in {share.output for share in whole.attribution}
        ended: dict[tuple[str, int], int] = defaultdict(int)
        index = {fact.id: fact.index for fact in whole.facts}
        for share in whole.attribution:
            if share.fact is not None and share.output in ("treated", "lost"):
                ended[share.output, index[share.fact]] += share.grams
        assert dict(ended) == _ended(connection)
        here = sum(share.grams for share in whole.attribution if share.output == "on_hand")
        assert here == sum(node.grams or 0 for node in whole.nodes)
        assert balance.of_books(connection, world.R.caller).closes
        assert balance.of_books(connection, world.R.caller, enterprise=world.S.key).closes
        assert all(balance.of_batch(connection, world.park, node.key).closes for node in whole.nodes)
        transaction.rollback()
