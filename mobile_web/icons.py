"""Draws the icons of the installed app from the same shapes as public/icon.svg: ``python mobile_web/icons.py``.

Phones ask for PNG: 192 and 512 pixels, the same with a safe margin ("maskable"), and 180 for iOS.
"""

from pathlib import Path

from PIL import Image, ImageDraw

PUBLIC = Path(__file__).parent / "public"
GREEN, PAPER = "#0f5a46", "#f5f3ec"
#: Drawn so much larger and then reduced, which gives smooth edges.
FINE = 4
#: name: (pixels, how much of the square the sheet may fill, whether the corners are round)
ICONS = {"icon-192": (192, 1.0, True), "icon-512": (512, 1.0, True), "icon-maskable-512": (512, 0.72, False),
         "icon-180": (180, 0.86, False)}


def draw(pixels: int, fill: float, rounded: bool) -> Image.Image:
    """One icon; the drawing's own grid is 64 wide."""
    size = pixels * FINE
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, size - 1, size - 1), size * 14 / 64 if rounded else 0, GREEN)

    def at(x: float, y: float) -> tuple[float, float]:
        return size / 2 + (x - 32) * fill * size / 64, size / 2 + (y - 32) * fill * size / 64

    unit = fill * size / 64
    pen.rounded_rectangle((*at(16, 12), *at(48, 52)), 4 * unit, PAPER)
    pen.polygon([at(15.5, 11.5), at(28, 11.5), at(15.5, 24)], fill=GREEN)
    pen.polygon([at(20, 12), at(28, 12), at(16, 24)], fill=PAPER)
    pen.polygon([at(15.9, 11.9), at(20, 11.9), at(15.9, 24)], fill=GREEN)
    pen.polygon([at(20, 12), at(26, 12), at(26, 24), at(16, 24)], fill=PAPER)
    pen.ellipse((*at(22.5, 21.5), *at(28.5, 27.5)), fill=GREEN)
    curve = [*bezier((24, 43), (29, 43), (28, 34), (34, 34)), *bezier((34, 34), (40, 34), (39, 39), (44, 39))]
    for x, y in curve:
        pen.ellipse((*at(x - 2, y - 2), *at(x + 2, y + 2)), fill=GREEN)
    return image.resize((pixels, pixels), Image.Resampling.LANCZOS)


def bezier(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> list[tuple[float, float]]:
    points = []
    for step in range(101):
        t = step / 100
        weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
        points.append(tuple(sum(w * p[i] for w, p in zip(weights, (a, b, c, d), strict=True)) for i in (0, 1)))
    return points


if __name__ == "__main__":
    for name, how in ICONS.items():
        draw(*how).quantize(32).save(PUBLIC / f"{name}.png", optimize=True)
