"""The short way of reading answers as marshmallow does, or not at all."""

import copy
import random
from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from api.wire import facts, quick
from tests.api.parks import HERE, SLUDGE, fact, fresh

WELL = [
    fact("generated", fresh(), grams=5, measured=True, details={"class": SLUDGE, "container": "吨袋"}, place=HERE),
    fact("received", details={"outcome": "part", "cause": "other", "refused": [
        {"batch": fresh(), "refused_grams": 7, "into": fresh()}]}, manifest=fresh()),
    fact("treated", fresh(), grams=9, details={"treatment": "D10", "outputs": [{"kind": "loss", "grams": 9}]}),
    fact(
        "stopped",
        details={"reason": "rest", "until": "2026-11-21T10:00:00+08:00"}, manifest=fresh(), private={"driver": "张"}),
]  # fmt: skip
ODD: list[Any] = [None, "", "x", -1, 0, 2**70, 1.5, True, [], {}, ["x"], {"x": 1}, "2099-13-40", "\u0000", "a" * 5_000]


def _marshmallow(schema: Any, body: Any) -> Any:
    try:
        return Schema.load(schema, body)
    except ValidationError:
        return None


def _places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    for key in body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ():
        found += _places(body[key], (*path, key))
    return found


@pytest.mark.parametrize("body", WELL, ids=lambda body: body["kind"])
def test_what_is_well_is_read_the_short_way(body: dict[str, Any]) -> None:
    assert quick.load(facts.FactSchema(), body) == _marshmallow(facts.FactSchema(), body)
    assert quick.load(facts.FactSchema(), body) is not None


@pytest.mark.parametrize("body", WELL, ids=lambda body: body["kind"])
def test_whatever_is_changed_both_ways_agree_or_the_short_one_steps_back(body: dict[str, Any]) -> None:
    chance = random.Random(7)
    details = facts.details_of(body["kind"])
    for place in _places(body):
        for odd in [*ODD, "missing", "beside"]:
            told = copy.deepcopy(body)
            holder = told
            for key in place[:-1]:
                holder = holder[key]
            if odd == "missing":
                holder.pop(place[-1])
            elif odd == "beside" and isinstance(holder, dict):
                holder[chance.choice(["grams", "x", "id"])] = 1
            else:
                holder[place[-1]] = odd
            for schema, part in ((facts.FactSchema(), told), (details, told.get("details"))):
                short = quick.load(schema, part)
                assert short is None or short == _marshmallow(schema, part), (place, odd)
