"""Signing over HTTP: on one's own phone, on another's by PIN, sealed where there is no network, by mandate, in bulk."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.parks import HERE, Park, Person, fact, fresh
from tests.api.said import said, size
from tests.envelopes import sealed
from tests.makers import PASSWORD
from tracker import store, verify

PIN = "402917"
before: dict[int, int] = {}


@pytest.fixture(scope="module")
def pins(park: Park) -> Park:
    """P and D have set a PIN."""
    for name in ("P", "D"):
        answer = park.person(name).put("signatures/pin", {"password": PASSWORD, "pin": PIN})
        assert answer.status_code == 204, answer.text
    return park


@pytest.fixture
def ready(pins: Park) -> Iterator[Park]:
    """Nobody is locked; what was tried before this test does not count in it."""
    pins.sql("DELETE FROM pin_guard")
    before[pins.key] = len(_tries(pins))
    yield pins
    with store.transaction(pins.engine, pins.key) as connection:
        assert verify.park(connection, pins.key).differences == []


def wish(manifest: str, **given: Any) -> dict[str, Any]:
    return {"id": fresh(), "manifest": manifest, "side": "generator"} | given


def by_pin(park: Park, manifest: str, pin: str = PIN, name: str = "P", **given: Any) -> dict[str, Any]:
    return wish(manifest, login=park.login(name), pin=pin, **given)


def envelope(park: Park, manifest: str, pin: str = PIN, login: str | None = None, **given: Any) -> dict[str, Any]:
    """A signature as it lies in the outbox of a phone without a network."""
    told = fact("signed", manifest=manifest) | given
    told["details"] = {"side": "generator"} | told["details"]
    text_ = sealed(
        park.T.got("session")["seal"]["public_key"],
        login or park.login("P"),
        pin,
        fact=told["id"],
        manifest=manifest,
        side=told["details"]["side"],
        of=told["details"].get("of"),
    )
    told["details"]["sealed"] = text_
    return told


def refused(answer: TestResponse, status: int) -> str:
    assert answer.status_code == status, (answer.status_code, answer.text)
    return said(answer.get_json())


def _tries(park: Park) -> list[str]:
    return [row["outcome"] for row in park.sql("SELECT outcome FROM pin_attempt WHERE park_id = :park ORDER BY id")]


def attempts(park: Park) -> list[str]:
    """The tries of this test."""
    return _tries(park)[before[park.key] :]


def names(park: Park, manifest: str, who: str = "P") -> list[tuple[str, str, str]]:
    found = park.person(who).got(f"manifests/{manifest}")["signatures"]
    return [(one["side"], one["method"], one["party"]["name_en"]) for one in found]


def mandate(park: Park, **given: Any) -> str:
    plan = {"id": fresh(), "carrier": str(park.companies["T"]), "pattern": "CN-SW:*", "valid_to": "2099-12-31"}
    made: str = park.P.made("mandates", plan | given, 201)["id"]
    return made


# --- on one's own phone, and on another's ---------------------------------------------------------------------------


def test_one_signs_for_oneself_and_everybody_sees_it(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]
    body = wish(manifest)
    whole = ready.P.made("signatures", body, 201)
    (name,) = whole["signatures"]
    assert (name["side"], name["method"], name["person"], name["fact"]) == ("generator", "own", "P 员工", body["id"])
    before = size(ready)
    assert ready.P.made("signatures", body, 201)["signatures"] == [name], "told again, the same answer"
    assert size(ready) == before
    (seen,) = ready.T.got(f"manifests/{manifest}")["signatures"]
    assert seen == name | {"person": None}, "who it was is the signer's own business"


def test_the_generator_signs_the_pickup_on_the_carriers_phone(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]
    pickup = fact("picked_up", manifest=manifest, place=HERE, details={"plate": "京A12345"})
    ready.T.told(pickup)
    device = fresh()
    whole = ready.T.made("signatures", by_pin(ready, manifest, of=pickup["id"], device=device), 201)
    (name,) = whole["signatures"]
    assert (name["side"], name["method"], name["of"], name["party"]["name_en"], name["person"]) == (
        "generator", "pin", pickup["id"], "P Ltd", None,
    )  # fmt: skip
    (row,) = ready.sql(
        "SELECT CAST(record AS jsonb) AS told, p.login FROM fact f JOIN person p ON p.id = f.person_id"
        " WHERE f.park_id = :park AND f.id = CAST(:id AS uuid)", id=name["fact"],
    )  # fmt: skip
    assert (row["login"], row["told"]["device"]) == (ready.login("P"), device)
    assert row["told"]["details"] == {"side": "generator", "method": "pin", "of": pickup["id"]}


def test_a_wrong_pin_is_refused_counted_and_kept(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]
    left = []
    for _ in range(2):
        answer = ready.T.post("signatures", by_pin(ready, manifest, "111222"))
        assert refused(answer, 403) == "signature_denied"
        left.append(answer.get_json()["params"]["left"])
    locked = ready.T.post("signatures", by_pin(ready, manifest, "111222"))
    assert refused(locked, 429) == "pin_locked"
    assert 0 < int(locked.headers["Retry-After"]) <= 61
    assert refused(ready.T.post("signatures", by_pin(ready, manifest)), 429) == "pin_locked"
    assert left == [2, 1]
    assert attempts(ready) == ["wrong", "wrong", "wrong", "locked"]
    assert names(ready, manifest) == []
    mine = ready.P.got("signatures/pin")
    assert mine["set"]
    assert mine["locked_until"] is not None
    assert [one["person"] for one in mine["attempts"]][:4] == ["T 员工"] * 4
    assert [one["outcome"] for one in mine["attempts"]][:4] == ["locked", "wrong", "wrong", "wrong"]
    ready.sql("UPDATE pin_guard SET locked_until = now() - interval '1 second'")
    ready.T.made("signatures", by_pin(ready, manifest), 201)


def test_a_login_nobody_has_is_answered_like_one_somebody_has(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]

    def answers(login: str) -> list[Any]:
        found = []
        for _ in range(4):
            answer = ready.T.post("signatures", wish(manifest, login=login, pin="111222"))
            body = answer.get_json()
            found.append((answer.status_code, body["code"], {**body["params"], "until": 0, "seconds": 0}))
        return found

    assert answers(ready.login("P")) == answers("nobody-at-all") == answers(ready.login("S"))


def test_the_same_wrong_try_told_again_counts_once(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]
    body = by_pin(ready, manifest, "111222")
    assert {refused(ready.T.post("signatures", body), 403) for _ in range(4)} == {"signature_denied"}
    assert attempts(ready) == ["wrong"]


def test_a_right_pin_of_somebody_else_signs_nothing(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]
    answer = ready.T.post("signatures", by_pin(ready, manifest, name="D"))
    assert refused(answer, 403) == "signature_side_not_yours"
    assert attempts(ready) == ["granted"], "kept although it came to nothing"


@pytest.mark.parametrize("body", [{"pin": PIN}, {"login": "p"}, {"login": "p", "pin": PIN, "mandate": fresh()}])
def test_half_a_signature_is_refused(ready: Park, body: dict[str, Any]) -> None:
    assert ready.T.post("signatures", wish(fresh(), **body)).status_code == 422


# --- why somebody cannot sign ---------------------------------------------------------------------------------------


def test_who_cannot_sign_is_told_why(ready: Park) -> None:
    batch = ready.P.generated()
    manifest = ready.issued(batch)["id"]
    pickup = fact("picked_up", manifest=manifest, place=HERE, details={"plate": "京A12345"})

    def why(who: Person) -> dict[tuple[str, str | None], str | None]:
        offers = who.got(f"manifests/{manifest}")["may_sign"]
        for offer in offers:
            assert offer["may"] == (offer["why"] is None)
        return {(one["side"], one["kind"]): one["why"] and said(one["why"]) for one in offers}

    assert why(ready.P) == {
        ("generator", None): None,
        ("carrier", None): "signature_side_not_yours",
        ("receiver", None): "signature_side_not_yours",
    }
    ready.T.told(pickup)
    ready.T.made("signatures", wish(manifest, side="carrier", of=pickup["id"]), 201)
    assert why(ready.T)["carrier", "picked_up"] == "signature_already_given"
    assert why(ready.P)["generator", "picked_up"] is None
    ask = ready.P.post("signatures", wish(manifest, of=fresh()))
    assert refused(ask, 422) == "signature_of_unknown"
    other = ready.D.post("signatures", wish(manifest, side="receiver", of=pickup["id"]))
    assert refused(other, 422) == "signature_of_other_side"
    twice = ready.T.post("signatures", wish(manifest, side="carrier", of=pickup["id"]))
    assert refused(twice, 409) == "signature_already_given"
    assert refused(ready.S.post("signatures", wish(manifest)), 404) == "not_found"


def test_a_voided_manifest_cannot_be_signed(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]
    ready.P.made(f"manifests/{manifest}/void", {"reason": "司机未到"})
    assert refused(ready.P.post("signatures", wish(manifest)), 422) == "signature_no_paper"


# --- sealed, where there is no network ------------------------------------------------------------------------------


def test_a_sealed_signature_travels_in_the_outbox(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]
    pickup = fact("picked_up", manifest=manifest, place=HERE, details={"plate": "京A12345"})
    told = envelope(ready, manifest, details={"of": pickup["id"]})
    first, second = ready.T.tell(pickup, told)
    assert (first["verdict"], second["verdict"], second["findings"]) == ("recorded", "recorded", [])
    assert names(ready, manifest) == [("generator", "pin", "P Ltd")]
    (again,) = ready.T.tell(told)
    assert (again["verdict"], again["index"]) == ("already_recorded", second["index"])
    assert attempts(ready) == ["granted"]
    kept = ready.sql("SELECT count(*) AS n FROM fact WHERE park_id = :park AND record LIKE '%sealed%'")
    assert kept[0]["n"] == 0, "the envelope is opened and forgotten"


def test_a_sealed_signature_with_a_wrong_pin_is_turned_away_and_counted_once(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]
    told = envelope(ready, manifest, "111222")
    for _ in range(3):
        (receipt,) = ready.T.tell(told)
        assert receipt["verdict"] == "turned_away"
        assert said(receipt["problem"]) == "signature_denied"
    assert attempts(ready) == ["wrong"]
    unknown = envelope(ready, manifest, "111222", login="nobody-at-all")
    (receipt,) = ready.T.tell(unknown)
    assert said(receipt["problem"]) == "signature_denied"
    away = ready.sql("SELECT told FROM turned_away WHERE park_id = :park ORDER BY id DESC LIMIT 1")
    assert "sealed" not in away[0]["told"]
    assert names(ready, manifest) == []


def test_a_caught_envelope_is_good_for_nothing_else(ready: Park) -> None:
    manifest, other = (ready.issued(ready.P.generated())["id"] for _ in range(2))
    told = envelope(ready, manifest)
    elsewhere = told | {"manifest": other}
    under_another_id = told | {"id": fresh()}
    for stolen in (elsewhere, under_another_id):
        (receipt,) = ready.T.tell(stolen)
        assert said(receipt["problem"]) == "seal_unreadable", stolen
    assert attempts(ready) == []
    (receipt,) = ready.T.tell(told)
    assert receipt["verdict"] == "recorded"


def test_a_phone_that_only_says_so_is_not_believed(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]
    for details in ({"method": "pin"}, {"sealed": ""}, {"sealed": "x", "mandate": fresh()}, {"on_behalf": fresh()}):
        (receipt,) = ready.T.tell(fact("signed", manifest=manifest, details={"side": "generator"} | details))
        assert receipt["verdict"] == "turned_away", details
    (kept,) = ready.sql("SELECT told FROM turned_away WHERE park_id = :park AND told LIKE '%mandate%' LIMIT 1")
    assert "sealed" not in kept["told"]


# --- standing mandates ----------------------------------------------------------------------------------------------


def test_a_carrier_signs_by_mandate_online_and_offline(ready: Park) -> None:
    given = mandate(ready, receiver=str(ready.companies["D"]))
    online, offline = (ready.issued(ready.P.generated())["id"] for _ in range(2))
    ready.T.made("signatures", wish(online, mandate=given), 201)
    told = fact("signed", manifest=offline, details={"side": "generator", "mandate": given})
    assert ready.T.told(told)["findings"] == []
    assert ready.T.tell(told)[0]["verdict"] == "already_recorded"
    assert names(ready, online) == names(ready, offline) == [("generator", "mandate", "P Ltd")]
    (mine,) = [one for one in ready.T.got("mandates")["items"] if one["id"] == given]
    assert (mine["state"], mine["generator"]["name_en"]) == ("in_force", "P Ltd")
    assert ready.S.got("mandates")["items"] == []


def test_a_mandate_revoked_between_the_telling_and_the_sync_covers_nothing(ready: Park) -> None:
    given = mandate(ready)
    manifest = ready.issued(ready.P.generated())["id"]
    told = fact("signed", manifest=manifest, details={"side": "generator", "mandate": given})
    assert refused(ready.T.post(f"mandates/{given}/revoke"), 404) == "not_found"
    assert ready.P.made(f"mandates/{given}/revoke")["state"] == "revoked"
    assert ready.P.made(f"mandates/{given}/revoke")["state"] == "revoked"
    (receipt,) = ready.T.tell(told)
    assert said(receipt["problem"]) == "mandate_ended"
    assert refused(ready.T.post("signatures", wish(manifest, mandate=given)), 422) == "mandate_ended"
    assert refused(ready.T.post("signatures", wish(manifest, mandate=fresh())), 403) == "mandate_missing"
    (receipt,) = ready.T.tell(fact("signed", manifest=manifest, details={"side": "generator", "mandate": fresh()}))
    assert said(receipt["problem"]) == "mandate_missing"


def test_a_mandate_covers_its_stream_only(ready: Park) -> None:
    given = mandate(ready, pattern="CN-HW:*")
    manifest = ready.issued(ready.P.generated())["id"]
    assert refused(ready.T.post("signatures", wish(manifest, mandate=given)), 422) == "mandate_other_stream"


def test_a_mandate_given_twice_under_one_id_is_one(ready: Park) -> None:
    plan = {"id": fresh(), "carrier": str(ready.companies["T"]), "pattern": "CN-SW:*", "valid_to": "2099-12-31"}
    assert ready.P.made("mandates", plan, 201) == ready.P.made("mandates", plan, 201)
    assert refused(ready.P.post("mandates", plan | {"pattern": "CN-HW:*"}), 409) == "mandate_id_taken"
    assert refused(ready.S.post("mandates", plan), 409) == "mandate_id_taken"


# --- many at once ---------------------------------------------------------------------------------------------------


def test_many_are_signed_and_each_is_reported(ready: Park) -> None:
    good = [ready.issued(ready.P.generated())["id"] for _ in range(3)]
    signed = ready.issued(ready.P.generated())["id"]
    ready.P.made("signatures", wish(signed), 201)
    voided = ready.issued(ready.P.generated())["id"]
    ready.P.made(f"manifests/{voided}/void", {"reason": "司机未到"})
    nothing = fresh()
    wanted = [good[0], signed, nothing, good[1], voided, good[2], good[0]]
    items = ready.P.made("signatures/bulk", {"manifests": wanted, "side": "generator"})["items"]
    assert [(one["manifest"], one["outcome"], one["problem"] and said(one["problem"])) for one in items] == [
        (good[0], "signed", None),
        (signed, "already_signed", "signature_already_given"),
        (nothing, "refused", "not_found"),
        (good[1], "signed", None),
        (voided, "refused", "signature_no_paper"),
        (good[2], "signed", None),
    ]
    assert all(names(ready, manifest) == [("generator", "own", "P Ltd")] for manifest in good)
    again = ready.P.made("signatures/bulk", {"manifests": good, "side": "generator"})["items"]
    assert {one["outcome"] for one in again} == {"already_signed"}
    not_yours = ready.T.made("signatures/bulk", {"manifests": good, "side": "generator"})["items"]
    assert {said(one["problem"]) for one in not_yours} == {"signature_side_not_yours"}


def test_what_has_not_happened_yet_is_not_signed_in_bulk(ready: Park) -> None:
    manifest, waiting = (ready.issued(ready.P.generated())["id"] for _ in range(2))
    pickup = fact("picked_up", manifest=manifest, place=HERE, details={"plate": "京A12345"})
    ready.T.told(pickup)
    body = {"manifests": [manifest, waiting], "side": "carrier", "of": "pickup"}
    first, second = ready.T.made("signatures/bulk", body)["items"]
    assert (first["outcome"], second["outcome"], said(second["problem"])) == (
        "signed", "refused", "signature_too_early",
    )  # fmt: skip
    assert ready.T.got(f"manifests/{manifest}")["signatures"][0]["of"] == pickup["id"]


def test_two_hundred_at_most(ready: Park) -> None:
    body = {"manifests": [fresh() for _ in range(201)], "side": "generator"}
    assert ready.P.post("signatures/bulk", body).status_code == 422


# --- at the same moment ---------------------------------------------------------------------------------------------


def test_two_who_sign_at_once_both_count_and_one_fact_counts_once(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]
    once = by_pin(ready, manifest)
    phones = [ready.by_key("T") for _ in range(4)]
    own = wish(manifest, side="carrier")
    with ThreadPoolExecutor(8) as pool:
        same = [pool.submit(phone.post, "signatures", once) for phone in phones]
        mine = [pool.submit(phone.post, "signatures", own) for phone in phones]
        statuses = [call.result().status_code for call in (*same, *mine)]
    assert statuses == [201] * 8
    assert sorted(names(ready, manifest)) == [("carrier", "own", "T Ltd"), ("generator", "pin", "P Ltd")]
    assert attempts(ready) == ["granted"]


def test_many_wrong_at_once_are_all_counted(ready: Park) -> None:
    manifest = ready.issued(ready.P.generated())["id"]
    phones = [ready.by_key("T") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(phone.post, "signatures", by_pin(ready, manifest, "111222")) for phone in phones]
        codes = sorted(call.result().get_json()["code"] for call in calls)
    assert codes == ["pin_locked"] * 4 + ["signature_denied"] * 2
    assert sorted(attempts(ready)) == ["locked"] * 3 + ["wrong"] * 3


# --- one's own PIN --------------------------------------------------------------------------------------------------


def test_a_pin_is_set_by_whoever_knows_the_password(ready: Park) -> None:
    assert refused(ready.S.put("signatures/pin", {"password": "wrong", "pin": PIN}), 401) == "login_wrong"
    assert refused(ready.S.put("signatures/pin", {"password": PASSWORD, "pin": "111111"}), 422) == "pin_too_easy"
    assert refused(ready.S.put("signatures/pin", {"password": PASSWORD, "pin": "1234"}), 422) == "pin_not_digits"
    assert not ready.S.got("signatures/pin")["set"]
    (row,) = ready.sql("SELECT failures FROM person WHERE login = :login", login=ready.login("S"))
    assert row["failures"] in (0, 1)
