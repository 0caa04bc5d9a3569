"""A manager prints labels at the desk: chooses, says what is in the drum, points at the first free sticker, downloads."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.api.parks import OILY_RAGS, SLUDGE, fact, fresh
from tests.browser.conftest import DESK, Site
from tests.browser.handset import TELL


def test_labels_are_chosen_laid_out_and_downloaded(
    site: Site, phone: Callable[..., Page], snap: Callable[[Page, str], None], tmp_path: Path
) -> None:
    page = phone("s", size=DESK)
    drums = [
        fact("generated", fresh(), grams=182_000, measured=True, details={"class": OILY_RAGS, "container": "25 L"})
        for _ in range(2)
    ]
    sludge = [fact("generated", fresh(), grams=1_000_000, measured=False, details={"class": SLUDGE}) for _ in range(3)]
    told = page.evaluate(TELL, drums + sludge)
    assert {receipt["verdict"] for receipt in told["receipts"]} == {"recorded"}, told
    page.goto(f"{site.base}/app/desk/labels")
    # Other stories leave batches behind; ours are the newest.
    expect(page.get_by_test_id("choose-label").nth(4)).to_be_visible()
    expect(page.get_by_test_id("print-labels")).to_be_disabled()
    for place in range(5):
        page.get_by_test_id("choose-label").nth(place).click()
    rags = page.get_by_test_id("label-words").filter(has=page.get_by_test_id("words-main_components"))
    rags.get_by_test_id("words-main_components").fill("废棉纱")
    rags.get_by_test_id("keep-words").click()
    expect(rags.get_by_test_id("keep-words")).to_have_text("已保存")
    page.get_by_test_id("label-layout").select_option("a4_2x4")
    page.get_by_test_id("print-labels").click()
    expect(page.get_by_test_id("print-refused")).to_contain_text("100×100")
    page.get_by_test_id("label-layout").select_option("a4_2x2")
    page.locator('[data-testid="label-place"][data-place="2"]').click()
    snap(page, "desk-labels-zh")
    with page.expect_download() as download:
        page.get_by_test_id("print-labels").click()
    pdf = tmp_path / "labels.pdf"
    download.value.save_as(pdf)
    subprocess.run(["pdftoppm", "-r", "203", "-png", pdf, tmp_path / "sheet"], check=True)
    sheets = [Image.open(path) for path in sorted(tmp_path.glob("sheet*.png"))]
    assert [len(zxingcpp.read_barcodes(sheet, formats=zxingcpp.BarcodeFormat.QRCode)) for sheet in sheets] == [6, 4], (
        "the first place was left free"
    )
    said = subprocess.run(["pdftotext", pdf, "-"], check=True, capture_output=True, text=True).stdout
    assert said.count("废棉纱") == 2
