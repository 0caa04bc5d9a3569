"""A real server on a real database, and a phone-sized Chromium whose camera sees a film we make."""

import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from manifests import keys
from tests import makers
from tests.conftest import a_database
from tracker import registry, store

SCREENSHOTS = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
#: Without these Chromium, run as root on a machine without a screen and without a network, starts slowly or not at all.
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
]
SHOWING = "SCREENSHOTS" in os.environ
#: There is none, and one that is made believe takes a whole core for itself; only pictures of maps want it.
GPU = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"] if SHOWING else ["--disable-gpu"]
#: Without a film the phone has no camera: what it would see is read all the time, and costs as much as all else.
CAMERA = "--use-fake-device-for-media-stream"
#: Two cores may be busy with other tests; a person would wait this long too.
expect.set_options(timeout=20_000)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@dataclass(frozen=True, slots=True)
class Site:
    """A running server and the logins of its park: p, t, d are handlers, regulator is the park's."""

    base: str
    park: int
    database_url: str

    def login(self, who: str) -> str:
        return f"{who}-{self.park}"


@pytest.fixture(scope="session")
def database_url(worker_id: str) -> Iterator[str]:
    """A database of the browser's own: what handlers do there stays done."""
    with a_database(worker_id, "browser") as url:
        yield url


@pytest.fixture(scope="session")
def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The park P, T, S, D in a committed state, served by granian."""
    var = tmp_path_factory.mktemp("var")
    engine = store.engine(database_url)
    with store.transaction(engine) as connection:
        world = makers.world(connection, code="EYE", settings={"number_code": "EYE"})
        registry.add_park_key(connection, world.park, 1, keys.public_bytes(keys.create(var / "keys", world.park, 1)))
        for who in ("P", "T", "D"):
            connection.exec_driver_sql(
                f"UPDATE membership SET role = 'handler' WHERE person_id = {world.companies[who].caller.person}"
            )
        connection.exec_driver_sql(f"UPDATE person SET language = 'en' WHERE id = {world.companies['D'].caller.person}")
    engine.dispose()
    port = _free_port()
    environment = os.environ | {
        "TRACKER_DATABASE_URL": database_url,
        "TRACKER_VAR": str(var),
        "TRACKER_SECRET_KEY": "browser-test-" * 4,
        "TRACKER_LOGINS_PER_MINUTE": "1000",
    }
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--workers", "1"]
    with (
        (var / "serve.log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            _ready(f"http://localhost:{port}/readyz", server, var / "serve.log")
            yield Site(f"http://localhost:{port}", world.park, database_url)
        finally:
            server.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text()
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Playwright's own node misses a library on a small Debian; the node we build with will do.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", shutil.which("node") or "")
    with sync_playwright() as running:
        yield running


@pytest.fixture
def film(tmp_path: Path) -> Callable[[bytes], Path]:
    """Makes films of pictures."""
    return partial(filmed, tmp_path)


def filmed(folder: Path, picture: bytes) -> Path:
    """A film of a picture held in front of the camera by an unsteady hand."""
    still, moving = folder / "label.png", folder / "label.mjpeg"
    still.write_bytes(picture)
    hand = "overlay=x='(W-w)/2+24*sin(t*1.3)':y='(H-h)/2+18*cos(t*1.7)'"
    subprocess.run(
        ["ffmpeg", "-y", "-loglevel", "error", "-f", "lavfi", "-i", "color=0x6b6f68:s=1280x720:r=15", "-loop", "1",
         "-i", str(still), "-filter_complex", f"[1]scale=980:-1[label];[0][label]{hand}", "-t", "5", "-q:v", "3",
         str(moving)],
        check=True,
    )  # fmt: skip
    return moving


def seeing(film: Path) -> list[str]:
    """What makes a browser's camera see this film."""
    return [CAMERA, f"--use-file-for-fake-video-capture={film}"]


def skip_pin(page: Page) -> None:
    """Stay on the cookie session where a PIN for this phone is offered."""
    later = page.get_by_test_id("people-later")
    page.locator(
        "[data-testid=people-later], [data-testid=scan], [data-testid=desk], [data-testid=roadside]"
    ).first.wait_for()
    if later.is_visible():
        later.click()
        later.wait_for(state="detached")


@pytest.fixture(scope="session")
def blind(playwright: Playwright) -> Iterator[Browser]:
    """What all phones without a camera run in, each with a profile of its own."""
    browser = started(playwright, [CAMERA] if SHOWING else [])
    yield browser
    browser.close()


def started(playwright: Playwright, flags: list[str]) -> Browser:
    """A Chromium with these flags besides those that all want."""
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*FLAGS, *GPU, *flags])


@pytest.fixture
def phone(playwright: Playwright, blind: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """A phone of somebody who is logged in; its camera sees ``film``."""
    contexts: list[BrowserContext] = []

    def open_phone(
        who: str,
        film: Path | None = None,
        language: str = "zh-CN",
        size: dict[str, int] = PHONE,
        *,
        enrolling: bool = False,
        base: str = "",
    ) -> Page:
        browser = started(playwright, seeing(film)) if film else blind
        context = browser.new_context(
            viewport=size,
            locale=language,
            permissions=["camera", "geolocation"],
            geolocation={"longitude": 116.5061, "latitude": 39.7951, "accuracy": 9},
            device_scale_factor=2 if size is PHONE else 1,
            # A screen that is looked at while it fades in has colours it is not meant to have.
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        # A bad network between the phone and the park is another host to the phone.
        page.goto(base or site.base)
        page.get_by_test_id("login-user").fill(site.login(who))
        page.get_by_test_id("login-password").fill(makers.PASSWORD)
        page.get_by_test_id("login-submit").click()
        page.get_by_test_id("login-submit").wait_for(state="detached")
        if not enrolling:
            skip_pin(page)
        return page

    yield open_phone
    for number, context in enumerate(contexts):
        if SHOWING and context.pages:
            context.pages[0].screenshot(path=f"/tmp/last-{number}.png")
        context.close()
        if context.browser is not blind and context.browser is not None:
            context.browser.close()


@pytest.fixture
def snap() -> Callable[[Page, str], None]:
    """Keep a screen for the docs, when asked to: ``SCREENSHOTS=1 make test T=tests/browser``."""

    def take(page: Page, name: str) -> None:
        if SHOWING:
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            # Screens are flat: a palette shows them as well, in a third of the bytes.
            seen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            seen.quantize(192, dither=Image.Dither.NONE).save(SCREENSHOTS / f"{name}.png", optimize=True)

    return take
