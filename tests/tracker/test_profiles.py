"""Profiles are data: each is whole, each value says on what ground it stands, and a park may decide for itself."""

import re

import pytest

from tests import makers
from tests.makers import World
from tracker import profiles
from tracker.parties import Settings
from tracker.problems import Problem

SHIPPED = ("beijing", "guangdong", "national", "shandong", "shanghai", "zhejiang")


def test_the_provinces_are_there() -> None:
    assert profiles.names() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_profile_states_every_rule_in_both_languages_and_on_a_ground(name: str) -> None:
    profile = profiles.of(name)
    assert list(profiles.rules()) == [key for key in profiles.rules() if key in profile.stated]
    assert profile.stated.keys() == profiles.rules().keys()
    for key, stated in profile.stated.items():
        said = profile.say(key)
        assert profiles.rules()[key].takes(stated.value), key
        assert re.search(r"[\u4e00-\u9fff]", said.zh), key
        assert said.en.endswith("."), key
        assert not re.search(r"[\u4e00-\u9fff]|\{", said.en), key
        assert len(stated.source) > 5, key
        assert isinstance(stated.confirmed, bool), key


def test_every_word_of_every_choice_can_be_said() -> None:
    for key, rule in profiles.rules().items():
        assert key.partition(".")[0] in profiles.sections()
        for value in rule.says:
            assert rule.takes(int(value) if rule.kind == "whole" else value), (key, value)
        assert rule.says or rule.saying, key


@pytest.mark.parametrize(
    ("name", "key", "value", "confirmed", "origin"),
    [
        ("national", "deadlines.receipt", 5, False, "national"),
        ("national", "deadlines.paper", 10, False, "national"),
        ("national", "mismatch.weight", "report", False, "national"),
        ("national", "across.disposal", "approval", True, "national"),
        ("national", "across.use", "filing", True, "national"),
        ("national", "keep.hazardous", 5, True, "national"),
        ("beijing", "keep.landfilled", 0, True, "province"),
        ("beijing", "keep.general", 5, True, "national"),
        ("guangdong", "keep.hazardous", 10, True, "province"),
        ("guangdong", "mismatch.kind", "stop", True, "province"),
        ("guangdong", "mismatch.time", "stop", True, "province"),
        ("zhejiang", "across.same_year", "yes", True, "province"),
        ("shanghai", "across.months", 12, True, "province"),
        ("shandong", "number.general", "province", True, "province"),
    ],
)
def test_a_profile_says_what_the_province_says(
    name: str, key: str, value: object, confirmed: bool, origin: str
) -> None:
    stated = profiles.of(name)[key]
    assert (stated.value, stated.confirmed, stated.origin) == (value, confirmed, origin)


def test_a_park_decides_otherwise_and_it_is_its_own() -> None:
    settings = Settings.of({"profile": "guangdong", "rules": {"deadlines.receipt": 3, "mismatch.weight": "report"}})
    mine = settings.in_force
    assert (mine.whole("deadlines.receipt"), mine["deadlines.receipt"].origin) == (3, "park")
    assert (mine.word("mismatch.weight"), mine.word("mismatch.kind")) == ("report", "stop")
    assert mine.say("deadlines.receipt").en == "The receiver confirms within 3 working days."
    assert profiles.of("guangdong").whole("deadlines.receipt") == 5


def test_numbers_follow_the_province_unless_the_park_says() -> None:
    assert Settings.of({"profile": "guangdong"}).division == "4401"
    assert Settings.of({"profile": "guangdong", "division": "4403"}).division == "4403"
    assert Settings.of({}).division == "1101"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"profile": "atlantis"}, "profile_unknown"),
        ({"rules": {"deadlines.lunch": 5}}, "profile_rule_unknown"),
        ({"rules": {"deadlines.receipt": 0}}, "profile_rule_malformed"),
        ({"rules": {"deadlines.receipt": "5"}}, "profile_rule_malformed"),
        ({"rules": {"deadlines.receipt": True}}, "profile_rule_malformed"),
        ({"rules": {"mismatch.weight": "shout"}}, "profile_rule_malformed"),
        ({"rules": {"number.division": "11"}}, "profile_rule_malformed"),
    ],
)
def test_a_park_is_not_founded_on_rules_that_are_none(world: World, settings: dict[str, object], code: str) -> None:
    with pytest.raises(Problem) as caught:
        makers.world(world.connection, code="ODD", settings=settings)
    assert caught.value.code == code


def test_a_rule_that_is_gone_does_not_close_a_park() -> None:
    old = Settings.of({"profile": "atlantis", "rules": {"deadlines.lunch": 5, "deadlines.receipt": 4}})
    assert (old.in_force.name, old.in_force.whole("deadlines.receipt")) == ("national", 4)
