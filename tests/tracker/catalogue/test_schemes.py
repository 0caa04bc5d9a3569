"""The shipped lists: how many rows they hold, that they are whole, and that they say what they are."""

from collections import Counter
from datetime import date
from typing import get_args

import pytest

from tracker.catalogue import schemes
from tracker.catalogue.schemes import PROPERTIES, Entry, Stage
from tracker.problems import Problem


def test_the_hazardous_list_of_2021_has_467_codes_in_46_categories() -> None:
    codes = schemes.codes("CN-HW-2021")
    assert (len(codes), len({code.code for code in codes})) == (467, 467)
    assert len(schemes.categories("CN-HW-2021")) == 46
    assert {code.category for code in codes} == {category.code for category in schemes.categories("CN-HW-2021")}
    assert all(code.hazardous and code.verified and code.properties for code in codes)
    assert all(code.category == f"HW{code.code[-2:]}" for code in codes)


def test_hazard_properties_are_the_five_of_the_list() -> None:
    used = {name for code in schemes.codes("CN-HW-2021") for name in code.properties}
    assert used == set(PROPERTIES)


def test_a_prime_lost_in_the_printed_list_is_restored() -> None:
    resin = next(code for code in schemes.codes("CN-HW-2021") if "二羟基二苯砜" in (code.name_zh or ""))
    assert "4,4′-二羟基二苯砜" in (resin.name_zh or "")


def test_the_exemption_list_has_57_rows_under_32_numbers_and_names_real_codes_only() -> None:
    rows = schemes.exemptions("CN-HW-2021")
    assert len(rows) == 57
    assert {row.item for row in rows} == set(range(1, 33))
    assert {stage for row in rows for stage in row.stages} <= set(get_args(Stage))
    known = {code.code for code in schemes.codes("CN-HW-2021")}
    assert {code for row in rows for code in row.codes} <= known


def test_an_exemption_covers_the_codes_it_names_and_the_categories_it_names() -> None:
    rows = schemes.exemptions("CN-HW-2021")
    assert {row.item for row in rows if row.covers("900-052-31")} == {18}
    assert {row.item for row in rows if row.covers("900-300-34")} == {20}
    assert not [row for row in rows if row.covers("900-214-08")]


def test_the_solid_waste_catalogue_has_79_rows_and_claims_none_of_them() -> None:
    codes, categories = schemes.codes("CN-SW-2024"), schemes.categories("CN-SW-2024")
    assert (len(categories), len(codes)) == (35, 44)
    assert not any(row.verified for row in (*codes, *categories))
    assert not schemes.edition("CN-SW-2024").verified
    assert not any(code.hazardous for code in codes)
    assert {code.category for code in codes} <= {category.code for category in categories}


def test_the_five_kinds_of_solid_waste_follow_article_5() -> None:
    kinds = Counter(schemes.origin(category.code) for category in schemes.categories("CN-SW-2024"))
    assert kinds == {"industrial": 17, "domestic": 5, "construction": 5, "agricultural": 4, "other": 4}


def test_the_european_list_has_842_codes_408_of_them_hazardous() -> None:
    codes = schemes.codes("EWC-2014")
    assert (len(codes), sum(code.hazardous for code in codes)) == (842, 408)
    assert {code.entry for code in codes} == set(get_args(Entry))
    assert Counter((code.entry, code.hazardous) for code in codes) == {
        ("absolute", False): 256,
        ("absolute", True): 235,
        ("mirror", False): 178,
        ("mirror", True): 173,
    }
    headings = {category.code: category for category in schemes.categories("EWC-2014")}
    assert Counter(len(code) for code in headings) == {2: 20, 4: 111}
    assert all(code.category in headings for code in codes)


def test_industries_are_1971_and_each_but_a_section_has_its_parent() -> None:
    rows = schemes.industries()
    assert Counter(row.level for row in rows) == {1: 20, 2: 97, 3: 473, 4: 1381}
    assert len(rows) == len({row.code for row in rows}) == 1971
    known = {row.code for row in rows}
    assert [row.code for row in rows if row.level > 1 and row.parent not in known] == []


@pytest.mark.parametrize("shown", ["CN-HW-2021", "CN-HW-2025", "CN-SW-2024", "EWC-2014", "GBT4754-2017"])
def test_every_file_is_the_one_its_source_describes(shown: str) -> None:
    assert {name: real for name, (_, real) in schemes.file_checksums(shown).items()} == {
        name: stated for name, (stated, _) in schemes.file_checksums(shown).items()
    }


def test_chinese_categories_have_english_names_and_say_that_they_are_ours() -> None:
    for shown in ("CN-HW-2021", "CN-SW-2024"):
        assert schemes.edition(shown).english == "ours"
        assert all(category.name_en for category in schemes.categories(shown))
    assert schemes.edition("EWC-2014").english == "official"


def test_no_name_holds_what_cannot_be_seen() -> None:
    rows = [row for shown in schemes.editions() for row in (*schemes.codes(shown), *schemes.categories(shown))]
    names = [name for row in rows for name in (row.name_zh, row.name_en) if name is not None]
    names += [row.name_zh for row in schemes.industries()]
    assert [name for name in names if name != name.strip() or not name.isprintable()] == []


def test_the_2021_list_ended_in_law_and_stands_in_until_the_2025_rows_are_there() -> None:
    edition = schemes.edition("CN-HW-2021")
    assert edition.valid_to == date(2024, 12, 31)
    assert edition.superseded_by == "CN-HW-2025"
    assert schemes.edition("CN-HW-2025").name_only
    days = (date(2020, 12, 31), date(2021, 1, 1), date(2024, 12, 31), date(2025, 1, 1), date(2026, 11, 21))
    assert [edition.covers(day) for day in days] == [False, True, True, True, True]
    assert [edition.ended(day) for day in days] == [False, False, False, True, True]


def test_a_list_nobody_knows_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        schemes.edition("CN-HW-1998")
    assert refused.value.code == "waste_scheme_unknown"
