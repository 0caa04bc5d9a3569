"""How many statements a request asks of the database: a committed number for each, whatever the length of the page.

A number that changed belongs into tests/house/query_counts.json, with a word in the commit on why.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.api.parks import HERE, SLUDGE, Park, Person, fact, fresh

COUNTS = Path(__file__).resolve().parents[1] / "house" / "query_counts.json"
#: What the issue allows a custody step, and a full sync.
STEP_MAX, SYNC_MAX = 12, 25


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []

    def note(*given: Any) -> None:
        sent.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def statements(park: Park, who: Person, method: str, path: str, body: Any = None) -> int:
    with counted(park.engine) as sent:
        answer = who.call(method, path, **({"json": body} if body is not None else {}))
    assert answer.status_code < 300, answer.text
    return len(sent)


def generated() -> dict[str, Any]:
    return fact("generated", fresh(), grams=1000, measured=True, details={"class": SLUDGE})


@pytest.fixture(scope="module")
def measured(park: Park) -> dict[str, int]:
    """Each kind of request once, on a park that is a little used."""
    regulator, p, t, d = park.by_key("R"), park.by_key("P"), park.by_key("T"), park.by_key("D")
    batch, manifest = park.delivered()
    tank = park.P.generated()
    park.issued(park.P.generated())  # on its truck, for the roadside
    plan = park.plan(tank)
    found = {"POST sync: generated": statements(park, p, "POST", "sync", {"facts": [generated()]})}
    found["POST manifests"] = statements(park, p, "POST", "manifests", plan)
    base = {"manifest": plan["id"], "place": HERE}
    weighed = {"grams": 1_000_000, "measured": True}
    for name, who, told in (
        ("picked_up", t, fact("picked_up", **base)),
        ("arrived", t, fact("arrived", **base)),
        ("received", d, fact("received", tank, **weighed, **base, details={"outcome": "whole"})),
        ("treated", d, fact("treated", tank, grams=1_000_000, details={"treatment": "D10"})),
    ):
        found[f"POST sync: {name}"] = statements(park, who, "POST", "sync", {"facts": [told]})
        found["POST sync: told again"] = statements(park, who, "POST", "sync", {"facts": [told]})
    found["POST check: generated"] = statements(park, p, "POST", "check", {"facts": [generated()]})
    found["POST sync: 50 generated"] = statements(park, p, "POST", "sync", {"facts": [generated() for _ in range(50)]})
    for path in (
        "session", "batches", f"batches/{batch}", f"batches/{batch}/facts", f"batches/{batch}/label.png", "manifests",
        f"manifests/{manifest['id']}", f"manifests/{manifest['id']}/next", f"manifests/{manifest['id']}/paper.pdf",
        f"trace/{batch}/report.pdf", "sheets", f"labels/{manifest['human_code']}",
        f"trace/{batch}", "balance", "catalogue/schemes", "catalogue/classes?q=900", "enterprises",
        f"enterprises/{park.companies['D']}", "places", "park", "findings", "alerts", "waiting", "search?q=900", "summary",
        "pack",
        "label-rolls", "number-blocks", "roadside?plate=京A12345",
    ):  # fmt: skip
        name = path.partition("?")[0]
        for one in (batch, manifest["id"], manifest["human_code"], str(park.companies["D"])):
            name = name.replace(one, "*")
        found[f"GET {name}"] = statements(park, regulator, "GET", path)
    found["GET public/labels/*"] = statements(
        park, park.someone(), "GET", "public/labels/" + manifest["label_text"].rpartition("/M/")[2]
    )
    return found


def test_each_request_asks_what_it_asked_before(measured: dict[str, int]) -> None:
    committed = json.loads(COUNTS.read_text(encoding="utf-8"))
    assert measured == committed


def test_a_custody_step_and_a_full_sync_keep_within_their_limits(measured: dict[str, int]) -> None:
    steps = {name: count for name, count in measured.items() if name.startswith("POST sync")}
    assert steps.pop("POST sync: 50 generated") <= SYNC_MAX
    assert {name: count for name, count in steps.items() if count > STEP_MAX} == {}


def test_fifty_facts_of_many_kinds_ask_no_more_than_a_few(park: Park) -> None:
    tanks = [park.P.generated() for _ in range(12)]
    manifests = [park.issued(tank) for tank in tanks]
    told = [fact("picked_up", manifest=one["id"], place=HERE) for one in manifests]
    told += [fact("arrived", manifest=one["id"], place=HERE) for one in manifests]
    told += [fact("weighed", tank, grams=1_000_000, measured=True) for tank in tanks]
    told += [generated() for _ in range(14)]
    assert len(told) == 50
    with counted(park.engine) as sent:
        receipts = park.T.tell(*told)
    assert {receipt["verdict"] for receipt in receipts} == {"recorded"}
    assert len(sent) <= SYNC_MAX, sent


@pytest.mark.parametrize("path", ["batches", "manifests", "findings", "alerts", "enterprises", "places", "waiting"])
def test_a_longer_list_asks_no_more(park: Park, path: str) -> None:
    regulator = park.by_key("R")
    bare = SLUDGE | {"code": "900-999-S99"}
    if path in ("places", "waiting"):
        before = statements(park, regulator, "GET", path)
        park.P.tell(*(fact("weighed", fresh(), grams=1, measured=True) for _ in range(10)))
        assert statements(park, regulator, "GET", path) == before
        return
    park.P.tell(*(fact("generated", fresh(), grams=9, measured=True, details={"class": bare}) for _ in range(10)))
    short, long = (statements(park, regulator, "GET", f"{path}?limit={limit}") for limit in (1, 50))
    assert short == long


def test_a_longer_manifest_asks_no_more(park: Park) -> None:
    regulator = park.by_key("R")
    one, many = (park.issued(*(park.P.generated() for _ in range(count))) for count in (1, 8))
    for path in ("manifests/{}", "trace/{}"):
        short, long = (statements(park, regulator, "GET", path.format(each["id"])) for each in (one, many))
        assert short == long, path
