"""A regulator reads the rules of the park, sees which of them nobody confirmed, and what is left of a permit. Nothing is
recorded here: the park of these tests is the story's."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK

OpenPhone = Callable[..., Page]
Snap = Callable[[Page, str], None]


def test_what_nobody_confirmed_says_so(phone: OpenPhone, snap: Snap) -> None:
    page = phone("regulator", size=DESK)
    page.get_by_test_id("rail-rules").click()
    expect(page.get_by_test_id("rules-page")).to_contain_text("国家缺省规则")
    receipt = page.locator("[data-key='deadlines.receipt']")
    expect(receipt).to_contain_text("5 个工作日")
    expect(receipt).to_contain_text("未核实")
    expect(receipt).to_contain_text("如从今天算起")
    use = page.locator("[data-key='across.use']")
    expect(use).to_have_attribute("data-confirmed", "true")
    expect(use).to_contain_text("第二十二条")
    expect(use).not_to_contain_text("未核实")
    snap(page, "desk-rules-zh")


def test_the_rules_are_in_english_too_and_a_permit_shows_what_is_left(phone: OpenPhone, snap: Snap) -> None:
    page = phone("d", language="en-GB", size=DESK)
    page.goto(page.url.split("/app")[0].rstrip("/") + "/app/desk/rules")
    expect(page.get_by_test_id("rules-page")).to_contain_text("The receiver confirms within 5 working days.")
    expect(page.get_by_test_id("rules-page")).not_to_contain_text("接受人")
    snap(page, "desk-rules-en")
    page.goto(page.url.replace("/rules", "/register"))
    page.get_by_test_id("filter-q").fill("D Ltd")
    page.get_by_test_id("enterprise-row").filter(has_text="D Ltd").first.click()
    expect(page.get_by_test_id("permit-used").first).to_contain_text("left")
    snap(page, "desk-permits-en")
