"""Manifests over HTTP: drafts and their ETag, asking twice, voiding, other stories' refusals."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.parks import HERE, OILY_RAGS, SLUDGE, Park, fact, fresh


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, (answer.status_code, answer.text)
    problem: dict[str, Any] = answer.get_json()
    assert problem["code"] == code, problem
    assert problem["zh"] != problem["en"]
    return problem


def test_a_draft_is_changed_only_by_whoever_read_it_last(park: Park) -> None:
    batch = park.P.generated()
    plan = park.plan(batch, draft=True, remark="先占位")
    answer = park.P.post("manifests", plan)
    assert answer.status_code == 201
    tag = answer.headers["ETag"]
    draft = answer.get_json()
    assert (draft["state"], draft["number"], draft["remark"]) == ("draft", None, "先占位")
    path = f"manifests/{plan['id']}"
    refused(park.P.put(path, plan), 428, "edit_without_etag")
    for stale in ('"99"', '"x"', '"-1"', "*", '"1', '""', '"' + "9" * 5000 + '"'):
        refused(park.P.put(path, plan, headers={"If-Match": stale}), 412, "changed_meanwhile")
    changed = park.P.put(path, plan | {"remark": "改好了", "treatment": "R4"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.get_json()["remark"]) == (200, "改好了")
    assert changed.headers["ETag"] != tag
    assert park.P.get(path).headers["ETag"] == changed.headers["ETag"]
    refused(park.P.put(path, plan, headers={"If-Match": tag}), 412, "changed_meanwhile")
    # Of one's own alone: nobody else knows there is one.
    for who in (park.T, park.D, park.R):
        assert who.get(path).status_code == 404
    refused(park.D.put(path, plan, headers={"If-Match": tag}), 404, "not_found")
    issued = park.P.made(path + "/issue")
    assert (issued["state"], issued["treatment"], issued["remark"]) == ("issued", "R4", "改好了")
    assert issued["number"]
    # The answer was lost: asked again, it is the same.
    assert park.P.made(path + "/issue")["number"] == issued["number"]
    refused(park.P.put(path, plan, headers={"If-Match": changed.headers["ETag"]}), 422, "manifest_not_draft")


def test_a_plan_for_another_id_than_the_address_says_is_not_filed_under_either(park: Park) -> None:
    plan = park.plan(park.P.generated(), draft=True)
    tag = park.P.post("manifests", plan).headers["ETag"]
    other = plan | {"id": fresh()}
    problem = refused(park.P.put(f"manifests/{plan['id']}", other, headers={"If-Match": tag}), 422, "field_malformed")
    assert problem["pointer"] == "/id"


def test_asking_twice_for_the_same_manifest_makes_one(park: Park) -> None:
    plan = park.plan(park.P.generated())
    first = park.P.made("manifests", plan, 201)
    again = park.P.made("manifests", plan, 201)
    assert (again["number"], again["label_text"], again["id"]) == (first["number"], first["label_text"], first["id"])
    assert len(park.R.got(f"trace/{plan['id']}")["facts"]) == 2
    refused(park.P.post("manifests", plan | {"treatment": "R4"}), 409, "manifest_id_taken")
    refused(park.person("P2").post("manifests", plan), 409, "manifest_id_taken")


def test_asking_twice_for_the_same_draft_makes_one(park: Park) -> None:
    plan = park.plan(park.P.generated(), draft=True)
    first = park.P.made("manifests", plan, 201)
    assert park.P.made("manifests", plan, 201) == first
    refused(park.P.post("manifests", plan | {"remark": "anders"}), 409, "manifest_id_taken")
    mine = park.person("P2").generated()
    for draft in (True, False):
        stolen = park.plan(mine, id=plan["id"], draft=draft)
        refused(park.person("P2").post("manifests", stolen), 409, "manifest_id_taken")
    assert park.P.got(f"manifests/{plan['id']}") == first


def test_the_same_plan_asked_at_one_instant_makes_one(park: Park) -> None:
    plan = park.plan(park.P.generated())
    systems = [park.by_key("P") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda system: system.post("manifests", plan), systems))
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.get_json()["number"] for answer in answers}) == 1


def test_one_batch_on_two_manifests_at_one_instant_is_on_one(park: Park) -> None:
    batch = park.P.generated()
    systems = [park.by_key("P") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda system: system.post("manifests", park.plan(batch)), systems))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
    assert {answer.get_json()["code"] for answer in answers if answer.status_code == 422} == {"batch_not_free"}


def test_a_manifest_is_voided_before_pickup_and_not_after(park: Park) -> None:
    batch = park.P.generated()
    manifest = park.issued(batch)
    path = f"manifests/{manifest['id']}/void"
    refused(park.D.post(path, {"reason": "x"}), 403, "not_your_enterprise")
    refused(park.P.post(path, {"reason": "  "}), 422, "field_required")
    voided = park.P.made(path, {"reason": "开错了"})
    assert voided["state"] == "voided"
    assert park.P.got(f"batches/{batch}")["state"] == "on_site"
    assert park.P.got(f"batches/{batch}")["manifest"] is None
    refused(park.P.post(path, {"reason": "again"}), 422, "manifest_not_voidable")
    second = park.issued(batch)
    park.T.told(fact("picked_up", manifest=second["id"], place=HERE))
    refused(park.R.post(f"manifests/{second['id']}/void", {"reason": "x"}), 422, "manifest_not_voidable")


def test_a_foreign_carrier_is_typed_in_and_found_out(park: Park) -> None:
    batch = park.P.generated(**{"class": OILY_RAGS})
    carrier = {"name": "河北路通运输", "permit_number": "冀危运 0231", "plate": "冀B77777"}
    manifest = park.issued(batch, carriers=[carrier])
    assert manifest["hazardous"] is True
    (leg,) = manifest["carriers"]
    assert (leg["party"]["name_zh"], leg["party"]["uscc"], leg["plate"]) == ("河北路通运输", None, "冀B77777")
    assert [one["code"] for one in manifest["findings"]] == ["carrier_unregistered"]


def test_a_part_is_refused_and_the_rest_is_used_up_to_the_gram(park: Park) -> None:
    """Story 5: 10 t arrive, 7 t go back, and from the 3 t no more is taken than there is."""
    batch, part = park.P.generated(10_000_000), fresh()
    manifest = park.issued(batch)
    park.T.told(fact("picked_up", manifest=manifest["id"], place=HERE))
    details = {
        "outcome": "part",
        "cause": "not_conform",
        "refused": [{"batch": batch, "refused_grams": 7_000_000, "into": part}],
    }
    told = fact("received", batch, grams=3_000_000, measured=True, manifest=manifest["id"], place=HERE, details=details)
    park.D.told(told)
    assert park.P.got(f"manifests/{manifest['id']}")["lines"][0]["refused_grams"] == 7_000_000
    assert park.T.got(f"batches/{part}")["grams"] == 7_000_000
    park.T.told(fact("returned", part, manifest=manifest["id"], place=HERE))
    assert park.P.got(f"batches/{part}")["holder"]["id"] == str(park.companies["P"])
    for grams in (1_500_000, 1_000_000):
        park.D.told(fact("treated", batch, grams=grams, details={"treatment": "R4"}))
    (receipt,) = park.D.tell(fact("treated", batch, grams=1_000_000, details={"treatment": "R4"}))
    assert "mass_exceeds_batch" in [one["code"] for one in receipt["findings"]]
    again = park.D.post("manifests", park.plan(batch, receiver=str(park.companies["S"])))
    refused(again, 422, "batch_not_free")
    assert park.R.got("balance")["closes"] is True


def test_two_carriers_scan_the_same_batch_and_the_second_is_kept_as_evidence(park: Park) -> None:
    batch = park.P.generated()
    carriers = [{"enterprise": str(park.companies[name])} for name in ("T", "T2")]
    manifest = park.issued(batch, carriers=carriers)
    first = fact("picked_up", batch, manifest=manifest["id"], place=HERE, details={"plate": "京A11111"})
    second = fact("picked_up", batch, manifest=manifest["id"], place=HERE, details={"plate": "京B22222"})
    park.T.told(first)
    (late,) = park.T2.tell(second)
    assert (late["verdict"], late["winner"]) == ("conflict", first["id"])
    assert [(one["id"], one["verdict"]) for one in park.R.got(f"batches/{batch}/facts")["items"][:2]] == [
        (second["id"], "conflict"),
        (first["id"], "recorded"),
    ]


@pytest.mark.parametrize("query", ["%", "_", "\\", "'", "”", "P 有限", " "])
def test_lists_are_searched_by_what_was_typed_and_not_by_a_pattern(park: Park, query: str) -> None:
    found = park.R.got("manifests", query_string={"q": query})["items"]
    assert bool(found) == (query in ("P 有限", " "))
    park.R.got("enterprises", query_string={"q": query})
    park.R.got("catalogue/classes", query_string={"q": query})


def test_a_batch_is_made_under_the_class_the_list_has(park: Park) -> None:
    found = park.P.got("catalogue/classes", query_string={"q": SLUDGE["code"]})["items"]
    assert found[0]["code"] == SLUDGE["code"]
    about = park.P.got(f"catalogue/classes/CN-SW/2024/{SLUDGE['code']}")
    assert about["name_zh"] == found[0]["name_zh"]
    treatments = {one["code"] for one in park.P.got("catalogue/treatments")["items"]}
    assert {"R4", "D10"} <= treatments


def test_who_ships_by_the_thousand_is_told_the_number_and_no_more(park: Park) -> None:
    plan = park.plan(park.P.generated())
    answers = [park.P.post("manifests", plan, headers={"Prefer": "return=minimal"}) for _ in range(2)]
    assert [(answer.status_code, answer.data) for answer in answers] == [(204, b""), (204, b"")]
    where = answers[0].headers["Location"]
    assert where == answers[1].headers["Location"]
    assert park.P.got(where.removeprefix("/api/v1/"))["id"] == plan["id"]


def test_a_manifest_is_found_by_however_much_of_its_number(park: Park) -> None:
    number = None
    for _ in range(3):
        where = park.P.post("manifests", park.plan(park.P.generated()), headers={"Prefer": "return=minimal"}).headers
        number = where["Location"].rpartition("/")[2]
    assert number
    for length in range(number.index("-") + 1, len(number)):
        for who in (park.R, park.P, park.T):
            every = [one["number"] for one in who.got("manifests", query_string={"limit": 200})["items"]]
            alike = [one for one in every if one and one.startswith(number[:length])]
            for state in ({}, {"state": "issued"}):
                asked = {"q": number[:length], "limit": 200} | state
                found = [one["number"] for one in who.got("manifests", query_string=asked)["items"]]
                assert number in found
                assert state or found == alike
            page = who.got("manifests", query_string={"q": number[:length], "limit": 1})["items"]
            assert [one["number"] for one in page] == alike[:1]
