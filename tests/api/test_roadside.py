"""At the roadside: what is on a truck, whether it is in order, and who may see it."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.api.parks import HERE, Park, fact, fresh
from tests.api.said import said
from tracker import plates
from tracker.problems import Problem


def look(who: Any, **asked: str) -> dict[str, Any]:
    found: dict[str, Any] = who.got("roadside", query_string=asked)
    for reason in found["verdict"]["reasons"]:
        said(reason)
    return found


def numbers(found: dict[str, Any]) -> list[str]:
    return [item["manifest"]["number"] for item in found["items"]]


def reasons(found: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in found["verdict"]["reasons"]]


def driven(park: Park, plate: str, **given: Any) -> dict[str, Any]:
    """A manifest whose load is on the truck."""
    carrier = {"enterprise": str(park.companies["T"]), "plate": plate}
    manifest = park.issued(park.P.generated(), carriers=[carrier])
    told = fact("picked_up", manifest=manifest["id"], place=HERE, details={"plate": plate}) | given
    park.T.told(told)
    return manifest


# --- plates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["京A12O45", "京A·12045", "京a 12-045", "ａ12045", "A12O45", "京Ａ１２０４５"])
def test_a_plate_is_what_it_is_however_it_is_typed(typed: str) -> None:
    assert plates.key(typed) == "A12045"
    assert plates.same(typed, "京A12045")


def test_another_province_is_another_plate() -> None:
    assert not plates.same("沪A12045", "京A12045")
    assert plates.same("沪A12045", "A12045")


@pytest.mark.parametrize("typed", ["京", "12", "A" * 13])
def test_what_is_no_plate_is_told_so(typed: str) -> None:
    with pytest.raises(Problem, match="plate_unreadable"):
        plates.typed(typed)


def test_the_database_compares_as_the_program_does(park: Park) -> None:
    driven(park, "京B·7O1I9")
    for typed in ("京B70119", "b7o1i9", "京B 7 O 1 I 9"):
        assert len(look(park.I, plate=typed)["items"]) == 1, typed
    assert look(park.I, plate="沪B70119")["items"] == []


# --- what is on it ----------------------------------------------------------------------------------------------------


def test_a_truck_in_order_is_fine_and_says_what_comes_next(park: Park) -> None:
    manifest = driven(park, "京C10001")
    found = look(park.I, plate="京C10001")
    assert (numbers(found), found["verdict"]) == ([manifest["number"]], {"meaning": "fine", "reasons": []})
    (item,) = found["items"]
    assert item["step"]["act"] == "received"
    assert item["step"]["by"]["name_zh"] == "D 有限公司"
    assert item["minutes"] == 0
    assert item["limit_hours"] == 48
    (carrier,) = item["carriers"]
    assert carrier["lacks"] is None
    assert [permit["valid"] for permit in carrier["permits"]] == [True]
    last = item["facts"][0]
    leaf = park.sql('SELECT leaf FROM fact WHERE park_id = :park AND "index" = :at', at=last["index"])[0]["leaf"]
    assert (last["kind"], last["leaf"]) == ("picked_up", bytes(leaf).hex())


def test_number_and_code_lead_to_the_same(park: Park) -> None:
    manifest = driven(park, "京C10002")
    batch = manifest["lines"][0]["batch"]
    label = park.P.got(f"batches/{batch['id']}")["label_text"]
    for asked in (
        {"number": manifest["number"].lower().replace("-", " ")},
        {"code": manifest["label_text"]},
        {"code": manifest["human_code"]},
        {"code": label},
    ):
        assert numbers(look(park.R, **asked)) == [manifest["number"]], asked


def test_two_consignments_on_one_truck(park: Park) -> None:
    both = {driven(park, "京C10003")["number"] for _ in range(2)}
    assert set(numbers(look(park.I, plate="京C10003"))) == both


def test_a_truck_nobody_named_wants_a_second_look(park: Park) -> None:
    found = look(park.I, plate="京Z99999")
    assert (found["items"], found["verdict"]["meaning"], reasons(found)) == ([], "watch", ["roadside_nothing"])


def test_one_that_was_not_picked_up_by_the_record(park: Park) -> None:
    carrier = {"enterprise": str(park.companies["T"]), "plate": "京C10004"}
    park.issued(park.P.generated(), carriers=[carrier])
    found = look(park.I, plate="京C10004")
    assert (found["verdict"]["meaning"], reasons(found)) == ("watch", ["roadside_not_picked_up"])
    assert found["items"][0]["step"]["act"] == "picked_up"
    assert found["items"][0]["minutes"] is None


def test_a_voided_manifest_on_the_road_stops_the_truck(park: Park) -> None:
    manifest = park.issued(park.P.generated())
    park.P.made(f"manifests/{manifest['id']}/void", {"reason": "x"})
    found = look(park.I, number=manifest["number"])
    assert (found["verdict"]["meaning"], reasons(found)) == ("stop", ["roadside_over"])


def test_a_delivered_one_wants_a_second_look(park: Park) -> None:
    _, manifest = park.delivered()
    found = look(park.I, number=manifest["number"])
    assert "roadside_done" in reasons(found)
    assert found["verdict"]["meaning"] == "watch"


def test_too_long_on_the_road(park: Park) -> None:
    manifest = driven(park, "京C10005")
    with park.engine.begin() as connection:
        connection.execute(text("SELECT set_config('tracker.park', :park, true)"), {"park": str(park.key)})
        connection.execute(
            text("UPDATE manifest_carrier SET took_over_at = now() - interval '50 hours' WHERE plate = '京C10005'")
        )
    found = look(park.I, plate="京C10005")
    assert numbers(found) == [manifest["number"]]
    assert reasons(found) == ["roadside_too_long"]
    assert found["items"][0]["minutes"] == 50 * 60


def test_a_carrier_whose_permit_ended_stops_the_truck(park: Park) -> None:
    driven(park, "京C10006")
    mine = {"holder": str(park.companies["T"])}
    with park.engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE NONE"))
        ended = (
            "UPDATE permit SET valid_to = current_date - 1 FROM enterprise e"
            " WHERE e.id = permit.enterprise_id AND e.uuid = CAST(:holder AS uuid)"
        )
        connection.execute(text(ended), mine)
    found = look(park.I, plate="京C10006")
    with park.engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE NONE"))
        connection.execute(text(ended.replace("current_date - 1", "DATE '2035-12-31'")), mine)
    assert (found["verdict"]["meaning"], reasons(found)) == ("stop", ["roadside_no_permit"])
    assert found["items"][0]["carriers"][0]["permits"][0]["valid"] is False


def test_open_findings_are_told_in_words(park: Park) -> None:
    driven(park, "京C10007", place=None)
    found = look(park.I, plate="京C10007")
    assert "place_missing" in [one["code"] for one in found["items"][0]["findings"]]


def test_a_load_handed_on_is_no_longer_on_the_first_truck(park: Park) -> None:
    legs = [
        {"enterprise": str(park.companies["T"]), "plate": "京C10008"},
        {"enterprise": str(park.companies["T2"]), "plate": "京C10009"},
    ]
    manifest = park.issued(park.P.generated(), carriers=legs)
    park.T.told(fact("picked_up", manifest=manifest["id"], place=HERE, details={"plate": "京C10008"}))
    handed = {"carrier": str(park.companies["T2"]), "plate": "京C10009"}
    park.T.told(fact("handed_over", manifest=manifest["id"], place=HERE, details=handed))
    assert look(park.I, plate="京C10008")["items"] == []
    assert numbers(look(park.I, plate="京C10009")) == [manifest["number"]]


def test_a_forged_or_withdrawn_label_stops(park: Park) -> None:
    mine = park.P.made("label-rolls", {"id": fresh(), "count": 1}, 201)
    label = park.P.got(f"label-rolls/{mine['id']}")["labels"][0]
    assert look(park.I, code=label["label_text"])["items"] == []
    park.P.made(f"label-rolls/{mine['id']}/withdraw", {"reason": "丢失"})
    for code, wrong in (
        (label["label_text"], "label_withdrawn"),
        (label["label_text"][:-3] + "AAA", "label_forged"),
        ("https://example.org/M/X", "label_not_ours"),
    ):
        found = park.I.got("roadside", query_string={"code": code})
        assert (found["verdict"]["meaning"], found["label"]["code"]) == ("stop", wrong), found


# --- who may see it ---------------------------------------------------------------------------------------------------


def test_who_tells_facts_sees_only_what_they_have_a_part_in(park: Park) -> None:
    manifest = driven(park, "京C10010")
    for who in (park.P, park.Ph, park.Th, park.D, park.I, park.R):
        assert numbers(look(who, plate="京C10010")) == [manifest["number"]]
    assert look(park.S, plate="京C10010")["items"] == []
    assert park.S.get("roadside", query_string={"number": manifest["number"]}).status_code == 404
    assert park.A.get("roadside", query_string={"plate": "京C10010"}).status_code == 403
    assert park.someone().get("roadside", query_string={"plate": "京C10010"}).status_code == 401


def test_no_driver_no_phone_number_and_no_draft_is_shown(park: Park) -> None:
    carrier = {
        "enterprise": str(park.companies["T"]), "plate": "京C10011", "driver": "王五", "driver_phone": "13800000000",
    }  # fmt: skip
    park.issued(park.P.generated(), carriers=[carrier])
    answer = park.I.get("roadside", query_string={"plate": "京C10011"})
    assert answer.status_code == 200
    assert "王五" not in answer.get_data(as_text=True)
    assert "13800000000" not in answer.get_data(as_text=True)
    draft = park.plan(park.P.generated(), carriers=[carrier | {"plate": "京C10012"}], draft=True)
    park.P.made("manifests", draft, 201)
    assert look(park.I, plate="京C10012")["items"] == []


@pytest.mark.parametrize("asked", [{}, {"plate": "京A12345", "number": "X"}, {"plate": " "}])
def test_it_is_asked_by_one_thing(park: Park, asked: dict[str, str]) -> None:
    assert park.I.get("roadside", query_string=asked).get_json()["code"] == "roadside_what"
