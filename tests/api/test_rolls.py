"""Label rolls: blank labels, put on new batches with a network and without, each on one."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from manifests import code
from tests.api.parks import OILY_RAGS, SLUDGE, Park, Person, fact, fresh
from tests.api.said import said


def roll(who: Person, count: int = 5) -> dict[str, Any]:
    """A roll with its labels."""
    made = who.made("label-rolls", {"id": fresh(), "count": count}, 201)
    whole: dict[str, Any] = who.got(f"label-rolls/{made['id']}")
    return whole


def under(label: dict[str, Any], batch: str | None = None, **details: Any) -> dict[str, Any]:
    """The generation of a batch that was put under a label."""
    waste = {"class": SLUDGE, "label": label["id"]} | details
    return fact("generated", batch or fresh(), grams=182_000, measured=True, details=waste)


def codes(receipt: dict[str, Any]) -> list[str]:
    """What is odd about it, notes on the class aside."""
    return [finding["code"] for finding in receipt["findings"] if finding["severity"] != "note"]


def test_a_roll_is_logged_before_it_is_printed_and_names_its_enterprise(park: Park) -> None:
    whole = roll(park.P, 7)
    assert (whole["count"], whole["open"], whole["used"], whole["spoilt"]) == (7, 7, 0, 0)
    assert len({label["human_code"] for label in whole["labels"]}) == 7
    claims = code.read(whole["labels"][0]["label_text"], hosts=["localhost", "waste.park.cn"]).claims
    assert claims.what == "roll"
    assert claims.generator == whole["enterprise"]["number"]
    assert claims.grams == 0


def test_the_same_order_twice_is_one_roll_and_another_under_its_id_is_refused(park: Park) -> None:
    order = {"id": fresh(), "count": 3}
    first = park.P.made("label-rolls", order, 201)
    assert park.P.made("label-rolls", order, 201) == first
    assert park.P.post("label-rolls", order | {"count": 4}).get_json()["code"] == "order_id_taken"
    assert park.T.post("label-rolls", order).get_json()["code"] == "order_id_taken"


@pytest.mark.parametrize("count", [0, 1_001])
def test_a_roll_has_at_most_a_thousand_labels(park: Park, count: int) -> None:
    assert park.P.post("label-rolls", {"id": fresh(), "count": count}).status_code == 422


def test_a_roll_is_for_its_enterprise_and_the_regulator(park: Park) -> None:
    mine = roll(park.P)
    assert park.T.get(f"label-rolls/{mine['id']}").status_code == 404
    assert mine["id"] not in [one["id"] for one in park.T.got("label-rolls")["items"]]
    assert mine["id"] in [one["id"] for one in park.R.got("label-rolls")["items"]]
    assert park.Ph.post(f"label-rolls/{mine['id']}/withdraw", {"reason": "x"}).status_code == 403
    assert park.T.post(f"label-rolls/{mine['id']}/withdraw", {"reason": "x"}).status_code == 404


def test_a_roll_comes_as_pdf_on_sheets_and_as_dots_for_a_label_printer(park: Park) -> None:
    mine = roll(park.P, 3)
    for body in ({"layout": "each"}, {"layout": park.P.got("label-layouts")["items"][1]["name"]}):
        pdf = park.P.post(f"label-rolls/{mine['id']}/print", body)
        assert pdf.status_code == 200, pdf.text[:200]
        assert pdf.data.startswith(b"%PDF")
    dots = park.P.post(f"label-rolls/{mine['id']}/print", {"format": "zpl", "first": 2, "count": 1})
    assert dots.data.count(b"^XA") == 1
    assert park.P.post(f"label-rolls/{mine['id']}/print", {"first": 4}).get_json()["code"] == "labels_none"
    assert park.T.post(f"label-rolls/{mine['id']}/print", {}).status_code == 404


def test_a_blank_label_says_so_to_whoever_scans_it(park: Park) -> None:
    label = roll(park.P)["labels"][0]
    for asked in (label["label_text"], label["human_code"]):
        found = park.P.got(f"labels/{asked}")
        assert (found["verdict"], found["what"], found["batch"]) == ("genuine", "roll", None)
        assert found["roll"]["mine"] is True
        assert found["roll"]["used"] is False
    assert park.T.got(f"labels/{label['human_code']}")["roll"]["mine"] is False
    public = park.someone().got(f"public/labels/{label['label_text']}")
    assert (public["verdict"], public["what"], public["generator"]) == ("genuine", "roll", None)


def test_a_batch_put_under_a_blank_label_answers_by_it_everywhere(park: Park) -> None:
    mine = roll(park.P)
    label, batch = mine["labels"][0], fresh()
    assert codes(park.P.told(under(label, batch))) == []
    for asked in (label["label_text"], label["human_code"]):
        found = park.P.got(f"labels/{asked}")
        assert (found["what"], found["batch"]["id"], found["roll"]["used"]) == ("batch", batch, True)
        assert found["batch"]["human_code"] == label["human_code"]
        assert found["batch"]["label_text"] == label["label_text"]
    assert park.P.got(f"trace/{label['human_code']}")["root"]["id"] == batch
    hits = park.P.got("search", query_string={"q": label["human_code"]})["items"]
    assert [hit["id"] for hit in hits] == [batch]
    assert park.someone().got(f"public/labels/{label['label_text']}")["what"] == "batch"
    now = park.P.got(f"label-rolls/{mine['id']}")
    assert (now["used"], now["open"]) == (1, 4)
    assert {one["batch"] for one in now["labels"]} == {None, batch}


def test_it_is_shipped_and_printed_under_the_label_it_bears(park: Park) -> None:
    label, batch = roll(park.P)["labels"][0], fresh()
    park.P.told(under(label, batch, **{"class": OILY_RAGS}))
    manifest = park.issued(batch)
    (line,) = manifest["lines"]
    assert line["batch"]["human_code"] == label["human_code"]
    assert park.P.made(f"batches/{batch}/label", {}, 201)["human_code"] == label["human_code"]
    assert park.P.get(f"batches/{batch}/label.png").data.startswith(b"\x89PNG")


def test_told_again_it_stays_as_it_was(park: Park) -> None:
    told = under(roll(park.P)["labels"][0])
    first = park.P.told(told)
    (again,) = park.P.tell(told)
    assert (again["verdict"], again["index"], codes(again)) == ("already_recorded", first["index"], [])


def test_the_second_batch_on_a_label_is_recorded_and_the_label_stays_with_the_first(park: Park) -> None:
    label, first, second = roll(park.P)["labels"][0], fresh(), fresh()
    one, two = park.P.tell(under(label, first), under(label, second))
    assert (one["verdict"], codes(one)) == ("recorded", [])
    assert (two["verdict"], codes(two)) == ("recorded", ["label_on_another_batch"])
    (odd,) = [one for one in two["findings"] if one["code"] == "label_on_another_batch"]
    said(odd)
    assert odd["evidence"]["first"] == first
    later = park.P.told(under(label))
    assert codes(later) == ["label_on_another_batch"]
    assert park.P.got(f"labels/{label['human_code']}")["batch"]["id"] == first
    assert park.P.got(f"batches/{second}")["human_code"] is None


def test_a_label_of_another_enterprise_a_withdrawn_one_and_one_never_issued(park: Park) -> None:
    mine, theirs = roll(park.P), roll(park.S)
    park.P.made(f"label-rolls/{mine['id']}/withdraw", {"reason": "被雨淋湿"})
    batch = park.P.generated()
    printed = park.P.made(f"batches/{batch}/label", {}, 201)
    for label, wrong in (
        (mine["labels"][0], "label_was_withdrawn"),
        (theirs["labels"][0], "label_of_other_enterprise"),
        ({"id": fresh()}, "label_of_batch_not_issued"),
        ({"id": printed["label_id"]}, "label_on_another_batch"),
    ):
        receipt = park.P.told(under(label))
        assert codes(receipt) == [wrong]
        said(next(one for one in receipt["findings"] if one["code"] == wrong))
    assert "S 有限公司" in str(park.P.told(under(theirs["labels"][1]))["findings"])
    assert park.S.got(f"labels/{theirs['labels'][0]['human_code']}")["batch"] is None


def test_what_is_open_of_a_withdrawn_roll_reads_withdrawn_and_what_is_used_does_not(park: Park) -> None:
    mine = roll(park.P)
    used, blank = mine["labels"][:2]
    park.P.told(under(used))
    now = park.P.made(f"label-rolls/{mine['id']}/withdraw", {"reason": "丢失"})
    assert (now["used"], now["open"], now["spoilt"], now["withdrawn_why"]) == (1, 0, 4, "丢失")
    found = park.P.got(f"labels/{blank['label_text']}")
    assert (found["verdict"], found["problem"]["code"]) == ("withdrawn", "label_withdrawn")
    assert park.someone().got(f"public/labels/{blank['label_text']}")["verdict"] == "withdrawn"
    assert park.P.got(f"labels/{used['label_text']}")["verdict"] == "genuine"
    again = park.R.made(f"label-rolls/{mine['id']}/withdraw", {"reason": "again"})
    assert again["withdrawn_why"] == "丢失"
    assert park.P.post(f"label-rolls/{mine['id']}/print", {}).get_json()["code"] == "label_withdrawn"


def test_two_phones_use_one_blank_label_at_the_same_moment(park: Park) -> None:
    """Whoever comes second is recorded with a finding; the label is on one batch, every time."""
    mine = roll(park.P, 12)
    people = [park.by_key("P"), park.by_key("Ph")]
    for label in mine["labels"]:
        batches = [fresh(), fresh()]

        def put(at: int, label: dict[str, Any] = label, batches: list[str] = batches) -> dict[str, Any]:
            return people[at].told(under(label, batches[at]))

        with ThreadPoolExecutor(2) as pool:
            receipts = list(pool.map(put, range(2)))
        assert sorted(map(codes, receipts)) == [[], ["label_on_another_batch"]]
        winner = batches[[codes(one) for one in receipts].index([])]
        assert park.P.got(f"labels/{label['human_code']}")["batch"]["id"] == winner
    assert park.P.got(f"label-rolls/{mine['id']}")["used"] == 12


def test_a_roll_is_withdrawn_while_its_labels_are_used(park: Park) -> None:
    """Whatever comes first: a label that reads withdrawn is on no batch, and one on a batch does not read withdrawn."""
    mine = roll(park.P, 10)
    phone, desk = park.by_key("Ph"), park.by_key("P")
    with ThreadPoolExecutor(2) as pool:
        told = pool.submit(lambda: [phone.told(under(label)) for label in mine["labels"]])
        pool.submit(desk.made, f"label-rolls/{mine['id']}/withdraw", {"reason": "丢失"}).result()
        receipts = told.result()
    bound = sum(codes(receipt) == [] for receipt in receipts)
    assert park.P.got(f"label-rolls/{mine['id']}")["used"] == bound
    for receipt, label in zip(receipts, mine["labels"], strict=True):
        found = park.P.got(f"labels/{label['human_code']}")
        assert (codes(receipt) == []) == (found["verdict"] == "genuine") == (found["batch"] is not None)


def test_the_database_lets_nobody_move_a_label(park: Park) -> None:
    label = roll(park.P)["labels"][0]
    park.P.told(under(label))
    for change in ("batch_uuid = gen_random_uuid()", "batch_uuid = NULL", "manifest_uuid = gen_random_uuid()"):
        with pytest.raises(DBAPIError, match="is what it is"):
            park.sql(f"UPDATE label SET {change} WHERE park_id = :park AND id = :label", label=label["id"])
    with pytest.raises(DBAPIError, match="permission denied"):
        park.sql("UPDATE label SET human_code = 'x' WHERE park_id = :park")


def test_a_forged_blank_label_is_told_from_a_good_one(park: Park) -> None:
    text = roll(park.P)["labels"][0]["label_text"]
    head, _, payload = text.rpartition("/")
    signed = bytearray(base64.b32decode(payload))
    signed[28] ^= 1
    forged = f"{head}/{base64.b32encode(bytes(signed)).decode()}"
    assert park.P.got(f"labels/{forged}")["verdict"] == "forged"
