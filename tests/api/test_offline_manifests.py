"""Manifests that a phone issued without a network, under numbers its manager gave it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import text

from tests.api.parks import HERE, OILY_RAGS, SLUDGE, Park, ago, fact, fresh, released
from tests.api.phones import Phone
from tests.api.said import said
from tracker import verify

PHONE = "01a20000-0000-7000-8000-00000000f0f0"


def grant(park: Park, **given: Any) -> dict[str, Any]:
    terms = {
        "device": PHONE,
        "until": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
        "carriers": [str(park.companies["T"])],
        "receivers": [str(park.companies["D"])],
        "classes": [SLUDGE],
        "treatment": "D10",
    }
    return terms | given


def block(park: Park, count: int = 5, hazardous: bool = False, **given: Any) -> dict[str, Any]:
    """A block on the phone, as its manager gave it."""
    order = {
        "id": fresh(), "hazardous": hazardous, "count": count, "holder_kind": "device", "holder": "仓库手机",
        "grant": grant(park, **given),
    }  # fmt: skip
    made: dict[str, Any] = park.P.made("number-blocks", order, 201)
    return made


def numbers(made: dict[str, Any]) -> list[str]:
    return [one["number"] for one in made["numbers"] if one["state"] == "open"]


def issued(park: Park, number: str, *batches: str, **given: Any) -> dict[str, Any]:
    """A manifest as the phone tells it."""
    details = {
        "number": number,
        "carriers": [{"enterprise": str(park.companies["T"]), "plate": "京A12345"}],
        "receiver": str(park.companies["D"]),
        "treatment": "D10",
    }
    details |= given.pop("details", {})
    return fact("manifest_issued", *batches, manifest=fresh(), details=details, **given)


def sync(who: Any, *told: dict[str, Any], device: str = PHONE) -> list[dict[str, Any]]:
    receipts: list[dict[str, Any]] = who.made("sync", {"device": device, "facts": list(told)})["receipts"]
    return receipts


def odd(receipt: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in receipt["findings"] if finding["severity"] != "note"]


# --- what a phone is allowed ------------------------------------------------------------------------------------------


def test_a_manager_gives_a_phone_numbers_each_with_a_label(park: Park) -> None:
    made = block(park, 3)
    held = park.Ph.got("number-blocks/held", query_string={"device": PHONE})
    (mine,) = [one for one in held["items"] if one["id"] == made["id"]]
    assert [one["number"] for one in mine["numbers"]] == numbers(made)
    assert [one["name_zh"] for one in (*mine["carriers"], *mine["receivers"])] == ["T 有限公司", "D 有限公司"]
    for one in mine["numbers"]:
        found = park.P.got(f"labels/{one['label_text']}")
        assert (found["verdict"], found["what"], found["manifest"]) == ("genuine", "manifest", None)
        assert found["label"]["human_code"] == one["human_code"]


def test_another_phone_another_enterprise_and_a_closed_block_hold_nothing(park: Park) -> None:
    made = block(park, 1)
    assert park.P.got("number-blocks/held", query_string={"device": fresh()})["items"] == []
    held = park.T.got("number-blocks/held", query_string={"device": PHONE})["items"]
    assert made["id"] not in [one["id"] for one in held]
    park.P.made(f"number-blocks/{made['id']}/close", {"outcome": "returned", "reason": "换手机"})
    held = park.P.got("number-blocks/held", query_string={"device": PHONE})["items"]
    assert made["id"] not in [one["id"] for one in held]


def test_a_registered_phone_holds_its_own_numbers_whichever_it_names(park: Park) -> None:
    handset, other = Phone(park), Phone(park)
    ours, theirs = block(park, 1, device=handset.id), block(park, 1, device=other.id)
    held = handset.enrol("Ph").got("number-blocks/held", query_string={"device": other.id})
    assert [one["id"] for one in held["items"]] == [ours["id"]]
    held = other.enrol("Ph").got("number-blocks/held", query_string={"device": other.id})
    assert [one["id"] for one in held["items"]] == [theirs["id"]]


@pytest.mark.parametrize("first", ["batch", "manifest"])
def test_what_a_phone_did_not_sign_is_found_odd_whenever_it_is_let_in(park: Park, first: str) -> None:
    handset = Phone(park)
    made = block(park, 1, device=handset.id)
    phone = handset.enrol("Ph")
    batch = handset.generated()
    paper = issued(park, numbers(made)[0], batch["lines"][0]["batch"], device=handset.id)
    told = [batch, paper] if first == "batch" else [paper, batch]
    for one in told:
        sync(phone, one, device=handset.id)
    (again,) = sync(phone, paper, device=handset.id)
    assert again["verdict"] == "already_recorded"
    assert "device_signature_missing" in [finding["code"] for finding in again["findings"]]


def test_a_handler_cannot_give_a_phone_numbers(park: Park) -> None:
    order = {"id": fresh(), "hazardous": False, "count": 1, "holder_kind": "device", "holder": "x"}
    assert park.Ph.post("number-blocks", order | {"grant": grant(park)}).get_json()["code"] == "role_may_not"
    assert park.P.post("number-blocks", order | {"holder_kind": "sheet", "grant": grant(park)}).status_code == 422


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"until": "2026-01-01T00:00:00Z"}, "grant_until"),
        ({"until": "2099-01-01T00:00:00Z"}, "grant_until"),
        ({"carriers": [fresh()]}, "enterprise_unknown"),
        ({"classes": [OILY_RAGS]}, "grant_of_other_kind"),
        ({"classes": [SLUDGE | {"code": "999-999-S99"}]}, "class_not_listed"),
        ({"treatment": "R1"}, "receiver_treatment_not_permitted"),
    ],
)
def test_what_can_be_judged_beforehand_is(park: Park, given: dict[str, Any], code: str) -> None:
    order = {"id": fresh(), "hazardous": False, "count": 1, "holder_kind": "device", "holder": "x"}
    answer = park.P.post("number-blocks", order | {"grant": grant(park, **given)})
    problem = answer.get_json()
    assert problem["code"] == code, problem
    said(problem)


def test_a_generator_is_no_carrier(park: Park) -> None:
    order = {"id": fresh(), "hazardous": False, "count": 1, "holder_kind": "device", "holder": "x"}
    terms = grant(park, carriers=[str(park.companies["P2"])])
    assert park.P.post("number-blocks", order | {"grant": terms}).get_json()["code"] == "carrier_without_permit"


# --- what comes in ----------------------------------------------------------------------------------------------------


def test_a_manifest_of_a_phone_is_recorded_with_the_number_and_code_it_showed(park: Park) -> None:
    made, batch = block(park), park.P.generated()
    held = park.Ph.got("number-blocks/held", query_string={"device": PHONE})
    (mine,) = [one for one in held["items"] if one["id"] == made["id"]]
    shown = mine["numbers"][0]
    told = issued(park, shown["number"], batch)
    (receipt,) = sync(park.Ph, told)
    assert (receipt["verdict"], odd(receipt)) == ("recorded", []), receipt
    manifest = park.P.got(f"manifests/{shown['number']}")
    assert (manifest["id"], manifest["state"], manifest["number"]) == (told["manifest"], "issued", shown["number"])
    assert (manifest["human_code"], manifest["label_text"]) == (shown["human_code"], shown["label_text"])
    assert park.T.got(f"labels/{shown['label_text']}")["manifest"]["id"] == told["manifest"]
    assert park.P.got(f"batches/{batch}")["state"] == "reserved"
    (again,) = sync(park.Ph, told)
    assert (again["verdict"], again["index"]) == ("already_recorded", receipt["index"])


def test_a_whole_morning_offline_comes_in_at_once_in_one_request(park: Park) -> None:
    made, batches = block(park), [fresh(), fresh()]
    drums = [fact("generated", one, grams=5_000, measured=True, details={"class": SLUDGE}) for one in batches]
    told = issued(park, numbers(made)[0], *batches)
    receipts = sync(park.P, *drums, told)
    assert [one["verdict"] for one in receipts] == ["recorded"] * 3, receipts
    assert len(park.P.got(f"manifests/{told['manifest']}")["lines"]) == 2


def test_the_pickup_that_came_first_waits_for_the_manifest(park: Park) -> None:
    made, batch = block(park), park.P.generated()
    told = issued(park, numbers(made)[0], batch)
    pickup = fact("picked_up", manifest=told["manifest"], place=HERE, details={"plate": "京A12345"})
    (first,) = park.T.tell(pickup)
    assert (first["verdict"], first["waits_for"]) == ("waiting", told["manifest"])
    assert sync(park.Ph, told)[0]["verdict"] == "recorded"
    assert park.P.got(f"manifests/{told['manifest']}")["state"] == "under_way"
    assert park.T.tell(pickup)[0]["verdict"] == "already_recorded"


def test_a_manifest_waits_for_a_drum_that_is_still_on_another_phone(park: Park) -> None:
    made, batch = block(park), fresh()
    told = issued(park, numbers(made)[0], batch, grams=5_000, measured=True)
    (first,) = sync(park.Ph, told)
    assert (first["verdict"], first["waits_for"]) == ("waiting", batch)
    assert sync(park.Ph, told)[0]["verdict"] == "waiting"
    park.P.told(fact("generated", batch, grams=5_000, measured=True, details={"class": SLUDGE}))
    assert sync(park.Ph, told)[0]["verdict"] == "already_recorded"
    assert park.P.got(f"manifests/{told['manifest']}")["state"] == "issued"


#: What a phone may issue without a network, and a desk would not have: waste of another kind to a receiver without a
#: permit for it, by a stranger; or all as it should be.
CONSIGNMENTS: dict[str, dict[str, Any]] = {
    "gates closed": {"class": OILY_RAGS, "receiver": "S", "treatment": "R4", "carriers": [{"name": "路过的车"}]},
    "all well": {"class": SLUDGE, "receiver": "D", "treatment": "D10"},
}


@pytest.mark.parametrize("which", CONSIGNMENTS)
@pytest.mark.parametrize("at_once", [False, True])
def test_the_gates_say_the_same_whichever_phone_is_heard_first(park: Park, which: str, at_once: bool) -> None:
    """The drum before its manifest, and the manifest before its drum."""
    given = dict(CONSIGNMENTS[which])
    waste = given.pop("class")
    details = given | {"receiver": str(park.companies[given["receiver"]])}
    said_of: list[Any] = []
    for drum_first in (True, False):
        made, batch = block(park), fresh()
        drum = fact("generated", batch, grams=5_000, measured=True, details={"class": waste})
        told = issued(park, numbers(made)[0], batch, details=details)
        order = [drum, told] if drum_first else [told, drum]
        for one in [order] if at_once else [[one] for one in order]:
            sync(park.Ph, *one)
        (receipt,) = sync(park.Ph, told)
        assert receipt["verdict"] == "already_recorded"
        record = park.sql("SELECT CAST(record AS jsonb) AS record FROM fact WHERE id = :id", id=told["id"])[0]["record"]
        found = sorted(
            (one["code"], one["severity"], str(one["evidence"].get("gate")), one["batch"] is not None)
            for one in receipt["findings"]
        )
        said_of.append((found, record["details"].get("permit"), [line["grams"] for line in record["lines"]]))
    assert said_of[0] == said_of[1]
    assert any(code == "gate_closed_offline" for code, *_ in said_of[0][0]) == (which == "gates closed")
    with park.engine.connect() as connection:
        assert verify.park(connection, park.key).differences == []


def test_a_manifest_that_waited_is_judged_too_where_the_job_lets_it_in(park: Park) -> None:
    """The drum came at the same moment by another request, so neither saw the other."""
    made, batch = block(park), fresh()
    told = issued(park, numbers(made)[0], batch, details={"treatment": "R4"})
    sync(park.Ph, told)
    row = park.sql("SELECT to_jsonb(w) AS row FROM waiting w WHERE fact_id = :id", id=told["id"])[0]["row"]
    park.sql("DELETE FROM waiting WHERE fact_id = :id", id=told["id"])
    park.P.told(fact("generated", batch, grams=5_000, measured=True, details={"class": SLUDGE}))
    park.sql("INSERT INTO waiting SELECT * FROM jsonb_populate_record(NULL::waiting, :row)", row=Jsonb(row))
    assert released(park) == 1
    (receipt,) = sync(park.Ph, told)
    assert odd(receipt) == ["outside_grant"]


def test_closed_gates_become_findings_and_nothing_is_refused(park: Park) -> None:
    made = block(park)
    rags = fresh()
    park.P.told(fact("generated", rags, grams=1000, measured=False, details={"class": OILY_RAGS}))
    details = {"receiver": str(park.companies["S"]), "treatment": "R4", "carriers": [{"name": "路过的车"}]}
    (receipt,) = sync(park.Ph, issued(park, numbers(made)[0], rags, details=details))
    assert receipt["verdict"] == "recorded"
    assert {"gate_closed_offline", "outside_grant"} <= set(odd(receipt)), receipt
    for finding in receipt["findings"]:
        said(finding)


def test_a_number_used_after_its_day_is_recorded_and_found(park: Park) -> None:
    made, batch = block(park), park.P.generated()
    with park.engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE NONE"))
        connection.execute(text("SELECT set_config('tracker.park', :park, true)"), {"park": str(park.key)})
        connection.execute(
            text("UPDATE number_block SET until = now() - interval '1 hour' WHERE uuid = :block"), {"block": made["id"]}
        )
    (receipt,) = sync(park.Ph, issued(park, numbers(made)[0], batch))
    assert (receipt["verdict"], odd(receipt)) == ("recorded", ["grant_ended"])


def test_numbers_that_cannot_be_attributed_are_turned_away_and_kept(park: Park) -> None:
    made, foreign = block(park), block(park)
    used, other, returned = numbers(made)[:3]
    assert sync(park.Ph, issued(park, used, park.P.generated()))[0]["verdict"] == "recorded"
    park.P.made(f"number-blocks/{foreign['id']}/close", {"outcome": "returned", "reason": "换手机"})
    batch = park.P.generated()
    for number, device, code in (
        (used, PHONE, "number_used_already"),
        (other, fresh(), "number_of_other_phone"),
        (numbers(foreign)[0], PHONE, "number_used_already"),
        (park.issued(park.P.generated())["number"], PHONE, "number_not_in_block"),
        ("BDA", PHONE, "manifest_number_unreadable"),
    ):
        told = issued(park, number, batch)
        (receipt,) = sync(park.Ph, told, device=device)
        assert (receipt["verdict"], receipt["problem"]["code"]) == ("turned_away", code), receipt
        said(receipt["problem"])
        kept = park.sql("SELECT told FROM turned_away WHERE park_id = :park AND fact_id = :fact", fact=told["id"])
        assert len(kept) == 1
        assert park.P.get(f"manifests/{told['manifest']}").status_code == 404
    assert park.P.got(f"batches/{batch}")["state"] == "on_site"
    (receipt,) = sync(park.T, issued(park, returned, batch))
    assert receipt["problem"]["code"] == "number_not_in_block"


def test_one_that_cannot_be_read_says_which_part(park: Park) -> None:
    made, batch = block(park), park.P.generated()
    good = issued(park, numbers(made)[0], batch)
    for broken, pointer in (
        (good | {"manifest": None}, "/manifest"),
        (good | {"details": good["details"] | {"carriers": "T"}}, "/details/carriers"),
        (good | {"lines": []}, "/lines"),
    ):
        (receipt,) = sync(park.Ph, broken | {"id": fresh()})
        assert (receipt["verdict"], receipt["problem"]["pointer"]) == ("turned_away", pointer), receipt


def test_two_phones_cannot_both_use_one_number(park: Park) -> None:
    made = block(park, 8)
    people = [park.by_key("P"), park.by_key("Ph")]
    for number in numbers(made):
        plans = [issued(park, number, park.P.generated()) for _ in people]
        with ThreadPoolExecutor(2) as pool:
            receipts = list(pool.map(lambda at, plans=plans: sync(people[at], plans[at])[0], range(2)))
        assert sorted(one["verdict"] for one in receipts) == ["recorded", "turned_away"], receipts
        lost = next(one for one in receipts if one["verdict"] == "turned_away")
        assert lost["problem"]["code"] == "number_used_already"
    account = park.P.got(f"number-blocks/{made['id']}")
    assert (account["used"], account["open"]) == (8, 0)


def test_the_account_of_a_block_adds_up(park: Park) -> None:
    made = block(park, 4)
    sync(park.Ph, issued(park, numbers(made)[0], park.P.generated()))
    closed = park.P.made(f"number-blocks/{made['id']}/close", {"outcome": "spoilt", "reason": "手机丢失"})
    assert [closed[state] for state in ("used", "open", "returned", "spoilt")] == [1, 0, 0, 3]


def test_a_hazardous_block_writes_the_numbers_of_hazardous_waste(park: Park) -> None:
    made = block(park, 1, hazardous=True, classes=[OILY_RAGS])
    rags = fresh()
    park.P.told(fact("generated", rags, grams=1000, measured=False, details={"class": OILY_RAGS}))
    told = issued(park, numbers(made)[0], rags, observed_at=ago(minutes=3))
    (receipt,) = sync(park.Ph, told)
    assert (receipt["verdict"], odd(receipt)) == ("recorded", []), receipt
    assert len(numbers(made)[0]) == 14
    assert park.P.got(f"manifests/{told['manifest']}")["hazardous"] is True
