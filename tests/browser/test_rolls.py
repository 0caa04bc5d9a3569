"""A roll is ordered at the desk; drums are made and a manifest is issued by a phone that has no network."""

import io
import re
from collections.abc import Callable
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, Site
from tests.browser.handset import installed
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
    phone.get_by_test_id("generate-submit").click()
    expect(phone.get_by_test_id("generated")).to_be_visible()


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


def _given_out(desk: Page, site: Site, device: str, snap: Callable[[Page, str], None]) -> list[str]:
    """A roll of four labels and two numbers for the phone; the codes of the labels."""
    desk.goto(f"{site.base}/app/desk/rolls")
    desk.get_by_test_id("roll-count").fill("4")
    desk.get_by_test_id("roll-order").click()
    row = desk.get_by_test_id("roll-row")
    expect(row).to_have_attribute("data-open", "4")
    roll = _got(desk, f"label-rolls/{row.get_attribute('data-roll')}")
    codes = [label["human_code"] for label in roll["labels"]]
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
    return codes


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
    expect(desk.get_by_test_id("block-row")).to_have_attribute("data-used", "1")
    expect(desk.get_by_test_id("roll-row")).to_have_attribute("data-used", "2")


def test_a_day_without_a_network(phone: Phone, site: Site, snap: Callable[[Page, str], None]) -> None:
    _manager(site, "p", "manager")
    desk = phone("p", size=DESK)
    handset = phone("p")
    # What a phone needs later it has loaded before; an installed app keeps it by itself.
    handset.goto(f"{site.base}/app/ship?offline=1")
    device = handset.get_by_test_id("device-id").inner_text()

    codes = _given_out(desk, site, device, snap)

    # Online: the numbers and the roll come to the phone, and the class is used once.
    handset.goto(f"{site.base}/app/ship?offline=1")
    expect(handset.get_by_test_id("numbers-left")).to_have_attribute("data-left", "2")
    handset.goto(f"{site.base}/app/new")
    _drum(handset, "7")
    handset.get_by_test_id("another").click()

    installed(handset)
    handset.context.set_offline(True)
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

    handset.get_by_test_id("tab-ship").click()
    for code in codes[:2]:
        handset.get_by_test_id("pick-batch").filter(has_text=code).click()
    for side, name in (("carrier", "T 有限公司"), ("receiver", "D 有限公司")):
        handset.locator(f"[data-testid^=offline-{side}-]").filter(has_text=name).click()
    handset.get_by_test_id("plate").fill("京a 778 01")
    snap(handset, "rolls-ship-offline")
    handset.get_by_test_id("offline-submit").click()
    number = handset.get_by_test_id("manifest-number").inner_text()
    link = handset.get_by_test_id("qr").get_attribute("data-text") or ""
    assert re.fullmatch(r"HTTPS://[^/]+/M/[A-Z2-7]{160}", link)
    snap(handset, "rolls-issued-offline")
    assert _got(desk, f"manifests/{number}")["code"] == "manifest_number_unknown"

    _sent(handset, desk, number, link, codes)
    assert _arrived(desk, photo), "the photo of the drum came after it"
    handset.goto(f"{site.base}/app/what/{codes[2]}")
    expect(handset.get_by_test_id("blank-label")).to_be_visible()
    snap(handset, "rolls-blank-label")
    desk.get_by_test_id("roll-withdraw").click()
    desk.get_by_test_id("roll-withdraw-why").fill("被雨淋湿")
    desk.get_by_test_id("roll-withdraw-send").click()
    expect(desk.get_by_test_id("roll-row")).to_have_attribute("data-open", "0")
    _manager(site, "p", "handler")
