"""What a phone takes along: one's own open business and no other's, bounded, and not sent twice."""

import gzip
import json
from typing import Any
from uuid import UUID

import pytest

from tests.api.parks import HERE, Park, Person, fact
from tests.api.test_query_counts import statements
from tracker.views import pack


def pack_of(who: Person) -> dict[str, Any]:
    found: dict[str, Any] = who.got("pack")
    return found


def ids(found: dict[str, Any], what: str) -> set[str]:
    return {one["id"] for one in found[what]}


def test_each_party_takes_along_what_it_has_a_part_in(park: Park) -> None:
    tank = park.P.generated()
    manifest = park.issued(tank)
    lonely = park.P.generated()
    for name in ("P", "T", "D"):
        found = pack_of(park.person(name))
        assert manifest["id"] in ids(found, "manifests"), name
        assert tank in ids(found, "batches"), name
        assert (lonely in ids(found, "batches")) == (name == "P"), name
    # Those who are nothing to it learn nothing of it; the park's own people see what is on the road.
    assert manifest["id"] not in ids(pack_of(park.T2), "manifests") | ids(pack_of(park.P2), "manifests")
    assert tank not in ids(pack_of(park.T2), "batches")
    assert manifest["id"] in ids(pack_of(park.I), "manifests")


def test_numbers_lead_to_the_words_of_a_label(park: Park) -> None:
    tank = park.P.generated(container="tank")
    manifest = park.issued(tank)
    found = pack_of(park.T)
    batch = next(one for one in found["batches"] if one["id"] == tank)
    label = park.T.got(f"labels/{batch['human_code']}")["label"]
    assert (batch["class"], batch["generator"]) == (label["waste_class"], label["generator"])
    assert batch["label_id"] == label["label_id"]
    named = next(one for one in found["classes"] if one["number"] == batch["class"])
    assert named["code"] == "900-099-S07"
    parties = {one["number"]: one for one in found["enterprises"]}
    assert parties[batch["generator"]]["name_en"] == "P Ltd"
    paper = next(one for one in found["manifests"] if one["id"] == manifest["id"])
    assert [parties[leg["party"]]["name_en"] for leg in paper["carriers"]] == ["T Ltd"]
    assert paper["lines"][0]["batch"] == tank
    whole = park.T.got(f"batches/{tank}")
    same = ("last_fact", "state", "grams", "measured", "container", "human_code", "grouped")
    assert {name: batch[name] for name in same} == {name: whole[name] for name in same}
    assert found["rules"]["weight"] == "report"
    assert found["seal"] == park.T.got("session")["seal"]
    assert found["ring"] == park.T.got("keys")
    assert "京A12345" in found["plates"]


def test_what_is_over_is_left_at_home(park: Park) -> None:
    tank, manifest = park.delivered()
    assert tank in ids(pack_of(park.D), "batches")
    park.D.told(fact("treated", tank, grams=1_000_000, details={"treatment": "D10"}))
    found = pack_of(park.D)
    assert tank not in ids(found, "batches")
    assert manifest["id"] not in ids(found, "manifests")


def test_an_unchanged_pack_is_not_sent_twice(park: Park) -> None:
    who = park.S
    first = who.get("pack")
    etag = first.headers["ETag"]
    again = who.get("pack", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == etag
    who.generated()
    changed = who.get("pack", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_it_is_small_where_the_phone_can_unpack(park: Park) -> None:
    plain = park.R.get("pack")
    packed = park.R.get("pack", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    apart = [json.loads(each) | {"as_of": ""} for each in (plain.data, gzip.decompress(packed.data))]
    assert apart[0] == apart[1]
    assert len(packed.data) < len(plain.data) / 2


def test_it_is_bounded_and_says_so(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        park.P.generated()
    manifests = [park.issued(park.P.generated(), park.P.generated()) for _ in range(3)]
    for name, most in (("MANIFESTS_MAX", 2), ("BATCHES_MAX", 4), ("LINES_MAX", 3), ("ENTERPRISES_MAX", 3)):
        monkeypatch.setattr(pack, name, most)
    found = pack_of(park.P)
    assert found["truncated"] == {
        "manifests": True, "lines": True, "batches": True, "classes": False, "enterprises": True,
    }  # fmt: skip
    # What is newest is what the next truck comes for.
    assert [one["id"] for one in found["manifests"]] == [one["id"] for one in manifests[:0:-1]]
    assert sum(len(one["lines"]) for one in found["manifests"]) == 3
    # Those that stand on what is packed are named before all others.
    assert {one["generator"] for one in found["batches"]} <= {one["number"] for one in found["enterprises"]}
    monkeypatch.setattr(pack, "LOOK_BACK", 1)
    assert pack_of(park.P)["truncated"]["batches"]


def test_a_longer_pack_asks_no_more(park: Park) -> None:
    who = park.by_key("P")
    short = statements(park, who, "GET", "pack")
    for _ in range(5):
        park.issued(*(park.P.generated() for _ in range(4)))
    assert statements(park, who, "GET", "pack") == short


def test_another_park_is_another_world(park: Park, other: Park) -> None:
    tank = park.P.generated()
    assert UUID(tank)
    assert tank not in ids(pack_of(other.P), "batches")
    assert ids(pack_of(other.R), "manifests").isdisjoint(ids(pack_of(park.R), "manifests"))


def test_an_unsigned_visitor_gets_nothing(park: Park) -> None:
    answer = park.someone().get("pack")
    assert answer.status_code == 401
    assert answer.get_json()["code"] == "not_logged_in"


def test_a_pickup_is_seen_in_the_next_pack(park: Park) -> None:
    tank = park.P.generated()
    manifest = park.issued(tank)
    picked = fact("picked_up", manifest=manifest["id"], place=HERE)
    park.T.told(picked)
    batch = next(one for one in pack_of(park.D)["batches"] if one["id"] == tank)
    assert (batch["state"], batch["last_fact"]) == ("in_transit", picked["id"])
