"""Story 1 as people live it: three handlers with phones, each scanning a moving label, and a regulator at a desk."""

from collections.abc import Callable
from pathlib import Path

import httpx
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests import makers
from tests.browser.conftest import DESK, Site
from tracker import store, verify

OpenPhone = Callable[..., Page]
Snap = Callable[[Page, str], None]

#: What P's handler signs with on the driver's phone.
PIN = "402917"


def test_a_tank_of_sludge_goes_from_P_by_T_to_D_and_the_regulator_sees_its_chain(
    site: Site, phone: OpenPhone, film: Callable[[bytes], Path], snap: Snap, tmp_path: Path
) -> None:
    picture, human_code, number = _generate_and_ship(site, phone, snap, tmp_path)
    moving = film(picture)
    _pick_up(site, phone, moving, human_code, snap)
    _receive_and_treat(phone, moving, snap)
    _see_the_chain(phone, human_code, number, snap)
    _books_are_right(site, human_code)


def _generate_and_ship(site: Site, phone: OpenPhone, snap: Snap, tmp_path: Path) -> tuple[bytes, str, str]:
    """P weighs out a tonne of sludge by eye, gets its label, and issues a manifest to D by T, to be burnt."""
    page = phone("p")
    page.goto(f"{site.base}/app/pin")
    page.get_by_test_id("pin-password").fill(makers.PASSWORD)
    page.get_by_test_id("pin-new").fill(PIN)
    page.get_by_test_id("pin-again").fill(PIN)
    page.get_by_test_id("pin-save").click()
    expect(page.get_by_test_id("pin-saved")).to_be_visible()
    page.goto(f"{site.base}/app/new")
    page.get_by_test_id("class-search").fill("污泥")
    page.get_by_test_id("class-search-option").filter(has_text="900-099-S07").first.click()
    _type(page, "1000")
    page.get_by_test_id("form-semi_solid").click()
    page.get_by_test_id("container-tank").click()
    snap(page, "phone-new-batch-zh")
    page.get_by_test_id("generate-submit").click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded")
    human_code = page.get_by_test_id("human-code").first.inner_text().strip()
    snap(page, "phone-label-zh")
    picture = _label_picture(site, page, human_code, tmp_path)
    page.get_by_test_id("ship-it").click()
    chosen = page.get_by_test_id("pick-batch").filter(has_text=human_code)
    expect(chosen.get_by_role("checkbox")).to_be_checked()
    page.get_by_test_id("ship-next").click()
    page.get_by_test_id("carrier").fill("T ")
    page.get_by_test_id("carrier-option").filter(has_text="T 有限公司").click()
    page.get_by_test_id("ship-next").click()
    page.get_by_test_id("receiver").fill("D ")
    page.get_by_test_id("receiver-option").filter(has_text="D 有限公司").click()
    page.get_by_test_id("ship-next").click()
    page.get_by_test_id("treatment").select_option("D10")
    page.get_by_test_id("plate").fill("京A12345")
    snap(page, "phone-ship-zh")
    page.get_by_test_id("issue-submit").click()
    expect(page.get_by_test_id("issued")).to_be_visible()
    number = page.get_by_test_id("manifest-number").inner_text().strip()
    snap(page, "phone-issued-zh")
    return picture, human_code, number


def _label_picture(site: Site, page: Page, human_code: str, tmp_path: Path) -> bytes:
    """The label as it is printed, read back before anybody relies on it."""
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    picture = httpx.get(f"{site.base}/api/v1/batches/{human_code}/label.png", cookies=cookies).content
    path = tmp_path / "read-back.png"
    path.write_bytes(picture)
    texts = {barcode.text for barcode in zxingcpp.read_barcodes(Image.open(path))}
    assert len(texts) == 1
    assert texts.pop().startswith("HTTPS://WASTE.PARK.CN/M/")
    return picture


def _type(page: Page, digits: str) -> None:
    page.get_by_test_id("grams-input").click()
    for digit in digits:
        page.get_by_test_id(f"key-{digit}").click()


def _scan(page: Page) -> None:
    """Let the camera, which is open where a handler starts, find the label in the film."""
    expect(page.get_by_test_id("what")).to_be_visible(timeout=60_000)


def _act(page: Page, kind: str) -> None:
    act = page.get_by_test_id(f"act-{kind}")
    if not act.is_visible():
        page.get_by_test_id("more-acts").click()
    act.click()
    expect(page.get_by_test_id("confirm")).to_be_visible()


def _confirm(page: Page) -> None:
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded")


def _the_generator_signs(site: Site, page: Page, snap: Snap) -> None:
    """P's handler types login and PIN on the driver's phone: first a wrong one, then the right one."""
    page.get_by_test_id("sign-here").click()
    page.get_by_test_id("signer").fill(site.login("p"))
    for pin, said in (("111222", "sign-denied"), (PIN, "signed")):
        for digit in pin:
            page.get_by_test_id(f"pin-{digit}").click()
        page.get_by_test_id("sign-submit").click()
        expect(page.get_by_test_id(said)).to_be_visible()
    snap(page, "phone-signed-zh")
    page.get_by_test_id("sign-back").click()


def _pick_up(site: Site, phone: OpenPhone, moving: Path, human_code: str, snap: Snap) -> None:
    page = phone("t", moving)
    _scan(page)
    expect(page.get_by_test_id("signature")).to_have_attribute("data-meaning", "fine")
    expect(page.get_by_test_id("human-code").first).to_contain_text(human_code)
    snap(page, "phone-what-zh")
    _act(page, "picked_up")
    page.get_by_test_id("plate").fill("京A12345")
    snap(page, "phone-act-zh")
    _confirm(page)
    snap(page, "phone-answer-zh")
    _the_generator_signs(site, page, snap)
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "in_transit")
    _act(page, "arrived")
    _confirm(page)


def _receive_and_treat(phone: OpenPhone, moving: Path, snap: Snap) -> None:
    """D reads English, weighs the tank, takes all of it and burns it."""
    page = phone("d", moving, language="en-GB")
    _scan(page)
    snap(page, "phone-what-en")
    _act(page, "received")
    page.get_by_test_id("outcome-whole").click()
    page.get_by_test_id("measured").click()
    _type(page, "1000")
    _confirm(page)
    snap(page, "phone-answer-en")
    page.get_by_test_id("look-again").click()
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "received")
    _act(page, "treated")
    page.get_by_test_id("treatment").select_option("D10")
    _confirm(page)


def _see_the_chain(phone: OpenPhone, human_code: str, number: str, snap: Snap) -> None:
    page = phone("regulator", size=DESK)
    page.get_by_test_id("rail-find").click()
    page.get_by_test_id("find-input").fill(number)
    page.get_by_test_id("find-result").first.click()
    page.get_by_test_id("to-chain").click()
    expect(page.get_by_test_id("chain-picture")).to_be_visible()
    expect(page.get_by_test_id(f"chain-node-{human_code}")).to_be_visible()
    expect(page.get_by_test_id("balance-closes")).to_be_visible()
    expect(page.get_by_test_id("chain-table")).to_contain_text("京A12345")
    snap(page, "desk-chain-zh")


_OF_THE_TANK = """
SELECT o."index" FROM posting o JOIN batch b ON b.park_id = o.park_id AND b.id = o.batch_id
JOIN label l ON l.park_id = b.park_id AND l.batch_uuid = b.uuid WHERE l.human_code = :code
"""


def _books_are_right(site: Site, human_code: str) -> None:
    """Seven facts, one of them P's name on the phone of T, all of the tonne burnt, and the log folded from zero says so too."""
    engine = store.engine(site.database_url)
    with store.transaction(engine, site.park) as connection:
        tank = {"code": human_code}
        befell = text(f'SELECT kind FROM fact WHERE "index" IN ({_OF_THE_TANK}) ORDER BY "index"')
        kinds = connection.scalars(befell, tank).all()
        assert kinds == ["generated", "manifest_issued", "picked_up", "signed", "arrived", "received", "treated"]
        burnt = text(f"""SELECT sum(grams) FROM posting WHERE account = 'treated' AND "index" IN ({_OF_THE_TANK})""")
        assert connection.scalar(burnt, tank) == 1_000_000
        assert verify.park(connection, site.park).differences == []
    engine.dispose()


def test_a_wrong_password_is_told_in_words(site: Site, phone: OpenPhone, snap: Snap) -> None:
    page = phone("p")
    page.get_by_test_id("tab-me").click()
    page.get_by_test_id("logout").click()
    page.get_by_test_id("login-user").fill(site.login("p"))
    page.get_by_test_id("login-password").fill(makers.PASSWORD + "!")
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("problem")).to_contain_text("账号或密码不正确")
    snap(page, "phone-login-problem-zh")
