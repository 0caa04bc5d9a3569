"""Everybody can use the phone: a screen reader finds what it needs, and a narrow phone shows all of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.browser import handset
from tests.browser.conftest import Site
from tracker import store

OpenPhone = Callable[..., Page]
Snap = Callable[[Page, str], None]
AXE = Path(__file__).resolve().parents[2] / "mobile_web" / "node_modules" / "axe-core" / "axe.min.js"
NARROW = {"width": 320, "height": 568}
#: What a screen does badly, by rule and place; the grave kinds only.
GRAVE = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] })
  return found.violations.filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')}: ${node.failureSummary}`))
}"""
#: Boxes that stick out of a narrow screen, and are not meant to be pushed aside.
TOO_WIDE = """() => document.documentElement.scrollWidth > innerWidth
  ? [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
      .map((one) => `${one.tagName}.${one.className}`).slice(0, 5)
  : []"""


class Look:
    """Looks at a screen as a reader of it would, and on the narrowest phone; collects what is wrong."""

    def __init__(self, page: Page, snap: Snap, language: str) -> None:
        self.page, self.snap, self.language = page, snap, language
        self.axe = AXE.read_text()
        self.wrong: dict[str, Any] = {}

    def at(self, name: str, ready: str) -> None:
        expect(self.page.get_by_test_id(ready).first).to_be_visible()
        expect(self.page.get_by_test_id("waiting")).to_have_count(0)
        size = self.page.viewport_size
        self.snap(self.page, f"phone-all-{name}-{self.language}")
        if not self.page.evaluate("() => 'axe' in globalThis"):
            self.page.evaluate(self.axe)
        self.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        found = [*self.page.evaluate(GRAVE), *self.page.evaluate(TOO_WIDE)]
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        if found:
            self.wrong[name] = found

    def opened(self, name: str, path: str, ready: str) -> None:
        handset.go(self.page, path)
        self.at(name, ready)


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest, site: Site) -> Iterator[str]:
    """The language of whoever looks: the app follows the person, and before it knows them the phone."""
    _speak(site, request.param)
    yield request.param
    _speak(site, "zh")


def _speak(site: Site, language: str) -> None:
    engine = store.engine(site.database_url)
    with store.transaction(engine) as connection:
        connection.execute(
            text("UPDATE person SET language = :language WHERE login = ANY(:people)"),
            {"language": language, "people": [site.login(who) for who in ("t", "p")]},
        )
    engine.dispose()


#: The camera is there, or the screen says that it is not.
SEEING = """() => document.querySelector('video')?.readyState >= 2
  || document.querySelector('[data-testid=camera-trouble]') !== null"""


def test_every_screen_of_a_driver_is_for_everybody(site: Site, phone: OpenPhone, snap: Snap, language: str) -> None:
    drum, lost = handset.waiting_for_T(site, 2)
    page = phone("t", enrolling=True, language={"zh": "zh-CN", "en": "en-GB"}[language])
    look = Look(page, snap, language)
    look.at("choose", "choose-pin")
    handset.choose_pin(page)
    handset.packed(page, 2)
    page.wait_for_function(SEEING)
    look.at("scan", "scan")
    look.opened("type", "/app/type", "typed-code")
    look.opened("what", f"/app/what/{drum.code}", "what")
    look.opened("act", f"/app/act/picked_up/{drum.code}", "act")
    page.get_by_test_id("grams-input").click()
    look.at("keypad", "key-1")
    page.context.set_offline(True)
    for each in (drum, lost):
        handset.pick_up(page, each)
    look.at("unsent", "send-now")
    page.get_by_test_id("sign-here").click()
    look.at("sign", "sign-submit")
    look.opened("outbox", "/app/outbox", "outbox-row")
    page.context.set_offline(False)
    expect(page.get_by_test_id("outbox-empty")).to_be_visible()
    page.get_by_test_id("done-row").first.click()
    look.at("recorded", "verdict")
    _verdicts(look, lost)
    look.opened("me", "/app/me", "me")
    look.opened("tray", "/app/many", "tray")
    handset.go(page, "/app/me")
    page.get_by_test_id("lock-now").click()
    look.at("unlock", "unlock")
    assert look.wrong == {}


#: How the server may answer, laid over a real answer: each has words of its own.
def _verdicts(look: Look, drum: handset.Drum) -> None:
    page = look.page
    problem = {
        "code": "batch_unknown",
        "status": 422,
        "title": "x",
        "zh": "没有这个批次。",
        "en": "No such batch.",
        "errors": [],
    }
    for verdict in ("already_recorded", "waiting", "conflict", "turned_away", "quarantined"):

        def answered(route: Any, *, verdict: str = verdict) -> None:
            facts = route.request.post_data_json["facts"]
            told: dict[str, Any] = {"verdict": verdict, "index": None, "findings": [], "waits_for": None}
            if verdict in {"turned_away", "conflict"}:
                told["problem"] = problem
            route.fulfill(json={"receipts": [{"id": fact["id"]} | told for fact in facts]})

        page.route("**/api/v1/sync", answered)
        handset.go(page, f"/app/act/arrived/{drum.code}")
        page.get_by_test_id("confirm").click()
        expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", verdict)
        look.at(verdict.replace("_", "-"), "verdict")
        page.unroute("**/api/v1/sync")


def test_what_a_generator_fills_in_and_what_anybody_may_see_is_for_everybody(
    site: Site, phone: OpenPhone, snap: Snap, language: str
) -> None:
    (drum,) = handset.waiting_for_T(site, 1)
    with handset.Program(site, "p") as p:
        printed = p.get(f"batches/{drum.batch}")["label_text"]
    page = phone("p", language={"zh": "zh-CN", "en": "en-GB"}[language])
    look = Look(page, snap, language)
    look.opened("new", "/app/new", "class-search")
    look.opened("ship", "/app/ship", "ship-batches")
    look.opened("roadside", "/app/roadside", "roadside")
    page.get_by_test_id("roadside-input").fill(drum.code)
    page.get_by_test_id("roadside-submit").click()
    look.at("roadside-found", "road-verdict")
    look.opened("signing-pin", "/app/pin", "pin-page")
    look.opened("me-cookie", "/app/me", "me")
    page.get_by_test_id("logout").click()
    look.at("login", "login")
    look.opened("public", f"/M/{printed.rpartition('/')[2]}", "public-label")
    assert look.wrong == {}
