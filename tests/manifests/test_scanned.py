"""Codes that are none of ours: both sides say the same of them (the phone's vitest runs the same list)."""

import json
from pathlib import Path
from typing import Any

import pytest

from manifests import code
from tracker.problems import Problem

_VECTORS = Path(__file__).parents[1] / "vectors"
_HOSTS = json.loads((_VECTORS / "label.json").read_text(encoding="utf-8"))["hosts"]
_CASES: list[dict[str, Any]] = json.loads((_VECTORS / "scanned.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["name"])
def test_it_is_refused_for_the_reason_the_phone_gives(case: dict[str, Any]) -> None:
    with pytest.raises(Problem) as raised:
        code.read(case["text"], hosts=_HOSTS)
    assert raised.value.code == case["problem"]
