"""The one door: told again, told early or told twice, a fact is in the books once, and everybody gets an answer."""

import json
import random
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, text
from uuid_utils.compat import uuid7

from manifests import issue
from tests import makers
from tests.makers import World, now
from tests.telling import T1, Road, codes, count, drum, line, make, verdicts, weighing
from tracker import facts, ledger

# --- told again -------------------------------------------------------------------------------------------------------


def test_told_again_a_fact_has_the_same_answer_for_ever(world: World, road: Road) -> None:
    tank = world.generated(T1, measured=True)
    told = [weighing(tank, 5 * T1), weighing(tank, 6 * T1)]
    first = world.tell("P", *told)
    world.tell("P", weighing(tank))
    again = world.tell("P", *reversed(told))
    assert verdicts(again) == ["already_recorded"] * 2
    for one, other in zip(first, reversed(again), strict=True):
        assert (one.index, one.findings, one.winner) == (other.index, other.findings, other.winner)
    assert count(world, "fact") == 4


def test_a_lost_pickup_told_again_names_the_same_winner(world: World, road: Road) -> None:
    manifest = road.issue(world.generated(T1), carriers=("T", "T2"))
    first = road.picked_up(manifest)
    lost = make(facts.PickedUp, manifest=manifest)
    (receipt,), (again,) = world.tell("T2", lost), world.tell("T2", lost)
    assert (receipt.verdict, again.verdict) == ("conflict", "already_recorded")
    assert (again.winner, again.index, again.findings) == (first.fact, receipt.index, receipt.findings)


def test_the_same_id_with_other_words_is_turned_away_and_kept(world: World) -> None:
    fact = drum()
    world.tell("P", fact)
    (other,) = world.tell("P", replace(fact, lines=(replace(fact.lines[0], grams=2 * T1),)))
    assert (other.verdict, other.problem.code, other.problem.category) == ("turned_away", "fact_id_reused", "conflict")
    kept = world.connection.execute(text("SELECT fact_id, code, told, person_id FROM turned_away")).one()
    assert (kept.fact_id, kept.code, kept.person_id) == (str(fact.id), "fact_id_reused", world.P.caller.person)
    assert json.loads(kept.told)["lines"][0]["grams"] == 2 * T1
    assert world.batch(fact.lines[0].batch)["grams"] == T1


def test_the_same_id_with_another_private_note_is_another_fact(world: World) -> None:
    fact = drum(private={"driver": "王五"})
    assert verdicts(world.tell("P", fact)) == ["recorded"]
    assert verdicts(world.tell("P", fact)) == ["already_recorded"]
    for private in ({"driver": "李四"}, None):
        (other,) = world.tell("P", replace(fact, private=private))
        assert other.problem.code == "fact_id_reused"


def test_twice_in_one_request_is_once_in_the_log(world: World) -> None:
    fact = drum()
    other = replace(fact, container="吨桶")
    receipts = world.tell("P", fact, fact, other)
    assert verdicts(receipts) == ["recorded", "already_recorded", "turned_away"]
    assert receipts[0].index == receipts[1].index
    assert count(world, "fact") == 1


def test_waiting_twice_in_one_request_waits_once(world: World) -> None:
    tank = uuid7()
    early = weighing(tank)
    receipts = world.tell("P", early, early, replace(early, ticket="B 2"))
    assert verdicts(receipts) == ["waiting", "waiting", "turned_away"]
    assert receipts[2].problem.code == "fact_id_reused"
    assert count(world, "waiting") == 1
    world.tell("P", drum(batch=tank))
    assert verdicts(world.tell("P", early)) == ["already_recorded"]


def test_a_fact_that_waits_keeps_its_words(world: World) -> None:
    early = weighing(uuid7())
    world.tell("P", early)
    (again, other) = (*world.tell("P", early), *world.tell("P", replace(early, ticket="B 2")))
    assert (again.verdict, other.verdict, other.problem.code) == ("waiting", "turned_away", "fact_id_reused")
    assert count(world, "waiting") == 1


def test_a_thousand_facts_in_random_order_with_every_answer_lost_once(world: World) -> None:
    """A shift comes in shuffled, fifty at a time, and all of it twice: each is recorded exactly once."""
    chance, told = random.Random(7), []
    for _ in range(40):
        made = drum()
        told.append(made)
        prev = made.id
        for step in range(4):
            fact = weighing(made.lines[0].batch, T1 + step, prev=prev, counter=step)
            told.append(fact)
            prev = fact.id
    chance.shuffle(told)
    for start in range(0, len(told), 50):
        part = told[start : start + 50]
        world.tell("P", *part)
        assert set(verdicts(world.tell("P", *part))) <= {"already_recorded", "waiting"}
    assert (count(world, "fact"), count(world, "waiting"), count(world, "turned_away")) == (200, 0, 0)
    grams = world.connection.execute(text("SELECT DISTINCT grams FROM batch")).scalars().all()
    assert grams == [T1 + 3]
    world.verified()


# --- told early -------------------------------------------------------------------------------------------------------


def test_a_receipt_before_the_generation_waits_and_goes_in_right_behind_it(world: World, road: Road) -> None:
    tank, made, manifest = uuid7(), uuid7(), uuid7()
    received = make(facts.Received, line(tank), manifest=manifest, outcome="whole")
    (early,) = world.tell("D", received)
    assert (early.verdict, early.waits_for, early.index) == ("waiting", manifest, None)
    world.tell("P", drum(batch=tank, id=made))
    assert count(world, "waiting") == 1
    issue.issue(world.connection, world.P.caller, road.signer, road.plan(tank, id=manifest))
    (now_in,) = world.tell("D", received)
    assert (now_in.verdict, now_in.index) == ("already_recorded", 2)
    kept = world.connection.execute(text('SELECT enterprise_id, person_id FROM fact WHERE "index" = 2')).one()
    assert tuple(kept) == (world.D.key, world.D.caller.person)
    assert road.holder(tank) == "D"
    # Whoever's fact let it in, the receiver's own permit was asked.
    assert codes(now_in) == ["received_while_reserved"]
    world.verified()


def test_a_chain_that_comes_backwards_is_booked_forwards(world: World) -> None:
    made = drum()
    chain = [made]
    for step in range(6):
        chain.append(weighing(made.lines[0].batch, T1 + step, prev=chain[-1].id))
    for fact in reversed(chain[1:]):
        assert verdicts(world.tell("P", fact)) == ["waiting"]
    assert verdicts(world.tell("P", made)) == ["recorded"]
    order = world.connection.execute(text('SELECT id FROM fact ORDER BY "index"')).scalars().all()
    assert order == [fact.id for fact in chain]
    assert count(world, "waiting") == 0
    world.verified()


def test_backwards_in_one_request_is_booked_forwards_too(world: World) -> None:
    made = drum()
    second = weighing(made.lines[0].batch, prev=made.id)
    third = weighing(made.lines[0].batch, prev=second.id)
    receipts = world.tell("P", third, second, made)
    assert verdicts(receipts) == ["recorded"] * 3
    assert [receipt.index for receipt in receipts] == [2, 1, 0]
    assert count(world, "waiting") == 0


def test_what_waits_for_two_things_goes_on_waiting_for_the_second(world: World) -> None:
    one, other = uuid7(), uuid7()
    both = make(facts.Combined, line(one), line(other), into=facts.Merged(batch=uuid7()))
    world.tell("P", both)
    awaits = text("SELECT awaits FROM waiting")
    assert world.connection.execute(awaits).scalar_one() == one
    world.tell("P", drum(batch=one))
    assert world.connection.execute(awaits).scalar_one() == other
    world.tell("P", drum(batch=other))
    assert count(world, "waiting") == 0
    assert world.batch(both.into.batch)["grams"] == 2 * T1


def test_what_was_seen_last_may_be_long_in_the_log_when_the_batch_comes(world: World, road: Road) -> None:
    """It waits for a manifest, and what its teller had seen before that is in the log already."""
    made, manifest = drum(), uuid7()
    tank = made.lines[0].batch
    early = make(facts.PickedUp, line(tank, prev=made.id), manifest=manifest)
    world.tell("P", made)
    assert verdicts(world.tell("T", early)) == ["waiting"]
    issue.issue(world.connection, world.P.caller, road.signer, road.plan(tank, id=manifest))
    assert (world.batch(tank)["state"], count(world, "waiting")) == ("in_transit", 0)


def test_what_waited_together_goes_in_as_it_was_seen_to_happen(world: World) -> None:
    tank, start = uuid7(), now() - timedelta(hours=1)
    told = [weighing(tank, T1 + minute, observed_at=start + timedelta(minutes=minute)) for minute in (3, 1, 2)]
    told.append(weighing(tank, 9 * T1, observed_at=start + timedelta(minutes=2), counter=5))
    world.tell("P", *told)
    world.tell("P", drum(batch=tank, observed_at=start))
    order = world.connection.execute(text('SELECT id FROM fact ORDER BY "index" OFFSET 1')).scalars().all()
    assert order == [told[1].id, told[2].id, told[3].id, told[0].id]


def test_a_fact_about_a_draft_waits_until_it_is_issued(world: World, road: Road) -> None:
    tank = world.generated(T1)
    plan = road.plan(tank)
    issue.draft(world.connection, world.P.caller, plan)
    early = make(facts.PickedUp, manifest=plan.id)
    (receipt,) = world.tell("T", early)
    assert (receipt.verdict, receipt.waits_for) == ("waiting", plan.id)
    issue.issue(world.connection, world.P.caller, road.signer, plan)
    assert world.batch(tank)["state"] == "in_transit"
    world.verified()


def test_what_cannot_be_read_when_its_turn_comes_is_turned_away_in_its_teller_s_name(world: World) -> None:
    tank, taken = uuid7(), world.generated(T1, who="P2")
    early = make(facts.Split, line(tank), into=(facts.Part(batch=taken, grams=T1),))
    late = make(facts.Split, line(tank), into=(facts.Part(batch=tank, grams=T1),))
    assert verdicts(world.tell("P2", early)) == ["turned_away"]
    assert verdicts(world.tell("P2", late)) == ["waiting"]
    world.tell("P", drum(batch=tank))
    kept = world.connection.execute(text("SELECT fact_id, code, person_id FROM turned_away ORDER BY id DESC")).first()
    assert tuple(kept) == (str(late.id), "batch_id_taken", world.P2.caller.person)
    assert count(world, "waiting") == 0


def test_an_enterprise_may_only_have_so_much_waiting(db: Connection) -> None:
    world = makers.world(db, code="FEW", settings={"waiting_max": 3})
    receipts = world.tell("P", *(weighing(uuid7()) for _ in range(5)))
    assert verdicts(receipts) == ["waiting"] * 3 + ["turned_away"] * 2
    assert receipts[4].problem.code == "too_many_waiting"
    assert verdicts(world.tell("P2", weighing(uuid7()))) == ["waiting"]


def test_what_missed_its_predecessor_by_a_moment_is_let_in_later(world: World) -> None:
    """Two transactions at once: each was judged before the other was there."""
    made = drum()
    early = weighing(made.lines[0].batch, prev=made.id)
    world.tell("P", early)
    row = world.connection.execute(text("SELECT * FROM waiting")).mappings().one()
    world.connection.execute(text("DELETE FROM waiting"))
    world.tell("P", made)
    world.connection.execute(
        text(
            "INSERT INTO waiting (park_id, fact_id, awaits, person_id, enterprise_id, digest, told, noted, came_at)"
            " VALUES (:park_id, :fact_id, :awaits, :person_id, :enterprise_id, :digest, CAST(:told AS jsonb), '[]', :came_at)"
        ),
        dict(row) | {"told": json.dumps(row["told"])},
    )
    assert ledger.release(world.connection, world.R.caller) == 1
    assert ledger.release(world.connection, world.R.caller) == 0
    assert (count(world, "waiting"), count(world, "fact")) == (0, 2)
    kept = world.connection.execute(text("SELECT person_id FROM fact WHERE id = :id"), {"id": early.id}).scalar_one()
    assert kept == world.P.caller.person
