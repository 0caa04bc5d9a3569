"""Every way a request can fail ends in problem+json, in the language that was asked for; and what else every answer has."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from api import health
from api.app import create_app
from api.config import Config
from tests.api.parks import API, Park, fact
from tracker import store

PROBLEM = {"type", "title", "status", "code", "detail", "zh", "en", "pointer", "params", "errors", "request_id"}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert set(body) == PROBLEM
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:waste-tracker:problem:{code}"
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert body["detail"] in (body["zh"], body["en"])
    assert re.search(r"[\u4e00-\u9fff]", body["zh"])
    return body


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "nothing", 404, "not_found"),
        ("POST", "nothing", 404, "not_found"),
        ("DELETE", "batches/x/y/z", 404, "not_found"),
        ("GET", "batches/x/label.gif", 404, "not_found"),
        ("GET", "enterprises/not-a-uuid", 404, "not_found"),
        ("POST", "findings/" + "9" * 5000 + "/answer", 404, "not_found"),
        ("DELETE", "batches", 405, "method_not_allowed"),
        ("PATCH", "session", 405, "method_not_allowed"),
        ("GET", "sync", 405, "method_not_allowed"),
        ("GET", "batches/a%00b", 400, "request_malformed"),
        ("GET", "batches?q=%00", 400, "request_malformed"),
        ("GET", "batches?limit=0", 422, "field_malformed"),
        ("GET", "batches?limit=201", 422, "field_malformed"),
        ("GET", "batches?limit=ten", 422, "field_malformed"),
        ("GET", "batches?limit=1e1", 422, "field_malformed"),
        ("GET", "batches?limit=" + "9" * 5000, 422, "field_malformed"),
        ("GET", "batches?colour=red", 422, "field_unknown"),
        ("GET", "batches?holder=me", 422, "id_malformed"),
        ("GET", "findings?severity=grave", 422, "field_malformed"),
        ("GET", "findings?open=perhaps", 422, "field_malformed"),
        ("GET", "trace/x?direction=sideways", 422, "field_malformed"),
        ("GET", "catalogue/classes?on=tomorrow", 422, "field_malformed"),
        ("GET", "catalogue/classes/CN-SW/2024/none", 404, "not_found"),
        ("GET", "balance?class=nothing", 404, "not_found"),
        ("GET", "batches/ABCD-EFGH-JK", 422, "human_code_unreadable"),
        ("GET", "manifests/" + "x" * 3000, 404, "not_found"),
        ("GET", "batches?cursor=!", 422, "cursor_malformed"),
        ("GET", "batches?cursor=" + "A" * 101, 422, "text_too_long"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)  # fmt: skip
def test_a_request_that_leads_nowhere_says_so(park: Park, method: str, path: str, status: int, code: str) -> None:
    body = problem(park.R.call(method, path), status, code)
    if "?" in path and status == 422:
        assert body["pointer"] == "/" + path.partition("?")[2].partition("=")[0]


def test_an_address_that_answers_other_methods_names_them(park: Park) -> None:
    answer = park.R.call("DELETE", "batches")
    assert {"GET", "HEAD", "OPTIONS"} == set(answer.headers["Allow"].split(", "))
    assert park.R.call("OPTIONS", "sync").headers["Allow"]
    assert park.R.call("HEAD", "batches").status_code == 200


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "zh"), ("en", "en"), ("en-GB,en;q=0.9,zh;q=0.1", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("fr", "zh"),
        ("*", "zh"), ("zh-Hant;q=0.1, en;q=0.2", "en"), ("nonsense;;q=x", "zh"), ("en;q=0", "zh"),
    ],
)  # fmt: skip
def test_the_sentence_comes_in_the_language_that_was_asked_for(park: Park, asked: str, language: str) -> None:
    body = problem(park.someone().get("session", headers={"Accept-Language": asked}), 401, "not_logged_in")
    assert body["detail"] == body[language]


def test_our_own_fault_is_told_by_number_and_without_its_reason(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        message = "secret of the house"
        raise RuntimeError(message)

    monkeypatch.setattr("tracker.views.desk.summary", broken)
    answer = park.R.get("summary")
    body = problem(answer, 500, "internal_error")
    assert "secret" not in answer.text
    assert body["request_id"] in body["en"]


def test_a_database_that_is_away_is_503_and_nothing_is_lost(app: Flask, var: Any, dist: Any) -> None:
    nowhere = store.engine("postgresql+psycopg://nobody@/nothing?host=/nowhere", pool_size=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "refuse_unsafe", lambda _: None)
        away = create_app(Config(database_url="", var=var, secret_key="x", dist=dist), engine=nowhere).test_client()
    assert away.get("/healthz").get_json() == {"status": "alive"}
    ready = away.get("/readyz")
    assert (ready.status_code, ready.get_json()["status"]) == (503, "the database does not answer, or is empty")
    headers = {"Authorization": "Bearer wm_x"}
    problem(away.get(f"{API}/batches", headers=headers), 503, "database_unavailable")
    problem(away.post(f"{API}/session", json={"login": "x", "password": "y"}), 503, "database_unavailable")
    problem(away.get(f"{API}/keys"), 503, "database_unavailable")


# --- what every answer has -------------------------------------------------------------------------------------------


def test_it_is_ready_only_with_the_newest_schema(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    http = app.test_client()
    assert http.get("/healthz").status_code == 200
    assert http.get("/readyz").get_json() == {"status": "ready"}
    monkeypatch.setattr("tracker.schema.head", lambda: "9999_newer")
    ready = http.get("/readyz")
    assert (ready.status_code, ready.get_json()["status"]) == (
        503,
        "the schema is not the newest: run `tracker migrate`",
    )


def test_every_answer_carries_its_request_id_and_the_log_does_too(
    park: Park, capsys: pytest.CaptureFixture[str]
) -> None:
    given = park.R.get("park", headers={"X-Request-Id": "desk-42.a:b_c"})
    assert given.headers["X-Request-Id"] == "desk-42.a:b_c"
    logged = capsys.readouterr().out
    assert "desk-42.a:b_c" in logged
    assert "/api/v1/park" in logged
    assert park.R.session["person"]["id"] in logged
    made = {park.R.get("park").headers["X-Request-Id"] for _ in range(2)}
    assert len(made) == 2
    for bad in ("x" * 65, "a b", "<script>", "密".encode().decode("latin-1")):
        assert park.R.get("park", headers={"X-Request-Id": bad}).headers["X-Request-Id"] != bad


def test_nothing_of_what_was_sent_stands_in_the_log(park: Park, capsys: pytest.CaptureFixture[str]) -> None:
    park.someone().post("session", {"login": park.login("P"), "password": "hunter2hunter2"})
    park.P.tell(fact("weighed", park.login("P"), private={"driver": "王师傅"}))
    logged = capsys.readouterr().out
    assert "hunter2" not in logged
    assert "王师傅" not in logged


@pytest.mark.parametrize("path", ["/", "/api/v1/keys", "/api/v1/park", "/healthz", "/M/ABC", "/api/v1/nothing"])
def test_every_answer_tells_browsers_to_be_careful(park: Park, path: str) -> None:
    headers = park.someone().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "camera=(self)" in headers["Permissions-Policy"]
    if path in ("/api/v1/park", "/api/v1/nothing"):
        assert headers["Cache-Control"] == "no-store"


def test_metrics_count_requests_by_route_and_facts_by_verdict(park: Park) -> None:
    park.R.get("batches/00000000-0000-7000-8000-000000000000")
    park.P.generated()
    park.R.call("BREW", "batches")
    told = park.someone().get("/metrics")
    assert told.content_type.startswith("text/plain")
    assert 'tracker_requests_total{method="GET",route="/api/v1/batches/<string:what>",status="404"}' in told.text
    assert 'tracker_facts_total{verdict="recorded"}' in told.text
    assert 'method="BREW"' not in told.text
    assert 'method="other"' in told.text
    assert "00000000-0000" not in told.text
    assert 'tracker_request_seconds_bucket{le="0.05",route="/api/v1/sync"}' in told.text
    assert health.REQUESTS is not None


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/app/x", "/M/ABCDEF", "/desk/chain/7", "/apiary", "/" + "x" * 2000, "/a/../b"])
def test_every_address_of_the_app_opens_the_one_page(park: Park, path: str) -> None:
    answer = park.someone().get(path)
    assert answer.status_code == 200
    assert answer.text.startswith("<!doctype html>")
    assert answer.headers["Cache-Control"] == "no-cache"


def test_built_files_are_served_for_ever_and_the_page_is_asked_for_anew(park: Park) -> None:
    answer = park.someone().get("/assets/main-1a2b.js")
    assert answer.text == "export {}"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "javascript" in answer.content_type


def test_the_service_worker_is_asked_for_anew_and_a_file_that_is_gone_is_not_a_page(park: Park, dist: Any) -> None:
    (dist / "sw.js").write_text("self", encoding="utf-8")
    (dist / "app.webmanifest").write_text("{}", encoding="utf-8")
    worker, manifest = park.someone().get("/sw.js"), park.someone().get("/app.webmanifest")
    assert (worker.headers["Cache-Control"], worker.headers["Service-Worker-Allowed"]) == ("no-cache", "/")
    assert "javascript" in worker.content_type
    assert (manifest.headers["Cache-Control"], manifest.mimetype) == ("no-cache", "application/manifest+json")
    assert park.someone().get("/assets/main-gone.js").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/../secret-key", "/assets/../../secret-key", "/..%2fsecret-key", "/%2e%2e/secret-key", "//etc/passwd", "/..\\secret-key",
     "/assets/..%5c..%5csecret-key", "/%2fetc/passwd", "/etc/passwd"],
)  # fmt: skip
def test_no_path_leads_out_of_the_page_nor_tells_what_is_there(park: Park, dist: Any, path: str) -> None:
    (dist.parent / "secret-key").write_text("secret", encoding="utf-8")
    there, nowhere = (
        park.someone().get(path),
        park.someone().get(path.replace("secret-key", "no-such").replace("passwd", "no-such")),
    )
    assert "secret" not in there.text
    assert "root:" not in there.text
    assert (there.status_code, there.content_type) == (nowhere.status_code, nowhere.content_type)


def test_without_a_built_page_the_api_still_answers(engine: Engine, var: Any, tmp_path: Any) -> None:
    bare = create_app(
        Config(database_url="", var=var, secret_key="x", dist=tmp_path / "none"), engine=engine
    ).test_client()
    problem(bare.get("/"), 404, "not_found")
    assert bare.get(f"{API}/keys").status_code == 200


def test_the_app_refuses_a_database_that_could_lose_what_it_acknowledged(database_url: str, var: Any) -> None:
    careless = store.engine(database_url, pool_size=1)
    with careless.begin() as connection:
        connection.execute(text("SET SESSION synchronous_commit = off"))
    with pytest.raises(store.UnsafeDatabase):
        create_app(Config(database_url="", var=var, secret_key="x"), engine=careless)
    careless.dispose()
