"""The sample labels of docs/samples/labels are what the program draws today. ``SAMPLES=1`` draws them anew.

Enterprises, people and numbers are invented; the codes are signed with a key nobody uses.
"""

import hashlib
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image, ImageChops

from manifests import code, layouts, printing
from manifests.face import Face
from manifests.printing import Printed
from manifests.statutory import Particulars
from tests.manifests import degrade
from tests.manifests.pictures import HOST, opened

FOLDER = Path(__file__).resolve().parents[2] / "docs/samples/labels"
AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def _face(number: int, zh: str, en: str, waste: str, generator: str, grams: int, **given: bool) -> Face:
    label = code.Label(
        park=12, key_id=1, label_id=UUID(bytes=hashlib.sha256(bytes([number])).digest()[:16], version=4),
        day=date(2026, 11, 21), waste_class=314, generator=27, grams=grams, **given,
    )  # fmt: skip
    return Face(
        label=label, text=code.text(HOST, code.sign(label, _KEY)), class_code=waste, class_name_zh=zh, class_name_en=en,
        generator=generator,
    )  # fmt: skip


def _general(number: int = 0) -> Particulars:
    face = _face(
        number,
        "其他污泥（示例）",
        "Other sludge (sample)",
        "900-099-S07",
        "亦庄示例水务有限公司",
        12_300_000 + number * 41_000,
        measured=True,
    )
    return Particulars(face)


def _rags(number: int = 0) -> Particulars:
    face = _face(
        number, "含有或沾染毒性、感染性危险废物的废弃包装物、容器、过滤吸附介质", "Contaminated packaging and filters",
        "900-041-49", "北京宏达示例精密制造有限公司二厂", 182_000, measured=True, hazardous=True,
    )  # fmt: skip
    return Particulars(
        face, category="HW49", properties=("T", "In"), form="solid", main_components="废棉纱、废手套、废滤芯",
        harmful_components="矿物油、苯系物", precautions="远离火源；防止泄漏；轻装轻卸；不得与氧化剂混放",
        identification=f"91110302MA0001000X9000414920261120{number + 1:03d}", contact="王示例 010-5555 0123",
        generated=date(2026, 11, 20),
    )  # fmt: skip


def _solvent() -> Particulars:
    face = _face(
        9, "工业生产中作为清洗剂、萃取剂、溶剂使用后废弃的有机溶剂", "Spent organic solvents", "900-402-06",
        "亦庄示例电子材料有限公司䶮㛃𬭚车间", 865_000, hazardous=True,
    )  # fmt: skip
    return Particulars(face, category="HW06", properties=("T", "I", "R"), form="liquid", generated=date(2026, 11, 19))


def _first_page(pdf: bytes, dpi: int = 80) -> Image.Image:
    ran = subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-png", "-f", "1", "-l", "1", "-singlefile", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    return opened(ran.stdout)


def _sheet(labels: list[Printed], layout: str, start: int = 1) -> Image.Image:
    return _first_page(printing.pdf(labels, layouts.layout(layout), at=AT, start=start))


SAMPLES: dict[str, Callable[[], Image.Image]] = {
    "general": lambda: opened(printing.png(Printed(_general()), dpi=203)),
    "hazardous-compact": lambda: opened(printing.png(Printed(_rags()), dpi=203)),
    "hazardous-100": lambda: opened(printing.png(Printed(_rags(), 100), dpi=203)),
    "hazardous-150": lambda: opened(printing.png(Printed(_rags(), 150), dpi=150)),
    "hazardous-200-not-given": lambda: opened(printing.png(Printed(_solvent(), 200), dpi=150)),
    "thermal-general": lambda: degrade.dots_of(printing.zebra([Printed(_general())], dpi=203)),
    "thermal-hazardous": lambda: degrade.dots_of(printing.zebra([Printed(_rags(), 100)], dpi=203)),
    "sheet-general": lambda: _sheet([Printed(_general(number)) for number in range(6)], "a4_2x4", start=3),
    "sheet-hazardous": lambda: _sheet([Printed(_rags(number), 100) for number in range(4)], "a4_2x2"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_as_the_program_draws_it(name: str) -> None:
    path = FOLDER / f"{name}.png"
    drawn = SAMPLES[name]().convert("RGB")
    if os.environ.get("SAMPLES"):
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn.quantize(32, dither=Image.Dither.NONE).save(path, optimize=True)
    kept = Image.open(path).convert("RGB")
    assert kept.size == drawn.size
    # Colours are kept in a palette and a newer font may move an edge; a word that moved or changed is far more.
    differs = ImageChops.difference(kept, drawn).convert("L").point(lambda value: 255 if value > 96 else 0)
    share = differs.histogram()[255] / (drawn.width * drawn.height)
    assert share < 0.01, share


def test_the_samples_are_no_others() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} == set(SAMPLES)
