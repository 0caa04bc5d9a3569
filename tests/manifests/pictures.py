"""Reading back what was drawn: zxing-cpp for pixels, and a painter for the one kind of path our SVGs hold."""

import io
import re
from xml.etree import ElementTree as ET

import zxingcpp
from PIL import Image

HOST = "waste.bda.cn"  # twelve characters, as in the design
SVG = "{http://www.w3.org/2000/svg}"
_STROKE = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def codes_in(image: Image.Image) -> list[zxingcpp.Barcode]:
    """Every code zxing-cpp sees, from the top of the picture down."""
    return sorted(zxingcpp.read_barcodes(image), key=lambda code: code.position.top_left.y)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - we wrote it, and hold that it is well-formed


def code_paths(svg: str) -> list[str]:
    return [path.attrib["d"] for path in parsed(svg).iter(f"{SVG}path") if path.get("shape-rendering")]


def painted(path: str, *, side: int, pixels: int = 4) -> Image.Image:
    """The path of a code, ``side`` modules across, as pixels; fails on anything but the strokes we write."""
    assert _STROKE.sub("", path) == ""
    image = Image.new("L", (side, side), 255)
    for left, top, length, back in _STROKE.findall(path):
        assert length == back
        image.paste(0, (int(left), int(top), int(left) + int(length), int(top) + 1))
    return image.resize((side * pixels, side * pixels), Image.Resampling.NEAREST)
