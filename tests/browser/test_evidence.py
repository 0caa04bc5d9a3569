"""A photo in real life: taken with a large camera held upright, sent through a network that breaks, seen at a desk."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect
from uuid_utils.compat import uuid7

from tests import makers
from tests.browser.conftest import DESK, Site

OpenPhone = Callable[..., Page]
Snap = Callable[[Page, str], None]
SLUDGE = {"scheme": "CN-SW", "edition": "2024", "code": "900-099-S07"}


@pytest.fixture
def api(site: Site) -> Iterator[httpx.Client]:
    """P's handler at the API, without a browser."""
    with httpx.Client(base_url=f"{site.base}/api/v1") as client:
        session = client.post("/session", json={"login": site.login("p"), "password": makers.PASSWORD}).json()
        client.headers["X-CSRF-Token"] = session["csrf"]
        yield client


@pytest.fixture
def batch(api: httpx.Client) -> str:
    """A batch of a tonne that P has generated."""
    line = {"batch": str(uuid7()), "grams": 1_000_000, "measured": False}
    told = {
        "id": str(uuid7()), "kind": "generated", "observed_at": datetime.now(UTC).isoformat(), "lines": [line],
        "details": {"class": SLUDGE},
    }  # fmt: skip
    assert api.post("/sync", json={"facts": [told]}).json()["receipts"][0]["verdict"] == "recorded"
    return line["batch"]


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """What the camera wrote: lying on its side with a note that says so, and with where it was taken."""
    noise = Image.frombytes("RGB", (400, 300), os.urandom(400 * 300 * 3)).resize((2400, 1800))
    noise.paste((220, 30, 30), (0, 0, 2400, 400))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter: the red bar, which is at the top here, belongs to the right
    exif[0x010F] = "a phone somebody could be known by"
    path = tmp_path / "taken.jpg"
    noise.save(path, "JPEG", quality=95, exif=exif)
    return path


def test_a_photo_gets_through_a_broken_network_and_is_seen_at_the_desk(
    site: Site, phone: OpenPhone, api: httpx.Client, batch: str, taken: Path, snap: Snap
) -> None:
    code = api.post(f"/batches/{batch}/label").json()["human_code"]
    page = phone("p")
    parts = _network_that_breaks(page, after=1)
    page.goto(f"{site.base}/app/act/weighed/{code}")
    page.get_by_test_id("ticket-input").set_input_files(taken)
    page.get_by_test_id("photo-input").set_input_files(taken)
    # The same picture twice is one; a second one is added and removed again.
    shown = page.get_by_test_id("photo")
    expect(shown).to_have_count(1)
    other = taken.with_name("other.png")
    Image.new("RGB", (50, 50), "green").save(other)
    page.get_by_test_id("photo-input").set_input_files(other)
    expect(shown).to_have_count(2)
    shown.last.get_by_test_id("photo-remove").click()
    expect(shown).to_have_count(1)
    for digit in "1000":
        page.get_by_test_id(f"key-{digit}").click()
    snap(page, "phone-photo-zh")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded")
    _until(lambda: len(parts) >= 2, page)
    (piece,) = _pieces(api, batch)
    assert not piece["arrived"]
    page.unroute("**/api/v1/evidence/**")
    page.reload()  # the phone was put away, and taken out where there is a network
    _until(lambda: _pieces(api, batch)[0]["arrived"], page)

    content = api.get(f"/evidence/{piece['sha256']}").content
    assert hashlib.sha256(content).hexdigest() == piece["sha256"]
    picture = Image.open(io.BytesIO(content))
    assert picture.size == (1200, 1600), "upright, and small enough to send"
    assert len(picture.getexif()) == 0, "without what the camera wrote beside it"
    red, _, blue = picture.convert("RGB").getpixel((1150, 800))
    assert red > 180, "turned the right way"
    assert blue < 100

    desk = phone("regulator", size=DESK)
    desk.goto(f"{site.base}/app/desk/batch/{batch}")
    thumb = desk.get_by_test_id("evidence-thumb")
    expect(thumb).to_have_count(1)
    snap(desk, "desk-photo-zh")
    thumb.click()
    expect(desk.get_by_test_id("evidence-large")).to_be_visible()
    assert desk.get_by_test_id("evidence-large").evaluate("picture => picture.naturalWidth") == 1200
    desk.get_by_test_id("evidence-close").click()
    expect(desk.get_by_test_id("evidence-large")).to_be_hidden()


def test_a_place_can_be_refused_with_a_reason_and_never_holds_anybody_up(
    site: Site, phone: OpenPhone, api: httpx.Client, batch: str
) -> None:
    code = api.post(f"/batches/{batch}/label").json()["human_code"]
    page = phone("p", language="en-GB", size={"width": 320, "height": 640})
    # A phone below ground: it looks for ever, and says nothing.
    page.add_init_script("navigator.geolocation.getCurrentPosition = () => {}")
    page.goto(f"{site.base}/app/act/weighed/{code}")
    place = page.get_by_test_id("place")
    expect(page.get_by_test_id("confirm")).to_be_enabled()
    expect(place).to_have_attribute("data-reason", "unavailable", timeout=15_000)
    expect(page.get_by_test_id("place-ask")).to_be_visible(timeout=15_000)
    page.get_by_test_id("no-place-declined").click()
    expect(place).to_have_attribute("data-reason", "declined")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for digit in "1000":
        page.get_by_test_id(f"key-{digit}").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded")


def _network_that_breaks(page: Page, after: int) -> list[str]:
    """Every part but the first few is lost on the way; the parts that were tried."""
    tried: list[str] = []

    def carry(route: Route) -> None:
        if route.request.method == "PATCH":
            tried.append(route.request.headers["upload-offset"])
            if len(tried) > after:
                route.abort("connectionreset")
                return
        route.continue_()

    page.route("**/api/v1/evidence/**", carry)
    return tried


def _pieces(api: httpx.Client, batch: str) -> list[dict[str, object]]:
    told = api.get(f"/batches/{batch}/facts").json()["items"]
    found: list[dict[str, object]] = next(one["evidence"] for one in told if one["kind"] == "weighed")
    return found


def _until(true: Callable[[], object], page: Page) -> None:
    for _ in range(60):
        if true():
            return
        page.wait_for_timeout(250)
    raise AssertionError("it did not come about")
