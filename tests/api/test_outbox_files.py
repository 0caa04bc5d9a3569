"""A phone without a network: its records come to the desk as a file and are told in the name of who made them."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.api.parks import SLUDGE, Park, fact, fresh
from tests.api.phones import Phone
from tests.api.said import said


@pytest.fixture
def phone(park: Park) -> Phone:
    """The phone of a handler of P."""
    made = Phone(park)
    made.enrol("Ph")
    return made


def made(phone: Phone, *, signed: bool = True, **given: Any) -> dict[str, Any]:
    body = fact("generated", fresh(), grams=5_000, measured=True, details={"class": SLUDGE}, device=phone.id, **given)
    return phone.signed(body) if signed else body


def person_of(park: Park, name: str) -> str:
    return str(park.person(name).session["person"]["id"])


def bring(phone: Phone, who: str, of: str, *facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    body = {"person": person_of(phone.park, of), "device": phone.id, "facts": list(facts)}
    receipts: list[dict[str, Any]] = phone.park.person(who).made("outbox-files", body)["receipts"]
    return receipts


def test_the_manager_brings_in_what_a_handler_recorded_and_it_stands_in_the_handlers_name(
    park: Park, phone: Phone
) -> None:
    one, two = made(phone), made(phone)
    receipts = bring(phone, "P", "Ph", one, two)
    assert [receipt["verdict"] for receipt in receipts] == ["recorded", "recorded"]
    assert not [f for receipt in receipts for f in receipt["findings"] if f["code"].startswith("device_")]
    rows = park.sql("SELECT p.uuid FROM fact f JOIN person p ON p.id = f.person_id WHERE f.id = :id", id=one["id"])
    assert [str(row["uuid"]) for row in rows] == [person_of(park, "Ph")]


def test_bringing_a_file_in_twice_doubles_nothing_nor_does_the_phone_that_sends_it_after_all(
    park: Park, phone: Phone
) -> None:
    one = made(phone)
    (first,) = bring(phone, "P", "Ph", one)
    (again,) = bring(phone, "R", "Ph", one)
    (sent,) = park.Ph.tell({name: value for name, value in one.items() if name != "signature"})
    assert (again["verdict"], sent["verdict"]) == ("already_recorded", "already_recorded")
    assert {first["index"], again["index"], sent["index"]} == {first["index"]}


@pytest.mark.parametrize(
    ("who", "signature", "code"),
    [
        ("P", None, "carried_unsigned"),
        ("P", "", "carried_unsigned"),
        ("P", "of another phone", "carried_device_unknown"),
        ("T", "right", "carried_not_yours"),
    ],
)
def test_what_cannot_be_attributed_is_turned_away_told_why_and_kept(
    park: Park, phone: Phone, who: str, signature: str | None, code: str
) -> None:
    bad, good = made(phone), made(phone)
    if signature is None:
        del bad["signature"]
    elif signature != "right":
        bad["signature"] = signature and Phone(park).signed(bad)["signature"]
    receipts = bring(phone, who, "Ph", bad, good)
    assert receipts[0]["verdict"] == "turned_away"
    assert said(receipts[0]["problem"]) == code
    kept = park.sql("SELECT told FROM turned_away WHERE park_id = :park AND fact_id = :id", id=bad["id"])
    assert len(kept) == 1
    assert receipts[1]["verdict"] == ("turned_away" if who == "T" else "recorded")


def test_a_fact_that_cannot_be_read_holds_up_no_other(phone: Phone) -> None:
    unread = phone.signed(made(phone, signed=False) | {"kind": "sold"})
    receipts = bring(phone, "R", "Ph", unread, made(phone))
    assert [receipt["verdict"] for receipt in receipts] == ["turned_away", "recorded"]


def test_a_phone_speaks_only_for_those_who_work_on_it(phone: Phone) -> None:
    (receipt,) = bring(phone, "R", "P", made(phone))
    assert receipt["problem"]["code"] == "carried_device_unknown"


def test_what_a_withdrawn_phone_recorded_is_quarantined_by_whatever_way_it_comes(park: Park, phone: Phone) -> None:
    park.P.made(f"devices/{phone.id}/revocation", {"reason": "Lost on the road."})
    (receipt,) = bring(phone, "P", "Ph", made(phone))
    assert receipt["verdict"] == "quarantined"
