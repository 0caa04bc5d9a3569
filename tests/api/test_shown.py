"""What goes out is written by the short way, and is what marshmallow would write."""

from typing import Any

import pytest
from marshmallow import Schema

from api.wire import shown
from tests.api.parks import Park, fact


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The shapes that were written, each held against marshmallow's own way."""
    seen: list[str] = []
    short = shown.Shown.dump

    def both(self: Schema, obj: Any, *, many: bool | None = None) -> Any:
        written = short(self, obj, many=many)
        assert written == Schema.dump(self, obj, many=many)
        seen.append(type(self).__name__)
        return written

    monkeypatch.setattr(shown.Shown, "dump", both)
    return seen


def test_the_short_way_writes_what_marshmallow_would(park: Park, compared: list[str]) -> None:
    batch = park.P.generated()
    plan = park.plan(batch)
    manifest = park.P.made("manifests", plan, 201)
    pickup = fact("picked_up", manifest=manifest["id"])
    receipts = park.T.tell(pickup)
    receipts += park.D.tell(fact("received", details={"outcome": "whole"}, manifest=manifest["id"]))
    receipts += park.T.tell(
        fact("corrected", details={"corrects": pickup["id"], "grams": 5, "reason": "…"}, lines=[{"batch": batch}])
    )
    assert {receipt["verdict"] for receipt in receipts} == {"recorded"}
    for who in (park.R, park.P, park.D):
        for path in (
            "session",
            "batches",
            f"batches/{batch}",
            f"batches/{batch}/facts",
            "manifests",
            f"manifests/{manifest['id']}",
            f"manifests/{manifest['id']}/next",
            f"trace/{batch}",
            f"trace/{manifest['number']}?direction=down",
            "balance",
            "proposals",
            "findings",
            "alerts",
            "waiting",
            "enterprises",
            f"labels/{manifest['label_text'].rpartition('/')[2]}",
            "find?q=P",
        ):
            answer = who.call("GET", path)
            assert answer.status_code in (200, 403, 404), (path, answer.text)
    assert {"ChainSchema", "ManifestWholeSchema", "BatchFactsSchema", "ProposalPageSchema"} <= set(compared)
