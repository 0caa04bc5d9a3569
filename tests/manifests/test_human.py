"""The code for people, and the proof of its check character."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.human import ALPHABET, check_value, human_code, parse_human
from tracker.problems import Problem

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "human_code.json").read_text(encoding="utf-8"))
LENGTH = 11
words = st.lists(st.integers(0, 31), min_size=LENGTH, max_size=LENGTH)


@pytest.mark.parametrize("case", VECTORS["codes"], ids=lambda case: case["label_id"])
def test_codes_shared_with_the_phone(case: dict[str, str]) -> None:
    assert human_code(UUID(case["label_id"])) == case["human_code"]


@pytest.mark.parametrize("case", VECTORS["typed"], ids=lambda case: repr(case["text"][:30]))
def test_typed_codes_shared_with_the_phone(case: dict[str, Any]) -> None:
    if "problem" in case:
        with pytest.raises(Problem) as refusal:
            parse_human(case["text"])
        assert refusal.value.code == case["problem"]
    else:
        assert parse_human(case["text"]) == case["human_code"]


@given(label_id=st.uuids())
def test_a_code_is_read_back_and_names_the_first_50_bits(label_id: UUID) -> None:
    code = human_code(label_id)
    assert parse_human(code) == code
    bits = 0
    for character in code.replace("-", "")[:10]:
        bits = bits << 5 | ALPHABET.index(character)
    assert bits == label_id.int >> 78


@given(one=words, other=words)
def test_the_check_is_linear(one: list[int], other: list[int]) -> None:
    """So what holds of every difference between two words, as tested next, holds of every pair of words."""
    both = [a ^ b for a, b in zip(one, other, strict=True)]
    assert check_value(both) == check_value(one) ^ check_value(other)


def test_every_wrong_character_is_noticed() -> None:
    for place in range(LENGTH):
        for difference in range(1, 32):
            word = [0] * LENGTH
            word[place] = difference
            assert check_value(word) != 0


def test_every_swap_is_noticed_adjacent_or_not() -> None:
    """Swapping a and b differs from the word by a ^ b in both places."""
    for first, second in combinations(range(LENGTH), 2):
        for difference in range(1, 32):
            word = [0] * LENGTH
            word[first] = word[second] = difference
            assert check_value(word) != 0


@given(label_id=st.uuids(), place=st.integers(0, LENGTH - 1), character=st.sampled_from(ALPHABET))
def test_a_wrong_character_in_a_real_code_is_called_a_slip(label_id: UUID, place: int, character: str) -> None:
    plain = human_code(label_id).replace("-", "")
    wrong = plain[:place] + character + plain[place + 1 :]
    if wrong != plain:
        with pytest.raises(Problem, match="human_code_mistyped"):
            parse_human(wrong)


@given(text=st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    try:
        code = parse_human(text)
    except Problem as problem:
        if problem.code not in {"human_code_unreadable", "human_code_mistyped"}:
            raise
    else:
        assert parse_human(code) == code
