"""Papers over HTTP: printed for whoever may read, ordered and entered by whoever may tell."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.parks import OILY_RAGS, SLUDGE, Park, ago, fact, fresh
from tests.api.test_manifests import refused
from tests.manifests import printed
from tracker import verify


def ordered(park: Park, count: int = 1, who: str = "P", **given: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = park.person(who).made("sheets", {"id": fresh(), "count": count} | given, 201)["items"]
    return items


def sheet(park: Park, number: str, **given: Any) -> dict[str, Any]:
    """A sheet on which P gave two drums to T, and D took them, yesterday."""
    body = {
        "id": fresh(),
        "sheet": number,
        "written_at": ago(hours=26),
        "batches": [
            {"batch": park.P.generated()},
            {"batch": fresh(), "class": SLUDGE, "grams": 2_000_000, "measured": True, "container": "吨桶"},
        ],
        "carriers": [{"enterprise": str(park.companies["T"]), "plate": "京A12345", "took_over_at": ago(hours=25)}],
        "receiver": str(park.companies["D"]),
        "treatment": "D10",
        "received": {"at": ago(hours=20)},
        "signed": [{"side": "generator", "name": "王芳"}, {"side": "receiver", "name": "赵敏"}],
    }
    return body | given


def test_a_sheet_is_ordered_printed_written_entered_and_read(park: Park) -> None:
    order = fresh()
    items = park.P.made("sheets", {"id": order, "count": 2}, 201)["items"]
    assert park.P.made("sheets", {"id": order, "count": 2}, 201)["items"] == items
    answer = park.P.get(f"sheets/{order}/stack.pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert printed.codes(answer.data) == [one["label_text"] for one in items]
    first = items[0]
    assert park.P.got(f"labels/{first['human_code']}")["manifest"] is None
    made = park.P.made("manifests/backfill", sheet(park, first["number"]), 201)
    assert (made["state"], made["lines"][1]["batch"]["container"]) == ("delivered", "吨桶")
    scanned = park.R.got(f"labels/{first['human_code']}")
    assert (scanned["verdict"], scanned["what"], scanned["manifest"]["id"]) == ("genuine", "sheet", made["id"])
    listed = {one["number"]: one["manifest"] for one in park.P.got("sheets")["items"]}
    assert listed[first["number"]] == {name: made[name] for name in ("id", "number", "state")}
    assert listed[items[1]["number"]] is None
    unused = park.P.got("sheets", query_string={"used": "false"})["items"]
    assert first["number"] not in {one["number"] for one in unused}
    assert park.R.got("balance")["closes"] is True
    (report,) = verify.parks(park.engine, [park.key])
    assert report.differences == []


def test_sheets_are_seen_by_whose_they_are(park: Park) -> None:
    order = fresh()
    park.P.made("sheets", {"id": order, "count": 1}, 201)
    assert park.T.get(f"sheets/{order}/stack.pdf").status_code == 404
    assert park.R.get(f"sheets/{order}/stack.pdf").status_code == 200
    assert park.T.got("sheets")["items"] == []
    theirs = ordered(park, 1, "R", enterprise=str(park.companies["D"]))
    assert theirs[0]["enterprise"]["id"] == str(park.companies["D"])
    refused(park.R.post("sheets", {"id": fresh(), "count": 1}), 422, "field_required")
    body = {"id": fresh(), "count": 1, "enterprise": str(park.companies["D"])}
    refused(park.P.post("sheets", body), 403, "not_your_enterprise")
    refused(park.P.post("manifests/backfill", sheet(park, theirs[0]["number"])), 422, "sheet_foreign")


def test_pages_of_sheets_follow_each_other(park: Park) -> None:
    ordered(park, 5)
    first = park.P.get("sheets", query_string={"limit": 3})
    following = park.P.get(first.headers["Link"].partition("<")[2].partition(">")[0])
    numbers = [one["number"] for answer in (first, following) for one in answer.get_json()["items"]]
    assert len(set(numbers)) == len(numbers) >= 5


def test_the_answer_was_lost_and_it_is_entered_again(park: Park) -> None:
    body = sheet(park, ordered(park)[0]["number"])
    first = park.P.made("manifests/backfill", body, 201)
    again = park.P.made("manifests/backfill", body, 201)
    assert (again["number"], again["id"]) == (first["number"], first["id"])
    problem = refused(park.P.post("manifests/backfill", body | {"id": fresh()}), 409, "sheet_used")
    assert first["number"] in problem["en"]


@pytest.mark.parametrize("same", [True, False])
def test_one_sheet_entered_at_one_instant_is_one_manifest(park: Park, same: bool) -> None:
    number = ordered(park)[0]["number"]
    body = sheet(park, number)
    bodies = [body if same else sheet(park, number) for _ in range(4)]
    systems = [park.by_key("P") for _ in bodies]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda pair: pair[0].post("manifests/backfill", pair[1]), zip(systems, bodies, strict=True))
        )
    if same:
        assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
        assert len({answer.get_json()["number"] for answer in answers}) == 1
    else:
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409], [one.text for one in answers]
    assert len(park.sql("SELECT 1 FROM manifest WHERE park_id = :park AND sheet = :sheet", sheet=number)) == 1


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"batches": []}, "manifest_without_batches", "/batches"),
        ({"carriers": []}, "carrier_missing", "/carriers"),
        ({"treatment": ""}, "field_required", "/treatment"),
        ({"written_at": "gestern"}, "time_malformed", "/written_at"),
        ({"sheet": "E-1"}, "manifest_number_unreadable", None),
        ({"surprise": 1}, "field_unknown", "/surprise"),
        ({"remark": "长" * 5_000}, "text_too_long", "/remark"),
        ({"batches": [{"batch": fresh(), "class": SLUDGE, "grams": 10**18}]}, "mass_absurd", None),
        ({"batches": [{"batch": fresh(), "class": SLUDGE}]}, "fact_needs_grams", "/batches/0/grams"),
    ],
)
def test_what_cannot_be_read_is_refused_whole(
    park: Park, change: dict[str, Any], code: str, pointer: str | None
) -> None:
    number = ordered(park)[0]["number"]
    answer = park.P.post("manifests/backfill", sheet(park, number) | change)
    problem = answer.get_json()
    found = [problem, *problem.get("errors", [])]
    assert answer.status_code in (400, 422), answer.text
    assert (code, pointer) in [(one["code"], one["pointer"] if pointer else None) for one in found], problem
    assert park.sql("SELECT 1 FROM manifest WHERE park_id = :park AND sheet = :sheet", sheet=number) == []


def test_papers_are_printed_for_those_who_may_read(park: Park) -> None:
    batch, manifest = park.delivered()
    for who in (park.P, park.D, park.R, park.person("I"), park.person("A")):
        answer = who.get(f"manifests/{manifest['number']}/paper.pdf", query_string={"language": "both"})
        assert (answer.status_code, answer.content_type) == (200, "application/pdf")
        assert manifest["number"] in printed.words(answer.data)
    assert f'filename="{manifest["number"]}.pdf"' in answer.headers["Content-Disposition"]
    refused(park.person("P2").get(f"manifests/{manifest['id']}/paper.pdf"), 404, "not_found")
    refused(park.person("P2").get(f"trace/{batch}/report.pdf"), 404, "not_found")
    refused(
        park.P.get(f"manifests/{manifest['id']}/paper.pdf", query_string={"language": "fr"}), 422, "field_malformed"
    )
    for what in (batch, manifest["number"]):
        report = park.P.get(f"trace/{what}/report.pdf", query_string={"language": "en", "direction": "down"})
        assert report.status_code == 200
        assert "closes,tothegram" in printed.words(report.data)


def test_a_draft_is_printed_for_its_writer_alone(park: Park) -> None:
    plan = park.plan(park.P.generated(**{"class": OILY_RAGS}), draft=True)
    park.P.made("manifests", plan, 201)
    answer = park.P.get(f"manifests/{plan['id']}/paper.pdf")
    assert 'filename="draft.pdf"' in answer.headers["Content-Disposition"]
    assert "草稿" in printed.words(answer.data)
    refused(park.R.get(f"manifests/{plan['id']}/paper.pdf"), 404, "not_found")


def test_later_facts_go_on_from_the_paper(park: Park) -> None:
    body = sheet(park, ordered(park)[0]["number"], received=None, signed=[])
    made = park.P.made("manifests/backfill", body, 201)
    assert made["state"] == "under_way"
    told = park.D.told(fact("received", manifest=made["id"], details={"outcome": "whole"}))
    assert "act_not_yours" not in [one["code"] for one in told["findings"]]
    assert park.P.got(f"manifests/{made['id']}")["state"] == "delivered"
