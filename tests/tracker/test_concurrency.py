"""Real threads and real commits: whatever happens at the same instant, the books come out as if one had been first."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from uuid_utils.compat import uuid7

from manifests import issue, keys
from manifests.signing import Signer
from tests import makers
from tests.makers import SLUDGE
from tests.telling import KG, T1, Road, codes, finding, line, make
from tracker import facts, ledger, registry, store, verify
from tracker.problems import Problem

THREADS = 8


class Yard:
    """A park that commits. Every call of ``tell`` is a request of its own, in a connection of its own."""

    def __init__(self, engine: Engine, signer: Signer) -> None:
        self.engine, self.signer = engine, signer
        with engine.begin() as connection:
            world = makers.world(connection, code="YARD")
            registry.add_park_key(
                connection, world.park, 1, keys.public_bytes(keys.create(signer.folder, world.park, 1))
            )
        self.world = world

    def work(self, doing: Callable[[Connection, bool], Any]) -> Any:
        def inside(connection: Connection, careful: bool) -> Any:
            store.enter_park(connection, self.world.park)
            return doing(connection, careful)

        return store.attempt(self.engine, inside)

    def tell(self, who: str, *told: facts.Fact) -> list[ledger.Receipt]:
        caller = self.world.companies[who].caller
        return self.work(lambda connection, careful: ledger.record(connection, caller, told, careful=careful))

    def drum(self, grams: int = T1) -> UUID:
        fact = make(facts.Generated, line(uuid7(), grams), waste_class=SLUDGE)
        (receipt,) = self.tell("P", fact)
        assert receipt.verdict == "recorded"
        return fact.lines[0].batch

    def issue(self, *batches: UUID, who: str = "P", **given: Any) -> UUID:
        plan = Road(self.world, self.signer).plan(*batches, **given)
        caller = self.world.companies[who].caller
        self.work(lambda connection, _: issue.issue(connection, caller, self.signer, plan))
        return plan.id

    def void(self, manifest: UUID) -> ledger.Receipt:
        caller = self.world.P.caller
        return self.work(lambda connection, _: issue.void(connection, caller, manifest, "…"))

    def read(self, statement: str, **given: Any) -> Any:
        return self.work(lambda connection, _: connection.execute(text(statement), given).all())

    def batch(self, uuid: UUID) -> Any:
        return self.read("SELECT * FROM batch WHERE uuid = :uuid", uuid=uuid)[0]

    def manifest(self, uuid: UUID) -> Any:
        return self.read("SELECT * FROM manifest WHERE uuid = :uuid", uuid=uuid)[0]

    def verified(self) -> verify.Report:
        def both(connection: Connection, _: bool) -> Any:
            report = verify.park(connection, self.world.park)
            return report, verify.permits(connection, [report])

        report, permits = self.work(both)
        assert report.differences == []
        assert permits == []
        return report

    def deadlocks(self) -> int:
        """How often PostgreSQL had to break one in this database. Its counters lag by half a second at most."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT pg_stat_force_next_flush()"))
            connection.commit()
            found = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            return connection.execute(found).scalar_one()


def at_once(*doing: Callable[[], Any]) -> list[Any]:
    """Start all at the same instant; what each answered, or the problem it met."""
    gate = threading.Barrier(len(doing))

    def run(one: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return one()
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(len(doing)) as pool:
        return list(pool.map(run, doing))


@pytest.fixture(scope="module")
def yard(new_database: Callable[[bool], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    engine = store.engine(new_database(True), pool_size=12)  # noqa: FBT003
    yield Yard(engine, Signer(tmp_path_factory.mktemp("keys")))
    engine.dispose()


def test_two_carriers_at_the_same_instant_are_one_pickup_and_one_conflict(yard: Yard) -> None:
    for _ in range(6):
        drum = yard.drum()
        manifest = yard.issue(drum, carriers=("T", "T2"))
        told = {who: make(facts.PickedUp, manifest=manifest) for who in ("T", "T2")}
        receipts = at_once(*(lambda who=who, fact=fact: yard.tell(who, fact)[0] for who, fact in told.items()))
        assert sorted(receipt.verdict for receipt in receipts) == ["conflict", "recorded"]
        first, second = sorted(receipts, key=lambda receipt: receipt.index)
        assert (first.verdict, second.winner) == ("recorded", first.fact)
    yard.verified()


def test_one_fact_sent_by_eight_threads_is_recorded_once(yard: Yard) -> None:
    for fact in [
        make(facts.Generated, line(uuid7(), T1), waste_class=SLUDGE, private={"driver": "王五"}),
        make(facts.Weighed, line(yard.drum(), 2 * T1)),
    ]:
        receipts = at_once(*[lambda fact=fact: yard.tell("P", fact)[0]] * THREADS)
        assert Counter(receipt.verdict for receipt in receipts) == {"recorded": 1, "already_recorded": THREADS - 1}
        assert len({(receipt.index, tuple(codes(receipt))) for receipt in receipts}) == 1
    assert yard.read("SELECT count(*) FROM turned_away")[0][0] == 0
    yard.verified()


def test_a_whole_request_sent_twice_at_once_is_recorded_once(yard: Yard) -> None:
    told = [make(facts.Generated, line(uuid7(), T1), waste_class=SLUDGE) for _ in range(20)]
    answers = at_once(*[lambda: yard.tell("P", *told)] * 3)
    for place in range(len(told)):
        of_one = [answer[place] for answer in answers]
        assert Counter(receipt.verdict for receipt in of_one) == {"recorded": 1, "already_recorded": 2}
        assert len({receipt.index for receipt in of_one}) == 1


def test_one_batch_id_claimed_by_two_enterprises_is_one_batch(yard: Yard) -> None:
    drum = uuid7()
    told = {who: make(facts.Generated, line(drum, T1), waste_class=SLUDGE) for who in ("P", "P2")}
    receipts = at_once(*(lambda who=who, fact=fact: yard.tell(who, fact)[0] for who, fact in told.items()))
    assert [receipt.verdict for receipt in receipts] == ["recorded"] * 2
    assert sorted(codes(receipt) for receipt in receipts) == [[], ["generated_while_on_site"]]
    yard.verified()


def test_numbers_have_no_gap_and_no_twin(yard: Yard) -> None:
    drums = [[yard.drum() for _ in range(4)] for _ in range(THREADS)]
    before = {row.number for row in yard.read("SELECT number FROM manifest")}

    def office(mine: list[UUID]) -> None:
        for place, drum in enumerate(mine):
            if place == 1:  # A plan that fails must give its number back.
                with pytest.raises(Problem):
                    yard.issue(drum, to="P")
            yard.issue(drum)

    at_once(*(lambda mine=mine: office(mine) for mine in drums))
    rows = yard.read("SELECT number, uuid FROM manifest")
    numbers = [row.number for row in rows if row.number not in before]
    serials = sorted(int(number.split("-")[2]) for number in numbers)
    assert len(numbers) == len(set(numbers)) == 4 * THREADS
    assert serials == list(range(serials[0], serials[0] + 4 * THREADS))
    labels = yard.read("SELECT count(DISTINCT id), count(DISTINCT human_code), count(*) FROM label")[0]
    assert len(set(labels)) == 1


def test_the_same_plan_asked_twice_at_once_is_one_manifest(yard: Yard) -> None:
    drum = yard.drum()
    plan = Road(yard.world, yard.signer).plan(drum)
    caller = yard.world.P.caller
    ask = lambda: yard.work(lambda connection, _: issue.issue(connection, caller, yard.signer, plan))  # noqa: E731
    receipts = at_once(ask, ask, ask)
    assert sorted(receipt.verdict for receipt in receipts) == ["already_recorded"] * 2 + ["recorded"]
    assert len({receipt.fact for receipt in receipts}) == 1


def test_two_issues_against_the_last_capacity(yard: Yard) -> None:
    for _ in range(4):
        one, other = yard.drum(), yard.drum()
        yard.read(
            "UPDATE permit p SET annual_grams = y.reserved_grams + y.used_grams + 1500000 FROM permit_year y"
            " WHERE y.permit_uuid = p.uuid AND p.enterprise_id = :key AND p.acts_as = 'receiver' RETURNING 1",
            key=yard.world.D.key,
        )
        answers = at_once(lambda one=one: yard.issue(one), lambda other=other: yard.issue(other))
        (problem,) = [answer for answer in answers if isinstance(answer, Problem)]
        assert (problem.code, problem.params["left"]) == ("receiver_capacity_exceeded", "500 kg")
    yard.read("UPDATE permit SET annual_grams = 10000000000 WHERE acts_as = 'receiver' RETURNING 1")
    yard.verified()


def test_the_last_tonne_is_received_while_somebody_asks_for_it(yard: Yard) -> None:
    """Promised or used, it is taken: whoever is first, there is never room for a second one."""
    for _ in range(4):
        first, second = yard.drum(), yard.drum()
        manifest = yard.issue(first)
        assert yard.tell("T", make(facts.PickedUp, manifest=manifest))[0].verdict == "recorded"
        yard.read(
            "UPDATE permit p SET annual_grams = y.reserved_grams + y.used_grams FROM permit_year y"
            " WHERE y.permit_uuid = p.uuid AND p.enterprise_id = :key AND p.acts_as = 'receiver' RETURNING 1",
            key=yard.world.D.key,
        )
        received = make(facts.Received, manifest=manifest, outcome="whole")
        answers = at_once(
            lambda fact=received: yard.tell("D", fact)[0].verdict, lambda second=second: yard.issue(second)
        )
        assert answers[0] == "recorded"
        assert (answers[1].code, answers[1].params["left"]) == ("receiver_capacity_exceeded", "0 kg")
        yard.read("UPDATE permit SET annual_grams = 10000000000 WHERE acts_as = 'receiver' RETURNING 1")
    yard.verified()


def test_four_hundred_kilograms_twice_from_five_hundred(yard: Yard) -> None:
    for _ in range(4):
        drum = yard.drum(500 * KG)
        told = [make(facts.Split, line(drum), into=(facts.Part(batch=uuid7(), grams=400 * KG),)) for _ in range(2)]
        receipts = at_once(*(lambda fact=fact: yard.tell("P", fact)[0] for fact in told))
        clean, short = sorted(receipts, key=lambda receipt: receipt.index)
        assert codes(clean) == []
        assert finding(short, "mass_exceeds_batch").evidence["missing_grams"] == 300 * KG
        parts = {fact.id: yard.batch(fact.into[0].batch).grams for fact in told}
        assert (parts[clean.fact], parts[short.fact]) == (400 * KG, 100 * KG)
    yard.verified()


def test_drums_of_one_manifest_received_at_once_deliver_it(yard: Yard) -> None:
    """Two phones at one gate: neither may reckon with the lines as they were before the other."""
    for _ in range(5):
        drums = [yard.drum() for _ in range(4)]
        manifest = yard.issue(*drums)
        yard.tell("T", make(facts.PickedUp, manifest=manifest))
        told = [make(facts.Received, line(drum), manifest=manifest, outcome="whole") for drum in drums]
        at_once(*(lambda fact=fact: yard.tell("D", fact) for fact in told))
        assert yard.manifest(manifest).state == "delivered"
    yard.verified()


def test_a_void_and_a_pickup_at_the_same_instant(yard: Yard) -> None:
    before = yard.deadlocks()
    for _ in range(6):
        drum = yard.drum()
        manifest = yard.issue(drum)
        voided, (picked,) = at_once(
            lambda m=manifest: yard.void(m), lambda m=manifest: yard.tell("T", make(facts.PickedUp, manifest=m))
        )
        if isinstance(voided, Problem):
            assert (voided.code, yard.batch(drum).state) == ("manifest_not_voidable", "in_transit")
        else:
            assert codes(picked) == ["manifest_left_behind"]
            assert (yard.manifest(manifest).state, yard.batch(drum).state) == ("voided", "on_site")
    assert yard.deadlocks() == before
    yard.verified()


def _blocked(yard: Yard, wanted: int) -> None:
    """Wait until so many sessions of this database wait for a lock."""
    waits = text(
        "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
        " WHERE NOT l.granted AND a.datname = current_database()"
    )
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with yard.engine.connect() as connection:
            if connection.execute(waits).scalar_one() >= wanted:
                return
        time.sleep(0.01)
    pytest.fail(f"never did {wanted} sessions wait for a lock")


def test_whoever_takes_a_manifest_takes_its_batches_first(yard: Yard) -> None:
    """A void that stands before a pickup in the queue for the manifest must not want the pickup's drum next."""
    drum = yard.drum()
    manifest = yard.issue(drum)
    before = yard.deadlocks()
    with ThreadPoolExecutor(2) as pool, yard.engine.connect() as other:
        store.enter_park(other, yard.world.park)
        other.execute(text("SELECT id FROM manifest WHERE uuid = :uuid FOR UPDATE"), {"uuid": manifest})
        voiding = pool.submit(yard.void, manifest)
        _blocked(yard, 1)
        picking = pool.submit(yard.tell, "T", make(facts.PickedUp, manifest=manifest))
        _blocked(yard, 2)
        other.rollback()
        assert voiding.result().verdict == "recorded"
        assert codes(picking.result()[0]) == ["manifest_left_behind"]
    assert yard.deadlocks() == before


def test_a_careful_record_that_loses_the_race_looks_again(yard: Yard) -> None:
    """The same fact is being written by another request that has not committed yet."""
    fact = make(facts.Generated, line(uuid7(), T1), waste_class=SLUDGE)
    caller = yard.world.P.caller
    with ThreadPoolExecutor(1) as pool, yard.engine.connect() as other:
        store.enter_park(other, yard.world.park)
        (first,) = ledger.record(other, caller, [fact])
        careful = pool.submit(yard.work, lambda connection, _: ledger.record(connection, caller, [fact], careful=True))
        _blocked(yard, 1)
        other.commit()
        (second,) = careful.result()
    assert (second.verdict, second.index, second.problem) == ("already_recorded", first.index, None)


def test_a_fact_and_its_predecessor_at_the_same_instant_both_go_in(yard: Yard) -> None:
    for _ in range(6):
        made = make(facts.Generated, line(uuid7(), T1), waste_class=SLUDGE)
        after = make(facts.Weighed, line(made.lines[0].batch, 2 * T1, prev=made.id))
        at_once(lambda made=made: yard.tell("P", made), lambda after=after: yard.tell("P", after))
        # The one that missed the other by a moment is let in by the next look at what waits.
        yard.work(lambda connection, _: ledger.release(connection, yard.world.R.caller))
        assert yard.batch(made.lines[0].batch).grams == 2 * T1
    assert yard.read("SELECT count(*) FROM waiting")[0][0] == 0
    yard.verified()


def test_a_mixed_load_meets_no_deadlock_and_leaves_no_gap(yard: Yard) -> None:
    """Six threads pick, receive, split, weigh, treat, issue and void the same few drums for some seconds."""
    before, until = yard.deadlocks(), time.monotonic() + 3
    drums = [yard.drum(100 * T1) for _ in range(10)]
    manifests: list[UUID] = []

    def shift(seed: int) -> int:
        chance, done = random.Random(seed), 0
        while time.monotonic() < until:
            few = chance.sample(drums, 3)
            paper = {"manifest": chance.choice(manifests)} if manifests else {}
            try:
                match chance.randint(0, 6):
                    case 0:
                        manifests.append(yard.issue(*few, carriers=("T", "T2")))
                    case 1 if manifests:
                        yard.void(chance.choice(manifests))
                    case 2 | 3 if manifests:
                        yard.tell(chance.choice(["T", "T2"]), make(facts.PickedUp, **paper))
                        yard.tell("D", make(facts.Received, outcome="whole", **paper))
                    case 4:
                        yard.tell("P", *(make(facts.Weighed, line(one, 90 * T1)) for one in few))
                    case 5:
                        into = (facts.Part(batch=uuid7(), grams=T1),)
                        yard.tell(chance.choice(["P", "D"]), make(facts.Split, line(few[0]), into=into))
                    case _:
                        yard.tell("D", make(facts.Treated, *(line(one, T1) for one in few), treatment="D10"))
                done += 1
            except Problem as problem:
                if problem.category not in ("refused", "conflict"):
                    raise
        return done

    done = at_once(*(lambda seed=seed: shift(seed) for seed in range(6)))
    assert all(isinstance(count, int) and count > 5 for count in done), done
    assert yard.deadlocks() == before
    indexes = [row[0] for row in yard.read('SELECT "index" FROM fact ORDER BY "index"')]
    assert indexes == list(range(len(indexes)))
    assert yard.verified().facts == len(indexes)
