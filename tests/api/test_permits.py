"""Permits over HTTP: who may write them, that a regulator confirms them, and the rules of the park."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.api.parks import Park, Person, fresh
from tests.api.test_manifests import refused
from tracker import clock, workdays

TODAY = clock.day_of(datetime.now(UTC))


def body(**changed: Any) -> dict[str, Any]:
    return {
        "id": fresh(),
        "number": f"冀固废许〔2026〕第 {fresh()[-6:]} 号（临）-副本2",
        "acts_as": "receiver",
        "codes": ["CN-SW:*", "CN-HW:*-08", "CN-HW:900-041-49"],
        "treatments": ["R4", "D10"],
        "annual_grams": 5_000_000_000,
        "valid_from": "2026-01-01",
        "valid_to": "2026-12-31",
        "divisions": ["11", "1301", "130981"],
        "ends_trace": True,
    } | changed


def _holder(park: Park, who: str) -> str:
    return str(park.companies[who])


def _edit(of: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {name: value for name, value in of.items() if name not in ("id", "acts_as")} | changed


def _made(who: Person, park: Park, of: str, **changed: Any) -> tuple[dict[str, Any], str]:
    written = body(**changed)
    answer = who.post(f"enterprises/{_holder(park, of)}/permits", written)
    assert answer.status_code == 201, answer.text
    return written, answer.headers["ETag"]


def test_a_regulator_puts_a_permit_on_record_and_it_holds_at_once(park: Park) -> None:
    written, tag = _made(park.R, park, "P2")
    shown = park.P.get(f"permits/{written['id']}")
    assert shown.headers["ETag"] == tag
    found = shown.get_json()
    assert {name: found[name] for name in written} == written
    assert (found["confirmed"], found["left_grams"]) == (True, 5_000_000_000)
    path = f"enterprises/{_holder(park, 'P2')}/permits"
    again = park.R.post(path, written)
    assert (again.status_code, again.headers["ETag"]) == (201, tag)
    on_page = park.P.get(f"enterprises/{_holder(park, 'P2')}").get_json()["permits"]
    assert [permit["id"] for permit in on_page if permit["number"] == written["number"]] == [written["id"]]
    problem = refused(park.R.post(path, body(number=written["number"])), 409, "permit_number_taken")
    assert problem["pointer"] == "/number"
    refused(park.R.post(path, written | {"codes": ["CN-SW:*"]}), 409, "permit_number_taken")


def test_nobody_gives_himself_a_permit(park: Park) -> None:
    """What the holder writes opens no gate until a regulator has seen it, and then the holder can no longer edit it."""
    written, tag = _made(park.P, park, "P", annual_grams=None)
    path = f"permits/{written['id']}"
    assert park.P.get(path).get_json()["confirmed"] is False
    plan = park.plan(park.D.generated(), treatment="R4") | {"receiver": _holder(park, "P")}
    refused(park.D.post("manifests", plan), 422, "receiver_without_permit")
    changed = park.P.put(path, _edit(written, treatments=["R4"], divisions=[]), headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    refused(park.R.post(f"{path}/confirm", headers={"If-Match": tag}), 412, "changed_meanwhile")
    confirmed = park.R.post(f"{path}/confirm", headers={"If-Match": changed.headers["ETag"]})
    assert (confirmed.status_code, confirmed.get_json()["confirmed"]) == (200, True)
    assert park.D.post("manifests", plan).status_code == 201
    tag = confirmed.headers["ETag"]
    refused(park.P.put(path, _edit(written), headers={"If-Match": tag}), 422, "permit_is_confirmed")
    assert park.R.put(path, _edit(written, annual_grams=1), headers={"If-Match": tag}).status_code == 200


def test_a_permit_is_the_business_of_its_holder_and_of_the_park(park: Park) -> None:
    written, tag = _made(park.D, park, "D")
    path = f"permits/{written['id']}"
    refused(park.P.put(path, _edit(written), headers={"If-Match": tag}), 403, "not_your_enterprise")
    refused(park.P.post(f"{path}/end", {"day": "2026-11-21"}, headers={"If-Match": tag}), 403, "not_your_enterprise")
    refused(park.P.post(f"enterprises/{_holder(park, 'D')}/permits", body()), 403, "not_your_enterprise")
    refused(park.D.post(f"{path}/confirm", headers={"If-Match": tag}), 403, "role_may_not")


def test_an_edit_says_what_it_has_read(park: Park) -> None:
    written, tag = _made(park.R, park, "D")
    path = f"permits/{written['id']}"
    refused(park.R.put(path, _edit(written)), 428, "edit_without_etag")
    refused(park.R.post(f"{path}/end", {"day": "2026-11-21"}), 428, "edit_without_etag")
    renamed = f"更名 {fresh()}"
    assert park.R.put(path, _edit(written, number=renamed), headers={"If-Match": tag}).get_json()["number"] == renamed
    refused(park.R.put(path, _edit(written), headers={"If-Match": tag}), 412, "changed_meanwhile")


def test_an_ended_permit_opens_no_gate_from_that_day_on(park: Park) -> None:
    written, tag = _made(park.R, park, "P2", codes=["EWC:*", "CN-SW:*"], divisions=[], valid_from="2020-01-01")
    plan = park.plan(park.D.generated(), treatment="R4") | {"receiver": _holder(park, "P2")}
    for permit in park.P.get(f"enterprises/{_holder(park, 'P2')}").get_json()["permits"]:
        answer = park.R.post(
            f"permits/{permit['id']}/end", {"day": TODAY.isoformat()}, headers={"If-Match": f'"{permit["revision"]}"'}
        )
        assert (answer.status_code, answer.get_json()["ended_on"]) == (200, TODAY.isoformat())
    refused(park.D.post("manifests", plan), 422, "receiver_without_permit")
    refused(
        park.R.post(f"permits/{written['id']}/end", {"day": "2026-11-21"}, headers={"If-Match": tag}),
        412,
        "changed_meanwhile",
    )


@pytest.mark.parametrize(
    ("changed", "code", "pointer"),
    [
        ({"codes": []}, "permit_without_codes", "/codes"),
        ({"codes": ["CN-SW:*", "随便"]}, "permit_pattern_malformed", "/codes/1"),
        ({"codes": ["CN-HW:*-*"]}, "permit_pattern_malformed", "/codes/0"),
        ({"codes": ["CN-HW:"]}, "permit_pattern_malformed", "/codes/0"),
        ({"codes": ["900-041-49"]}, "permit_pattern_malformed", "/codes/0"),
        ({"treatments": ["R4", "R99"]}, "treatment_unknown", "/treatments/1"),
        ({"divisions": ["110"]}, "division_malformed", "/divisions/0"),
        ({"divisions": ["１１"]}, "division_malformed", "/divisions/0"),
        ({"valid_to": "2025-12-31"}, "permit_days_reversed", "/valid_to"),
        ({"valid_to": "2026-02-30"}, "day_malformed", "/valid_to"),
        ({"valid_to": 20261231}, "day_malformed", "/valid_to"),
        ({"annual_grams": 0}, "mass_not_positive", "/annual_grams"),
        ({"annual_grams": 1.5}, "mass_not_whole_grams", "/annual_grams"),
        ({"acts_as": "boss"}, "field_malformed", "/acts_as"),
        ({"number": "  "}, "field_required", "/number"),
        ({"ends_trace": "yes"}, "field_malformed", "/ends_trace"),
    ],
)
def test_what_is_no_permit_is_refused_at_its_field(
    park: Park, changed: dict[str, Any], code: str, pointer: str
) -> None:
    answer = park.R.post(f"enterprises/{_holder(park, 'D')}/permits", body(**changed))
    assert 400 <= answer.status_code < 500, answer.text
    problem = answer.get_json()
    assert (problem["code"], problem["pointer"]) == (code, pointer)


@pytest.mark.parametrize("number", ["京危废01", "JS3201OOI578", "第7号 / 临时", "№ 5 🚛", "x" * 200])
def test_numbers_are_as_the_paper_has_them(park: Park, number: str) -> None:
    written, _ = _made(park.R, park, "T2", number=number, acts_as="carrier", treatments=[])
    assert park.R.get(f"permits/{written['id']}").get_json()["number"] == number


def test_the_phone_knows_the_rules_before_anybody_confirms(park: Park) -> None:
    rules = park.T.get("profile").get_json()
    assert rules["name"] == "national"
    assert rules["mismatch"] == {"kind": "report", "weight": "report", "time": "report"}
    by_key = {rule["key"]: rule for rule in rules["rules"]}
    assert (by_key["deadlines.receipt"]["confirmed"], by_key["across.use"]["law"][-5:]) == (False, "第二十二条")
    assert [one["name"] for one in rules["sections"]] == list(dict.fromkeys(rule["section"] for rule in rules["rules"]))
    plate = next(one for one in rules["required"] if one["key"] == "at_issue.plate")
    assert (plate["hazardous"], plate["general"], plate["pointer"], plate["when"]) == (
        True, False, "/carriers/*/plate", "issue",
    )  # fmt: skip
    receipt = next(one for one in rules["deadlines"] if one["key"] == "deadlines.receipt")
    until = workdays.working_days_after(TODAY, 5)
    assert (receipt["from"], receipt["until"]) == (TODAY.isoformat(), until.isoformat())
    assert receipt["calendar"] == workdays.basis(TODAY, until)
    assert rules["treatment_kinds"]["C5"] == "storage"


def test_a_filing_travels_over_http(park: Park) -> None:
    plan = park.plan(park.P.generated()) | {"filing_number": "京环备 1", "filing_valid_to": str(date(2020, 1, 1))}
    problem = refused(park.P.post("manifests", plan), 422, "filing_ended")
    assert problem["pointer"] == "/filing_valid_to"
    plan["filing_valid_to"] = str(TODAY + timedelta(days=30))
    assert park.P.post("manifests", plan).status_code == 201
