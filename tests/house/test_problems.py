"""The catalogue of refusals and findings is whole: two languages, the same parameters, no code unknown, none idle."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from tracker.problems import Category, Entry, Severity, catalogue

ROOT = Path(__file__).resolve().parents[2]

#: Said by the phone alone (it judges offline), or by a party outside this repository; each must be in its words.
PHONE_ONLY: set[str] = set()


def _sources() -> dict[str, ast.Module]:
    rooms = ("tracker", "manifests", "api")
    paths = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def _strings() -> set[str]:
    """All string constants of the product, Python and TypeScript."""
    found = {
        node.value
        for tree in _sources().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for path in (ROOT / "mobile_web/src").rglob("*.ts*"):
        found.update(re.findall(r"""["'`]([a-z0-9_]+)["'`]""", path.read_text(encoding="utf-8")))
    for path in (ROOT / "tracker").rglob("*.toml"):
        if path.name != "problems.toml":
            found.update(_leaves(tomllib.loads(path.read_text(encoding="utf-8"))))
    return found


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)


def _uses() -> list[tuple[str, str, ast.Call]]:
    """Every ``Problem("...")`` and ``Finding("...")`` whose code stands there in words."""
    found = []
    for name, tree in _sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) in {"Problem", "Finding"}:
                code = next((k.value for k in node.keywords if k.arg == "code"), node.args[0] if node.args else None)
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    found.append((f"{name}:{node.lineno}", code.value, node))
    return found


def _called(node: ast.Call) -> str:
    target = node.func
    return target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""


def _params(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def _given(call: ast.Call) -> set[str] | None:
    """The names of the parameters a call gives, or None where they cannot be read off it."""
    if _called(call) == "Problem":
        names = {keyword.arg for keyword in call.keywords}
        return None if None in names else {name for name in names if name not in {None, "pointer", "code"}}
    evidence = next(
        (k.value for k in call.keywords if k.arg == "evidence"), call.args[1] if len(call.args) > 1 else None
    )
    if not isinstance(evidence, ast.Dict):
        return None
    keys = [key.value if isinstance(key, ast.Constant) else None for key in evidence.keys]
    return None if None in keys else {str(key) for key in keys}


@pytest.mark.parametrize("entry", catalogue().values(), ids=lambda entry: entry.code)
def test_an_entry_is_whole(entry: Entry) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", entry.code)
    assert (entry.category is None) != (entry.severity is None), "a refusal has a category, a finding a severity"
    assert entry.category in (None, *get_args(Category))
    assert entry.severity in (None, *get_args(Severity))
    # A word that differs by language comes as a pair: {state_zh} in the Chinese sentence, {state_en} in the English.
    assert {name.removesuffix("_zh") for name in _params(entry.zh)} == {
        name.removesuffix("_en") for name in _params(entry.en)
    }
    assert re.search(r"[\u4e00-\u9fff]", entry.zh)
    assert not re.search(r"[\u4e00-\u9fff]", entry.en)
    assert entry.zh.endswith(("。", "？", "！"))
    assert entry.en.endswith((".", "?", "!"))


def test_every_code_that_is_raised_is_in_the_catalogue() -> None:
    assert [f"{place}: {code}" for place, code, _ in _uses() if code not in catalogue()] == []


def test_a_refusal_is_raised_as_a_problem_and_a_finding_as_a_finding() -> None:
    wrong = [
        f"{place}: {code}"
        for place, code, call in _uses()
        if code in catalogue() and (_called(call) == "Problem") != (catalogue()[code].category is not None)
    ]
    assert wrong == []


def test_every_sentence_gets_its_parameters() -> None:
    """A parameter that is not given shows as a dash: never an error for the handler, always one here."""
    missing = []
    for place, code, call in _uses():
        given = _given(call)
        if code not in catalogue() or given is None:
            continue
        if lacking := (_params(catalogue()[code].en) | _params(catalogue()[code].zh)) - given:
            missing.append(f"{place}: {code} lacks {', '.join(sorted(lacking))}")
    assert missing == []


def test_no_code_is_idle() -> None:
    assert sorted(set(catalogue()) - _strings() - PHONE_ONLY) == []


def test_the_phones_own_codes_are_in_the_catalogue() -> None:
    assert set(catalogue()) >= PHONE_ONLY


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        (525_600, "365 天", "365 days"),
        (11 * 1_440 + 1_000, "12 天", "12 days"),
        (1_440, "1 天", "1 day"),
        (2_943, "2 天 1 小时", "2 days 1 hour"),
        (121, "2 小时 1 分钟", "2 hours 1 minute"),
        (6, "6 分钟", "6 minutes"),
        (0, "0 分钟", "0 minutes"),
    ],
)
def test_how_far_a_clock_is_off_is_said_in_the_units_people_use(minutes: int, zh: str, en: str) -> None:
    for code in ("clock_ahead", "clock_behind"):
        assert re.search(f"[快慢] {zh}[，。]", catalogue()[code].say("zh", {"minutes": minutes}))
        assert f"clock is {en} " in catalogue()[code].say("en", {"minutes": minutes})


def test_how_late_something_was_told_is_said_in_days_too() -> None:
    late = catalogue()["reported_late"]
    assert (late.say("zh", {"hours": 73}), late.say("en", {"hours": 73})) == (
        "发生 3 天 1 小时 后才上报。请尽早同步。",
        "It was reported 3 days 1 hour after it happened. Synchronise earlier.",
    )
    assert "—" in late.say("en", {})
