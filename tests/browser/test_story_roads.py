"""Two roads that bend: a part is refused at the gate and goes home; a figure is corrected once the other side agrees."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests import makers
from tests.api.parks import SLUDGE, fact, fresh
from tests.browser.conftest import DESK, Site

OpenPhone = Callable[..., Page]
Snap = Callable[[Page, str], None]
TONNE = 1_000_000


class Told:
    """Somebody whose programs tell the park what happens, while we look at the screens of the others."""

    def __init__(self, http: httpx.Client, site: Site, who: str) -> None:
        self.http = http
        session = self.post("session", {"login": site.login(who), "password": makers.PASSWORD})
        self.http.headers["X-CSRF-Token"] = session["csrf"]
        self.id = session["enterprise"]["id"]

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def got(self, path: str) -> Any:
        answer = self.http.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    def tell(self, *told: dict[str, Any]) -> None:
        receipts = self.post("sync", {"facts": list(told)})["receipts"]
        assert [receipt["verdict"] for receipt in receipts] == ["recorded"] * len(told), receipts


Somebody = Callable[[str], Told]


@pytest.fixture
def somebody(site: Site) -> Iterator[Somebody]:
    """Logs in the programs of an enterprise by its name."""
    with contextlib.ExitStack() as stack:

        def log_in(who: str) -> Told:
            http = stack.enter_context(httpx.Client(base_url=f"{site.base}/api/v1/", timeout=20))
            return Told(http, site, who)

        yield log_in


def _at_the_gate(
    somebody: Somebody, generator: str, carrier: str, receiver: str
) -> tuple[str, dict[str, Any], Told, Told]:
    """A tonne of sludge, weighed, on its way by ``carrier`` and at the gate of ``receiver``."""
    p, t, d = somebody(generator), somebody(carrier), somebody(receiver)
    batch = fresh()
    made = fact("generated", batch, grams=TONNE, measured=True, details={"class": SLUDGE, "form": "semi_solid"})
    p.tell(made)
    plan = {
        "id": fresh(),
        "batches": [{"batch": batch}],
        "carriers": [{"enterprise": t.id}],
        "receiver": d.id,
        "treatment": "D10",
        "plate": "京A12345",
    }
    manifest = p.post("manifests", plan)
    t.tell(fact("picked_up", batch, grams=TONNE, measured=True, manifest=manifest["id"], details={"plate": "京A12345"}))
    t.tell(fact("arrived", batch, manifest=manifest["id"]))
    return batch, manifest, p, d


def _keys(page: Page, field: str, digits: str) -> None:
    page.get_by_test_id(field).click()
    for digit in digits:
        page.get_by_test_id(f"key-{digit}").click()


def _confirmed(page: Page) -> None:
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded")


def test_what_is_refused_at_the_gate_goes_home_in_one_step(
    site: Site, somebody: Somebody, phone: OpenPhone, snap: Snap
) -> None:
    batch, manifest, p, _ = _at_the_gate(somebody, "p", "t", "d")
    code = p.got(f"batches/{batch}")["human_code"]
    home = _refuse_a_part(site, phone, code, snap)
    back = p.got(f"manifests/{home}")
    assert back["returns"]["number"] == manifest["number"]
    assert [line["batch"]["grams"] for line in back["lines"]] == [300_000]
    assert back["carriers"][0]["plate"] == "京A12345"
    _take_it_back(site, phone, back["human_code"], snap)
    part = p.got(f"batches/{back['lines'][0]['batch']['id']}")
    assert (part["state"], part["grams"], part["holder"]["id"]) == ("on_site", 300_000, p.id)
    _regulator_sees_both_papers(site, phone, manifest["number"], home, snap)


def _refuse_a_part(site: Site, phone: OpenPhone, code: str, snap: Snap) -> str:
    """D weighs 900 of the 1,000 kg that were loaded, keeps 600, and sends 300 home by whoever has it. The number."""
    page = phone("d", language="en-GB")
    page.goto(f"{site.base}/app/what/{code}")
    expect(page.get_by_test_id("barred-picked_up")).to_be_visible()
    page.get_by_test_id("act-received").click()
    page.get_by_test_id("outcome-part").click()
    page.get_by_test_id("cause-not_conform").click()
    _keys(page, "grams-input", "600")
    _keys(page, "refused-input", "300")
    expect(page.get_by_test_id("difference")).to_contain_text("100 kg")
    expect(page.get_by_test_id("difference")).to_contain_text("10 %")
    snap(page, "phone-refuse-part-en")
    _confirmed(page)
    snap(page, "phone-refused-answer-en")
    page.get_by_test_id("send-home").click()
    expect(page.get_by_test_id("plate")).to_have_value("京A12345")
    expect(page.get_by_test_id("carrier-chosen")).to_be_visible()
    snap(page, "phone-send-home-en")
    page.get_by_test_id("send-home-submit").click()
    expect(page.get_by_test_id("issued")).to_be_visible()
    snap(page, "phone-sent-home-en")
    return page.get_by_test_id("manifest-number").inner_text().strip()


def _take_it_back(site: Site, phone: OpenPhone, code: str, snap: Snap) -> None:
    page = phone("p")
    page.goto(f"{site.base}/app/what/{code}")
    expect(page.get_by_test_id("barred-received")).to_be_visible()
    page.get_by_test_id("barred-received").scroll_into_view_if_needed()
    snap(page, "phone-not-now-zh")
    page.get_by_test_id("act-returned").click()
    _confirmed(page)


def _regulator_sees_both_papers(site: Site, phone: OpenPhone, number: str, home: str, snap: Snap) -> None:
    page = phone("regulator", size=DESK)
    page.goto(f"{site.base}/app/desk/manifest/{number}")
    expect(page.get_by_test_id("line-part")).to_contain_text("300 kg")
    expect(page.get_by_test_id("returned-by")).to_contain_text(home)
    snap(page, "desk-manifest-refused-zh")
    page.get_by_test_id("returned-by").get_by_role("link").click()
    expect(page.get_by_test_id("returns")).to_contain_text(number)


def test_a_figure_changes_when_the_other_side_agrees(
    site: Site, somebody: Somebody, phone: OpenPhone, snap: Snap
) -> None:
    batch, manifest, p, s = _at_the_gate(somebody, "p2", "t2", "s")
    s.tell(fact("received", batch, grams=900_000, measured=True, manifest=manifest["id"], details={"outcome": "whole"}))
    code = p.got(f"batches/{batch}")["human_code"]
    theirs = _propose(site, phone, code, snap)
    _consent(phone, snap)
    assert p.got(f"batches/{batch}/facts")["items"][0]["kind"] == "consented"
    theirs.reload()
    expect(theirs.get_by_test_id("batch-mass")).to_have_attribute("data-grams", "950000")
    expect(theirs.get_by_test_id("correction")).to_have_attribute("data-state", "agreed")
    snap(theirs, "desk-corrected-zh")


def _propose(site: Site, phone: OpenPhone, code: str, snap: Snap) -> Page:
    """S read its scale wrongly: 950, not 900. Nothing changes as long as P2 has not agreed."""
    page = phone("s", size=DESK)
    page.goto(f"{site.base}/app/desk/batch/{code}")
    page.get_by_test_id("correct-open").click()
    page.get_by_test_id("figure-received").click()
    page.get_by_test_id("correct-grams").fill("950")
    expect(page.get_by_test_id("change")).to_contain_text("950 kg")
    page.get_by_test_id("correct-reason").fill("磅秤读错")
    snap(page, "desk-correct-zh")
    page.get_by_test_id("correct-send").click()
    expect(page.get_by_test_id("correction")).to_have_attribute("data-state", "open")
    expect(page.get_by_test_id("correction")).to_contain_text("P2 有限公司")
    expect(page.get_by_test_id("batch-mass")).to_have_attribute("data-grams", "900000")
    return page


def _consent(phone: OpenPhone, snap: Snap) -> None:
    page = phone("p2", size=DESK)
    expect(page.get_by_test_id("rail-count")).to_contain_text("1")
    page.get_by_test_id("rail-answers").click()
    expect(page.get_by_test_id("proposal-change")).to_contain_text("950 kg")
    snap(page, "desk-to-answer-zh")
    page.get_by_test_id("consent").click()
    expect(page.get_by_test_id("proposal-state")).to_have_text("已同意")
    expect(page.get_by_test_id("rail-count")).to_have_count(0)


def test_on_the_road_a_driver_tells_of_a_stop_and_of_the_truck_that_goes_on(
    site: Site, somebody: Somebody, phone: OpenPhone, snap: Snap
) -> None:
    p, t, d, s = (somebody(who) for who in ("p", "t", "d", "s"))
    batch = fresh()
    p.tell(fact("generated", batch, grams=TONNE, measured=True, details={"class": SLUDGE, "form": "semi_solid"}))
    legs = [{"enterprise": t.id, "plate": "京A12345"}, {"enterprise": s.id, "what": "store"}, {"enterprise": t.id}]
    plan = {"id": fresh(), "batches": [{"batch": batch}], "carriers": legs, "receiver": d.id, "treatment": "D10"}
    manifest = p.post("manifests", plan)
    t.tell(fact("picked_up", batch, grams=TONNE, measured=True, manifest=manifest["id"]))
    code = p.got(f"batches/{batch}")["human_code"]
    page = phone("t")
    page.goto(f"{site.base}/app/act/stopped/{code}")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择原因")
    page.get_by_test_id("reason-breakdown").click()
    snap(page, "phone-stopped-zh")
    _confirmed(page)
    page.goto(f"{site.base}/app/act/handed_over/{code}")
    page.get_by_test_id("taker-same").click()
    page.get_by_test_id("plate").fill("京b 77777")
    snap(page, "phone-hand-over-zh")
    _confirmed(page)
    page.goto(f"{site.base}/app/act/deposited/{code}")
    expect(page.get_by_role("radio")).to_be_checked()
    snap(page, "phone-deposited-zh")
    _confirmed(page)
    found = p.got(f"manifests/{manifest['id']}")
    assert found["carriers"][0]["plate"] == "京B77777"
    assert found["lines"][0]["batch"]["state"] == "deposited"
    assert found["lines"][0]["batch"]["holder"]["id"] == s.id
    _propose_on_the_phone(site, page, code, snap)


def _propose_on_the_phone(site: Site, page: Page, code: str, snap: Snap) -> None:
    """T typed a wrong figure at the pickup; the phone says who has to agree to the right one."""
    page.goto(f"{site.base}/app/what/{code}")
    page.get_by_test_id("to-correct").click()
    page.get_by_test_id("figure-picked_up").click()
    _keys(page, "grams-input", "980")
    page.get_by_test_id("reason").fill("磅秤读错")
    expect(page.get_by_test_id("change")).to_contain_text("980 kg")
    snap(page, "phone-correct-zh")
    _confirmed(page)
    expect(page.get_by_test_id("asked-party").first).to_be_visible()
    snap(page, "phone-who-consents-zh")
