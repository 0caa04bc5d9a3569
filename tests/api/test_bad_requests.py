"""What nobody should send: each has a coded answer in zh and en, none is a 500, and nothing is half written."""

import base64
import io
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from manifests import code
from tests.api import parks
from tests.api.parks import OILY_RAGS, SLUDGE, Park, fact, fresh
from tests.api.said import said, size, turned_away
from tracker import verify

#: One letter more than the API takes in one request.
TOO_MUCH = 10 * 1024 * 1024


def refused(park: Park, body: bytes, status: int, kind: str = "application/json", path: str = "sync") -> str:
    """The code a whole request is refused with; nothing of it is written."""
    before = size(park)
    answer = park.P.call("POST", path, data=body, content_type=kind)
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.content_type == "application/problem+json"
    assert size(park) == before
    return said(answer.get_json())


# --- labels ----------------------------------------------------------------------------------------------------------


def _text(park: Park) -> str:
    batch = park.P.generated()
    park.P.made(f"batches/{batch}/label", {}, 201)
    return str(park.P.got(f"batches/{batch}")["label_text"])


def _forged(text: str) -> str:
    signed = bytearray(base64.b32decode(text.rpartition("/M/")[2] + "=" * (-len(text.rpartition("/M/")[2]) % 8)))
    signed[26] ^= 1  # a gram more or less
    return base64.b32encode(bytes(signed)).decode().rstrip("=")


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize(
    ("change", "verdict", "expected"),
    [
        (_forged, "forged", "label_forged"),
        (lambda text: "HTTPS://PAY.EVIL.CN/M/" + text.rpartition("/M/")[2], "unreadable", "label_not_ours"),
        (lambda _: "https://weixin.qq.com/r/abcdef", "unreadable", "label_not_ours"),
        (lambda text: text.rpartition("/M/")[2][:-8], "unreadable", "label_wrong_length"),
        (lambda text: text.rpartition("/M/")[2].replace("A", "!"), "unreadable", "label_unreadable"),
        (lambda _: "😀" * 40, "unreadable", None),
    ],
    ids=["forged", "foreign host", "somebody else's code", "half of it", "dirt", "emoji"],
)
def test_a_forged_or_foreign_code_says_so(
    park: Park, change: Any, verdict: str, expected: str | None, public: bool
) -> None:
    who = park.someone() if public else park.P
    said_ = who.got(("public/labels/" if public else "labels/") + change(_text(park)))
    assert said_["verdict"] == verdict
    assert said(said_["problem"]) == expected or expected is None
    assert not said_.get("batch")
    assert said_["what"] is None


def test_a_label_that_is_signed_but_not_in_the_log_was_not_issued(park: Park, app: Any) -> None:
    text = _text(park)
    scanned = code.read(text, hosts=["WASTE.PARK.CN"])
    key_id, private = app.extensions["signer"].key(park.key)
    assert key_id == 1

    signed = code.sign(replace(scanned.claims, label_id=uuid4()), private)
    answer = park.P.got("labels/" + base64.b32encode(signed).decode().rstrip("="))
    assert (answer["verdict"], said(answer["problem"])) == ("not_issued", "label_not_issued")


def test_a_short_code_with_a_slip_says_so(park: Park) -> None:
    human = str(park.P.got("labels/" + _text(park).rpartition("/M/")[2])["label"]["human_code"])
    slipped = ("A" if human[0] != "A" else "B") + human[1:]
    answer = park.P.got(f"labels/{slipped}")
    assert said(answer["problem"]) in ("human_code_mistyped", "label_not_issued")
    gone = park.P.get(f"batches/{slipped}")
    assert gone.status_code in (404, 422)
    said(gone.get_json())


def test_a_park_that_got_its_key_after_the_service_started_is_known(park: Park, app: Any, var: Any) -> None:
    _text(park)
    park.P.got("labels/" + _text(park))  # The service has read the keys there are by now.
    later = parks.found(app, park.engine, var / "keys", f"LATER{park.key}")
    batch = later.P.generated()
    later.P.made(f"batches/{batch}/label", {}, 201)
    app.extensions["label_keys_read"] -= 1  # A second later.
    assert later.someone().got("public/labels/" + later.P.got(f"batches/{batch}")["label_text"])["verdict"] == "genuine"


# --- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["container", "process"])
@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud83d", "a\udfffb", "\x1b[2J", "\x7f", "\x85"], ids=ascii)
def test_a_text_no_database_can_hold_is_turned_away(park: Park, where: str, text: str) -> None:
    told = fact("generated", fresh(), grams=1, measured=True, details={"class": SLUDGE, where: text})
    assert turned_away(park, told) == ("text_not_plain", f"/details/{where}")


@pytest.mark.parametrize("bad", ["\x00", "\ud800"], ids=ascii)
def test_bad_characters_are_survived_wherever_they_stand(park: Park, bad: str) -> None:
    told = fact("generated", fresh(), grams=1, measured=True, details={"class": SLUDGE})
    assert turned_away(park, told | {"id": bad})[0] == "id_malformed"
    assert turned_away(park, told | {"kind": bad})[0] == "field_malformed"
    assert turned_away(park, told | {bad: 1})[0] == "field_unknown"
    assert turned_away(park, told | {"private": {"driver": bad}}) == ("text_not_plain", "/private/driver")
    assert turned_away(park, told | {"private": {bad: "x"}})[0] == "text_not_plain"
    assert turned_away(park, told | {"details": {"class": SLUDGE | {"code": bad}}}) == (
        "text_not_plain",
        "/details/class/code",
    )
    answer = park.someone().post("session", {"login": "p" + bad, "password": "x"})
    assert (answer.status_code, said(answer.get_json())) == (422, "text_not_plain")
    answer = park.someone().post("session", {"login": "p", "password": bad})
    assert (answer.status_code, said(answer.get_json())) == (422, "text_not_plain")
    answer = park.P.post("manifests", park.plan(fresh(), remark=bad))
    assert (answer.status_code, said(answer.get_json()), answer.get_json()["pointer"]) == (
        422,
        "text_not_plain",
        "/remark",
    )


@pytest.mark.parametrize(
    "text", ["罐 7 🛢️", "👩🏽‍🔬", "𠮷野家", "e\u0301", "‮abc", "<script>alert(1)</script>", "'; --", "%00", "\n\t"]
)
def test_a_text_as_people_write_it_comes_back_as_it_was(park: Park, text: str) -> None:
    batch = park.P.generated(container=text)
    assert park.P.got(f"batches/{batch}")["container"] == text
    park.P.got("batches", query_string={"q": text})
    park.P.got("search", query_string={"q": text})


def test_a_text_too_long_is_turned_away(park: Park) -> None:
    told = fact("generated", fresh(), grams=1, measured=True, details={"class": SLUDGE, "container": "长" * 201})
    assert turned_away(park, told) == ("text_too_long", "/details/container")


# --- requests --------------------------------------------------------------------------------------------------------


def _fact_bytes(**change: Any) -> bytes:
    told = fact("generated", fresh(), grams=1, measured=True, details={"class": SLUDGE}) | change
    return json.dumps({"facts": [told]}).encode()


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"", 422, "body_not_json"),
        (b"{", 422, "body_not_json"),
        (b"\xff\xfe{}", 422, "body_not_json"),
        ('{"facts": []}'.encode("utf-16"), 422, "body_not_json"),
        (b'{"facts": [{"grams": NaN}]}', 422, "body_not_json"),
        (b'{"facts": [{"grams": -Infinity}]}', 422, "body_not_json"),
        (b'{"facts": [{"grams": ' + b"9" * 5_000 + b"}]}", 422, "body_not_json"),
        (b"[" * 100_000, 422, "body_too_deep"),
        (b"[" * 40 + b"]" * 40, 422, "body_too_deep"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 422, "body_too_deep"),
        (b'{"facts": [], "facts": [{}]}', 422, "field_twice"),
        (_fact_bytes().replace(b'"grams": 1', b'"grams": 1, "grams": 9'), 422, "field_twice"),
        (b"[]", 422, "field_malformed"),
        (b"null", 422, "field_malformed"),
        (b'"facts"', 422, "field_malformed"),
        (b"{}", 422, "field_required"),
        (b'{"facts": []}', 422, "field_malformed"),
        (b'{"facts": {}}', 422, "field_malformed"),
        (b'{"facts": [1]}', 422, "field_malformed"),
        (json.dumps({"facts": [{}] * 51}).encode(), 413, "too_many_facts"),
        (b'{"facts": [' + b"0," * 1_000_000 + b"0]}", 413, "too_many_facts"),
        (b" " * TOO_MUCH, 413, "body_too_large"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else None,
)
def test_a_request_that_cannot_be_read_is_refused_whole(park: Park, body: bytes, status: int, expected: str) -> None:
    assert refused(park, body, status) == expected


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_a_request_of_another_media_type_is_refused(park: Park, kind: str) -> None:
    assert refused(park, _fact_bytes(), 415, kind) == "media_type_unknown"


def test_a_body_of_unknown_length_is_refused_when_it_grows_too_large(park: Park) -> None:
    headers = {"Transfer-Encoding": "chunked"}
    stream = io.BytesIO(_fact_bytes()[:-1] + b" " * TOO_MUCH + b"}")
    answer = park.P.call(
        "POST", "sync", input_stream=stream, content_type="application/json", headers=headers,
        environ_overrides={"wsgi.input_terminated": True},
    )  # fmt: skip
    assert (answer.status_code, said(answer.get_json())) == (413, "body_too_large")


def test_one_bad_fact_does_not_hold_up_the_others(park: Park) -> None:
    good = [fact("generated", fresh(), grams=7, measured=True, details={"class": SLUDGE}) for _ in range(3)]
    bad = fact("generated", fresh(), grams=-7, measured=True, details={"class": SLUDGE})
    voided = fact("manifest_voided", fresh(), details={"reason": "x"})
    receipts = park.P.tell(good[0], bad, {}, good[1], {"id": "x"}, good[2], voided)
    verdicts = [receipt["verdict"] for receipt in receipts]
    assert verdicts == ["recorded", "turned_away", "turned_away", "recorded", "turned_away", "recorded", "turned_away"]
    assert [receipt["id"] for receipt in receipts][::3] == [good[0]["id"], good[1]["id"], receipts[6]["id"]]
    assert said(receipts[6]["problem"]) == "fact_not_told_here"


def test_a_plan_with_several_faults_names_them_all_with_their_pointers(park: Park) -> None:
    plan = park.plan("not a uuid", treatment="D10" * 9, carriers=[{"plate": 7}], colour="red")
    plan["batches"].append({"batch": fresh(), "grams": 1.5})
    answer = park.P.post("manifests", plan)
    body = answer.get_json()
    assert (answer.status_code, body["status"]) == (422, 422)
    assert {(one["pointer"], said(one)) for one in body["errors"]} == {
        ("/batches/0/batch", "id_malformed"),
        ("/batches/1/grams", "mass_not_whole_grams"),
        ("/treatment", "text_too_long"),
        ("/carriers/0/plate", "field_malformed"),
        ("/colour", "field_unknown"),
    }
    assert (body["code"], body["pointer"]) == (body["errors"][0]["code"], body["errors"][0]["pointer"])


def test_a_plan_is_refused_with_the_sentence_of_its_first_closed_gate(park: Park) -> None:
    batch = park.P.generated()
    hazardous = park.P.generated(**{"class": OILY_RAGS})
    carrier = {"enterprise": str(park.companies["P2"])}
    for plan, expected, pointer in (
        (park.plan(), "manifest_without_batches", "/batches"),
        (park.plan(batch, carriers=[]), "carrier_missing", "/carriers"),
        (park.plan(batch, batch), "batch_named_twice", "/batches/1"),
        (park.plan(fresh()), "not_found", "/batches/0"),
        (park.plan(batch, receiver=str(park.companies["P"])), "receiver_is_generator", "/receiver"),
        (park.plan(batch, receiver=fresh()), "enterprise_unknown", "/receiver"),
        (park.plan(batch, treatment="Z99"), "treatment_unknown", "/treatment"),
        (park.plan(batch, treatment="R1"), "receiver_treatment_not_permitted", "/treatment"),
        (park.plan(batch, hazardous), "manifest_mixes_hazard", "/batches"),
        (park.plan(batch, carriers=[carrier]), "carrier_without_permit", "/carriers/0"),
        (park.plan(batch, receiver=str(park.companies["P2"])), "receiver_without_permit", "/receiver"),
        (
            park.plan(hazardous, carriers=[{"name": "路过的车"}]),
            "carrier_needs_permit_number",
            "/carriers/0/permit_number",
        ),
    ):
        for language in ("zh", "en"):
            answer = park.P.post("manifests", plan, headers={"Accept-Language": language})
            body = answer.get_json()
            assert answer.status_code in (404, 422), body
            assert said(body) == expected, body
            assert body["detail"] == body[language]
            assert body["pointer"] == pointer, body
    plan = park.plan(batch)
    for grams, expected in ((2_000_000, "batch_short"), (400_000, "batch_not_whole"), (0, None), (-1, None)):
        plan["batches"] = [{"batch": batch, "grams": grams}]
        answer = park.P.post("manifests", plan)
        assert answer.status_code == 422, (grams, answer.text)
        assert expected in (None, said(answer.get_json()))
    assert park.P.got(f"batches/{batch}")["state"] == "on_site"


def test_after_all_that_the_log_folds_to_the_current_state(park: Park) -> None:
    assert park.R.got("balance")["closes"] is True
    with park.engine.begin() as connection:
        assert verify.park(connection, park.key).differences == []
