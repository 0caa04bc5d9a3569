"""Mass as people write and read it. The cases are in ``tests/vectors/quantity.json``; the phone runs the same file."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import quantity
from tracker.problems import Problem

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/quantity.json").read_text(encoding="utf-8"))
GRAMS = st.integers(1, quantity.BATCH_GRAMS_MAX)


@pytest.mark.parametrize("case", [one for one in VECTORS["parse"] if "grams" in one], ids=lambda case: case["text"])
def test_what_people_write_is_read_to_the_gram(case: dict) -> None:
    assert quantity.parse(case["text"]) == case["grams"]


@pytest.mark.parametrize(
    "case", [one for one in VECTORS["parse"] if "problem" in one], ids=lambda case: repr(case["text"][:20])
)
def test_what_cannot_be_read_is_refused_with_its_reason(case: dict) -> None:
    with pytest.raises(Problem) as caught:
        quantity.parse(case["text"])
    assert caught.value.code == case["problem"]
    for language in ("zh", "en"):
        assert "{" not in caught.value.entry.say(language, caught.value.params)


def test_an_ambiguous_figure_is_refused_with_both_ways_to_write_it() -> None:
    with pytest.raises(Problem) as caught:
        quantity.parse("1,500 t")
    said = caught.value.entry.say("en", caught.value.params)
    assert "1500 t" in said
    assert "1.500 t" in said


@pytest.mark.parametrize("case", VECTORS["show"], ids=lambda case: case["text"])
def test_a_mass_is_shown_in_the_unit_people_use(case: dict) -> None:
    assert quantity.show(case["grams"], measured=case["measured"]) == case["text"]


@pytest.mark.parametrize("case", VECTORS["tonnes"], ids=lambda case: case["text"])
def test_registers_have_tonnes_with_six_decimals(case: dict) -> None:
    assert quantity.tonnes(case["grams"]) == case["text"]


@pytest.mark.parametrize("case", VECTORS["share_out"], ids=str)
def test_sharing_out_has_one_answer(case: dict) -> None:
    assert quantity.share_out(case["total"], case["weights"]) == case["parts"]


@given(GRAMS)
def test_what_is_shown_reads_back_as_the_same_grams(grams: int) -> None:
    assert quantity.parse(quantity.show(grams)) == grams
    assert quantity.parse(quantity.tonnes(grams) + " t") == grams


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**11), min_size=1, max_size=30))
def test_sharing_out_loses_no_gram_and_favours_nobody_by_more_than_one(total: int, weights: list[int]) -> None:
    parts = quantity.share_out(total, weights)
    assert sum(parts) == total
    if whole := sum(weights):
        exact = [total * weight // whole for weight in weights]
        assert all(0 <= part - floor <= 1 for part, floor in zip(parts, exact, strict=True))


@pytest.mark.parametrize(
    ("first", "second", "allowed"),
    [
        (1_000_000, 1_050_000, True),
        (1_000_000, 950_000, True),
        (1_000_000, 1_050_001, False),
        (100_000, 120_000, True),
        (100_000, 120_001, False),
        (0, 20_000, True),
        (0, 20_001, False),
    ],
)
def test_two_weighings_may_differ_by_five_percent_or_twenty_kilograms(first: int, second: int, allowed: bool) -> None:
    assert quantity.Tolerance().allows(first, second) is allowed
