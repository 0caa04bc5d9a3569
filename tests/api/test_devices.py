"""Phones over HTTP: registered, lent to people, withdrawn; what a withdrawn one still sends is quarantined."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec

from tests.api.parks import SLUDGE, Park, fact, fresh
from tests.api.phones import Phone, base64url
from tracker import devices, quarantine, store

#: Facts in canonical form; the phone's own tests read the same file.
VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "canonical.json"


@pytest.fixture
def phone(park: Park) -> Phone:
    return Phone(park)


def revoke(park: Park, phone: Phone, who: str = "P") -> dict[str, Any]:
    done: dict[str, Any] = park.person(who).made(f"devices/{phone.id}/revocation", {"reason": "Lost on the road."})
    return done


def codes(receipt: dict[str, Any]) -> set[str]:
    """What was found odd about the way it came."""
    return {finding["code"] for finding in receipt["findings"] if finding["code"].startswith("device_")}


def test_a_phone_is_registered_once_and_seen_at_its_enterprises_desk(park: Park, phone: Phone) -> None:
    handler = phone.log_in("Ph")
    made = handler.made("devices", phone.registration(handler), 201)
    assert handler.made("devices", phone.registration(handler), 201) == made
    (row,) = [row for row in park.P.got("devices")["items"] if row["id"] == phone.id]
    assert (row["name"], row["people"], row["revoked_at"]) == ("Gate phone", [], None)
    assert phone.id in [row["id"] for row in park.R.got("devices")["items"]]
    assert phone.id not in [row["id"] for row in park.T.got("devices")["items"]]
    assert handler.get("devices").status_code == 403


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"public_key": "AAAA"}, "device_key_malformed"),
        ({"public_key": base64url(b"\4" + bytes(64))}, "device_key_malformed"),
        ({"proof": base64url(bytes(64))}, "device_proof_wrong"),
        ({"proof": "no signature"}, "device_proof_wrong"),
        ({"id": "11111111-1111-7111-8111-111111111111"}, "device_proof_wrong"),
    ],
)
def test_a_key_that_is_not_the_phones_is_refused(phone: Phone, wrong: dict[str, Any], code: str) -> None:
    handler = phone.log_in("Ph")
    refused = handler.post("devices", phone.registration(handler) | wrong)
    assert refused.get_json()["code"] == code


def test_a_proof_made_for_a_colleague_does_not_count(park: Park, phone: Phone) -> None:
    body = phone.registration(phone.log_in("P"))
    assert phone.log_in("Ph").post("devices", body).get_json()["code"] == "device_proof_wrong"


def test_another_enterprise_and_another_park_cannot_take_a_phone_over(park: Park, other: Park, phone: Phone) -> None:
    phone.enrol("Ph")
    carrier = phone.log_in("Th")
    assert carrier.post("devices", phone.registration(carrier)).get_json()["code"] == "device_elsewhere"
    assert carrier.post(f"devices/{phone.id}/people").get_json()["code"] == "device_elsewhere"
    stranger = Phone(other, phone.id, phone.key).log_in("Ph")
    assert stranger.post("devices", phone.registration(stranger)).get_json()["code"] == "device_elsewhere"
    assert stranger.session["device"] is None
    for desk in (park.T, other.R, other.P):
        assert desk.post(f"devices/{phone.id}/revocation", {"reason": "x"}).status_code == 404
    assert phone.id not in [row["id"] for row in other.R.got("devices")["items"]]


def test_tokens_are_kept_as_hashes_and_replaced_by_the_next_log_in(park: Park, phone: Phone) -> None:
    first = phone.enrol("Ph")
    assert first.got("session")["device"] == phone.id
    tokens = phone.tokens["Ph"]
    assert (tokens["full"][:4], tokens["send"][:4]) == ("wmp_", "wms_")
    kept = park.sql("SELECT scope, digest FROM device_grant WHERE device_uuid = :device", device=phone.id)
    assert {row["scope"]: bytes(row["digest"]) for row in kept} == {
        scope: hashlib.sha256(tokens[scope].encode()).digest() for scope in ("full", "send")
    }
    second = phone.enrol("Ph")
    assert first.get("session").get_json()["code"] == "not_logged_in"
    assert second.got("session")["person"]["login"] == park.login("Ph")


def test_only_a_password_opens_the_way_to_tokens(park: Park, phone: Phone) -> None:
    unlocked = phone.enrol("Ph")
    assert unlocked.post(f"devices/{phone.id}/people").get_json()["code"] == "password_first"
    assert park.by_key("Ph").post(f"devices/{phone.id}/people").get_json()["code"] == "password_first"


def test_a_locked_phone_can_send_and_do_nothing_else(park: Park, phone: Phone) -> None:
    phone.enrol("Ph")
    locked = phone.locked("Ph")
    assert codes(locked.told(phone.generated())) == set()
    for path in ("session", "batches", "manifests"):
        assert locked.get(path).get_json()["code"] == "grant_only_sends"
    assert locked.post("manifests", park.plan()).get_json()["code"] == "grant_only_sends"


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE person SET epoch = epoch + 1 WHERE login = :login",
        "UPDATE person SET disabled_at = now() WHERE login = :login",
    ],
)
def test_ended_sessions_and_a_disabled_person_end_the_tokens(park: Park, phone: Phone, end: str) -> None:
    phone.enrol("Th")
    park.sql(end, login=park.login("Th"))
    for person in (phone.unlocked("Th"), phone.locked("Th")):
        assert person.post("sync", {"facts": [phone.generated()]}).get_json()["code"] == "not_logged_in"
    park.sql("UPDATE person SET disabled_at = NULL WHERE login = :login", login=park.login("Th"))


def test_whoever_is_removed_from_a_phone_is_gone_and_the_others_stay(park: Park, phone: Phone) -> None:
    leaving, staying = phone.enrol("Ph"), phone.enrol("P")
    assert leaving.call("DELETE", "session").status_code == 204
    assert leaving.get("session").status_code == 401
    assert phone.locked("Ph").post("sync", {"facts": [phone.generated()]}).status_code == 401
    assert staying.got("session")["person"]["login"] == park.login("P")


def test_a_withdrawn_phone_gets_nothing_any_more_and_revoking_twice_changes_nothing(park: Park, phone: Phone) -> None:
    unlocked = phone.enrol("Ph")
    first = revoke(park, phone)
    assert (first["revoked_why"], first["revoked_by"]) == ("Lost on the road.", park.P.session["person"]["name"])
    assert park.R.made(f"devices/{phone.id}/revocation", {"reason": "Again."}) == first
    for path in ("session", "batches"):
        refused = unlocked.get(path)
        assert (refused.status_code, refused.get_json()["code"]) == (401, "device_revoked")
    cookie = phone.log_in("Ph")
    assert cookie.session["withdrawn"] is True
    assert cookie.get("batches").get_json()["code"] == "device_revoked"
    assert cookie.post("devices", phone.registration(cookie)).get_json()["code"] == "device_revoked"


@pytest.mark.parametrize("way", ["full", "send", "cookie", "key"])
def test_what_a_withdrawn_phone_sends_is_quarantined_by_whatever_way(park: Park, phone: Phone, way: str) -> None:
    unlocked = phone.enrol("Ph")
    before = phone.generated()
    assert unlocked.told(before)["verdict"] == "recorded"
    revoke(park, phone)
    sender = {
        "full": phone.unlocked,
        "send": phone.locked,
        "cookie": phone.log_in,
        # An outbox taken over by a machine that is in order: the facts themselves say where they come from.
        "key": park.by_key,
    }[way]("Ph")
    late = phone.generated(private={"note": "Ask Mr Li"})
    (receipt,) = sender.tell(late)
    assert (receipt["verdict"], receipt["index"]) == ("quarantined", None)
    # Told again, also by somebody in order, the answer is the same; what came before the revocation stays recorded.
    assert [one["verdict"] for one in sender.tell(late, before)] == ["quarantined", "already_recorded"]
    assert park.by_key("Ph").tell(late)[0]["verdict"] == "quarantined"
    changed = late | {"observed_at": before["observed_at"]}
    assert sender.tell(changed)[0]["problem"]["code"] == "fact_id_reused"
    (row,) = [row for row in park.P.got("quarantine")["items"] if row["fact"] == late["id"]]
    assert (row["state"], row["signed"], row["device"]) == ("held", "right", phone.id)
    assert "private" not in row["told"]
    assert park.sql("SELECT id FROM fact WHERE park_id = :park AND id = :id", id=late["id"]) == []


def test_let_in_a_fact_is_recorded_under_its_own_id_and_teller(park: Park, phone: Phone) -> None:
    unlocked = phone.enrol("Ph")
    revoke(park, phone)
    late = phone.generated(private={"note": "Ask Mr Li"})
    unlocked.tell(late)
    answer = park.P.made(f"quarantine/{late['id']}/admission")
    assert answer["receipt"]["verdict"] == "recorded"
    assert codes(answer["receipt"]) >= {"device_withdrawn"}
    assert answer["quarantined"]["settled_by"] == park.P.session["person"]["name"]
    (row,) = park.sql(
        "SELECT p.login, f.record FROM fact f JOIN person p ON p.id = f.person_id WHERE f.park_id = :park AND f.id = :id",
        id=late["id"],
    )
    assert row["login"] == park.login("Ph")
    assert "Mr Li" not in row["record"]
    # Its phone gets the answer it got; the desk, asked again, hears that it is there already.
    assert unlocked.tell(late)[0]["verdict"] == "quarantined"
    assert park.P.made(f"quarantine/{late['id']}/admission")["receipt"]["verdict"] == "already_recorded"
    refused = park.P.post(f"quarantine/{late['id']}/set-aside", {"reason": "No."})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "quarantine_settled")


def test_what_is_let_in_before_its_predecessor_waits_and_still_says_where_it_came_from(
    park: Park, phone: Phone
) -> None:
    unlocked = phone.enrol("Ph")
    revoke(park, phone)
    first = phone.generated()
    batch = first["lines"][0]["batch"]
    second = phone.signed(fact("weighed", batch, grams=1990, measured=True, device=phone.id))
    assert [one["verdict"] for one in unlocked.tell(first, second)] == ["quarantined", "quarantined"]
    assert park.R.made(f"quarantine/{second['id']}/admission")["receipt"]["verdict"] == "waiting"
    park.R.made(f"quarantine/{first['id']}/admission")
    found = park.sql(
        'SELECT n.code FROM finding n JOIN fact f ON f.park_id = n.park_id AND f."index" = n."index"'
        " WHERE n.park_id = :park AND f.id = :id",
        id=second["id"],
    )
    assert "device_withdrawn" in {row["code"] for row in found}


def test_what_is_set_aside_stays_out_with_the_reason(park: Park, phone: Phone) -> None:
    unlocked = phone.enrol("Ph")
    revoke(park, phone)
    late = phone.generated()
    unlocked.tell(late)
    done = park.P.made(f"quarantine/{late['id']}/set-aside", {"reason": "Nobody was there that day."})
    assert (done["state"], done["settled_why"]) == ("set_aside", "Nobody was there that day.")
    assert park.P.post(f"quarantine/{late['id']}/admission").get_json()["code"] == "quarantine_settled"
    assert unlocked.tell(late)[0]["verdict"] == "quarantined"


def test_the_books_may_refuse_what_is_let_in_and_it_stays_in_quarantine(park: Park, phone: Phone) -> None:
    unlocked = phone.enrol("Ph")
    revoke(park, phone)
    late = phone.signed(fact("manifest_voided", manifest=fresh(), device=phone.id))
    assert unlocked.tell(late)[0]["verdict"] == "turned_away"
    unclear = phone.signed(
        fact("signed", manifest=fresh(), device=phone.id, details={"side": "generator", "sealed": "AA"})
    )
    assert unlocked.tell(unclear)[0]["verdict"] == "quarantined"
    answer = park.P.made(f"quarantine/{unclear['id']}/admission")
    assert (answer["receipt"]["verdict"], answer["quarantined"]["state"]) == ("turned_away", "held")
    assert "sealed" not in answer["quarantined"]["told"]["details"]


def test_quarantine_is_the_tellers_enterprises_and_the_parks_business(park: Park, other: Park, phone: Phone) -> None:
    unlocked = phone.enrol("Ph")
    revoke(park, phone)
    late = phone.generated()
    unlocked.tell(late)
    for desk in (park.T, other.P, other.R):
        assert late["id"] not in [row["fact"] for row in desk.got("quarantine")["items"]]
        assert desk.post(f"quarantine/{late['id']}/admission").status_code == 404
        assert desk.post(f"quarantine/{late['id']}/set-aside", {"reason": "x"}).status_code == 404
    with store.transaction(park.engine, other.key) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM quarantine").scalar_one() == 0
    assert late["id"] in [row["fact"] for row in park.R.got("quarantine", query_string={"state": "held"})["items"]]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda told: told | {"signature": base64url(bytes(64))}, "device_signature_wrong"),
        (lambda told: told | {"signature": "…"}, "device_signature_wrong"),
        (lambda told: told | {"signature": {"r": 1}}, "device_signature_wrong"),
        (lambda told: told | {"private": {"note": "added later"}}, "device_signature_wrong"),
        (lambda told: {name: told[name] for name in told if name != "signature"}, "device_signature_missing"),
    ],
)
def test_a_signature_that_is_wrong_or_missing_is_found_odd_and_the_fact_recorded(
    phone: Phone, spoil: Callable[[dict[str, Any]], dict[str, Any]], code: str
) -> None:
    receipt = phone.enrol("Ph").told(spoil(phone.generated()))
    assert codes(receipt) == {code}


@pytest.mark.parametrize(
    "case", json.loads(VECTORS.read_text(encoding="utf-8"))["cases"], ids=lambda case: case["canonical"]
)
def test_what_is_signed_is_written_as_the_phone_writes_it(case: dict[str, Any]) -> None:
    assert quarantine.canonical(case["value"] | {"signature": "not signed itself"}) == case["canonical"].encode()


def test_a_phone_that_was_never_registered_signs_nothing_and_nobody_minds(park: Park) -> None:
    told = fact("generated", fresh(), grams=5, measured=True, details={"class": SLUDGE}, device=fresh())
    assert codes(park.P.told(told)) == set()


def test_what_a_phone_signed_is_kept_and_believed_later(park: Park, phone: Phone) -> None:
    unlocked = phone.enrol("Ph")
    told = phone.generated()
    unlocked.told(told)
    plain = {name: value for name, value in told.items() if name != "signature"}
    (row,) = park.sql(
        'SELECT "right", signed_digest FROM fact_signature WHERE park_id = :park AND fact_id = :id', id=told["id"]
    )
    assert row["right"] is True
    assert bytes(row["signed_digest"]) == hashlib.sha256(rfc8785.dumps(plain)).digest()
    # Signed anew, as each sending does, it is the same fact.
    assert unlocked.tell(phone.signed(plain))[0]["verdict"] == "already_recorded"
    with store.transaction(park.engine, park.key) as connection:
        ask = (connection, park.key, UUID(phone.id))
        assert devices.verify(*ask, rfc8785.dumps(plain), told["signature"])
        assert not devices.verify(*ask, rfc8785.dumps(plain | {"kind": "weighed"}), told["signature"])
        assert not devices.verify(connection, park.key, UUID(fresh()), rfc8785.dumps(plain), told["signature"])


def test_a_phone_that_lost_its_key_makes_another_and_both_are_believed(park: Park, phone: Phone) -> None:
    phone.enrol("Ph")
    old = phone.generated()
    phone.key = ec.generate_private_key(ec.SECP256R1())
    unlocked = phone.enrol("Ph")
    assert codes(unlocked.told(old)) == set()
    assert codes(unlocked.told(phone.generated())) == set()
