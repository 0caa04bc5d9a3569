"""Who gets in, to what, and how that ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests import makers
from tests.api.matrix import CASES, EVERYBODY, Case
from tests.api.parks import Park, Person, fact
from tracker import people

ROLES = {"handler": "Ph", "manager": "P", "regulator": "R", "inspector": "I", "auditor": "A"}


@pytest.fixture(scope="module")
def keyed(park: Park) -> dict[str, Person]:
    """A system for each role, so that no case needs a log-in."""
    return {role: park.by_key(name) for role, name in ROLES.items()}


def _called(who: Person, case: Case) -> Any:
    given = {"json": case.body} if case.body is not None else {}
    return who.call(case.method, case.path, headers=case.headers, **given)


def _refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = answer.get_json()
    assert problem["code"] == code, problem
    return problem


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.route)
def test_nobody_without_a_name_gets_in(park: Park, case: Case) -> None:
    answer = _called(park.someone(), case)
    _refused(answer, 401, "not_logged_in")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    _refused(_called(park.someone(Authorization="Bearer wm_guessed"), case), 401, "key_unknown")


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.route)
def test_each_role_may_what_it_may(keyed: dict[str, Person], case: Case, role: str) -> None:
    answer = _called(keyed[role], case)
    if role in case.roles:
        assert answer.status_code == case.allowed, answer.text
    else:
        _refused(answer, 403, "role_may_not")


# --- cookies, keys, and their end ------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "wrong", "密"], ids=ascii)
def test_a_page_of_somebody_else_cannot_use_our_cookie(park: Park, token: str) -> None:
    headers = {"X-CSRF-Token": token.encode().decode("latin-1")}
    for method, path in (
        ("POST", "sync"),
        ("POST", "manifests"),
        ("DELETE", "session"),
        ("PUT", f"manifests/{park.sites['P']}"),
    ):
        _refused(park.P.call(method, path, json={}, headers=headers), 403, "csrf_missing")
    assert park.P.got("session")["csrf"] == park.P.csrf


def test_the_cookie_cannot_be_read_by_a_script_nor_sent_by_another_site(park: Park) -> None:
    answer = park.someone().post("session", {"login": park.login("P"), "password": makers.PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("wm_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "password" not in answer.text


def test_a_cookie_that_was_changed_is_nobodys(park: Park) -> None:
    who = park.someone().log_in(park.login("P"))
    cookie = who.http.get_cookie("wm_session")
    assert cookie is not None
    who.http.set_cookie("wm_session", cookie.value[:-3] + "abc")
    _refused(who.get("session"), 401, "not_logged_in")


def test_log_out_forgets_this_browser(park: Park) -> None:
    who = park.someone().log_in(park.login("T2"))
    assert who.call("DELETE", "session").status_code == 204
    _refused(who.get("session"), 401, "not_logged_in")


def test_a_key_needs_no_token_and_ends_when_it_is_revoked(park: Park) -> None:
    system = park.by_key("T2")
    system.made("sync", {"facts": [fact("generated", park.key_of("R"))]})  # Turned away, but let in.
    assert system.got("session")["person"]["role"] == "manager"
    key = system.headers["Authorization"].removeprefix("Bearer ")
    park.sql("UPDATE api_key SET revoked_at = now() WHERE digest = sha256(:key)", key=key.encode())
    _refused(system.get("session"), 401, "key_unknown")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "bearer x", "Basic cDpw", "Bearer wm_\udcff", "Bearer " + "x" * 5000], ids=ascii
)
def test_an_authorization_nobody_can_read_is_no_fault_of_ours(park: Park, header: str) -> None:
    answer = park.someone(Authorization=header.encode("utf-8", "replace").decode("latin-1")).get("session")
    assert answer.status_code == 401


def test_a_person_who_was_disabled_is_out_at_once_by_every_way(park: Park) -> None:
    who, system = park.someone().log_in(park.login("S")), park.by_key("S")
    park.sql("UPDATE person SET disabled_at = now() WHERE login = :login", login=park.login("S"))
    _refused(who.get("session"), 401, "not_logged_in")
    _refused(system.get("session"), 401, "key_unknown")
    _refused(
        park.someone().post("session", {"login": park.login("S"), "password": makers.PASSWORD}), 401, "login_wrong"
    )


def test_ending_all_sessions_ends_those_there_are_and_no_later_one(park: Park) -> None:
    before = park.someone().log_in(park.login("T2"))
    with park.engine.begin() as connection:
        (row,) = park.sql("SELECT id FROM person WHERE login = :login", login=park.login("T2"))
        people.end_sessions(connection, row["id"])
    _refused(before.get("session"), 401, "not_logged_in")
    assert park.someone().log_in(park.login("T2")).get("session").status_code == 200


def test_a_role_that_was_taken_away_is_gone_with_the_next_call(park: Park) -> None:
    who = park.someone().log_in(park.login("T2"))
    ours = "person_id = (SELECT id FROM person WHERE login = :login)"
    park.sql(f"UPDATE membership SET role = 'auditor' WHERE {ours}", login=park.login("T2"))
    _refused(who.post("sync", {"facts": []}), 403, "role_may_not")
    park.sql(f"DELETE FROM membership WHERE {ours}", login=park.login("T2"))
    _refused(who.get("session"), 401, "not_logged_in")
    _refused(
        park.someone().post("session", {"login": park.login("T2"), "password": makers.PASSWORD}), 401, "login_wrong"
    )


# --- log-in ------------------------------------------------------------------------------------------------------------


def _try(park: Park, login: str, password: str = "wrong") -> Any:
    return park.someone().post("session", {"login": login, "password": password})


def test_wrong_log_ins_wait_longer_each_time_and_a_right_one_clears_that(park: Park) -> None:
    login = park.login("P2")
    for _ in range(5):
        _refused(_try(park, login), 401, "login_wrong")
    waits = []
    for _ in range(4):
        answer = _try(park, login, makers.PASSWORD)
        problem = _refused(answer, 429, "login_slow_down")
        waits.append(problem["params"]["seconds"])
        assert answer.headers["Retry-After"] == str(waits[-1])
        # The wait passes, and the next wrong try makes a longer one.
        park.sql("UPDATE person SET locked_until = now() - interval '1 second' WHERE login = :login", login=login)
        _refused(_try(park, login), 401, "login_wrong")
    assert waits == sorted(waits)
    assert waits[-1] >= 4 * waits[0]
    park.sql("UPDATE person SET locked_until = NULL WHERE login = :login", login=login)
    assert _try(park, login, makers.PASSWORD).status_code == 200
    (row,) = park.sql("SELECT failures, locked_until FROM person WHERE login = :login", login=login)
    assert (row["failures"], row["locked_until"]) == (0, None)


def test_the_wait_never_grows_beyond_a_quarter_of_an_hour(park: Park) -> None:
    login = park.login("P2")
    park.sql("UPDATE person SET failures = 5000 WHERE login = :login", login=login)
    _refused(_try(park, login), 401, "login_wrong")
    (row,) = park.sql("SELECT locked_until FROM person WHERE login = :login", login=login)
    assert row["locked_until"] - datetime.now(UTC) <= timedelta(minutes=15)
    park.sql("UPDATE person SET failures = 0, locked_until = NULL WHERE login = :login", login=login)


def test_a_log_in_costs_one_hash_whether_there_is_such_a_person_or_not(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    matches = people.matches
    monkeypatch.setattr(people, "matches", lambda stored, password: hashed.append(stored) or matches(stored, password))
    nobody = _refused(_try(park, "nobody-has-this"), 401, "login_wrong")
    known = _refused(_try(park, park.login("Ph")), 401, "login_wrong")
    assert {name: nobody[name] for name in ("code", "zh", "en", "params")} == {
        name: known[name] for name in ("code", "zh", "en", "params")
    }
    assert len(hashed) == 2
    # What is compared for nobody is as slow as what a real person has.
    assert hashed[0].split("$")[3] == makers.PASSWORD_HASH.split("$")[3]


def test_a_login_is_read_without_regard_to_case_and_spaces(park: Park) -> None:
    assert _try(park, f"  {park.login('Th').upper()} ", makers.PASSWORD).status_code == 200


def test_one_address_may_not_try_for_ever(app: Flask, park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = app.extensions["login_gate"]
    monkeypatch.setattr(gate, "_per_minute", 0)
    answer = _try(park, park.login("P"), makers.PASSWORD)
    problem = _refused(answer, 429, "login_slow_down")
    assert 1 <= problem["params"]["seconds"] <= 61


# --- what one sees -------------------------------------------------------------------------------------------------------


def test_an_enterprise_sees_its_own_and_what_it_has_a_part_in(park: Park) -> None:
    mine = park.P.generated()
    assert park.person("P2").get(f"batches/{mine}").status_code == 404
    assert park.person("P2").get(f"batches/{mine}/facts").status_code == 404
    assert park.person("P2").got("batches")["items"] == []
    manifest = park.issued(mine)
    for name, status in (("T", 200), ("D", 200), ("R", 200), ("I", 200), ("A", 200), ("P2", 404)):
        who = park.person(name)
        assert who.get(f"batches/{mine}").status_code == status, name
        assert who.get(f"manifests/{manifest['id']}").status_code == status, name
        assert who.get(f"manifests/{manifest['number']}/next").status_code == status, name
        assert who.get(f"manifests/{manifest['number']}/label.png").status_code == status, name
    assert park.person("P2").got("manifests")["items"] == []
    assert park.person("P2").got("search", query_string={"q": manifest["number"]})["items"] == []
    # A batch in somebody's hand is not yet theirs to ship, and its label says so without saying whose it is.
    said = park.person("P2").got("labels/" + manifest["human_code"])
    assert (said["verdict"], said["manifest"], said["problem"]["code"]) == ("genuine", None, "not_found")


def test_an_account_of_others_is_for_the_regulator(park: Park) -> None:
    batch, manifest = park.delivered()
    others = {"enterprise": str(park.companies["D"])}
    assert park.R.got("balance", query_string=others)["received"] >= 1_000_000
    answer = park.person("P2").get("balance", query_string=others)
    assert answer.status_code in (403, 404), answer.text
    assert park.person("P2").got("balance")["generated"] == 0
    for what in (batch, manifest["number"], manifest["human_code"]):
        assert park.person("P2").get(f"trace/{what}").status_code == 404, what


def test_findings_are_for_those_they_are_about(park: Park) -> None:
    batch = park.P.generated()
    park.D.tell(fact("treated", batch, grams=1, details={"treatment": "R4"}))
    for name, count in (("P", 1), ("D", 1), ("R", 1), ("P2", 0), ("T", 0)):
        items = park.person(name).got("findings", query_string={"code": "not_your_batch"})["items"]
        assert len(items) == count, name
    (finding,) = park.R.got("findings", query_string={"code": "not_your_batch"})["items"]
    answer = f"findings/{finding['id']}/answer"
    assert park.person("P2").post(answer, {"text": "not mine"}).status_code == 404
    closed = park.P.made(answer, {"text": "误扫，已核实"})
    assert (closed["answer"], closed["id"]) == ("误扫，已核实", finding["id"])
    assert park.R.got("findings", query_string={"code": "not_your_batch"})["items"] == []
    shut = park.R.got("findings", query_string={"code": "not_your_batch", "open": "false"})["items"]
    assert [one["answer"] for one in shut] == ["误扫，已核实"]
    assert park.R.post(answer, {"text": "again"}).status_code == 404


def test_names_of_people_are_for_their_enterprise_and_the_regulator(park: Park) -> None:
    batch, _ = park.delivered()
    by = {name: park.person(name).got(f"batches/{batch}/facts")["items"] for name in ("P", "D", "R")}
    assert {one["person"] for one in by["R"]} == {"P 员工", "T 员工", "D 员工"}
    assert {one["person"] for one in by["P"]} == {"P 员工", None}
    assert {one["person"] for one in by["D"]} == {"D 员工", None}


def test_another_park_does_not_exist(park: Park, other: Park) -> None:
    theirs, manifest = other.delivered()
    theirs_open = other.P.generated()
    for who in (park.P, park.R, park.A):
        for path in (
            f"batches/{theirs}", f"batches/{theirs}/facts", f"batches/{theirs}/label.png", f"manifests/{manifest['id']}",
            f"manifests/{manifest['number']}", f"trace/{theirs}", f"trace/{manifest['number']}",
            f"qr/{manifest['label_id']}.png", f"batches/{manifest['human_code']}",
        ):  # fmt: skip
            assert who.get(path).status_code == 404, path
        assert who.got("search", query_string={"q": manifest["number"]})["items"] == []
    answer = park.P.post("manifests", park.plan(theirs_open))
    _refused(answer, 404, "not_found")
    # A label of theirs is genuine, and says no more than what is printed on it.
    said = park.R.got("labels/" + manifest["label_text"].rpartition("/M/")[2])
    assert (said["verdict"], said["manifest"], said["batch"]) == ("genuine", None, None)
    # A fact about their batch waits for a batch of ours by that id; nothing of theirs is touched.
    (receipt,) = park.D.tell(fact("weighed", theirs, grams=1, measured=True))
    assert (receipt["verdict"], receipt["waits_for"]) == ("waiting", theirs)
    assert other.D.got(f"batches/{theirs}")["grams"] == 1_000_000
