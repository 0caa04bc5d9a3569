"""How labels lie on paper: grids of stickers as data (``layouts.toml``), and where on which page each label comes."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from tracker.problems import Problem

ROLL = "each"


class Layout(NamedTuple):
    """A grid of cells on a page, in mm; ``page`` is None where each label is a page of its own."""

    name: str
    zh: str
    en: str
    page: tuple[float, float] | None = None
    cell: tuple[float, float] = (0.0, 0.0)
    columns: int = 1
    rows: int = 1
    left: float = 0.0
    top: float = 0.0
    across: float = 0.0
    down: float = 0.0

    @property
    def cells(self) -> int:
        return self.columns * self.rows


class Spot(NamedTuple):
    """Where a label comes: page from 0, its top left corner in mm, and how much larger than designed."""

    page: int
    left: float
    top: float
    scale: float


@cache
def layouts() -> dict[str, Layout]:
    """Every layout by name, in the order of the file."""
    entries = tomllib.loads((resources.files("manifests") / "layouts.toml").read_text(encoding="utf-8"))
    return {name: _read(name, entry) for name, entry in entries.items()}


def _read(name: str, entry: dict[str, object]) -> Layout:
    pairs = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
    return Layout(name, **(entry | pairs))  # type: ignore[arg-type]


def layout(name: str) -> Layout:
    """A layout by name. ``Problem`` label_layout_unknown."""
    found = layouts().get(name)
    if found is None:
        raise Problem("label_layout_unknown", layout=name[:40], known=", ".join(layouts()))
    return found


def place(of: Layout, sizes: Sequence[tuple[float, float, bool]], *, start: int = 1) -> list[Spot]:
    """A spot for each label of (width mm, height mm, whether that size is the law's), beginning at cell ``start`` (from
    1) of the first sheet, so that a sheet half used goes on. Cells are filled row by row, labels stand in their middle.

    ``Problem``: label_start_outside; label_does_not_fit where a lawful size does not.
    """
    if of.page is None:
        return [Spot(page, 0.0, 0.0, 1.0) for page in range(len(sizes))]
    if not 1 <= start <= of.cells:
        raise Problem("label_start_outside", "/start", start=start, cells=of.cells)
    spots = []
    for number, (width, height, lawful) in enumerate(sizes, start - 1):
        scale = min(of.cell[0] / width, of.cell[1] / height)
        if lawful and scale < 1:
            raise Problem(
                "label_does_not_fit", "/layout",
                layout_zh=of.zh, layout_en=of.en, width=f"{width:g}", height=f"{height:g}",
            )  # fmt: skip
        scale = 1.0 if lawful else scale
        page, cell = divmod(number, of.cells)
        row, column = divmod(cell, of.columns)
        left = of.left + column * of.across + (of.cell[0] - width * scale) / 2
        top = of.top + row * of.down + (of.cell[1] - height * scale) / 2
        spots.append(Spot(page, left, top, scale))
    return spots
