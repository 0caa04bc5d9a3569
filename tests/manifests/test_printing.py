"""Sheets, sizes and dots: labels come where the layout has them, nothing is made smaller than the law allows."""

import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image, ImageDraw

from manifests import code, layouts, printing, zpl
from manifests.face import Face
from manifests.printing import Printed
from manifests.statutory import Particulars
from tests.manifests.degrade import dots_of
from tests.manifests.pictures import HOST
from tracker.problems import Problem

AT = datetime(2026, 11, 21, tzinfo=UTC)
GRIDS = [layout for layout in layouts.layouts().values() if layout.page]


def another(face: Face, key: Ed25519PrivateKey, **given: bool) -> Face:
    label = replace(face.label, label_id=uuid4(), **given)
    return replace(face, label=label, text=code.text(HOST, code.sign(label, key)))


def pages(pdf: bytes, folder: Path) -> list[Image.Image]:
    subprocess.run(["pdftoppm", "-r", "203", "-png", "-", str(folder / "p")], input=pdf, check=True)
    return [Image.open(path) for path in sorted(folder.glob("p*.png"))]


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: grid.name)
def test_cells_lie_on_the_page_and_beside_each_other(grid: layouts.Layout) -> None:
    assert grid.page is not None
    assert grid.left + (grid.columns - 1) * grid.across + grid.cell[0] <= grid.page[0] + 0.01
    assert grid.top + (grid.rows - 1) * grid.down + grid.cell[1] <= grid.page[1] + 0.01
    assert grid.columns == 1 or grid.across >= grid.cell[0]
    assert grid.rows == 1 or grid.down >= grid.cell[1]
    assert grid.zh
    assert grid.en


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: grid.name)
def test_a_sheet_goes_on_where_it_was_left(grid: layouts.Layout) -> None:
    spots = layouts.place(grid, [(100.0, 70.0, False)] * (grid.cells + 1), start=grid.cells)
    assert [spot.page for spot in spots] == [0] + [1] * grid.cells
    assert len({(spot.page, spot.left, spot.top) for spot in spots}) == len(spots)
    for start in (0, grid.cells + 1):
        with pytest.raises(Problem, match="label_start_outside"):
            layouts.place(grid, [(100.0, 70.0, False)], start=start)


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: grid.name)
@pytest.mark.parametrize("side", [100, 150, 200])
def test_a_statutory_label_keeps_its_size_or_is_refused(grid: layouts.Layout, side: int) -> None:
    if min(grid.cell) >= side:
        (spot,) = layouts.place(grid, [(side, side, True)])
        assert spot.scale == 1
    else:
        with pytest.raises(Problem, match="label_does_not_fit"):
            layouts.place(grid, [(side, side, True)])


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: grid.name)
def test_every_code_of_a_sheet_is_read_at_203_dpi(
    face: Face, key: Ed25519PrivateKey, grid: layouts.Layout, tmp_path: Path
) -> None:
    general = [Printed(Particulars(another(face, key, hazardous=False))) for _ in range(grid.cells)]
    (sheet,) = pages(printing.pdf(general, grid, at=AT), tmp_path)
    found = sorted(barcode.text for barcode in zxingcpp.read_barcodes(sheet))
    assert found == sorted([one.particulars.face.text for one in general] * 2)


def test_labels_of_many_sizes_come_on_pages_of_their_own(face: Face, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    labels = [Printed(Particulars(another(face, key, hazardous=False)))]
    labels += [Printed(Particulars(another(face, key), generated=date(2026, 11, 20)), side) for side in (100, 150, 200)]
    found = pages(printing.pdf(labels, layouts.layout("each"), at=AT), tmp_path)
    assert [round(page.width / 203 * 25.4) for page in found] == [100, 100, 150, 200]
    for page, one in zip(found, labels, strict=True):
        assert [barcode.text for barcode in zxingcpp.read_barcodes(page)] == [one.particulars.face.text] * 2


@pytest.mark.parametrize(
    ("container", "side", "room", "expected"),
    [("25 L", None, None, (100, 1)), ("200 L", None, None, (150, 1)), ("1000 L", None, None, (200, 2)), (None, None, None, (200, 1)),
     (None, None, (105, 148.5), (100, 1)), (None, 150, None, (150, 1)), (None, 200, None, (200, 2)), ("25 L", 200, None, (200, 1)),
     (None, None, (99.1, 67.7), (100, 1))],
)  # fmt: skip
def test_how_large_and_how_often(
    face: Face, container: str | None, side: int | None, room: tuple[float, float] | None, expected: tuple[int, int]
) -> None:
    made = printing.printed(Particulars(face), side=side, container=container, room=room)
    assert (made.side, made.copies) == expected


@pytest.mark.parametrize("size", [(8, 3), (9, 5), (801, 40), (3_400, 4)])
@pytest.mark.parametrize("pattern", ["white", "black", "lines", "noise"])
def test_zpl_says_every_dot(size: tuple[int, int], pattern: str) -> None:
    image = Image.new("1", size, 0 if pattern == "black" else 1)
    pen = ImageDraw.Draw(image)
    if pattern == "lines":
        for at in range(0, size[0], 7):
            pen.line((at, 0, at // 2, size[1]), fill=0)
    if pattern == "noise":
        image = Image.effect_noise(size, 90).convert("1", dither=Image.Dither.NONE)
    assert dots_of(zpl.label(image)).tobytes() == image.convert("L").tobytes()
