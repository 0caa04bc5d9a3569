"""What the one door turns away is kept with its reason and takes no other with it; and what it costs to go through."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event, text
from uuid_utils.compat import uuid7

from tests.makers import SLUDGE, World
from tests.telling import T1, Road, count, drum, line, make, verdicts, weighing
from tracker import facts
from tracker.problems import Problem

# --- told badly -------------------------------------------------------------------------------------------------------


def test_fifty_at_a_time(world: World) -> None:
    with pytest.raises(Problem) as caught:
        world.tell("P", *(drum() for _ in range(51)))
    assert (caught.value.code, caught.value.category) == ("too_many_facts", "too_large")
    assert verdicts(world.tell("P", *(drum() for _ in range(50)))) == ["recorded"] * 50


BAD = [
    (lambda: make(facts.Weighed), "fact_needs_batches"),
    (lambda: make(facts.PickedUp), "fact_needs_manifest"),
    (lambda: make(facts.Weighed, line(uuid7())), "fact_needs_grams"),
    (lambda: make(facts.Generated, line(uuid7(), 1), line(uuid7(), 1), waste_class=SLUDGE), "fact_needs_one_batch"),
    (lambda: make(facts.Weighed, *(line(b, 5) for b in [uuid7()] * 2)), "batch_named_twice"),
    (lambda: make(facts.Stored, line(uuid7()), store=uuid7()), "place_unknown"),
    (lambda: make(facts.HandedOver, line(uuid7()), carrier=uuid7()), "enterprise_unknown"),
    (lambda: make(facts.Received, line(uuid7()), outcome="part", cause="other"), "outcome_incomplete"),
    (lambda: make(facts.Received, line(uuid7()), outcome="refused"), "cause_missing"),
    (
        lambda: make(
            facts.Received, line(uuid7()), outcome="whole",
            refused=(facts.RefusedPart(batch=uuid7(), refused_grams=1, into=uuid7()),),
        ),
        "outcome_incomplete",
    ),
    (
        lambda: make(facts.Treated, line(uuid7()), treatment="D10", outputs=(facts.Output(kind="residue", grams=1),)),
        "field_required",
    ),
    (lambda: make(facts.ManifestVoided, manifest=uuid7(), reason="…"), "fact_not_told_here"),
    (lambda: drum(container="桶\x00"), "text_not_plain"),
    (lambda: drum(container="half \ud83d"), "text_not_plain"),
    (lambda: drum(private={"note": "a\x00b"}), "text_not_plain"),
    (lambda: drum(private={"n\x1bote": "b"}), "text_not_plain"),
    (lambda: drum(private={"note": "长" * 2_001}), "text_too_long"),
    (lambda: drum(place=facts.Point(longitude=float("nan"), latitude=1.0)), "field_malformed"),
    (lambda: drum(place=facts.Point(longitude=1.0, latitude=91.0)), "field_malformed"),
    (lambda: drum(place=facts.Point(longitude=1.0, latitude=1.0, accuracy_m=float("nan"))), "field_malformed"),
    (lambda: drum(place=facts.Point(longitude=1.0, latitude=1.0, accuracy_m=float("inf"))), "field_malformed"),
    (lambda: drum(counter=2**53), "field_malformed"),
    (lambda: drum(observed_at=datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))), "time_malformed"),
    (lambda: drum(observed_at=datetime(1, 1, 1, 0, tzinfo=timezone(timedelta(hours=12)))), "time_malformed"),
    (lambda: drum(observed_at=datetime(2026, 11, 21)), "time_malformed"),  # noqa: DTZ001 - that is what is wrong
]  # fmt: skip


@pytest.mark.parametrize(("bad", "code"), BAD, ids=[f"{at}-{code}" for at, (_, code) in enumerate(BAD)])
def test_what_cannot_be_understood_is_turned_away_alone(world: World, bad: Callable[[], facts.Fact], code: str) -> None:
    fact = bad()
    receipts = world.tell("P", drum(), fact, drum())
    assert verdicts(receipts) == ["recorded", "turned_away", "recorded"]
    problem = receipts[1].problem
    assert problem.code == code
    assert problem.entry.say("zh", problem.params)
    kept = world.connection.execute(text("SELECT fact_id, code FROM turned_away")).all()
    assert [tuple(row) for row in kept] == [(str(fact.id), code)]
    assert count(world, "fact") == 2
    world.verified()


def test_any_script_and_any_emoji_is_text(world: World) -> None:
    words = "铁桶 №7 🚛🏭 ﻗﻤﺎﻣﺔ\n第二行\t👨‍👩‍👧 " + "长" * 150
    fact = drum(container=words, process="𠮷野家", private={"司机 🚚": words * 5})
    assert verdicts(world.tell("P", fact)) == ["recorded"]
    assert world.batch(fact.lines[0].batch)["container"] == words
    kept = world.connection.execute(text("SELECT content FROM fact_private")).scalar_one()
    assert kept == {"司机 🚚": words * 5}
    assert verdicts(world.tell("P", fact)) == ["already_recorded"]
    world.verified()


def test_whoever_belongs_to_no_enterprise_tells_no_facts(world: World) -> None:
    (receipt,) = world.tell("R", drum())
    assert (receipt.verdict, receipt.problem.code) == ("turned_away", "person_without_enterprise")


def test_an_offset_of_seconds_is_a_time(world: World) -> None:
    odd = datetime.now(timezone(timedelta(hours=8, seconds=30, microseconds=7)))
    assert verdicts(world.tell("P", drum(observed_at=odd))) == ["recorded"]
    world.verified()


# --- private words ----------------------------------------------------------------------------------------------------


def test_private_words_are_beside_the_log_and_can_be_erased(world: World) -> None:
    fact = drum(private={"driver": "王五", "phone": "13800000000"})
    world.tell("P", fact)
    record = world.connection.execute(text("SELECT record FROM fact WHERE id = :id"), {"id": fact.id}).scalar_one()
    assert "王五" not in record
    assert len(json.loads(record)["private"]) == 64
    world.verified()
    world.connection.execute(text("DELETE FROM fact_private WHERE fact_id = :id"), {"id": fact.id})
    world.verified()
    # The phone that has not heard yet still gets its answer.
    assert verdicts(world.tell("P", fact)) == ["already_recorded"]
    whole = world.connection.execute(text("SELECT row_to_json(f)::text FROM fact f")).scalars().all()
    assert all("王五" not in row for row in whole)


def test_equal_words_have_unequal_commitments(world: World) -> None:
    world.tell("P", drum(private={"driver": "王五"}), drum(private={"driver": "王五"}))
    records = world.connection.execute(text("SELECT record FROM fact")).scalars().all()
    assert len({json.loads(record)["private"] for record in records}) == 2


# --- the database objects ---------------------------------------------------------------------------------------------


def test_a_fact_the_database_refuses_takes_no_other_with_it(world: World) -> None:
    sound, poison, sound_too = drum(), drum(container="poison"), drum()
    refuse = (
        "CREATE FUNCTION poisoned() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.container = 'poison' THEN"
        " RAISE check_violation; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER poisoned BEFORE INSERT ON batch FOR EACH ROW EXECUTE FUNCTION poisoned()"
    )
    world.connection.execute(text("SET LOCAL ROLE NONE"))
    world.connection.execute(text(refuse))
    world.connection.execute(text("SET LOCAL ROLE tracker_app"))
    receipts = world.tell("P", sound, poison, sound_too, careful=True)
    assert verdicts(receipts) == ["recorded", "turned_away", "recorded"]
    assert receipts[1].problem.code == "internal_error"
    assert [receipts[0].index, receipts[2].index] == [0, 1]
    kept = world.connection.execute(text("SELECT fact_id FROM turned_away")).scalar_one()
    assert kept == str(poison.id)
    world.verified()


def test_careful_and_quick_give_the_same_answers(world: World) -> None:
    made = drum()
    told = [made, weighing(made.lines[0].batch, prev=made.id), made, drum(container="\x00"), weighing(uuid7())]
    careful = world.tell("P", *told, careful=True)
    assert verdicts(careful) == ["recorded", "recorded", "already_recorded", "turned_away", "waiting"]
    assert verdicts(world.tell("P", *told)) == ["already_recorded"] * 3 + ["turned_away", "waiting"]


def test_a_custody_step_is_at_most_a_dozen_statements(world: World, road: Road) -> None:
    manifest = road.issue(world.generated(T1))
    seen: list[str] = []
    event.listen(world.connection, "before_cursor_execute", lambda *given: seen.append(given[2]))
    for tell in (road.picked_up, road.arrived, road.received):
        seen.clear()
        tell(manifest)
        assert len(seen) <= 12, "\n".join(seen)


def test_fifty_facts_cost_no_more_statements_than_five(world: World) -> None:
    seen: list[str] = []
    event.listen(world.connection, "before_cursor_execute", lambda *given: seen.append(given[2]))
    costs = []
    for size in (5, 50):
        seen.clear()
        world.tell("P", *(drum() for _ in range(size)))
        costs.append(len(seen))
    assert costs[0] == costs[1]


def test_the_time_of_the_record_is_ours(world: World) -> None:
    moment = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    fact = drum(observed_at=moment - timedelta(minutes=1))
    world.tell("P", fact, now=moment)
    row = world.connection.execute(text("SELECT recorded_at, record FROM fact")).one()
    assert row.recorded_at == moment
    assert json.loads(row.record)["recorded_at"] == moment.isoformat()
