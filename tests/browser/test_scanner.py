"""What a camera meets: two labels at once, many in a row, forged and foreign codes, a photo from the gallery."""

import base64
import io
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import pytest
import qrcode  # type: ignore[import-untyped]
from PIL import Image
from playwright.sync_api import Page, expect

from tests.api.parks import SLUDGE, fact, fresh
from tests.browser.conftest import Site
from tests.browser.handset import TELL

OpenPhone = Callable[..., Page]
Snap = Callable[[Page, str], None]

_LABEL = """async (batch) => {
  const { csrf } = await (await fetch('/api/v1/session')).json()
  await fetch(`/api/v1/batches/${batch}/label`, { method: 'POST', body: '{}',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf } })
  return (await (await fetch(`/api/v1/batches/${batch}`)).json())
}"""
_FRAME = (1280, 720)


class Drums:
    """Labelled batches of P: the texts of their codes, the codes for people, and their labels as printed."""

    def __init__(self, site: Site, page: Page, count: int) -> None:
        told = [fact("generated", fresh(), grams=1_000_000 + at, details={"class": SLUDGE}) for at in range(count)]
        receipts = page.evaluate(TELL, told)["receipts"]
        assert {receipt["verdict"] for receipt in receipts} == {"recorded"}
        self.made = [page.evaluate(_LABEL, each["lines"][0]["batch"]) for each in told]
        self.texts = [each["label_text"] for each in self.made]
        self.codes = [each["human_code"] for each in self.made]
        cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
        self.pictures = [
            httpx.get(f"{site.base}/api/v1/batches/{code}/label.png", cookies=cookies).content for code in self.codes
        ]


def _qr(text: str) -> bytes:
    """A bare code of any text, as somebody else would print it."""
    held = io.BytesIO()
    qrcode.make(text, box_size=8).save(held)
    return held.getvalue()


def _scene(*pictures: bytes, side: int = 600) -> Image.Image:
    """These, side by side in front of the camera."""
    scene = Image.new("RGB", _FRAME, "#6b6f68")
    for place, picture in enumerate(pictures):
        each = Image.open(io.BytesIO(picture)).convert("RGB")
        wide = min(side, round(600 * each.width / each.height))
        each = each.resize((wide, round(each.height * wide / each.width)))
        slot = _FRAME[0] // len(pictures)
        scene.paste(each, (place * slot + (slot - each.width) // 2, (_FRAME[1] - each.height) // 2))
    return scene


def _film(folder: Path, scenes: Sequence[Image.Image], seconds: float) -> Path:
    """Each scene for so long, one after the other, and then again."""
    # A film of one picture is a file that Chromium's camera shows nothing of.
    for number, scene in enumerate(scenes if len(scenes) > 1 else [*scenes] * 3):
        scene.save(folder / f"scene-{number:03}.png")
    moving = folder / "film.mjpeg"
    subprocess.run(
        ["ffmpeg", "-y", "-loglevel", "error", "-framerate", str(1 / seconds), "-i", str(folder / "scene-%03d.png"),
         "-r", "15", "-pix_fmt", "yuvj420p", "-q:v", "3", str(moving)],
        check=True,
    )  # fmt: skip
    return moving


@pytest.fixture
def drums(site: Site, phone: OpenPhone) -> Drums:
    return Drums(site, phone("p"), 3)


def _forged(text: str) -> str:
    head, _, payload = text.rpartition("/M/")
    signed = bytearray(base64.b32decode(payload))
    signed[31] ^= 1
    return f"{head}/M/{base64.b32encode(bytes(signed)).decode()}"


def test_of_two_labels_in_sight_the_person_picks_one(
    phone: OpenPhone, drums: Drums, snap: Snap, tmp_path: Path
) -> None:
    page = phone("p", _film(tmp_path, [_scene(*drums.pictures[:2])], 5))
    expect(page.get_by_test_id("pick-code")).to_have_count(2, timeout=15_000)
    assert {page.get_by_test_id("pick-code").nth(place).locator(".code").inner_text() for place in (0, 1)} == set(
        drums.codes[:2]
    )
    for place in (0, 1):
        box = page.get_by_test_id("pick-code").nth(place).bounding_box()
        assert box
        assert box["height"] >= 56
    snap(page, "phone-pick-zh")
    page.get_by_test_id("pick-code").filter(has_text=drums.codes[1]).click()
    expect(page.get_by_test_id("what")).to_be_visible()
    expect(page.get_by_test_id("human-code").first).to_contain_text(drums.codes[1])


def test_drums_in_a_row_are_listed_once_and_forged_and_foreign_ones_refused(
    phone: OpenPhone, drums: Drums, snap: Snap, tmp_path: Path
) -> None:
    """Three drums, a forged one and a code for payment go by, over and over."""
    others = [_qr(_forged(drums.texts[0])), _qr("https://pay.example.com/please")]
    # Nothing is in sight at first, so that there is time to say that many will come.
    blank = [Image.new("RGB", _FRAME, "#6b6f68")] * 3
    scenes = [_scene(picture) for picture in (*drums.pictures, *others)]
    page = phone("t", _film(tmp_path, [*blank, *scenes], 2.5))
    page.get_by_test_id("many").click()
    count = page.get_by_test_id("tray-count")
    expect(page.locator('[data-testid="tray-count"][data-count="3"]')).to_be_visible(timeout=60_000)
    bad = page.get_by_test_id("many-sheet").get_by_test_id("scan-result")
    expect(bad).to_contain_text("伪造", timeout=60_000)
    expect(bad).to_contain_text("pay.example.com", timeout=60_000)
    snap(page, "phone-many-bad-zh")
    # The film begins again: what is in the list is known, and not doubled.
    expect(page.locator('[data-testid="tray-count"][data-heard="again"]')).to_be_visible(timeout=60_000)
    expect(count).to_have_attribute("data-count", "3")
    snap(page, "phone-many-zh")
    page.get_by_test_id("tray-go-on").click()
    expect(page.get_by_test_id("tray-row")).to_have_count(3)
    assert {page.get_by_test_id("tray-row").nth(place).get_attribute("data-code") for place in range(3)} == set(
        drums.codes
    )
    snap(page, "phone-tray-zh")
    # The tab dies in the basement: the list does not.
    page.reload()
    expect(page.get_by_test_id("tray-row")).to_have_count(3)
    page.get_by_test_id("tray-remove").first.click()
    expect(page.get_by_test_id("tray-row")).to_have_count(2)


def test_a_forged_code_is_red_and_a_foreign_one_is_not_opened(phone: OpenPhone, drums: Drums, tmp_path: Path) -> None:
    page = phone("t", _film(tmp_path, [_scene(_qr(_forged(drums.texts[0])))], 5))
    expect(page.get_by_test_id("scan-result")).to_have_attribute("data-meaning", "stop", timeout=60_000)
    expect(page.get_by_test_id("scan-result")).to_contain_text("伪造")
    (tmp_path / "pay.png").write_bytes(_qr("https://waste.park.cn.pay.example/M/" + "A" * 160))
    page.goto(page.url)
    page.get_by_test_id("picture-input").set_input_files(tmp_path / "pay.png")
    expect(page.get_by_test_id("scan-result")).to_be_visible()
    assert page.url.endswith("/app/scan")


def test_a_big_photo_of_two_labels_is_handled_as_two(phone: OpenPhone, drums: Drums, tmp_path: Path) -> None:
    page = phone("t")
    photo = tmp_path / "photo.jpg"
    _scene(*drums.pictures[1:]).resize((5120, 2880)).save(photo, quality=80)
    page.get_by_test_id("picture-input").set_input_files(photo)
    expect(page.get_by_test_id("pick-code")).to_have_count(2)
    page.get_by_test_id("scan-again").click()
    (tmp_path / "none.png").write_bytes(_qr("x")[:60])
    page.get_by_test_id("picture-input").set_input_files(tmp_path / "none.png")
    expect(page.get_by_test_id("scan-problem")).to_be_visible()


def test_the_plain_page_stands_where_no_script_runs(site: Site, phone: OpenPhone, drums: Drums, snap: Snap) -> None:
    """An old web view: the module never runs, the words are there, and nobody asks for anything."""
    page = phone("t")
    context = page.context.browser.new_context(java_script_enabled=False, locale="zh-CN")  # type: ignore[union-attr]
    plain = context.new_page()
    plain.goto(f"{site.base}/M/{drums.texts[0].rpartition('/M/')[2]}")
    expect(plain.get_by_test_id("plain-public")).to_contain_text("此标签真实")
    expect(plain.get_by_test_id("plain-public")).to_contain_text(drums.codes[0])
    expect(plain.locator("input")).to_have_count(0)
    context.close()
