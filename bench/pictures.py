"""How many bad photos of our labels the phone reads: drawn from a seed, read in Chromium by the phone's own reader.

A recipe is a kind of damage and how much of it; every picture is a label of its own, photographed at 1280 x 720 as the
phone's camera does. The worst degree of each kind is about where reading ends, and of blots most are beyond it: a set
that is read to the last picture says nothing. A phone sees a film and not a photo: what the first frame does not give,
the next may, up to ``FRAMES`` of them. The label, its dirt, the light, the angle and the focus stay the same in all;
the hand moves a little, the sensor's grain is new, and the hand shakes now more, now less.
"""

import base64
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image, ImageEnhance, ImageFilter
from playwright.sync_api import Page, sync_playwright

from bench import damage
from manifests import code, face, ink

SEED = 20_261_122
EACH = 20
#: Of one label, before the picture counts as not read; a phone looks at so many within two or three seconds.
FRAMES = 5
FRAME = (1280, 720)
DIST = Path(__file__).resolve().parents[1] / "mobile_web" / "dist"
_HOST = "waste.bda.cn"
_FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]

#: Harms a picture; the last is the degree, from 0 (lightest of its kind) to 1 (worst).
Damage = Callable[[Image.Image, Random, float], Image.Image]


def _to(light: float, worst: float, degree: float) -> float:
    return light + (worst - light) * degree


#: Every kind with its lightest and its worst: docs/scanning.md says what they look like.
KINDS: dict[str, Damage] = {
    "blur": lambda image, _, bad: damage.blurred(image, _to(1.0, 2.4, bad)),
    "motion": lambda image, random, bad: damage.shaken(
        image, round(_to(3, 7, bad) * random.uniform(0.4, 1)), random.random() < 0.5
    ),
    "tilt": lambda image, random, bad: damage.tilted(image, random, _to(0.1, 0.2, bad), _to(0.1, 0.3, bad)),
    "turned": lambda image, random, _: damage.turned(image, random.uniform(0, 360)),
    "dirt": lambda image, random, bad: damage.dirty(image, random, _to(0.05, 0.15, bad)),
    "blots": lambda image, random, bad: damage.blotted(image, random, _to(0.04, 0.12, bad)),
    "dark": lambda image, random, bad: damage.dark(image, random, _to(0.2, 0.06, bad)),
    "contrast": lambda image, _, bad: damage.faded(image, _to(0.25, 0.1, bad)),
    "noise": lambda image, random, bad: damage.noisy(image, random, _to(35, 80, bad)),
    "jpeg": lambda image, _, bad: damage.squeezed(image, round(_to(14, 4, bad))),
    "small": lambda image, _, bad: damage.far(image, _to(0.55, 0.36, bad)),
    "shade": lambda image, random, _: damage.half_shaded(image, random),
    "glare": lambda image, random, _: damage.glaring(image, random),
}
#: What lies on the label itself comes before the camera, and is the same in every frame of a film.
ON_LABEL = {"dirt", "blots", "contrast", "shade"}
#: What is drawn anew in every frame; all else stays as the first frame had it.
FRESH = {"noise", "dark", "motion"}
#: What a label on a drum meets every day, and where nine of ten have to be read; the others say how far it goes.
EVERYDAY = ("blur", "tilt", "dirt", "dark")
#: Two at a time, the second upon the first.
PAIRS = (
    ("tilt", "blur"), ("dirt", "dark"), ("small", "noise"), ("tilt", "dirt"), ("contrast", "noise"),
    ("turned", "jpeg"), ("dark", "noise"), ("small", "tilt"), ("dirt", "blur"), ("shade", "jpeg"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """``frame(n)`` is the JPEG the phone gets as its n-th; ``text`` what is printed on the label in it."""

    kind: str
    text: str
    frame: Callable[[int], bytes]


def made(each: int = EACH, seed: int = SEED) -> Iterator[Picture]:
    """The set: ``each`` films a kind, and as many of the pairs together twice over. The same for the same seed."""
    key = Ed25519PrivateKey.from_private_bytes(Random(seed).randbytes(32))
    for kind in KINDS:
        for number in range(each):
            yield _film(kind, (kind,), f"{seed} {kind} {number}", key)
    for number, pair in zip(range(each * 2), cycle(PAIRS), strict=False):
        yield _film("two", pair, f"{seed} two {number}", key)


def _film(name: str, kinds: tuple[str, ...], seed: str, key: Ed25519PrivateKey) -> Picture:
    random = Random(seed)
    image, text = _photo(random, key)
    degree = {kind: random.random() for kind in kinds}
    for kind in kinds:
        if kind in ON_LABEL:
            image = KINDS[kind](image, random, degree[kind])

    def frame(number: int) -> bytes:
        hand = Random(f"{seed} {number}")
        seen = damage.noisy(damage.held(image, hand), hand, 5)
        for kind in kinds:
            if kind not in ON_LABEL:
                seen = KINDS[kind](seen, hand if kind in FRESH else Random(f"{seed} {kind}"), degree[kind])
        return _jpeg(seen)

    return Picture(name, text, frame)


def _photo(random: Random, key: Ed25519PrivateKey) -> tuple[Image.Image, str]:
    """A label of the product, on something grey, 620 to 900 of the frame's 1280 pixels wide: held at arm's length."""
    hazardous = random.random() < 0.5
    label = code.Label(
        park=1, key_id=1, label_id=UUID(int=random.getrandbits(128), version=4),
        day=date(2026, 1, 1) + timedelta(days=random.randrange(300)), waste_class=random.randrange(1, 2_000),
        generator=random.randrange(1, 900), grams=random.randrange(1_000, 25_000_000), measured=True,
        hazardous=hazardous,
    )  # fmt: skip
    text = code.text(_HOST, code.sign(label, key))
    shown = face.Face(
        label=label, text=text, class_code="900-041-49" if hazardous else "900-099-S07",
        class_name_zh="含有或沾染毒性、感染性危险废物的废弃包装物" if hazardous else "其他污泥",
        class_name_en="Contaminated packaging" if hazardous else "Other sludge", generator="北京示例精密制造有限公司",
    )  # fmt: skip
    drawn = Image.open(io.BytesIO(ink.face_png(shown, dpi=300))).convert("RGB")
    wide = random.randint(620, 900)
    drawn = drawn.resize((wide, round(drawn.height * wide / drawn.width)), Image.Resampling.LANCZOS)
    scene = Image.new("RGB", FRAME, tuple(random.randint(60, 140) for _ in range(3)))
    left = (FRAME[0] - drawn.width) // 2 + random.randint(-60, 60)
    top = (FRAME[1] - drawn.height) // 2 + random.randint(-30, 30)
    scene.paste(drawn, (left, max(top, 0)))
    # A lens is never as sharp as a printer, nor a room as bright as a screen.
    lit = ImageEnhance.Brightness(scene.filter(ImageFilter.GaussianBlur(0.6))).enhance(0.85)
    return lit, text


def _jpeg(image: Image.Image) -> bytes:
    held = io.BytesIO()
    image.convert("RGB").save(held, "JPEG", quality=82)
    return held.getvalue()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
        pass


_READ = """async ([src, kind]) => {
  const { codeReader } = await import(src)
  const bytes = Uint8Array.from(atob(kind), (letter) => letter.charCodeAt(0))
  const picture = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }))
  const reader = await codeReader()
  const began = performance.now()
  const found = await reader.still(picture)
  return { texts: found.map(({ text }) => text), ms: performance.now() - began }
}"""


def pictures(each: int = EACH) -> Iterator[dict[str, Any]]:
    """The share read by kind, how long a picture took, and wrong texts, of which there must be none."""
    manifest = json.loads((DIST / ".vite" / "manifest.json").read_text())
    source = "/" + manifest["src/scan/detector.ts"]["file"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(DIST)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with sync_playwright() as running:
            browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
            page = browser.new_page()
            page.goto(
                f"http://127.0.0.1:{server.server_port}/assets/"
            )  # A page without the app: only the reader is wanted.
            yield _counted(page, source, each)
            browser.close()
    finally:
        server.shutdown()


def _counted(page: Page, source: str, each: int) -> dict[str, Any]:
    asked: Counter[str] = Counter()
    read: Counter[str] = Counter()
    at_once = wrong = 0
    times = []
    for picture in made(each):
        asked[picture.kind] += 1
        for number in range(FRAMES):
            answer = page.evaluate(_READ, [source, base64.b64encode(picture.frame(number)).decode()])
            times.append(answer["ms"])
            wrong += any(text != picture.text for text in answer["texts"])
            if picture.text in answer["texts"]:
                read[picture.kind] += 1
                at_once += number == 0
                break
    share = read.total() / asked.total()
    everyday = sum(read[kind] for kind in EVERYDAY) / sum(asked[kind] for kind in EVERYDAY)
    times.sort()
    return {
        "bench": "pictures",
        "value": round(100 * share, 1),
        "unit": "% read",
        "beside": {
            "pictures": asked.total(),
            "wrong": wrong,
            "in_the_first_frame": f"{at_once}/{asked.total()}",
            "everyday_percent": round(100 * everyday, 1),
            "by_kind": {kind: f"{read[kind]}/{asked[kind]}" for kind in asked},
            "p50_ms_a_frame": round(times[len(times) // 2]),
            "p95_ms_a_frame": round(times[len(times) * 95 // 100]),
            "longest_ms_a_frame": round(times[-1]),
        },
        "ratio": round(share / 0.9, 3),
    }
