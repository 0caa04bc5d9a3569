"""Numbers as people type them, numbers of other systems, and numbers given out in blocks."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.parks import OILY_RAGS, Park, fact, fresh
from tests.api.said import said

CLIENTS, EACH = 8, 12


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, (answer.status_code, answer.text)
    problem: dict[str, Any] = answer.get_json()
    assert problem["code"] == code, problem
    said(problem)
    return problem


def _rags(park: Park) -> str:
    """A batch of hazardous waste of P."""
    batch = fresh()
    park.P.told(fact("generated", batch, grams=1000, measured=False, details={"class": OILY_RAGS}))
    return batch


@pytest.fixture(scope="module")
def manifest(park: Park) -> dict[str, Any]:
    return park.issued(_rags(park))


@pytest.fixture(scope="module")
def general(park: Park) -> dict[str, Any]:
    return park.issued(park.P.generated())


# --- typed ------------------------------------------------------------------------------------------------------------


def _full_width(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def test_a_number_is_found_however_it_is_typed(park: Park, manifest: dict[str, Any], general: dict[str, Any]) -> None:
    for one in (manifest, general):
        number = one["number"]
        plain = number.replace("-", "")
        spaced = " ".join(re.findall(".{1,4}", plain))
        for typed in (
            number,
            _full_width(number),
            spaced,
            f" {plain.lower()} ",
            "—".join(plain),
            plain.replace("0", "O"),
        ):
            assert park.P.got(f"manifests/{typed}")["id"] == one["id"], typed
            assert park.P.got(f"trace/{typed}")["root"]["id"] == one["id"], typed
            assert park.P.got(f"labels/{typed}")["manifest"]["id"] == one["id"], typed
            found = park.P.got("search", query_string={"q": typed})
            assert [hit["id"] for hit in found["items"]] == [one["id"]], typed
            listed = park.P.got("manifests", query_string={"q": typed})["items"]
            assert [hit["id"] for hit in listed] == [one["id"]], typed


def test_the_human_code_of_its_label_leads_to_it_too(park: Park, manifest: dict[str, Any]) -> None:
    code = manifest["human_code"]
    assert park.P.got(f"manifests/{code.lower()}")["id"] == manifest["id"]
    assert park.P.got("search", query_string={"q": code[:7]})["items"][0]["id"] == manifest["id"]


def test_its_serial_or_its_beginning_is_enough_for_a_search(park: Park, manifest: dict[str, Any]) -> None:
    for typed in (str(int(manifest["number"][-6:])), manifest["number"][:12], manifest["number"][:6]):
        for path in ("search", "manifests"):
            found = [hit["id"] for hit in park.R.got(path, query_string={"q": typed})["items"]]
            assert manifest["id"] in found, (path, typed)


@pytest.mark.parametrize(
    ("typed", "code", "status"),
    [
        ("2026110100004", "manifest_number_length", 422),
        ("202611010000421", "manifest_number_length", 422),
        ("20991101000042", "manifest_year_implausible", 422),
        ("20269901000042", "manifest_region_unknown", 422),
        ("2026110100004X", "manifest_number_not_digits", 422),
        ("20261101000000", "manifest_serial_zero", 422),
        ("20261101999999", "manifest_number_unknown", 404),
        ("20263101000001", "manifest_number_elsewhere", 404),
        ("nonsense", "not_found", 404),
    ],
)
def test_a_mistyped_number_is_told_what_is_wrong_with_it(park: Park, typed: str, code: str, status: int) -> None:
    refused(park.P.get(f"manifests/{typed}"), status, code)
    refused(park.P.get(f"trace/{typed}"), status, code)
    refused(park.P.get(f"manifests/{typed}/next"), status, code)
    answer = park.P.got("search", query_string={"q": typed})
    assert answer["items"] == []
    assert (answer["problem"] or {"code": "not_found"})["code"] == code
    label = park.P.got(f"labels/{typed}")
    assert label["verdict"] in ("unreadable", "not_issued")
    assert label["problem"]["code"] == (code if code != "not_found" else "human_code_unreadable")


def test_a_wrong_check_character_is_said_to_be_wrong(park: Park, general: dict[str, Any]) -> None:
    number = general["number"]
    wrong = number[:-1] + ("A" if number[-1] != "A" else "B")
    refused(park.P.get(f"manifests/{wrong}"), 422, "manifest_number_mistyped")
    assert park.P.got("search", query_string={"q": wrong})["problem"]["code"] == "manifest_number_mistyped"


def test_a_number_of_an_earlier_rule_is_still_found(park: Park) -> None:
    one = park.issued(park.P.generated())
    park.sql("UPDATE manifest SET number = 'ALT/7/42' WHERE park_id = :park AND uuid = :id", id=one["id"])
    assert park.P.get("manifests/ALT/7/42").status_code == 404  # an address has no room for it
    park.sql("UPDATE manifest SET number = 'ALT-7-42' WHERE park_id = :park AND uuid = :id", id=one["id"])
    assert park.P.got("manifests/alt-7-42")["id"] == one["id"]
    park.sql("UPDATE manifest SET number = :n WHERE park_id = :park AND uuid = :id", id=one["id"], n=one["number"])


# --- given without a gap ----------------------------------------------------------------------------------------------


def test_eight_clients_get_every_number_once_and_leave_none_out(park: Park) -> None:
    batches = [park.P.generated() for _ in range(CLIENTS * EACH)]
    plans = [park.plan(batch) for batch in batches]
    people = [park.by_key("P") for _ in range(CLIENTS)]
    before = park.sql("SELECT last FROM number_series WHERE park_id = :park AND series LIKE 'general-%'")
    first = before[0]["last"] if before else 0

    def work(at: int) -> list[str]:
        return [people[at].made("manifests", plan, 201)["number"] for plan in plans[at::CLIENTS]]

    with ThreadPoolExecutor(CLIENTS) as pool:
        numbers = [number for share in pool.map(work, range(CLIENTS)) for number in share]
    serials = sorted(int(number.split("-")[2]) for number in numbers)
    assert serials == list(range(first + 1, first + 1 + CLIENTS * EACH))


def test_the_answer_to_an_issue_is_what_is_read_afterwards(park: Park) -> None:
    made = park.issued(park.P.generated())
    assert park.P.got(f"manifests/{made['id']}") == made


# --- numbers of other systems -----------------------------------------------------------------------------------------


def _external(number: str, system: str = "province", **given: str) -> dict[str, Any]:
    return {"system": system, "number": number} | given


def test_an_external_number_stands_beside_ours_and_is_found(park: Park) -> None:
    one = park.issued(park.P.generated())
    path = f"manifests/{one['id']}/external-numbers"
    park.D.made(path, _external("沪 ERP-2026/007", "erp", name="D 厂 SAP"), 201)
    park.P.made(path, _external("31010020260042"), 201)
    shown = park.P.got(f"manifests/{one['id']}")["external_numbers"]
    assert [(each["system"], each["name"], each["number"]) for each in shown] == [
        ("erp", "D 厂 SAP", "沪 ERP-2026/007"),
        ("province", "", "31010020260042"),
    ]
    for typed in ("沪erp2026007", "3101 0020 2600 42", "31010020"):
        for path_ in ("search", "manifests"):
            found = park.P.got(path_, query_string={"q": typed})["items"]
            assert [hit["id"] for hit in found] == [one["id"]], (path_, typed)
    assert park.person("P2").got("search", query_string={"q": "31010020260042"})["items"] == []
    refused(park.person("P2").get(path), 404, "not_found")
    # Told again it is the same.
    assert len(park.P.made(path, _external("3101-0020-2600-42"), 201)["items"]) == 2


def test_an_external_number_is_never_silently_overwritten(park: Park) -> None:
    one, two = (park.issued(park.P.generated()) for _ in range(2))
    path = f"manifests/{one['id']}/external-numbers"
    (first,) = park.P.made(path, _external("SH-1", "customs"), 201)["items"]
    said_ = refused(park.P.post(path, _external("SH-2", "customs")), 409, "external_number_present")
    assert said_["params"]["number"] == "SH-1"
    taken = refused(
        park.D.post(f"manifests/{two['id']}/external-numbers", _external("sh1", "customs")),
        409,
        "external_number_taken",
    )
    assert one["number"] not in str(taken)
    refused(park.T.post(f"{path}/{first['id']}/remove", {"reason": "x"}), 403, "external_number_not_yours")
    refused(park.P.post(f"{path}/{10**12}/remove", {"reason": "x"}), 404, "not_found")
    for _ in range(2):
        (kept,) = park.P.made(f"{path}/{first['id']}/remove", {"reason": "抄错了"})["items"]
        assert (kept["number"], kept["removed_why"]) == ("SH-1", "抄错了")
    assert park.P.got(f"manifests/{one['id']}")["external_numbers"] == []
    assert park.P.got("search", query_string={"q": "SH-1"})["items"] == []
    park.P.made(path, _external("SH-2", "customs"), 201)
    park.D.made(f"manifests/{two['id']}/external-numbers", _external("SH-1", "customs"), 201)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (_external("——"), "external_number_unreadable"),
        (_external("7", "erp"), "external_system_unnamed"),
        (_external("7", "erp", name=" "), "external_system_unnamed"),
        (_external("7\x00"), "text_not_plain"),
        (_external("7" * 61), "text_too_long"),
        (_external("7", "sap"), "field_malformed"),
    ],
)
def test_an_external_number_nobody_can_read_is_refused(
    park: Park, manifest: dict[str, Any], body: Any, code: str
) -> None:
    refused(park.P.post(f"manifests/{manifest['id']}/external-numbers", body), 422, code)


def test_the_database_lets_nobody_change_or_delete_one(park: Park) -> None:
    for change in (
        "UPDATE external_number SET number = 'x'",
        "DELETE FROM external_number",
        "DELETE FROM number_block",
    ):
        with pytest.raises(Exception, match="permission denied"):
            park.sql(change)


# --- blocks -----------------------------------------------------------------------------------------------------------


def _block(count: int = 3, **given: Any) -> dict[str, Any]:
    return {"id": fresh(), "hazardous": False, "count": count, "holder_kind": "device", "holder": "3 号手机"} | given


def test_a_number_of_a_block_is_used_once(park: Park) -> None:
    before = park.issued(park.P.generated())["number"]
    asked = _block()
    block = park.P.made("number-blocks", asked, 201)
    assert park.P.made("number-blocks", asked, 201) == block, "asked again, it is the same block"
    numbers = [each["number"] for each in block["numbers"]]
    serials = [int(number.split("-")[2]) for number in (before, *numbers)]
    assert serials == list(range(serials[0], serials[0] + 4))
    after = park.issued(park.P.generated())["number"]
    assert int(after.split("-")[2]) == serials[-1] + 1, "the series goes on behind the block"
    used = park.issued(park.P.generated(), number=numbers[1].lower().replace("-", " "))
    assert used["number"] == numbers[1]
    refused(park.P.post("manifests", park.plan(park.P.generated(), number=numbers[1])), 409, "number_used_already")
    refused(park.P.post("manifests", park.plan(_rags(park), number=numbers[2])), 422, "number_of_other_kind")
    stolen = park.plan(park.person("P2").generated(), number=numbers[2])
    refused(park.person("P2").post("manifests", stolen), 422, "number_not_in_block")
    refused(park.P.post("manifests", park.plan(park.P.generated(), number=before)), 422, "number_not_in_block")
    whole = park.P.got(f"number-blocks/{block['id']}")
    assert [(each["state"], each["manifest"]) for each in whole["numbers"]] == [
        ("open", None), ("used", used["id"]), ("open", None),
    ]  # fmt: skip
    refused(park.person("P2").get(f"number-blocks/{block['id']}"), 404, "not_found")


def test_two_phones_cannot_both_use_the_same_number(park: Park) -> None:
    (number,) = [each["number"] for each in park.P.made("number-blocks", _block(1), 201)["numbers"]]
    plans = [park.plan(park.P.generated(), number=number) for _ in range(4)]
    people = [park.by_key("P") for _ in plans]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda at: people[at].post("manifests", plans[at]).status_code, range(4)))
    assert sorted(answers) == [201, 409, 409, 409]


def test_what_is_left_of_a_block_is_returned_and_never_given_again(park: Park) -> None:
    block = park.P.made("number-blocks", _block(), 201)
    number = block["numbers"][0]["number"]
    path = f"number-blocks/{block['id']}/close"
    refused(park.person("P2").post(path, {"outcome": "returned", "reason": "x"}), 404, "not_found")
    for _ in range(2):
        closed = park.P.made(path, {"outcome": "returned", "reason": "班次结束"})
        assert (closed["open"], closed["returned"], closed["closed_why"]) == (0, 3, "班次结束")
    refused(park.P.post("manifests", park.plan(park.P.generated(), number=number)), 409, "number_used_already")
    following = park.issued(park.P.generated())["number"]
    assert following not in [each["number"] for each in block["numbers"]]


def test_a_block_of_nobody_s_size_is_refused_and_takes_no_number(park: Park) -> None:
    for count in (0, -1, 501, 10**30):
        assert park.P.post("number-blocks", _block(count)).status_code == 422
    before = park.issued(park.P.generated())["number"]
    after = park.issued(park.P.generated())["number"]
    assert int(after.split("-")[2]) == int(before.split("-")[2]) + 1


def test_every_serial_of_a_series_is_explained(park: Park) -> None:
    """On a manifest or in a named block: nothing else."""
    rows = park.sql("SELECT series, last FROM number_series WHERE park_id = :park AND series LIKE 'general-%'")
    on_paper = {
        int(row["number"].split("-")[2])
        for row in park.sql(
            "SELECT number FROM manifest WHERE park_id = :park AND NOT hazardous AND number IS NOT NULL"
        )
    }
    in_blocks = {row["serial"] for row in park.sql("SELECT serial FROM block_serial WHERE park_id = :park")}
    assert on_paper | in_blocks == set(range(1, rows[0]["last"] + 1))
    used = {
        row["serial"] for row in park.sql("SELECT serial FROM block_serial WHERE park_id = :park AND state = 'used'")
    }
    assert on_paper & in_blocks == used
