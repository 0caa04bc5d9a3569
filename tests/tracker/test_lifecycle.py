"""Every (state, fact) pair, told to the real books: an arrow moves the batch, any other has a finding of its own."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from manifests import keys
from manifests.signing import Signer
from tests import makers
from tests.telling import T1, Road, codes, finding, line, make
from tracker import booking, facts, ledger, lifecycle, loading, papers, registry, verify
from tracker.problems import entry

BORN = [state for state in lifecycle.states() if state != "unborn"]
ENDING = ("split", "combined", "treated")


class Stage:
    """One batch in each state, and whatever is needed to tell any fact of it."""

    def __init__(self, road: Road) -> None:
        self.road, self.world = road, road.world
        self.batches: dict[str, UUID] = {}
        #: A weighing of each batch by whoever holds it now, for corrections.
        self.weighings: dict[str, UUID] = {}
        for state in BORN:
            self.batches[state] = self._put(state)

    def _put(self, state: str) -> UUID:
        road, world = self.road, self.world
        batch = world.generated(2 * T1)
        if state == "dissolved":
            _, group = road.combined(line(batch))
            self._weigh(state, group)
            road.dissolved(group)
            return group
        if state in ("split", "combined", "treated"):
            self._weigh(state, batch)
            {
                "split": lambda: road.split(batch, T1, T1),
                "combined": lambda: road.combined(line(batch)),
                "treated": lambda: road.treated(line(batch), who="P"),
            }[state]()
            return batch
        manifest = road.issue(batch) if state != "on_site" else None
        steps = {
            "on_site": [],
            "reserved": [],
            "in_transit": [lambda: road.picked_up(manifest)],
            "deposited": [lambda: road.picked_up(manifest), lambda: road.deposited(manifest, who="T")],
            "arrived": [lambda: road.picked_up(manifest), lambda: road.arrived(manifest)],
            "received": [lambda: road.picked_up(manifest), lambda: road.received(manifest)],
            "refused": [lambda: road.picked_up(manifest), lambda: road.refused(manifest)],
            "returning": [
                lambda: road.picked_up(manifest),
                lambda: road.refused(manifest),
                lambda: road.picked_up(manifest),
            ],
        }
        for step in steps[state]:
            step()
        self._weigh(state, batch)
        return batch

    def _weigh(self, state: str, batch: UUID) -> None:
        fact = make(facts.Weighed, line(batch, 2 * T1, measured=True))
        self.road.tell(self.road.holder(batch), fact)
        self.weighings[state] = fact.id

    def fact(self, name: str, state: str, *, whole: bool) -> Any:
        """A fact of this kind about the batch in this state, taking all of it or half."""
        batch, world = self.batches[state], self.world
        about = line(batch, None if whole else T1)
        parts = (facts.Part(batch=uuid7(), grams=(2 if whole else 1) * T1),)
        given: dict[str, Any] = {
            "generated": {"waste_class": makers.SLUDGE},
            "stored": {"store": world.P.site},
            "split": {"into": parts},
            "combined": {"into": facts.Merged(batch=uuid7())},
            "manifest_voided": {"reason": "作废"},
            "handed_over": {"carrier": world.T2.uuid},
            "received": {"outcome": "whole"},
            "refused": {"outcome": "refused", "cause": "other"},
            "not_collected": {"cause": "closed"},
            "stopped": {"reason": "rest"},
            "treated": {"treatment": "D10"},
            "corrected": {"corrects": self.weighings[state], "grams": 3 * T1, "reason": "读错"},
        }.get(name, {})
        if name in ("generated", "weighed"):
            about = line(batch, 2 * T1)
        if name == "manifest_issued":
            given = self._issued()
        return make(facts.KINDS["received" if name == "refused" else name], about, **given)

    def _issued(self) -> dict[str, Any]:
        world, manifest = self.world, uuid7()
        papers.put_draft(
            world.connection, world.park, manifest, generator=world.P.key, receiver=world.D.key, treatment="D10",
            hazardous=False, body=None, remark=None, now=makers.now(), due_pickup_at=None,
        )  # fmt: skip
        return {
            "manifest": manifest, "number": str(manifest), "generator": world.P.uuid, "receiver": world.D.uuid,
            "carriers": (facts.Carrier(enterprise=world.T.uuid),), "treatment": "D10", "hazardous": False,
        }  # fmt: skip

    def who_may(self, name: str, state: str) -> str:
        """A company that may do this to the batch now, else the park itself."""
        batch = self.batches[state]
        shelf = loading.shelf(self.world.connection, self.world.park, [make(facts.TakenOut, line(batch))])
        known = shelf.books.batches[batch]
        manifest = shelf.books.manifests.get(known.manifest) if known.manifest else None
        for who in (self.road.holder(batch), "P", "T", "D"):
            teller = booking.Teller(self.world.companies[who].key)
            if booking.relations(known, manifest, teller) & lifecycle.PARTIES[name]:
                return who
        return "R"


@pytest.fixture(scope="module")
def made(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("keys")
    with engine.connect() as connection:
        transaction = connection.begin()
        world = makers.world(connection, code="LIFE")
        registry.add_park_key(connection, world.park, 1, keys.public_bytes(keys.create(folder, world.park, 1)))
        yield Stage(Road(world, Signer(folder)))
        transaction.rollback()


@pytest.fixture
def stage(made: Stage) -> Iterator[Stage]:
    """The stage, as it was, for every test."""
    savepoint = made.world.connection.begin_nested()
    yield made
    savepoint.rollback()


def _told(stage: Stage, name: str, state: str, *, whole: bool = False) -> ledger.Receipt:
    return stage.road.tell(stage.who_may(name, state), stage.fact(name, state, whole=whole), own=True)


@pytest.mark.parametrize("name", lifecycle.facts())
@pytest.mark.parametrize("state", BORN)
def test_a_pair_does_what_the_table_says(stage: Stage, state: str, name: str) -> None:
    cell, before = lifecycle.cell(state, name), dict(stage.world.batch(stage.batches[state]))
    assert before["state"] == state
    receipt = _told(stage, name, state)
    after = stage.world.batch(stage.batches[state])
    assert receipt.verdict == "recorded"
    assert after["last_fact"] == receipt.fact
    if cell.then is None:
        # Everything but the memory of the fact is as it was.
        moved = {column for column in before if before[column] != after[column]}
        assert moved <= {"last_fact", "last_index", "last_observed_at"}
        assert f"{name}_while_{state}" in codes(receipt)
    else:
        assert after["state"] == cell.target(free="on_site", empty=False)
        assert (f"{name}_while_{state}" in codes(receipt)) == (cell.finding is not None)
    report = verify.park(stage.world.connection, stage.world.park)
    assert report.differences == []


@pytest.mark.parametrize("name", ENDING)
@pytest.mark.parametrize("state", BORN)
def test_a_batch_of_which_nothing_is_left_is_at_its_end(stage: Stage, state: str, name: str) -> None:
    cell = lifecycle.cell(state, name)
    _told(stage, name, state, whole=True)
    after = stage.world.batch(stage.batches[state])
    assert after["state"] == (name if cell.when_empty else state)
    assert (after["grams"] == 0) == (after["state"] in lifecycle.ENDS)


@pytest.mark.parametrize("name", [name for name in lifecycle.facts() if name != "generated"])
@pytest.mark.parametrize("state", BORN)
def test_what_an_outsider_tells_is_kept_and_moves_nothing(stage: Stage, state: str, name: str) -> None:
    before = dict(stage.world.batch(stage.batches[state]))
    receipt = stage.road.tell("P2", stage.fact(name, state, whole=True), own=True)
    after = dict(stage.world.batch(stage.batches[state]))
    moved = {column for column in before if before[column] != after[column]}
    assert moved <= {"last_fact", "last_index", "last_observed_at"}
    expected = {"not_your_batch", "lost_to_another"}
    assert receipt.index is not None
    assert expected & set(codes(receipt))


#: A manifest is issued on batches that are there: a plan can neither wait nor come early.
LATER = [name for name in lifecycle.facts() if name not in ("generated", "manifest_issued")]


@pytest.mark.parametrize("name", LATER)
def test_what_befalls_a_batch_nobody_knows_yet_waits_for_it(stage: Stage, name: str) -> None:
    stage.batches["unborn"], stage.weighings["unborn"] = uuid7(), stage.weighings["on_site"]
    receipt = stage.road.tell("T", stage.fact(name, "unborn", whole=True), own=True)
    assert (receipt.verdict, receipt.waits_for) == ("waiting", stage.batches["unborn"])


def test_every_pair_that_is_no_arrow_has_a_sentence_in_both_languages() -> None:
    for (state, name), cell in lifecycle.table().items():
        assert cell.then or cell.finding, (state, name)
        if cell.finding:
            words = lifecycle.words()
            said = entry(cell.finding)
            assert words["state"][state]["zh"] in said.zh
            assert words["fact"][name]["en"] in said.en


def test_the_table_names_every_kind_of_fact_and_every_state_of_the_books() -> None:
    assert {*lifecycle.facts(), *lifecycle.OF_THE_PAPER} == {*facts.KINDS, "refused"}
    assert set(lifecycle.PARTIES) == {*lifecycle.facts(), *lifecycle.OF_THE_PAPER}
    assert set(lifecycle.LIKELY) <= set(lifecycle.facts())
    targets = {cell.then for cell in lifecycle.table().values()} | {
        cell.when_empty for cell in lifecycle.table().values()
    }
    assert targets - {None, "free"} == set(BORN)
    assert lifecycle.ENDS | lifecycle.ON_THE_ROAD | lifecycle.FREE | {"reserved", "deposited"} == set(BORN)


def test_what_the_phone_gets_is_whole() -> None:
    exported = json.loads(json.dumps(lifecycle.export(), ensure_ascii=False))
    assert len(exported["table"]) * len(exported["facts"]) == len(lifecycle.table())
    for state in exported["states"]:
        assert set(exported["words"]["state"][state]) == {"zh", "en"}
        assert set(exported["table"][state]) == set(exported["facts"])
    for name in exported["facts"]:
        assert set(exported["words"]["fact"][name]) == {"zh", "en"}
        assert exported["parties"][name]
    for manifest in (
        "draft",
        "issued",
        "under_way",
        "delivered",
        "closed",
        "refused",
        "part_refused",
        "voided",
        "expired",
    ):
        assert set(exported["words"]["manifest"][manifest]) == {"zh", "en"}


def test_the_finding_says_in_words_what_is_odd(stage: Stage) -> None:
    said = finding(_told(stage, "arrived", "reserved"), "arrived_while_reserved")
    assert said.severity == "watch"
    assert said.batch == str(stage.batches["reserved"])
    assert "已列入联单" in said.entry.say("zh", said.evidence)
