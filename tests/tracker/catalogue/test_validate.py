"""The rules for codes, on the cases the phone must answer alike, and what no single case can show."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.catalogue import schemes, validate
from tracker.problems import Problem

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors/validate.json").read_text(encoding="utf-8")
)
RULES = {**validate.RULES, "USCC": validate.uscc, "PARK": validate.park_code}
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: f"{case['kind']} {case['text']}")
def test_a_code_is_read_or_the_broken_rule_is_named(case: dict[str, Any]) -> None:
    rule = RULES[case["kind"]]
    if case["ok"]:
        assert rule(case["text"]) == case["canonical"]
        return
    with pytest.raises(Problem) as refused:
        rule(case["text"])
    assert refused.value.code == case["code"]
    for language in ("zh", "en"):
        assert "—" not in refused.value.entry.say(language, refused.value.params).replace("——", "")


@pytest.mark.parametrize("shown", ["CN-HW-2021", "CN-SW-2024", "EWC-2014"])
def test_every_shipped_code_passes_the_rule_of_its_scheme(shown: str) -> None:
    rule = validate.RULES[schemes.edition(shown).scheme]
    assert [code.code for code in schemes.codes(shown) if rule(code.code) != code.code] == []


def test_a_code_of_gbt_39198_looks_like_a_hazardous_one_so_the_shape_never_names_the_scheme() -> None:
    general_waste_by_gbt_39198 = "321-001-10"
    assert validate.hazardous_code(general_waste_by_gbt_39198) == general_waste_by_gbt_39198
    assert general_waste_by_gbt_39198 not in {code.code for code in schemes.codes("CN-HW-2021")}


@given(
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=2, max_size=2),
    st.text(ALPHABET, min_size=9, max_size=9),
)
def test_a_made_credit_code_holds_and_any_one_wrong_character_is_noticed(region: str, kind: str, body: str) -> None:
    first = kind + region + body
    code = first + validate.uscc_check_character(first)
    assert validate.uscc(code) == code
    for place, character in enumerate(code):
        wrong = ALPHABET[(ALPHABET.index(character) + 1) % len(ALPHABET)]
        with pytest.raises(Problem):
            validate.uscc(code[:place] + wrong + code[place + 1 :])


def test_a_check_character_is_made_for_seventeen_characters_only() -> None:
    with pytest.raises(ValueError, match="17 characters"):
        validate.uscc_check_character("9111")


def _answer(rule: Callable[[str], str], text: str) -> str:
    try:
        return rule(text)
    except Problem as problem:
        return problem.category


@given(st.text(max_size=40))
def test_any_text_is_read_or_called_unreadable_and_what_was_read_reads_the_same_again(text: str) -> None:
    for rule in RULES.values():
        answer = _answer(rule, text)
        assert answer == "unreadable" or rule(answer) == answer
