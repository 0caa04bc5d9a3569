"""An installed app in a basement: it opens without a network, keeps what is recorded, and sends it once, also across an
update of the app in the middle of the queue."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.browser import conftest
from tests.browser.conftest import Site
from tracker import store

OpenPhone = Callable[..., Page]
WEB = Path(__file__).resolve().parents[2] / "mobile_web"
#: Puts rows into the queue as the app writes them: what fifty taps would, in a test that is about what comes after.
QUEUE = """([person, facts]) => new Promise((done, failed) => {
  const opening = indexedDB.open('outbox')
  opening.onerror = failed
  opening.onsuccess = () => {
    const tx = opening.result.transaction(['unsent', 'device'], 'readwrite')
    facts.forEach((fact, n) => tx.objectStore('unsent').add(
      {id: fact.id, person, counter: 1000 + n, savedAt: Date.now(), about: 'batch ' + n, fact, attempts: 0, heard: null}))
    tx.objectStore('device').put(1000 + facts.length, 'counter')
    tx.oncomplete = () => { opening.result.close(); done(facts.length) }
    tx.onerror = failed
  }
})"""
UNSENT = """() => new Promise((done, failed) => {
  const opening = indexedDB.open('outbox')
  opening.onerror = failed
  opening.onsuccess = () => {
    const asked = opening.result.transaction('unsent').objectStore('unsent').count()
    asked.onsuccess = () => { opening.result.close(); done(asked.result) }
  }
})"""


@pytest.fixture
def basement(site: Site, tmp_path: Path) -> Iterator[tuple[Site, Path]]:
    """A server of this test's own on the same database, with a copy of the build that the test may exchange."""
    dist = tmp_path / "dist"
    shutil.copytree(WEB / "dist", dist)
    port = conftest._free_port()
    environment = os.environ | {
        "TRACKER_DATABASE_URL": site.database_url,
        "TRACKER_VAR": str(tmp_path),
        "TRACKER_DIST": str(dist),
        "TRACKER_SECRET_KEY": "browser-test-" * 4,
        "TRACKER_LOGINS_PER_MINUTE": "1000",
    }
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--workers", "1"]
    log = tmp_path / "serve.log"
    with log.open("wb") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out) as server:
        try:
            conftest._ready(f"http://localhost:{port}/readyz", server, log)
            yield replace(site, base=f"http://localhost:{port}"), dist
        finally:
            server.terminate()


def _settled_in(site: Site, page: Page) -> None:
    """Open the app on this server, where the cookie holds too, and wait until it is on the phone."""
    page.goto(site.base)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def _batches(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": str(uuid4()),
            "kind": "generated",
            "observed_at": "2026-11-21T08:30:00+08:00",
            "manifest": None,
            "counter": 1000 + number,
            "lines": [{"batch": str(uuid4()), "grams": 1000 + number, "measured": True}],
            "details": {"class": {"scheme": "CN-SW", "edition": "2024", "code": "900-099-S07"}},
        }
        for number in range(count)
    ]


def _queue(site: Site, page: Page, count: int) -> list[str]:
    me = page.evaluate("() => fetch('/api/v1/session').then((answer) => answer.json())")["person"]["id"]
    facts = _batches(count)
    page.context.set_offline(True)
    assert page.evaluate(QUEUE, [me, facts]) == count
    return [fact["id"] for fact in facts]


def _times_in_the_log(site: Site, ids: list[str]) -> list[int]:
    engine = store.engine(site.database_url)
    with store.transaction(engine, site.park) as connection:
        found = [connection.scalar(text("SELECT count(*) FROM fact WHERE id = :id"), {"id": one}) for one in ids]
    engine.dispose()
    return [int(count or 0) for count in found]


def test_the_app_opens_without_a_network_and_sends_once_what_was_recorded_there(
    basement: tuple[Site, Path], phone: OpenPhone
) -> None:
    site, _ = basement
    page = phone("p")
    _settled_in(site, page)
    page.goto(f"{site.base}/app/outbox")
    ids = _queue(site, page, 60)
    page.reload()
    expect(page.get_by_test_id("problem")).to_be_visible()
    assert page.evaluate(UNSENT) == 60
    context = page.context
    page.close()
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{site.base}/app/outbox")
    expect(page.get_by_test_id("retry")).to_be_visible()
    assert _times_in_the_log(site, ids) == [0] * 60
    context.set_offline(False)
    page.get_by_test_id("retry").click()
    expect(page.get_by_test_id("outbox-empty")).to_be_visible()
    assert page.evaluate(UNSENT) == 0
    assert _times_in_the_log(site, ids) == [1] * 60


def test_an_update_in_the_middle_of_the_queue_keeps_the_queue(basement: tuple[Site, Path], phone: OpenPhone) -> None:
    site, dist = basement
    page = phone("p")
    _settled_in(site, page)
    page.goto(f"{site.base}/app/outbox")
    expect(page.get_by_test_id("outbox")).to_contain_text("dev")
    # The server answers, but takes no facts: the queue stays while the new version comes.
    page.route("**/api/v1/sync", lambda route: route.fulfill(status=503, content_type="text/html", body="<html>"))
    ids = _queue(site, page, 5)
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_test_id("outbox-row")).to_have_count(5)
    expect(page.get_by_test_id("waits-for")).to_have_attribute("data-waits", "server")
    subprocess.run(
        ["npx", "vite", "build", "--outDir", str(dist), "--emptyOutDir"],
        cwd=WEB, env=os.environ | {"APP_VERSION": "the-second"}, check=True, capture_output=True,
    )  # fmt: skip
    page.evaluate("() => navigator.serviceWorker.getRegistration().then((one) => one.update())")
    expect(page.get_by_test_id("update-ready")).to_be_visible()
    expect(page.get_by_test_id("outbox")).to_contain_text("dev")
    page.get_by_test_id("update-now").click()
    expect(page.get_by_test_id("outbox")).to_contain_text("the-second")
    expect(page.get_by_test_id("outbox-row")).to_have_count(5)
    page.unroute("**/api/v1/sync")
    # It sends by itself too: whichever comes first.
    page.evaluate("() => document.querySelector('[data-testid=send-now]')?.click()")
    expect(page.get_by_test_id("outbox-empty")).to_be_visible()
    assert _times_in_the_log(site, ids) == [1] * 5


def test_a_captive_portal_is_said_in_words_and_the_rows_stay(
    basement: tuple[Site, Path], phone: OpenPhone, snap: Callable[[Page, str], None]
) -> None:
    site, _ = basement
    page = phone("p")
    _settled_in(site, page)
    page.goto(f"{site.base}/app/outbox")
    portal = "<html><title>Free Wi-Fi</title>"
    page.route("**/api/v1/sync", lambda route: route.fulfill(status=200, content_type="text/html", body=portal))
    ids = _queue(site, page, 3)
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_test_id("waits-for")).to_have_attribute("data-waits", "portal")
    expect(page.get_by_test_id("outbox-row")).to_have_count(3)
    snap(page, "phone-outbox-portal-zh")
    page.get_by_test_id("outbox-row").first.click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "unsent")
    expect(page.get_by_test_id("still-here")).to_be_visible()
    page.unroute("**/api/v1/sync")
    page.get_by_test_id("send-now").click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded")
    assert _times_in_the_log(site, ids) == [1] * 3
