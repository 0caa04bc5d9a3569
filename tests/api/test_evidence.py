"""Photos on their way: part by part, resumed after whatever happens, let in by their hash, seen by whom they concern."""

import errno
import hashlib
import io
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from tests.api.parks import HERE, Park, Person, fact
from tests.api.said import said
from tracker import evidence, store, watches
from tracker.evidence import arriving

PART = 64 * 1024


def photo(size: int = 200_000) -> bytes:
    """A JPEG nobody else has, of about so many bytes."""
    made = io.BytesIO()
    Image.frombytes("RGB", (64, 64), os.urandom(64 * 64 * 3)).save(made, "JPEG")
    return made.getvalue() + os.urandom(max(0, size - made.tell()))


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def begin(who: Person, content: bytes, media: str = "image/jpeg") -> dict[str, Any]:
    found: dict[str, Any] = who.made(f"evidence/{sha(content)}", {"bytes": len(content), "media": media})
    return found


def part(who: Person, content: bytes, offset: int, size: int = PART) -> TestResponse:
    given = {"data": content[offset : offset + size], "content_type": "application/octet-stream"}
    return who.call("PATCH", f"evidence/{sha(content)}", headers={"Upload-Offset": str(offset)}, **given)


def sent(who: Person, content: bytes, media: str = "image/jpeg") -> dict[str, Any]:
    """The last answer of a whole upload."""
    found = begin(who, content, media)
    while not found["complete"]:
        answer = part(who, content, found["offset"])
        assert answer.status_code == 200, answer.text
        found = answer.get_json()
    return found


def refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.get_json()["code"]) == (status, code), answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def named(content: bytes, what: str = "photo") -> list[dict[str, Any]]:
    return [{"sha256": sha(content), "bytes": len(content), "media": "image/jpeg", "what": what}]


@pytest.fixture(scope="module")
def folder(app: Flask) -> Any:
    return app.extensions["config"].var / "evidence"


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Breaks the disk for as long as the test wants."""

    def break_it(number: int) -> None:
        def fail(*_: Any) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", fail)

    yield break_it
    monkeypatch.undo()


# --- sending ---------------------------------------------------------------------------------------------------------


def test_a_photo_comes_part_by_part_and_is_there_whole(park: Park, folder: Any) -> None:
    content = photo()
    assert begin(park.Th, content) == {"sha256": sha(content), "bytes": len(content), "offset": 0, "complete": False}
    assert part(park.Th, content, 0).get_json()["offset"] == PART
    assert begin(park.Th, content)["offset"] == PART, "asked again it says where to go on"
    assert sent(park.Th, content)["complete"]
    answer = park.Th.get(f"evidence/{sha(content)}")
    assert (answer.status_code, answer.data) == (200, content)
    assert list(folder.rglob("parts/**/" + sha(content) + "/*")) == [], "its parts are forgotten"
    assert begin(park.Th, content)["complete"], "sent again it is there already"
    assert part(park.Th, content, 0).get_json()["complete"]


def test_how_far_it_is_can_be_asked_without_a_body(park: Park) -> None:
    content = photo()
    assert park.Th.call("HEAD", f"evidence/{sha(content)}").status_code == 404
    begin(park.Th, content)
    part(park.Th, content, 0)
    headers = park.Th.call("HEAD", f"evidence/{sha(content)}").headers
    told = [headers[name] for name in ("Upload-Offset", "Upload-Length", "Upload-Complete")]
    assert told == [str(PART), str(len(content)), "?0"]
    sent(park.Th, content)
    assert park.Th.call("HEAD", f"evidence/{sha(content)}").headers["Upload-Complete"] == "?1"
    assert park.R.call("HEAD", f"evidence/{sha(content)}").status_code == 403


def test_a_part_that_begins_elsewhere_is_told_where_to_go_on(park: Park) -> None:
    content = photo()
    begin(park.Th, content)
    part(park.Th, content, 0)
    for wrong in (0, 2 * PART):
        problem = refused(part(park.Th, content, wrong), 409, "evidence_offset_wrong")
        assert problem["params"]["offset"] == PART
    assert sent(park.Th, content)["complete"]


def test_a_worker_that_dies_after_writing_a_part_costs_that_part_alone(park: Park, monkeypatch: Any) -> None:
    content = photo()
    begin(park.Th, content)
    part(park.Th, content, 0)
    keep = evidence.FolderStore.put

    def die(store: Any, name: str, body: bytes) -> None:
        keep(store, name, body)
        raise RuntimeError("killed between the disk and the database")

    with monkeypatch.context() as dying:
        dying.setattr(evidence.FolderStore, "put", die)
        assert part(park.Th, content, PART, 10_000).status_code == 500
    assert begin(park.Th, content)["offset"] == PART
    assert sent(park.Th, content)["complete"]
    assert park.Th.get(f"evidence/{sha(content)}").data == content


def test_a_worker_that_dies_at_the_very_end_loses_nothing(park: Park, monkeypatch: Any) -> None:
    content = photo(20_000)
    begin(park.Th, content)

    def die(*_: Any) -> None:
        raise RuntimeError("killed after the commit, before tidying up")

    with monkeypatch.context() as dying:
        dying.setattr(evidence, "tidy", die)
        assert part(park.Th, content, 0).status_code == 500
    assert begin(park.Th, content)["complete"]
    assert park.Th.get(f"evidence/{sha(content)}").data == content


def test_a_full_disk_says_so_and_the_upload_goes_on_where_it_was(park: Park, disk: Any, monkeypatch: Any) -> None:
    content = photo()
    begin(park.Th, content)
    part(park.Th, content, 0)
    disk(errno.ENOSPC)
    refused(part(park.Th, content, PART), 503, "evidence_store_full")
    disk(errno.EIO)
    refused(part(park.Th, content, PART), 503, "evidence_store_unreachable")
    monkeypatch.undo()
    assert begin(park.Th, content)["offset"] == PART
    assert sent(park.Th, content)["complete"]


def test_what_does_not_have_its_hash_is_not_let_in_and_begins_anew(park: Park) -> None:
    content = photo(3 * PART)
    begin(park.Th, content)
    path, headers = f"evidence/{sha(content)}", {"Upload-Offset": "0"}
    part(park.Th, content, 0)
    part(park.Th, content, PART)
    forged = {"data": b"x" * PART, "content_type": "application/octet-stream"}
    answer = park.Th.call("PATCH", path, headers={"Upload-Offset": str(2 * PART)}, **forged)
    refused(answer, 422, "evidence_hash_wrong")
    assert park.Th.get(path).status_code == 404
    assert begin(park.Th, content)["offset"] == 0
    assert sent(park.Th, content)["complete"]
    assert headers


@pytest.mark.parametrize(
    ("media", "content"),
    [("image/png", photo(100)), ("image/jpeg", b"<svg onload=alert(1)>" * 9), ("application/pdf", b"MZ" + b"\0" * 90)],
    ids=["a JPEG as PNG", "a drawing with a script", "a program as PDF"],
)
def test_what_is_not_what_it_says_is_not_taken(park: Park, media: str, content: bytes) -> None:
    begin(park.Th, content, media)
    refused(part(park.Th, content, 0), 422, "evidence_not_what_it_says")
    # One byte at a time no beginning is long enough to judge; the whole is.
    for offset in range(len(content) - 1):
        if offset < evidence.media.HEAD:
            assert part(park.Th, content, offset, 1).status_code == 200
    refused(part(park.Th, content, min(evidence.media.HEAD, len(content) - 1)), 422, "evidence_not_what_it_says")
    assert begin(park.Th, content, media)["offset"] == 0


@pytest.mark.parametrize("media", ["image/webp", "application/pdf"])
def test_what_is_what_it_says_is_taken(park: Park, media: str) -> None:
    head = b"RIFF\x00\x00\x00\x00WEBPVP8 " if media == "image/webp" else b"%PDF-1.7\n"
    content = head + os.urandom(500)
    assert sent(park.Th, content, media)["complete"]
    answer = park.Th.get(f"evidence/{sha(content)}")
    shown = "inline" if media == "image/webp" else "attachment"
    assert answer.headers["Content-Disposition"].startswith(shown)


def test_limits_are_said_with_what_to_do(park: Park) -> None:
    content = photo(100)
    path = f"evidence/{sha(content)}"
    refused(park.Th.post(path, {"bytes": 20_000_001, "media": "image/jpeg"}), 413, "evidence_too_large")
    refused(park.Th.post(path, {"bytes": 0, "media": "image/jpeg"}), 422, "field_malformed")
    refused(park.Th.post(path, {"bytes": 9, "media": "image/svg+xml"}), 422, "evidence_media_unknown")
    refused(park.Th.post("evidence/ABC", {"bytes": 9, "media": "image/jpeg"}), 422, "evidence_hash_malformed")
    refused(part(park.Th, content, 0), 404, "evidence_not_begun")
    begin(park.Th, content)
    refused(park.Th.call("PATCH", path, data=b"x"), 422, "evidence_offset_missing")
    refused(park.Th.call("PATCH", path, data=b"x", headers={"Upload-Offset": "-1"}), 422, "evidence_offset_missing")
    large = b"\xff\xd8\xff" + b"x" * evidence.PART_MAX
    refused(park.Th.call("PATCH", path, data=large, headers={"Upload-Offset": "0"}), 413, "evidence_part_too_large")
    long = park.Th.call("PATCH", path, data=content + b"more", headers={"Upload-Offset": "0"})
    refused(long, 422, "evidence_longer_than_told")


def test_told_another_size_the_upload_begins_anew(park: Park) -> None:
    content = photo()
    begin(park.Th, content)
    part(park.Th, content, 0)
    again = park.Th.made(f"evidence/{sha(content)}", {"bytes": len(content) + 1, "media": "image/jpeg"})
    assert again["offset"] == 0
    assert sent(park.Th, content)["complete"]


def test_two_phones_send_the_same_photo_at_once(park: Park) -> None:
    """One person on two phones: each part is taken once, and whoever is behind is told where to go on."""
    content = photo(12 * PART)
    keys = [park.key_of("Th") for _ in range(2)] + [park.key_of("Ph")]
    found: list[bool] = []

    def phone(key: str) -> None:
        who, offset = park.someone(Authorization=f"Bearer {key}"), 0
        state = begin(who, content)
        offset = state["offset"]
        while not state["complete"]:
            answer = part(who, content, offset)
            state = answer.get_json()
            if answer.status_code == 409:
                offset, state = state["params"]["offset"], {"complete": False}
            else:
                assert answer.status_code == 200, answer.text
                offset = state["offset"]
        found.append(True)

    phones = [threading.Thread(target=phone, args=(key,)) for key in keys]
    for one in phones:
        one.start()
    for one in phones:
        one.join(60)
    assert found == [True, True, True]
    # Until a fact names it, it is whoever's whose last part came first.
    assert content in [who.get(f"evidence/{sha(content)}").data for who in (park.Th, park.Ph)]
    assert (
        park.sql("SELECT count(*) FROM evidence WHERE sha256 = :hash", hash=bytes.fromhex(sha(content)))[0]["count"]
        == 1
    )


# --- seeing ----------------------------------------------------------------------------------------------------------


def test_a_photo_is_seen_by_whom_its_fact_concerns_and_by_nobody_else(park: Park, other: Park) -> None:
    content = photo()
    path = f"evidence/{sha(content)}"
    batch = park.P.generated()
    manifest = park.issued(batch)
    sent(park.Th, content)
    for who in ("P", "D", "S"):
        refused(park.person(who).get(path), 404, "not_found")
    told = fact("picked_up", manifest=manifest["id"], place=HERE, evidence=named(content))
    park.Th.told(told)
    for who in ("Th", "T", "P", "Ph", "D", "R", "I", "A"):
        assert park.person(who).get(path).data == content, who
    refused(park.S.get(path), 404, "not_found")
    refused(other.R.get(path), 404, "not_found")
    refused(other.P.get(path), 404, "not_found")


def test_a_photo_is_shown_so_that_it_can_do_no_harm(park: Park) -> None:
    content = photo()
    sent(park.Th, content)
    headers = park.Th.get(f"evidence/{sha(content)}").headers
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Content-Disposition"] == f'inline; filename="{sha(content)[:12]}.jpg"'
    assert headers["Cache-Control"].startswith("private")


def test_a_fact_says_of_each_photo_whether_it_has_arrived(park: Park) -> None:
    here, late = photo(), photo()
    batch = park.P.generated()
    sent(park.P, here)
    park.P.told(
        fact("weighed", batch, grams=1_000_000, measured=True, evidence=named(here, "scale_ticket") + named(late))
    )
    for path, key in ((f"batches/{batch}/facts", "items"), (f"trace/{batch}", "facts")):
        told = next(one for one in park.R.got(path)[key] if one["kind"] == "weighed")
        assert [(one["what"], one["arrived"]) for one in told["evidence"]] == [("scale_ticket", True), ("photo", False)]
    sent(park.P, late)
    told = next(one for one in park.P.got(f"batches/{batch}/facts")["items"] if one["kind"] == "weighed")
    assert [one["arrived"] for one in told["evidence"]] == [True, True]


def test_a_fact_whose_photo_stays_away_is_told_once_and_settled_when_it_comes(park: Park, engine: Engine) -> None:
    late = photo()
    batch = park.P.generated()
    weighed = fact("weighed", batch, grams=1_000_000, measured=True, evidence=named(late))
    park.P.told(weighed)

    def alerts() -> list[tuple[str, bool]]:
        found = (
            "SELECT subject, settled_at FROM alert WHERE code = 'evidence_missing' AND subject = CAST(:fact AS uuid)"
        )
        return [(str(row["subject"]), row["settled_at"] is not None) for row in park.sql(found, fact=weighed["id"])]

    watches.watch(engine, now=datetime.now(UTC) + timedelta(hours=47))
    assert alerts() == []
    for _ in range(2):
        watches.watch(engine, now=datetime.now(UTC) + timedelta(hours=49))
        assert alerts() == [(weighed["id"], False)]
    shown = next(one for one in park.P.got("alerts")["items"] if one["code"] == "evidence_missing")
    assert "48" in shown["zh"]
    sent(park.P, late)
    watches.watch(engine)
    assert alerts() == [(weighed["id"], True)]


# --- cleaning --------------------------------------------------------------------------------------------------------


def test_an_upload_nobody_goes_on_with_is_forgotten_after_thirty_days(
    park: Park, engine: Engine, app: Flask, folder: Any
) -> None:
    left, whole = photo(), photo()
    begin(park.Th, left)
    part(park.Th, left, 0)
    sent(park.Th, whole)
    parts = folder / "parts"
    assert [path for path in parts.rglob("*") if path.is_file() and sha(left) in str(path)]
    store = app.extensions["evidence"]
    evidence.clean(engine, store, now=datetime.now(UTC) + timedelta(days=29))
    assert begin(park.Th, left)["offset"] == PART
    evidence.clean(engine, store, now=datetime.now(UTC) + timedelta(days=31))
    assert begin(park.Th, left)["offset"] == 0
    assert not [path for path in parts.rglob("*") if path.is_file() and sha(left) in str(path)]
    assert park.Th.get(f"evidence/{sha(whole)}").data == whole


# --- why there is no place -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "code"),
    [("denied", "place_denied"), ("unavailable", "place_unavailable"), ("declined", "place_declined"),
     ("not_asked", "place_missing"), (None, "place_missing")],
)  # fmt: skip
def test_a_place_that_was_refused_is_a_finding_and_no_stop(park: Park, reason: str | None, code: str) -> None:
    manifest = park.issued(park.P.generated())
    told = fact("picked_up", manifest=manifest["id"]) | ({"no_place": reason} if reason else {})
    (receipt,) = park.T.tell(told)
    assert receipt["verdict"] == "recorded"
    found = {one["code"]: one["severity"] for one in receipt["findings"]}
    assert found[code] == "note"
    assert len([one for one in found if one.startswith("place_")]) == 1
    (again,) = park.T.tell(told)
    assert again["verdict"] == "already_recorded"
    if reason:
        (forged,) = park.T.tell(told | {"no_place": "declined" if reason != "declined" else "denied"})
        assert forged["verdict"] == "turned_away", "the reason is part of what was told"


def test_the_books_close_over_all_of_it(park: Park) -> None:
    from tracker import store, verify

    with store.transaction(park.engine) as connection:
        assert verify.park(connection, park.key).differences == []
    park.sql('INSERT INTO evidence_named (park_id, "index", sha256) VALUES (:park, 1, :hash)', hash=b"\x01" * 32)
    with store.transaction(park.engine) as connection:
        assert verify.park(connection, park.key).differences == [f"evidence {'01' * 32} of entry 1: in the table"]


def test_whoever_begins_too_many_finishes_some_first(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = [photo(1_000) for _ in range(4)]
    monkeypatch.setattr(arriving, "UNFINISHED_MAX", 3 + _unfinished(park))
    for content in (first, *others[:2]):
        begin(park.Ph, content)
    told = {"bytes": len(others[2]), "media": "image/jpeg"}
    problem = refused(park.Ph.post(f"evidence/{sha(others[2])}", told), 429, "evidence_too_many")
    said(problem)
    assert begin(park.Ph, first)["offset"] == 0, "what was begun goes on"
    assert begin(park.T, others[2])["offset"] == 0, "others are not kept from theirs"
    assert sent(park.Ph, first)["complete"]
    assert begin(park.Ph, others[2])["offset"] == 0


def _unfinished(park: Park) -> int:
    """What other tests left behind of this person's."""
    mine = "SELECT count(*) FROM evidence_upload WHERE person_id = (SELECT id FROM person WHERE uuid = %s)"
    with store.transaction(park.engine, park.key) as connection:
        return int(connection.exec_driver_sql(mine, (park.Ph.session["person"]["id"],)).scalar_one())
