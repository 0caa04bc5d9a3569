"""What happens to a label between the printer and the camera, committed and seeded: dirt, blur, a slanted view, and a
Zebra printer's reading of our dots."""

import re
from random import Random

from PIL import Image, ImageDraw, ImageFilter

_GRAPHIC = re.compile(r"\^PW(\d+)\^LL(\d+)\^PQ\d+\^FO0,0\^GFA,(\d+),(\d+),(\d+),([^^]*)\^FS\^XZ")
_TOKEN = re.compile(r"([g-z]*[G-Y]?|)([0-9A-F])|([,!:])")


def photographed(image: Image.Image, widest: int = 2_000) -> Image.Image:
    """As a phone's camera has it: more pixels than the printer had dots, and every dot still a dot."""
    times = max(widest // image.width, 1)
    return image.convert("RGB").resize((image.width * times, image.height * times), Image.Resampling.NEAREST)


def dirty(image: Image.Image, random: Random, share: float) -> Image.Image:
    """Blots and scratches over about ``share`` of the picture, and a grey veil of dust."""
    made = image.convert("RGB")
    pen = ImageDraw.Draw(made)
    left = share * image.width * image.height
    while left > 0:
        size = random.uniform(0.002, 0.015) * image.width
        x, y = random.uniform(0, image.width), random.uniform(0, image.height)
        shade = random.choice(["#2a2118", "#4b3f2e", "#8a7c66", "#e9e4da"])
        pen.ellipse((x, y, x + size * random.uniform(0.5, 2), y + size), fill=shade)
        left -= size * size
    for _ in range(3):
        ends = [random.uniform(0, length) for length in (image.width, image.height) * 2]
        pen.line(ends, fill="#cfc8bb", width=max(image.width // 400, 1))
    return made


def blurred(image: Image.Image, random: Random, most: float) -> Image.Image:
    """Out of focus, as a share of the picture's width."""
    return image.convert("RGB").filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1) * most * image.width))


def slanted(image: Image.Image, random: Random, most: float) -> Image.Image:
    """Seen from the side: every corner moved inwards by up to ``most`` of the side, on a dark table."""
    wide, high = image.size
    moved = [(random.uniform(0, most) * wide, random.uniform(0, most) * high) for _ in range(4)]
    seen = [
        (moved[0][0], moved[0][1]), (wide - moved[1][0], moved[1][1]),
        (wide - moved[2][0], high - moved[2][1]), (moved[3][0], high - moved[3][1]),
    ]  # fmt: skip
    whole = [(0, 0), (wide, 0), (wide, high), (0, high)]
    return image.convert("RGB").transform(
        image.size, Image.Transform.PERSPECTIVE, _projection(seen, whole), Image.Resampling.BICUBIC, fillcolor="#33302c"
    )


def _projection(seen: list[tuple[float, float]], whole: list[tuple[int, int]]) -> list[float]:
    """The eight numbers that send what is seen to where it was: two equations a corner, solved by elimination."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(seen, whole, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for at in range(8):
        best = max(range(at, 8), key=lambda row: abs(rows[row][at]))
        rows[at], rows[best] = rows[best], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for row in range(8):
            if row != at:
                rows[row] = [a - rows[row][at] * b for a, b in zip(rows[row], rows[at], strict=True)]
    return [row[8] for row in rows]


def dots_of(zpl: str) -> Image.Image:
    """What a printer burns for one of our ZPL labels. Fails on anything but the few commands we use."""
    found = _GRAPHIC.search(zpl)
    assert found, zpl[:80]
    width, height, total, same, across = (int(number) for number in found.groups()[:5])
    assert total == same == across * height
    rows: list[str] = [""]
    for counts, digit, short in _TOKEN.findall(found[6]):
        if short == ":":
            rows[-1:] = [rows[-2], ""]
        elif short:
            rows[-1:] = [rows[-1].ljust(across * 2, "0" if short == "," else "F"), ""]
        else:
            times = sum((ord(one) - ord("f")) * 20 if one.islower() else ord(one) - ord("F") for one in counts) or 1
            rows[-1] += digit * times
            if len(rows[-1]) == across * 2:
                rows.append("")
    assert rows.pop() == ""
    assert len(rows) == height
    assert {len(row) for row in rows} == {across * 2}
    burnt = bytes.fromhex("".join(rows))
    image = Image.frombytes("1", (across * 8, height), bytes(byte ^ 0xFF for byte in burnt))
    return image.crop((0, 0, width, height)).convert("L")
