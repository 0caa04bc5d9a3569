"""A roll is ordered at the desk; drums are made and a manifest is issued by a phone that has no network."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests import makers
from tests.api.parks import fresh
from tests.browser.conftest import DESK, Site, skip_pin
from tests.browser.handset import Program, go, installed, packed
from tests.makers import SLUDGE
from tracker import store

Phone = Callable[..., Page]


def _manager(site: Site, who: str, role: str) -> None:
    """The same person as a manager, or as a handler again."""
    engine = store.engine(site.database_url)
    with store.transaction(engine, site.park) as connection:
        connection.exec_driver_sql(
            "UPDATE membership SET role = %s WHERE park_id = %s AND person_id = (SELECT id FROM person WHERE login = %s)",
            (role, site.park, site.login(who)),
        )
    engine.dispose()


def _got(page: Page, path: str) -> Any:
    return page.evaluate("async (path) => (await fetch('/api/v1/' + path)).json()", path)


def _drum(phone: Page, kilograms: str, label: str | None = None) -> None:
    _filled(phone, kilograms, label)
    phone.get_by_test_id("generate-submit").click()
    expect(phone.get_by_test_id("generated")).to_be_visible()


def _filled(phone: Page, kilograms: str, label: str | None) -> None:
    if label is not None:
        phone.get_by_test_id("roll-label-input").fill(label)
        phone.get_by_test_id("roll-label-take").click()
        expect(phone.get_by_test_id("roll-label-chosen")).to_contain_text(label)
    if phone.get_by_test_id("recent-class").count():
        phone.get_by_test_id("recent-class").first.click()
    else:
        phone.get_by_test_id("class-search").fill(SLUDGE.code)
        phone.get_by_test_id("class-search-option").filter(has_text=SLUDGE.code).first.click()
    phone.get_by_test_id("grams-input").click()
    for key in kilograms:
        phone.get_by_test_id(f"key-{key}").click()
    phone.get_by_test_id("form-solid").click()


def _typed(phone: Page, code: str) -> None:
    go(phone, "/app/type")
    phone.get_by_test_id("typed-code").fill(code)
    phone.get_by_test_id("typed-submit").click()


def _payload(link: str) -> str:
    """What stands behind /M/ in a code, as the camera hands it on."""
    return link.rsplit("/", 1)[1]


def _found_again(phone: Page, label: str, code: str, snap: Callable[[Page, str], None]) -> None:
    """The drum made a moment ago, by its roll label: all there is to say of it, and what may be done. It is weighed
    once more, and goes on a truck from there."""
    go(phone, f"/app/what/{label}")
    expect(phone.get_by_test_id("state")).to_have_attribute("data-state", "on_site")
    expect(phone.get_by_test_id("mass")).to_have_attribute("data-grams", "182000")
    expect(phone.get_by_test_id("tag")).to_contain_text(SLUDGE.code)
    expect(phone.get_by_test_id("tag")).to_contain_text("P 有限公司")
    expect(phone.get_by_test_id("tag")).to_contain_text(code)
    expect(phone.get_by_test_id("unsent-over")).to_have_attribute("data-count", "1")
    snap(phone, "rolls-found-offline")
    phone.get_by_test_id("more-acts").click()
    phone.get_by_test_id("act-weighed").click()
    for key in "181":
        phone.get_by_test_id(f"key-{key}").click()
    phone.get_by_test_id("confirm").click()
    expect(phone.get_by_test_id("saved")).to_be_visible()
    _typed(phone, code)
    expect(phone.get_by_test_id("mass")).to_have_attribute("data-grams", "181000")
    expect(phone.get_by_test_id("unsent-over")).to_have_attribute("data-count", "2")
    phone.get_by_test_id("act-manifest_issued").click()
    expect(phone.get_by_test_id("pick-batch").filter(has_text=code).locator("input")).to_be_checked()


def _paper_found_again(
    phone: Page, number: str, link: str, codes: list[str], snap: Callable[[Page, str], None]
) -> None:
    """The manifest issued a moment ago, by its number; and its drum, which is on it."""
    _typed(phone, number)
    expect(phone.get_by_test_id("state")).to_have_attribute("data-state", "issued")
    expect(phone.get_by_test_id("tag")).to_contain_text(number)
    expect(phone.get_by_test_id("mass").first).to_have_attribute("data-grams", "271000")
    expect(phone.get_by_test_id("details")).to_contain_text("T 有限公司")
    expect(phone.get_by_test_id("details")).to_contain_text("D 有限公司")
    expect(phone.get_by_test_id("qr")).to_have_attribute("data-text", link)
    expect(phone.get_by_test_id("act-picked_up")).to_be_visible()
    snap(phone, "rolls-manifest-found-offline")
    _typed(phone, codes[0])
    expect(phone.get_by_test_id("state")).to_have_attribute("data-state", "reserved")
    expect(phone.get_by_test_id("tag")).to_contain_text(number)


def _issued(phone: Page, carrier: str, receiver: str) -> str:
    for side, name in (("carrier", carrier), ("receiver", receiver)):
        phone.locator(f"[data-testid^=offline-{side}-]").filter(has_text=name).click()
    phone.get_by_test_id("offline-submit").click()
    return phone.get_by_test_id("manifest-number").inner_text()


def _photographed(phone: Page) -> str:
    """A photo out of the gallery; its hash as the phone knows it."""
    made = io.BytesIO()
    Image.effect_noise((320, 240), 80).convert("RGB").save(made, "JPEG")
    file = {"name": "drum.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()}
    phone.get_by_test_id("photo-gallery").set_input_files(files=[file])  # type: ignore[list-item]
    expect(phone.get_by_test_id("photo")).to_have_count(1)
    return phone.get_by_test_id("photo").get_attribute("data-sha256") or ""


def _arrived(desk: Page, sha256: str) -> bool:
    ask = "async (hash) => (await fetch('/api/v1/evidence/' + hash)).status"
    for _ in range(60):
        if desk.evaluate(ask, sha256) == 200:
            return True
        desk.wait_for_timeout(500)
    return False


def _given_out(desk: Page, site: Site, device: str, snap: Callable[[Page, str], None]) -> list[dict[str, Any]]:
    """A roll of four labels and two numbers for the phone; the labels."""
    desk.goto(f"{site.base}/app/desk/rolls")
    desk.get_by_test_id("roll-count").fill("4")
    desk.get_by_test_id("roll-order").click()
    row = desk.get_by_test_id("roll-row")
    expect(row).to_have_attribute("data-open", "4")
    roll = _got(desk, f"label-rolls/{row.get_attribute('data-roll')}")
    desk.get_by_test_id("grant-device").fill(device)
    desk.get_by_test_id("grant-holder").fill("仓库手机")
    desk.get_by_test_id("grant-count").fill("2")
    for side, name in (("carrier", "T 有限公司"), ("receiver", "D 有限公司")):
        desk.get_by_test_id(f"grant-{side}").fill(name)
        desk.get_by_test_id(f"grant-{side}-option").filter(has_text=name).click()
    desk.get_by_test_id("grant-class").fill(SLUDGE.code)
    desk.get_by_test_id("grant-class-option").filter(has_text=SLUDGE.code).first.click()
    desk.get_by_test_id("treatment").select_option("D10")
    desk.get_by_test_id("grant-submit").click()
    expect(desk.get_by_test_id("block-row")).to_have_attribute("data-open", "2")
    snap(desk, "rolls-desk")
    labels: list[dict[str, Any]] = roll["labels"]
    return labels


def _sent(handset: Page, desk: Page, number: str, link: str, codes: list[str]) -> None:
    """Back online, everything arrives: the drums under their labels, the manifest under its number."""
    handset.context.set_offline(False)
    handset.evaluate("dispatchEvent(new Event('online'))")
    expect(desk.get_by_test_id("block-row")).to_be_visible()
    for _ in range(60):
        manifest = _got(desk, f"manifests/{number}")
        if "id" in manifest:
            break
        desk.wait_for_timeout(500)
    assert manifest["state"] == "issued"
    assert manifest["label_text"] == link
    assert manifest["carriers"][0]["plate"] == "京A77801"
    assert {line["batch"]["human_code"] for line in manifest["lines"]} == set(codes[:2])
    desk.reload()
    expect(desk.get_by_test_id("block-row")).to_have_attribute("data-used", "2")
    expect(desk.get_by_test_id("roll-row")).to_have_attribute("data-used", "2")


def _two_drums(handset: Page, codes: list[str], snap: Callable[[Page, str], None]) -> str:
    """Two drums under labels of the roll, the first with a photo, whose hash this is. No label goes on two."""
    photo = _photographed(handset)
    snap(handset, "rolls-drum-photo")
    for code, kilograms in ((codes[0], "182"), (codes[1], "90")):
        _drum(handset, kilograms, code)
        expect(handset.get_by_test_id("verdict")).to_have_attribute("data-verdict", "unsent")
        expect(handset.get_by_test_id("roll-code")).to_have_text(code)
        snap(handset, "rolls-drum-offline")
        handset.get_by_test_id("another").click()
    handset.get_by_test_id("roll-label-input").fill(codes[0])
    handset.get_by_test_id("roll-label-take").click()
    expect(handset.get_by_test_id("roll-label-problem")).to_be_visible()
    return photo


def _the_rest(handset: Page) -> str:
    """What was made online is on hand too, once; what is on a manifest is not. The number it goes under."""
    go(handset, "/app/ship")
    expect(handset.get_by_test_id("pick-batch")).to_have_count(1)
    handset.get_by_test_id("pick-batch").click()
    number = _issued(handset, "T 有限公司", "D 有限公司")
    expect(handset.get_by_test_id("verdict")).to_have_attribute("data-verdict", "unsent")
    return number


def _receipts(handset: Page, first: str, second: str, snap: Callable[[Page, str], None]) -> None:
    """The receipt comes to the screen that issued the manifest, and to whoever looks its number up."""
    expect(handset.get_by_test_id("manifest-number")).to_have_text(second)
    expect(handset.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded")
    snap(handset, "rolls-issued-receipt")
    _typed(handset, first)
    expect(handset.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded")
    handset.get_by_test_id("to-answer").click()
    expect(handset.get_by_test_id("answer")).to_contain_text(first)


def test_a_day_without_a_network(phone: Phone, site: Site, snap: Callable[[Page, str], None]) -> None:
    _manager(site, "p", "manager")
    desk = phone("p", size=DESK)
    handset = phone("p")
    # What a phone needs later it has loaded before; an installed app keeps it by itself.
    handset.goto(f"{site.base}/app/ship?offline=1")
    device = handset.get_by_test_id("device-id").inner_text()

    labels = _given_out(desk, site, device, snap)
    codes = [label["human_code"] for label in labels]

    # Online: the numbers and the roll come to the phone, and the class is used once.
    handset.goto(f"{site.base}/app/ship?offline=1")
    expect(handset.get_by_test_id("numbers-left")).to_have_attribute("data-left", "2")
    handset.goto(f"{site.base}/app/new")
    _drum(handset, "7")
    handset.get_by_test_id("another").click()

    installed(handset)
    handset.context.set_offline(True)
    photo = _two_drums(handset, codes, snap)
    go(handset, f"/app/what/{_payload(labels[3]['label_text'])}")
    expect(handset.get_by_test_id("blank-label")).to_be_visible()
    _found_again(handset, _payload(labels[0]["label_text"]), codes[0], snap)
    handset.get_by_test_id("pick-batch").filter(has_text=codes[1]).click()
    handset.get_by_test_id("plate").fill("京a 778 01")
    snap(handset, "rolls-ship-offline")
    number = _issued(handset, "T 有限公司", "D 有限公司")
    link = handset.get_by_test_id("qr").get_attribute("data-text") or ""
    assert re.fullmatch(r"HTTPS://[^/]+/M/[A-Z2-7]{160}", link)
    snap(handset, "rolls-issued-offline")
    assert _got(desk, f"manifests/{number}")["code"] == "manifest_number_unknown"
    _paper_found_again(handset, number, link, codes, snap)

    second = _the_rest(handset)
    _sent(handset, desk, number, link, codes)
    _receipts(handset, number, second, snap)
    assert _arrived(desk, photo), "the photo of the drum came after it"
    handset.goto(f"{site.base}/app/what/{codes[2]}")
    expect(handset.get_by_test_id("blank-label")).to_be_visible()
    snap(handset, "rolls-blank-label")
    desk.get_by_test_id("roll-withdraw").click()
    desk.get_by_test_id("roll-withdraw-why").fill("被雨淋湿")
    desk.get_by_test_id("roll-withdraw-send").click()
    expect(desk.get_by_test_id("roll-row")).to_have_attribute("data-open", "0")
    _manager(site, "p", "handler")


def _roll(site: Site, count: int) -> list[dict[str, Any]]:
    """A roll for P, ordered by its manager."""
    with Program(site, "p") as manager:
        roll = fresh()
        manager.post("label-rolls", {"id": roll, "count": count})
        labels: list[dict[str, Any]] = manager.get(f"label-rolls/{roll}")["labels"]
        return labels


def test_a_drum_that_is_still_unsent_is_not_shown_to_the_driver_at_the_same_phone(phone: Phone, site: Site) -> None:
    _manager(site, "p", "manager")
    (label,) = _roll(site, 1)
    page = phone("p")
    page.context.route("**/api/v1/sync", lambda route: route.abort())
    go(page, "/app/new")
    _drum(page, "182", label["human_code"])
    paths = [f"/app/what/{_payload(label['label_text'])}", f"/app/what/{label['human_code']}"]
    for path in paths:
        # The park takes the label for a blank one; this phone knows better.
        go(page, path)
        expect(page.get_by_test_id("mass")).to_have_attribute("data-grams", "182000")

    go(page, "/app/me")
    page.get_by_test_id("logout").click()
    page.get_by_test_id("login-user").fill(site.login("t"))
    page.get_by_test_id("login-password").fill(makers.PASSWORD)
    page.get_by_test_id("login-submit").click()
    skip_pin(page)
    packed(page, 0)
    page.context.set_offline(True)
    for path, shown in zip(paths, ("label-only", "not-known-here"), strict=True):
        go(page, path)
        expect(page.get_by_test_id(shown)).to_be_visible()
        expect(page.get_by_test_id("mass")).to_have_count(0)
    _manager(site, "p", "handler")


def test_a_drum_that_was_turned_away_opens_as_it_was_filled_in(phone: Phone, site: Site) -> None:
    _manager(site, "p", "manager")
    (label,) = _roll(site, 1)
    page = phone("p")
    installed(page)

    def turned_away(route: Route) -> None:
        told = json.loads(route.request.post_data or "{}")["facts"]
        problem = {
            "status": 422,
            "code": "x",
            "zh": "容器不对",
            "en": "Wrong container",
            "pointer": "/details/container",
        }
        receipts = [{"id": each["id"], "verdict": "turned_away", "findings": [], "problem": problem} for each in told]
        route.fulfill(json={"received_at": "2026-11-22T00:00:00Z", "clock_skew_s": 0, "receipts": receipts})

    page.context.route("**/api/v1/sync", turned_away)
    go(page, "/app/new")
    _filled(page, "64", label["human_code"])
    page.get_by_test_id("container-bag").click()
    page.get_by_test_id("note").fill("靠墙")
    page.get_by_test_id("generate-submit").click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "turned_away")
    page.get_by_test_id("to-answer").click()
    page.get_by_test_id("do-again").click()
    expect(page.get_by_test_id("told-again")).to_contain_text("容器不对")
    expect(page.get_by_test_id("roll-label-chosen")).to_contain_text(label["human_code"])
    expect(page.get_by_test_id("class-search-chosen")).to_contain_text(SLUDGE.code)
    expect(page.get_by_test_id("note")).to_have_value("靠墙")
    page.context.unroute("**/api/v1/sync")
    page.get_by_test_id("container-drum").click()
    page.get_by_test_id("generate-submit").click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded")
    expect(page.get_by_test_id("roll-code")).to_have_text(label["human_code"])
    made = _got(page, f"labels/{label['human_code']}")["batch"]
    assert (made["grams"], made["container"]) == (64_000, "drum")
    _manager(site, "p", "handler")
