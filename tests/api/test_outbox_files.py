"""A phone without a network: its records come to the desk as a file and are told in the name of who made them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from api import believing
from tests.api.parks import Park, fact
from tests.api.said import said
from tracker.parties import Caller, Who
from tracker.problems import Problem
from tracker.store import Connection

DEVICE = "01990000-0000-7000-8000-00000000d001"
GOOD = "made-by-the-phone"


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> None:
    """A register of devices that believes one signature."""

    def believes(
        connection: Connection, _caller: Caller, body: Mapping[str, Any], person: UUID, _device: UUID, signature: str
    ) -> Who | Problem:
        assert "signature" not in body
        if signature != GOOD:
            return Problem("carried_device_unknown")
        row = connection.execute(
            text("SELECT p.id, p.enterprise_id, e.uuid FROM person p JOIN enterprise e ON e.id = p.enterprise_id"
                 " WHERE p.uuid = :person"), {"person": person}
        ).one()  # fmt: skip
        return Who(row.id, person, row.enterprise_id, row.uuid)

    monkeypatch.setattr(believing, "_by_device", lambda: believes)


def made(signature: str | None = GOOD, **given: Any) -> dict[str, Any]:
    body = fact("generated", str(fact("x")["id"]), grams=5_000, measured=True, details={"class": _SLUDGE}, **given)
    return body if signature is None else body | {"signature": signature}


_SLUDGE = {"scheme": "CN-SW", "edition": "2024", "code": "900-099-S07"}


def person_of(park: Park, name: str) -> str:
    return str(park.person(name).session["person"]["id"])


def bring(park: Park, who: str, of: str, *facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    body = {"person": person_of(park, of), "device": DEVICE, "facts": list(facts)}
    receipts: list[dict[str, Any]] = park.person(who).made("outbox-files", body)["receipts"]
    return receipts


def test_the_manager_brings_in_what_a_handler_recorded_and_it_stands_in_the_handlers_name(park: Park) -> None:
    one, two = made(), made()
    receipts = bring(park, "P", "Ph", one, two)
    assert [receipt["verdict"] for receipt in receipts] == ["recorded", "recorded"]
    rows = park.sql("SELECT p.uuid FROM fact f JOIN person p ON p.id = f.person_id WHERE f.id = :id", id=one["id"])
    assert [str(row["uuid"]) for row in rows] == [person_of(park, "Ph")]


def test_bringing_a_file_in_twice_doubles_nothing_nor_does_the_phone_that_sends_it_after_all(park: Park) -> None:
    one = made()
    (first,) = bring(park, "P", "Ph", one)
    (again,) = bring(park, "R", "Ph", one)
    (sent,) = park.Ph.tell({name: value for name, value in one.items() if name != "signature"})
    assert (again["verdict"], sent["verdict"]) == ("already_recorded", "already_recorded")
    assert {first["index"], again["index"], sent["index"]} == {first["index"]}


@pytest.mark.parametrize(
    ("who", "signature", "code"),
    [
        ("P", None, "carried_unsigned"),
        ("P", "", "carried_unsigned"),
        ("P", "of another phone", "carried_device_unknown"),
        ("T", GOOD, "carried_not_yours"),
    ],
)
def test_what_cannot_be_attributed_is_turned_away_told_why_and_kept(
    park: Park, who: str, signature: str | None, code: str
) -> None:
    bad, good = made(signature), made()
    receipts = bring(park, who, "Ph", bad, good)
    assert receipts[0]["verdict"] == "turned_away"
    assert said(receipts[0]["problem"]) == code
    kept = park.sql("SELECT told FROM turned_away WHERE park_id = :park AND fact_id = :id", id=bad["id"])
    assert len(kept) == 1
    assert receipts[1]["verdict"] == ("turned_away" if who == "T" else "recorded")


def test_a_fact_that_cannot_be_read_holds_up_no_other(park: Park) -> None:
    receipts = bring(park, "R", "Ph", made() | {"kind": "sold"}, made())
    assert [receipt["verdict"] for receipt in receipts] == ["turned_away", "recorded"]


def test_without_a_register_of_devices_nobody_is_believed(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(believing, "_by_device", lambda: None)
    (receipt,) = bring(park, "P", "Ph", made())
    assert receipt["problem"]["code"] == "carried_device_unknown"
