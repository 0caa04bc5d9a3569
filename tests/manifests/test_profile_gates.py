"""What the province asks for before anything leaves: fields, filings and approvals, each refused with its ground."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from manifests import gates, issue
from manifests.signing import Signer
from tests.makers import OILY_RAGS, World, now
from tests.telling import Road, codes, finding, line
from tracker import clock, facts, ledger, parties
from tracker.parties import Settings
from tracker.problems import Problem

KG = 1_000


@pytest.fixture
def road(world: World, signer: Signer) -> Road:
    return Road(world, signer)


def _under(road: Road, profile: str, **rules: Any) -> None:
    """The park of the test lies in that province, and has decided this for itself."""
    own = {key.replace("__", "."): value for key, value in rules.items()}
    settings = Settings.of({"profile": profile, "rules": own, "division": "1101"})
    for company in road.world.companies.values():
        company.caller = replace(company.caller, settings=settings)


def _seat(road: Road, who: str, division: str | None) -> None:
    road.world.connection.execute(
        text("UPDATE enterprise SET division = :division WHERE id = :key"),
        {"division": division, "key": road.world.companies[who].key},
    )


def _ask(road: Road, plan: issue.Plan) -> ledger.Receipt:
    return issue.issue(road.world.connection, road.world.P.caller, road.signer, plan)


def _refused(road: Road, plan: issue.Plan) -> Problem:
    with pytest.raises(Problem) as caught:
        _ask(road, plan)
    return caught.value


def _driven_by(plan: issue.Plan, **changed: Any) -> issue.Plan:
    return replace(plan, carriers=tuple(replace(one, **changed) for one in plan.carriers))


def test_hazardous_waste_does_not_leave_without_a_plate_and_the_answer_says_it_is_unconfirmed(road: Road) -> None:
    plan = _driven_by(road.plan(road.world.generated(waste=OILY_RAGS)), plate=None)
    problem = _refused(road, plan)
    assert (problem.code, problem.pointer) == ("field_missing_here", "/carriers/0/plate")
    assert "未经核实" in problem.entry.say("zh", problem.params)
    assert "unconfirmed" in problem.entry.say("en", problem.params)
    assert _ask(road, _driven_by(plan, plate="京A 12345")).verdict == "recorded"


def test_general_waste_may_leave_its_plate_to_the_pickup_where_it_is_noted_if_nobody_gives_it(road: Road) -> None:
    plan = _driven_by(road.plan(road.world.generated()), plate=None)
    assert _ask(road, plan).verdict == "recorded"
    assert codes(road.picked_up(plan.id)) == ["plate_missing"]
    named = _driven_by(road.plan(road.world.generated()), plate=None)
    _ask(road, named)
    assert codes(road.picked_up(named.id, plate="京A 12345")) == []


@pytest.mark.parametrize(
    ("rule", "pointer", "given"),
    [
        ("at_issue__driver_phone", "/carriers/0/driver_phone", {"driver_phone": "139 0000 0000"}),
        ("at_issue__driver_name", "/carriers/0/driver", {"driver": "王师傅"}),
    ],
)
def test_a_park_that_wants_to_know_the_driver_gets_to(
    road: Road, rule: str, pointer: str, given: dict[str, Any]
) -> None:
    _under(road, "national", **{rule: "all"})
    plan = road.plan(road.world.generated())
    problem = _refused(road, plan)
    assert (problem.code, problem.pointer) == ("field_missing_here", pointer)
    assert "未经核实" not in problem.params["rule"]  # the park's own decision needs no confirmation
    assert _ask(road, _driven_by(plan, **given)).verdict == "recorded"
    kept = road.manifest(plan.id)["draft"]["carriers"][0]
    assert kept.items() >= given.items()


def test_a_park_that_wants_containers_points_at_the_batch_without_one(road: Road) -> None:
    _under(road, "national", at_issue__container="hazardous")
    world = road.world
    drum, loose = world.generated(waste=OILY_RAGS, container="200 L 钢桶"), world.generated(waste=OILY_RAGS)
    assert _refused(road, road.plan(drum, loose)).pointer == "/batches/1"
    assert _ask(road, road.plan(drum)).verdict == "recorded"
    assert _ask(road, road.plan(world.generated())).verdict == "recorded"


@pytest.mark.parametrize(
    ("treatment", "waste", "code"),
    [
        ("D10", None, "approval_missing"),
        ("C5", None, "approval_missing"),
        ("R4", None, "filing_missing"),
        ("R4", OILY_RAGS, "approval_missing"),
    ],
)
def test_nothing_leaves_the_province_without_what_article_22_asks_for(
    road: Road, treatment: str, waste: facts.ClassRef | None, code: str
) -> None:
    _seat(road, "D", "130981")
    plan = road.plan(road.world.generated(**({"waste": waste} if waste else {})), treatment=treatment)
    problem = _refused(road, plan)
    assert (problem.code, problem.pointer) == (code, "/filing_number")
    assert problem.entry.law == "固体废物污染环境防治法 第二十二条"
    assert _ask(road, replace(plan, filing_number="冀环固备〔2026〕17号（临）")).verdict == "recorded"
    record = road.world.connection.execute(
        text(
            "SELECT CAST(record AS jsonb) -> 'details' ->> 'filing' FROM fact WHERE manifest_uuid = :m AND kind = 'manifest_issued'"
        ),
        {"m": plan.id},
    ).scalar_one()
    assert record == "冀环固备〔2026〕17号（临）"


@pytest.mark.parametrize("seat", ["110108", None])
def test_inside_the_province_or_where_nobody_knows_no_filing_is_asked_for(road: Road, seat: str | None) -> None:
    _seat(road, "D", seat)
    assert _ask(road, road.plan(road.world.generated())).verdict == "recorded"


def test_it_is_the_generators_province_that_counts(road: Road) -> None:
    _seat(road, "P", "130981")
    _seat(road, "D", "130102")
    assert _ask(road, road.plan(road.world.generated())).verdict == "recorded"
    _seat(road, "D", "110108")
    assert _refused(road, road.plan(road.world.generated())).code == "approval_missing"


def _today() -> date:
    return clock.day_of(now())


@pytest.mark.parametrize(
    ("profile", "last", "code"),
    [
        ("national", lambda: _today() - timedelta(days=1), "filing_ended"),
        ("national", lambda: None, None),
        ("national", lambda: _today() + timedelta(days=2_000), None),
        ("zhejiang", lambda: date(_today().year, 12, 31), None),
        ("zhejiang", lambda: date(_today().year + 1, 1, 1), "filing_crosses_year"),
        ("zhejiang", lambda: None, "filing_without_end"),
        ("shanghai", lambda: gates.months_after(_today(), 12), None),
        ("shanghai", lambda: gates.months_after(_today(), 12) + timedelta(days=1), "filing_too_long"),
        ("shanghai", lambda: None, "filing_without_end"),
    ],
)
def test_a_filing_runs_as_long_as_the_province_lets_it(
    road: Road, profile: str, last: Callable[[], date | None], code: str | None
) -> None:
    _under(road, profile)
    _seat(road, "D", "130981")
    plan = replace(road.plan(road.world.generated()), filing_number="F 1", filing_valid_to=last())
    if code is None:
        assert _ask(road, plan).verdict == "recorded"
        return
    problem = _refused(road, plan)
    assert (problem.code, problem.pointer) == (code, "/filing_valid_to")
    assert "—" not in problem.entry.say("zh", problem.params) + problem.entry.say("en", problem.params)


def test_a_draft_keeps_filing_and_driver(road: Road) -> None:
    plan = _driven_by(road.plan(road.world.generated()), driver="王师傅", driver_phone="139")
    plan = replace(plan, filing_number="F 1", filing_valid_to=date(2026, 12, 31))
    issue.draft(road.world.connection, road.world.P.caller, plan)
    assert issue.plan_of(plan.id, road.manifest(plan.id)["draft"]) == plan


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 1, 5), 0, date(2026, 1, 5)),
    ],
)
def test_months_end_with_the_month(day: date, months: int, then: date) -> None:
    assert gates.months_after(day, months) == then


def test_a_permit_may_hold_for_some_counties_only(road: Road) -> None:
    world = road.world
    world.connection.execute(
        text("UPDATE permit SET divisions = '{1301,110108}' WHERE enterprise_id = :key AND acts_as = 'receiver'"),
        {"key": world.D.key},
    )
    _seat(road, "P", "110115")
    problem = _refused(road, road.plan(world.generated()))
    assert (problem.code, problem.pointer) == ("receiver_area_not_permitted", "/receiver")
    assert problem.params["areas"] == "110108, 1301"
    _seat(road, "P", "110108")
    assert _ask(road, road.plan(world.generated())).verdict == "recorded"
    _seat(road, "P", None)  # the park knows its city only, and that may well be right
    assert _ask(road, road.plan(world.generated())).verdict == "recorded"


@pytest.mark.parametrize(("profile", "severity"), [("national", "watch"), ("guangdong", "stop")])
def test_a_load_that_weighs_otherwise_is_as_grave_as_the_province_says(road: Road, profile: str, severity: str) -> None:
    _under(road, profile)
    drum = road.world.generated(measured=True)
    manifest = road.issue(drum)
    picked = road.picked_up(manifest, line(drum, 500 * KG, measured=True))
    assert finding(picked, "mass_discrepancy").severity == severity
    stored = road.world.connection.execute(text("SELECT severity FROM finding WHERE code = 'mass_discrepancy'"))
    assert stored.scalars().all() == [severity]


def test_a_receipt_told_again_is_as_grave_as_the_first_time(road: Road) -> None:
    _under(road, "guangdong")
    drum = road.world.generated(measured=True)
    manifest = road.issue(drum)
    fact = facts.PickedUp(
        id=manifest, observed_at=now(), manifest=manifest, lines=(line(drum, 500 * KG, measured=True),), plate="粤A"
    )
    first, again = road.tell("T", fact), road.tell("T", fact)
    assert again.verdict == "already_recorded"
    assert [one.severity for one in again.findings] == [one.severity for one in first.findings]
    assert finding(again, "mass_discrepancy").severity == "stop"


def test_on_site_and_refused_nobody_carries_or_accepts_anything(road: Road) -> None:
    _under(road, "guangdong")
    drum = road.world.generated(measured=True)
    assert finding(road.weighed(drum, 500 * KG), "mass_discrepancy").severity == "watch"


def test_settings_of_the_park_reach_the_caller(world: World) -> None:
    assert parties.Settings.of({"profile": "zhejiang"}).in_force.word("across.same_year") == "yes"
