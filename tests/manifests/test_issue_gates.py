"""A manifest is a plan, judged before: every gate says why it is shut and what to do, and then nothing has happened."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from manifests import issue
from manifests.signing import Signer
from tests.makers import OILY_RAGS, World
from tests.telling import KG, T1, Road
from tracker import facts, ledger, registry
from tracker.problems import Problem

UNKNOWN = facts.ClassRef(scheme="CN-SW", edition="2024", code="000-000-S00")
ENDED = facts.ClassRef(scheme="CN-HW", edition="2016", code="900-041-49")


@pytest.fixture
def road(world: World, signer: Signer) -> Road:
    return Road(world, signer)


def _counts(world: World) -> list[int]:
    """What a manifest leaves behind."""
    tables = ("fact", "manifest", "label", "number_series", "permit_year", "manifest_line")
    return [world.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]


def _ask(road: Road, plan: issue.Plan, who: str = "P", **given: Any) -> ledger.Receipt:
    return issue.issue(road.world.connection, road.world.companies[who].caller, road.signer, plan, **given)


def _end_edition(world: World) -> None:
    world.connection.execute(
        text(
            "INSERT INTO waste_scheme (scheme, edition, name_zh, name_en, valid_from, valid_to, verified, english,"
            " source, checksum, origin) VALUES ('CN-HW', '2016', '旧名录', 'old list', '2016-08-01', '2020-12-31',"
            " true, 'none', 'test', repeat('0', 64), 'imported')"
        )
    )
    world.connection.execute(
        text(
            "INSERT INTO waste_class (scheme_id, code, name_zh, hazardous, verified, search_text)"
            " SELECT id, '900-041-49', '旧', true, true, '旧' FROM waste_scheme"
            " WHERE scheme = 'CN-HW' AND edition = '2016'"
        )
    )


def _permits(world: World, who: str, acts_as: str, **changed: Any) -> None:
    for column, value in changed.items():
        world.connection.execute(
            text(f"UPDATE permit SET {column} = :value WHERE enterprise_id = :key AND acts_as = :acts_as"),
            {"value": value, "key": world.companies[who].key, "acts_as": acts_as},
        )


# Each gate: how to come to stand before it, its code, the pointer, and words of the answer.
def _no_batches(road: Road) -> issue.Plan:
    return road.plan()


def _no_carriers(road: Road) -> issue.Plan:
    return road.plan(road.world.generated(), carriers=())


def _unknown_batch(road: Road) -> issue.Plan:
    return road.plan(uuid7())


def _named_twice(road: Road) -> issue.Plan:
    drum = road.world.generated()
    return road.plan(drum, drum)


def _not_held(road: Road) -> issue.Plan:
    return road.plan(road.world.generated(who="P2"))


def _not_free(road: Road) -> issue.Plan:
    drum = road.world.generated()
    road.issue(drum)
    return road.plan(drum)


def _used_up(road: Road) -> issue.Plan:
    drum = road.world.generated()
    road.split(drum, T1)
    return road.plan(drum)


def _short(road: Road) -> issue.Plan:
    plan = road.plan(road.world.generated(500 * KG))
    return replace(plan, batches=(replace(plan.batches[0], grams=T1),))


def _not_whole(road: Road) -> issue.Plan:
    plan = road.plan(road.world.generated(T1))
    return replace(plan, batches=(replace(plan.batches[0], grams=400 * KG),))


def _unclassified(road: Road) -> issue.Plan:
    return road.plan(road.world.generated(waste=UNKNOWN))


def _ended(road: Road) -> issue.Plan:
    _end_edition(road.world)
    return road.plan(road.world.generated(waste=ENDED))


def _mixed(road: Road) -> issue.Plan:
    return road.plan(road.world.generated(waste=OILY_RAGS), road.world.generated())


def _carrier_without_permit(road: Road) -> issue.Plan:
    return road.plan(road.world.generated(), carriers=("T", "P2"))


def _store_without_permit(road: Road) -> issue.Plan:
    _permits(road.world, "S", "receiver", valid_to=date(2021, 1, 1))
    return road.plan(road.world.generated(), carriers=("T", "S", "T2"))


def _carrier_permit_ended(road: Road) -> issue.Plan:
    _permits(road.world, "T", "carrier", valid_to=date(2021, 1, 1))
    return road.plan(road.world.generated())


def _carrier_of_other_waste(road: Road) -> issue.Plan:
    _permits(road.world, "T", "carrier", codes=["CN-SW:*"])
    return road.plan(road.world.generated(waste=OILY_RAGS))


def _carrier_unknown(road: Road) -> issue.Plan:
    plan = road.plan(road.world.generated())
    return replace(plan, carriers=(issue.CarrierPlan(enterprise=uuid7()),))


def _carrier_nameless(road: Road) -> issue.Plan:
    return replace(road.plan(road.world.generated()), carriers=(issue.CarrierPlan(name="  "),))


def _carrier_numberless(road: Road) -> issue.Plan:
    plan = road.plan(road.world.generated(waste=OILY_RAGS))
    return replace(plan, carriers=(issue.CarrierPlan(name="外地运输公司"),))


def _carrier_nul(road: Road) -> issue.Plan:
    return replace(road.plan(road.world.generated()), carriers=(issue.CarrierPlan(name="外地\x00公司"),))


def _carrier_long(road: Road) -> issue.Plan:
    return replace(road.plan(road.world.generated()), carriers=(issue.CarrierPlan(name="长" * 201),))


def _remark_nul(road: Road) -> issue.Plan:
    return road.plan(road.world.generated(), remark="请\x00当心")


def _receiver_unknown(road: Road) -> issue.Plan:
    return replace(road.plan(road.world.generated()), receiver=uuid7())


def _receiver_is_generator(road: Road) -> issue.Plan:
    return road.plan(road.world.generated(), to="P")


def _receiver_without_permit(road: Road) -> issue.Plan:
    return road.plan(road.world.generated(), to="P2")


def _receiver_of_other_waste(road: Road) -> issue.Plan:
    _permits(road.world, "D", "receiver", codes=["CN-HW:*-08"])
    return road.plan(road.world.generated(waste=OILY_RAGS))


def _receiver_permit_ended(road: Road) -> issue.Plan:
    _permits(road.world, "D", "receiver", valid_to=date(2021, 1, 1))
    return road.plan(road.world.generated())


def _treatment_unknown(road: Road) -> issue.Plan:
    return road.plan(road.world.generated(), treatment="R99")


def _treatment_not_permitted(road: Road) -> issue.Plan:
    return road.plan(road.world.generated(), treatment="D1")


def _capacity(road: Road) -> issue.Plan:
    _permits(road.world, "D", "receiver", annual_grams=1_500 * KG)
    road.issue(road.world.generated(T1))
    return road.plan(road.world.generated(T1))


GATES: list[tuple[Callable[[Road], issue.Plan], str, str | None, str]] = [
    (_no_batches, "manifest_without_batches", "/batches", "at least one batch"),
    (_no_carriers, "carrier_missing", "/carriers", "at least one carrier"),
    (_unknown_batch, "not_found", "/batches/0", "no"),
    (_named_twice, "batch_named_twice", "/batches/1", "twice"),
    (_not_held, "batch_not_held", "/batches/0", "does not hold"),
    (_not_free, "batch_not_free", "/batches/0", "on an issued manifest"),
    (_used_up, "batch_not_free", "/batches/0", "split up"),
    (_short, "batch_short", "/batches/0/grams", "500 kg left"),
    (_not_whole, "batch_not_whole", "/batches/0/grams", "Split it first"),
    (_unclassified, "batch_unclassified", "/batches/0", "Classify it first"),
    (_ended, "class_not_in_force", "/batches/0", "2020-12-31"),
    (_mixed, "manifest_mixes_hazard", "/batches", "CN-HW-2021 900-041-49"),
    (_carrier_without_permit, "carrier_without_permit", "/carriers/1", "P2"),
    (_store_without_permit, "store_without_permit", "/carriers/1", "S"),
    (_carrier_permit_ended, "carrier_without_permit", "/carriers/0", "T"),
    (_carrier_of_other_waste, "carrier_without_permit", "/carriers/0", "CN-HW-2021 900-041-49"),
    (_carrier_unknown, "enterprise_unknown", "/carriers/0", "register"),
    (_carrier_nameless, "field_required", "/carriers/0/name", "name"),
    (_carrier_numberless, "carrier_needs_permit_number", "/carriers/0/permit_number", "permit number"),
    (_carrier_nul, "text_not_plain", "/carriers/0/name", "control characters"),
    (_carrier_long, "text_too_long", "/carriers/0/name", "200"),
    (_remark_nul, "text_not_plain", "/remark", "control characters"),
    (_receiver_unknown, "enterprise_unknown", "/receiver", "register"),
    (_receiver_is_generator, "receiver_is_generator", "/receiver", "itself"),
    (_receiver_without_permit, "receiver_without_permit", "/receiver", "P2"),
    (_receiver_of_other_waste, "receiver_without_permit", "/receiver", "CN-HW-2021 900-041-49"),
    (_receiver_permit_ended, "receiver_without_permit", "/receiver", "D"),
    (_treatment_unknown, "treatment_unknown", "/treatment", "R99"),
    (_treatment_not_permitted, "receiver_treatment_not_permitted", "/treatment", "C5, D10, R4"),
    (_capacity, "receiver_capacity_exceeded", "/receiver", "500 kg"),
]


@pytest.mark.parametrize(
    ("come", "reason", "pointer", "words"), GATES, ids=[gate[0].__name__.strip("_") for gate in GATES]
)
def test_a_gate_is_shut_with_a_reason_and_nothing_has_happened(
    road: Road, come: Callable[[Road], issue.Plan], reason: str, pointer: str | None, words: str
) -> None:
    plan = come(road)
    before, savepoint = _counts(road.world), road.world.connection.begin_nested()
    with pytest.raises(Problem) as caught:
        _ask(road, plan)
    savepoint.rollback()  # As a request that raises does.
    problem = caught.value
    assert (problem.code, problem.pointer) == (reason, pointer)
    assert words in problem.entry.say("en", problem.params)
    for language in ("zh", "en"):
        said = problem.entry.say(language, problem.params)
        assert "{" not in said
        assert "—" not in said
    assert _counts(road.world) == before


def test_the_gates_are_all_of_them() -> None:
    """Every refusal that stands under "plans" in the catalogue is one a plan can meet here, or belongs to a draft."""
    met = {gate[1] for gate in GATES}
    elsewhere = {"manifest_not_draft", "manifest_not_voidable", "manifest_id_taken"}
    elsewhere |= {"change_empty", "manifest_not_changeable", "nothing_to_return"}  # tests/tracker/test_roads.py
    catalogue = registry.__file__.replace("registry.py", "problems.toml")
    with open(catalogue, encoding="utf-8") as source:  # noqa: PTH123
        section = source.read().split("# --- plans: issuing a manifest")[1].split("# --- alerts")[0]
    listed = {row.strip("[]") for row in section.splitlines() if row.startswith("[")}
    assert listed <= met | elsewhere


def test_only_who_ships_may_plan(road: Road) -> None:
    drum = road.world.generated()
    with pytest.raises(Problem) as caught:
        _ask(road, road.plan(drum), who="R")
    assert caught.value.code == "role_may_not"
