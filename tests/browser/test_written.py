"""Somebody of the generator's copies an emergency sheet from paper; what is still missing is said in words."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK

OpenPhone = Callable[..., Page]
Snap = Callable[[Page, str], None]


def test_what_is_missing_on_a_sheet_is_said(phone: OpenPhone, snap: Snap) -> None:
    page = phone("p", size=DESK)
    page.goto(page.url.split("/app")[0].rstrip("/") + "/app/desk/written")
    page.get_by_test_id("written-number").fill("E-X-1")
    page.get_by_test_id("written-planned-0").fill("viel")
    page.get_by_test_id("written-send").click()
    missing = page.get_by_test_id("written-missing")
    expect(missing).to_contain_text("缺少填写时间")
    expect(missing).to_contain_text("有重量缺失或无法识别")
    expect(missing).not_to_contain_text("缺少应急联单编号")
    snap(page, "desk-written-zh")
