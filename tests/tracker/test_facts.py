"""Every kind of fact goes into the log's form and comes back the same; what it says has one digest."""

import json
import types
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from tests.makers import SLUDGE
from tracker import facts
from tracker.problems import Problem

WHEN = datetime(2026, 11, 21, 8, 30, tzinfo=timezone(timedelta(hours=8)))
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1999, 1, 1), datetime(2099, 12, 31), timezones=ZONES)  # noqa: DTZ001 - the zone is drawn


def _values(hint: Any) -> st.SearchStrategy[Any]:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return st.none() | st.one_of(*(_values(arg) for arg in args if arg is not type(None)))
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(_values(args[0]), max_size=3).map(tuple)
    if hasattr(hint, "__dataclass_fields__"):
        return _made(hint)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        UUID: st.uuids(),
        str: TEXT,
        int: st.integers(0, 2**53 - 1),
        bool: st.booleans(),
        float: st.floats(-180, 180),
        datetime: TIMES,
    }
    return plain[hint]


def _made(kind: type) -> st.SearchStrategy[Any]:
    hints = {
        name: hint for name, hint in get_type_hints(kind).items() if name in {f.name for f in fields(kind) if f.init}
    }
    private = hints.pop("private", None)
    drawn = {name: _values(hint) for name, hint in hints.items()}
    if private:
        drawn["private"] = st.none() | st.dictionaries(TEXT, TEXT, min_size=1, max_size=3)
    return st.builds(kind, **drawn)


@pytest.mark.parametrize("kind", facts.KINDS.values(), ids=facts.KINDS)
def test_every_kind_comes_back_from_the_log_as_it_went_in(kind: type[facts.Fact]) -> None:
    @given(_made(kind))
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def comes_back(fact: facts.Fact) -> None:
        record = json.loads(rfc8785.dumps(facts.told(fact)))
        again = facts.from_record(record)
        assert again == replace(fact, private=None)
        assert facts.digest(again) == facts.digest(fact)
        waits = json.loads(json.dumps(facts.told(fact) | {"private": fact.private}))
        assert facts.digest(facts.from_record(waits), private=True) == facts.digest(fact, private=True)

    comes_back()


def _weighed(**given: Any) -> facts.Weighed:
    line = facts.Line(batch=UUID(int=7), grams=5_000, measured=True)
    return facts.Weighed(**{"id": UUID(int=1), "observed_at": WHEN, "lines": (line,)} | given)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": UUID(int=2)},
        {"observed_at": WHEN + timedelta(seconds=1)},
        {"lines": (facts.Line(batch=UUID(int=7), grams=5_001, measured=True),)},
        {"lines": (facts.Line(batch=UUID(int=7), grams=5_000),)},
        {"manifest": UUID(int=3)},
        {"ticket": "A 17"},
        {"counter": 1},
        {"place": facts.Point(longitude=116.5, latitude=39.8)},
    ],
    ids=str,
)
def test_another_word_is_another_digest(changed: dict[str, Any]) -> None:
    assert facts.digest(_weighed(**changed)) != facts.digest(_weighed())


def test_the_digest_that_is_kept_says_nothing_of_private_words() -> None:
    """An unsalted hash of a name can be guessed, and would outlive the erasure of the name."""
    named, other = _weighed(private={"driver": "王五"}), _weighed(private={"driver": "李四"})
    assert facts.digest(named) == facts.digest(other) == facts.digest(_weighed())
    assert facts.digest(named, private=True) != facts.digest(other, private=True)


def test_private_words_stay_out_of_what_the_log_says() -> None:
    assert "王五" not in json.dumps(facts.told(_weighed(private={"driver": "王五"})), ensure_ascii=False)


def test_a_commitment_needs_its_salt() -> None:
    assert facts.commitment(b"a" * 16, {"driver": "王五"}) != facts.commitment(b"b" * 16, {"driver": "王五"})
    assert facts.commitment(b"a" * 16, {"a": "1", "b": "2"}) == facts.commitment(b"a" * 16, {"b": "2", "a": "1"})


def test_a_kind_nobody_knows_is_a_coded_problem() -> None:
    with pytest.raises(Problem) as caught:
        facts.from_record({"kind": "vanished", "details": {}})
    assert caught.value.code == "field_malformed"


def test_minus_zero_degrees_is_zero_degrees() -> None:
    here, there = (_weighed(place=facts.Point(longitude=value, latitude=0.0)) for value in (0.0, -0.0))
    assert facts.digest(here) == facts.digest(there)


def test_new_batches_and_named_enterprises_are_all_of_them() -> None:
    ids = [uuid7() for _ in range(6)]
    when = datetime.now(UTC)
    part = facts.RefusedPart(batch=ids[0], refused_grams=1, into=ids[1])
    received = facts.Received(id=ids[2], observed_at=when, outcome="part", refused=(part,))
    assert facts.new_batches(received) == [ids[1]]
    outputs = (facts.Output(kind="residue", grams=1, batch=ids[3]), facts.Output(kind="loss", grams=1))
    treated = facts.Treated(id=ids[2], observed_at=when, treatment="D10", outputs=outputs)
    assert facts.new_batches(treated) == [ids[3]]
    merged = facts.Combined(id=ids[2], observed_at=when, into=facts.Merged(batch=ids[4], waste_class=SLUDGE))
    assert (facts.new_batches(merged), facts.classes_named(merged)) == ([ids[4]], [SLUDGE])
    assert facts.enterprises_named(facts.PickedUp(id=ids[2], observed_at=when)) == []
    assert facts.enterprises_named(facts.HandedOver(id=ids[2], observed_at=when, carrier=ids[5])) == [ids[5]]


@given(
    longitude=st.floats(-180, 180),
    latitude=st.floats(-90, 90),
    words=st.text(st.characters(exclude_categories=("Cs",)), max_size=40),
)
def test_a_record_is_canonical_json_whatever_the_numbers_and_words(
    longitude: float, latitude: float, words: str
) -> None:
    body = {
        "place": {"longitude": longitude, "latitude": latitude, "accuracy_m": 8.0},
        "details": {"text": words, "grams": 12},
        "findings": [],
        "manifest": None,
    }
    assert facts.canonical(body) == rfc8785.dumps(body)
