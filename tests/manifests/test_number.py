"""Manifest numbers: written by rule, read forgivingly, refused with a sentence that shows the rule."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.human import ALPHABET
from manifests.number import (
    PROVINCES,
    Number,
    NumberRule,
    general,
    hazardous,
    meant,
    parse,
    parse_general,
    parse_hazardous,
    wanted,
)
from tracker.problems import Problem

TODAY = date(2026, 11, 21)
RULE = NumberRule()


def code_of(text: str, rule: NumberRule = RULE, park: str = "BDA") -> str:
    with pytest.raises(Problem) as refusal:
        parse(rule, park, text, today=TODAY)
    return refusal.value.code


def test_a_hazardous_number_is_year_province_city_serial() -> None:
    assert hazardous(2026, "11", "01", 42) == "20261101000042"


@given(
    year=st.integers(2000, 2027),
    province=st.sampled_from(sorted(PROVINCES)),
    city=st.integers(0, 99),
    serial=st.integers(1, 999_999),
)
def test_hazardous_round_trip(year: int, province: str, city: int, serial: int) -> None:
    text = hazardous(year, province, f"{city:02d}", serial)
    assert parse_hazardous(text, today=TODAY) == Number("hazardous", text, year, serial)
    assert parse(RULE, "BDA", text, today=TODAY) == Number("hazardous", text, year, serial)


@pytest.mark.parametrize(
    "typed", ["2026 1101 000042", "2026-11-01-000042", "２０２６１１０１００００４２", " 20261101000042\n"]
)
def test_a_hazardous_number_as_people_type_it(typed: str) -> None:
    assert parse_hazardous(typed, today=TODAY).text == "20261101000042"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("20269901000042", "manifest_region_unknown"),
        ("19991101000042", "manifest_year_implausible"),
        ("20281101000042", "manifest_year_implausible"),
        ("20991101000042", "manifest_year_implausible"),
        ("20261101000000", "manifest_serial_zero"),
        ("2026110100004", "manifest_number_length"),
        ("202611010000421", "manifest_number_length"),
        ("2026110100004X", "manifest_number_not_digits"),
        ("2026110100004½", "manifest_number_unreadable"),
        ("20261101٠٠٠٠٤٢", "manifest_number_unreadable"),
        ("", "manifest_number_unreadable"),
        ("9" * 5000, "manifest_number_unreadable"),
    ],
)
def test_a_wrong_hazardous_number(typed: str, problem: str) -> None:
    with pytest.raises(Problem) as refusal:
        parse_hazardous(typed, today=TODAY)
    assert refusal.value.code == problem


def test_next_years_number_is_taken_at_midnight() -> None:
    assert parse_hazardous("20271101000001", today=date(2026, 12, 31)).year == 2027


@pytest.mark.parametrize(("province", "city"), [("99", "01"), ("11", "1"), ("1", "101"), ("11", "ab"), ("１１", "01")])
def test_a_region_that_is_none_is_never_printed(province: str, city: str) -> None:
    with pytest.raises(Problem, match="manifest_region_unknown"):
        hazardous(2026, province, city, 1)


def test_the_last_serial_and_the_one_after() -> None:
    assert hazardous(2026, "11", "01", 999_999) == "20261101999999"
    with pytest.raises(Problem, match="manifest_numbers_used_up"):
        hazardous(2026, "11", "01", 1_000_000)
    assert RULE.serial_last == 999_999
    with pytest.raises(Problem, match="manifest_numbers_used_up"):
        general(RULE, "BDA", 2026, 1_000_000)


@pytest.mark.parametrize(("year", "serial"), [(1999, 1), (2200, 1), (2026, 0), (2026, -1)])
def test_a_program_that_asks_for_nonsense_is_stopped(year: int, serial: int) -> None:
    with pytest.raises(ValueError, match="not a manifest number"):
        hazardous(year, "11", "01", serial)
    with pytest.raises(ValueError, match="not a manifest number"):
        general(RULE, "BDA", year, serial)


def test_a_general_number_by_the_ordinary_rule() -> None:
    assert general(RULE, "BDA", 2026, 42) == "BDA-2026-000042-V"


@given(
    park=st.from_regex(r"[A-Z][A-Z0-9]{1,11}", fullmatch=True).filter(lambda park: set(park) - set("OIL0123456789")),
    rule=st.sampled_from(
        [
            RULE,
            NumberRule("{park}{year}{serial:04d}"),
            NumberRule("GW-{serial:09d}", check=False),
            NumberRule("{serial:08d}-{park}-{year}"),
            NumberRule("LOOP{year}-{park}-{serial:05d}"),
        ]
    ),
    year=st.integers(2000, 2027),
    serial=st.integers(1, 9999),
)
def test_general_round_trip(park: str, rule: NumberRule, year: int, serial: int) -> None:
    text = general(rule, park, year, serial)
    expected = Number("general", text, year if "{year}" in rule.template else None, serial)
    for typed in (text, text.lower(), text.replace("-", ""), text.replace("-", " — "), text.replace("0", "O")):
        assert parse_general(rule, park, typed, today=TODAY) == expected


@given(serial=st.integers(1, 999_999), place=st.integers(0, 14), character=st.sampled_from(ALPHABET))
def test_a_wrong_character_is_noticed(serial: int, place: int, character: str) -> None:
    plain = general(RULE, "BDA", 2026, serial).replace("-", "")
    place %= len(plain)
    wrong = plain[:place] + character + plain[place + 1 :]
    if wrong != plain:
        assert code_of(wrong) in {"manifest_number_mistyped", "manifest_number_unreadable"}


@given(serial=st.integers(1, 999_999), place=st.integers(0, 12))
def test_two_characters_that_changed_places_are_noticed(serial: int, place: int) -> None:
    plain = general(RULE, "BDA", 2026, serial).replace("-", "")
    wrong = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
    if wrong != plain:
        assert code_of(wrong) in {"manifest_number_mistyped", "manifest_number_unreadable"}


def test_a_number_of_a_park_with_a_similar_code_is_not_ours() -> None:
    assert code_of(general(RULE, "BAD", 2026, 42)) == "manifest_number_unreadable"


def test_the_park_is_part_of_the_check() -> None:
    assert general(RULE, "BDA", 2026, 42)[-1] != general(RULE, "BAD", 2026, 42)[-1]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("BDA-2026-000042-W", "manifest_number_mistyped"),
        ("BDA-2026-000042", "manifest_number_length"),
        ("BDA-2026-000000-0", "manifest_number_mistyped"),
        ("京-2026-000042-V", "manifest_number_unreadable"),
        (general(RULE, "BDA", 2099, 42), "manifest_year_implausible"),
        ("'; DROP TABLE manifest; --", "manifest_number_unreadable"),
    ],
)
def test_a_wrong_general_number(typed: str, problem: str) -> None:
    assert code_of(typed) == problem


def test_the_refusal_shows_the_parks_own_rule() -> None:
    with pytest.raises(Problem) as refusal:
        parse(NumberRule("GW{year}{serial:05d}", check=False), "BDA", "nonsense", today=TODAY)
    assert refusal.value.params["example"] == "GW202600042"


@pytest.mark.parametrize(
    "template",
    [
        "",
        "{park}-{year}",
        "{park}-{serial}",
        "{park}-{serial:6d}",
        "{park}-{serial:010d}",
        "{park}-{serial:06d}-{serial:06d}",
        "{park}-{park}-{serial:06d}",
        "{park!r}-{serial:06d}",
        "{park:>20}-{serial:06d}",
        "{park.__class__}-{serial:06d}",
        "{year}{serial:06d}",
        "O{year}{serial:06d}",
        "{}-{serial:06d}",
        "{month}-{park}-{serial:06d}",
        "gw-{serial:06d}",
        "G W-{serial:06d}",
        "GW/{serial:06d}",
        "{park-{serial:06d}",
        "GW{{{serial:06d}",
        "G" * 41 + "{serial:06d}",
    ],
)
def test_a_rule_that_cannot_work_is_refused(template: str) -> None:
    with pytest.raises(Problem, match="number_rule_malformed"):
        NumberRule(template)


@pytest.mark.parametrize("park", ["", "B", "bda", "1BDA", "OIL", "BDA ETOWN", "A" * 13, "京BD"])
def test_a_park_code_that_cannot_be_told_from_digits_gets_no_numbers(park: str) -> None:
    with pytest.raises(ValueError, match="park code"):
        general(RULE, park, 2026, 1)


@given(text=st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert code_of(text).startswith("manifest_")


@pytest.mark.parametrize(
    ("typed", "numbers", "prefix"),
    [
        ("２０２６ 1101—000042", ("20261101000042",), None),
        ("bda2026000042v", ("BDA-2026-000042-V",), None),
        ("42", ("20261101000042", "BDA-2026-000042-V", "20251101000042", "BDA-2025-000042-2"), None),
        ("20261101", (), "20261101"),
        ("BDA2026 00", (), "BDA-2026-00"),
        ("BDA-2026-000042", (), "BDA-2026-000042"),
        ("BDA-20X6", (), None),
        ("BDA-2026-000042-W", (), None),
        ("0", (), None),
        ("污泥", (), None),
        ("", (), None),
        ("9" * 5000, (), None),
    ],
)
def test_what_a_search_box_may_stand_for(typed: str, numbers: tuple[str, ...], prefix: str | None) -> None:
    found = wanted(RULE, "BDA", "1101", typed, today=TODAY)
    assert found == (numbers, prefix)


@pytest.mark.parametrize(
    ("typed", "so"),
    [
        ("2026110100004", True),
        ("2026110100004X", True),
        ("BDA-2026", True),
        ("BDA", False),
        ("污泥", False),
        ("2026", False),
    ],
)
def test_whether_somebody_was_typing_a_number(typed: str, so: bool) -> None:
    assert meant(RULE, "BDA", typed) is so


@given(text=st.text(max_size=70))
def test_nothing_typed_breaks_the_search(text: str) -> None:
    wanted(RULE, "BDA", "1101", text, today=TODAY)
    meant(RULE, "BDA", text)
