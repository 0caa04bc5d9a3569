"""The QR code of a label as a picture: PNG with whole-pixel modules, SVG as one path.

``manifests.face`` draws the whole label around two of these.
"""

import io
from functools import lru_cache

from PIL import Image
from qrcode.constants import ERROR_CORRECT_Q  # type: ignore[import-untyped]
from qrcode.main import QRCode  # type: ignore[import-untyped]
from qrcode.util import MODE_ALPHA_NUM, RE_ALPHA_NUM, QRData  # type: ignore[import-untyped]

from tracker.problems import Problem

#: Light modules around the code, as ISO/IEC 18004 asks.
QUIET_ZONE = 4
#: Trying all eight masks costs four times as much. Over signatures, which are noise, they hardly differ; this one had
#: the least penalty of the eight (a mean of 1,905 over twelve labels, the others 1,955 to 2,183).
MASK = 2
#: Below this a phone held at arm's length, or a thermal head with a tired dot, loses modules.
MODULE_MM_MIN = 0.25
MODULE_PIXELS_MIN = 2
SIDE_MM_MAX = 300.0
DPI_MIN, DPI_MAX = 150, 1200
MM_PER_INCH = 25.4

Matrix = tuple[tuple[bool, ...], ...]
#: False to 255, True to 0.
_LIGHT = bytes([255, 0]) + bytes(254)


@lru_cache(maxsize=8)
def matrix(text: str) -> Matrix:
    """The modules, True for dark, quiet zone not included: the smallest version that holds ``text`` at ECC level Q.

    ``text`` is written in alphanumeric mode, which is what keeps a label at version 9; ``ValueError`` where it holds
    a character that mode does not have (lower case, for one).
    """
    data = text.encode("utf-8")
    if not RE_ALPHA_NUM.fullmatch(data):
        message = "a label's text is written in QR alphanumeric characters only"
        raise ValueError(message)
    code = _coded(data, _version(len(data)))
    code.make(fit=False)
    return tuple(tuple(map(bool, row)) for row in code.modules)


def _coded(data: bytes, version: int | None) -> QRCode:
    code: QRCode = QRCode(version, error_correction=ERROR_CORRECT_Q, mask_pattern=MASK)
    code.add_data(QRData(data, mode=MODE_ALPHA_NUM))
    return code


@lru_cache(maxsize=64)
def _version(letters: int) -> int:
    """The smallest version for so many characters. Labels of a host are all of one length, and looking for the version
    encodes a label once more."""
    return int(_coded(b"A" * letters, None).best_fit())


def modules_across(text: str) -> int:
    """Modules along one side, both quiet zones included: 61 for version 9."""
    return len(matrix(text)) + 2 * QUIET_ZONE


def module_pixels(text: str, *, mm: float, dpi: int) -> int:
    """Pixels of one module where the code has ``mm`` of room: whole, so that a printer does not blur its edges.

    ``Problem`` label_size_out_of_range where no code could be scanned from such a print.
    """
    across = modules_across(text)
    pixels = int(mm / MM_PER_INCH * dpi / across) if 0 < mm <= SIDE_MM_MAX and DPI_MIN <= dpi <= DPI_MAX else 0
    if pixels < MODULE_PIXELS_MIN or pixels * MM_PER_INCH / dpi < MODULE_MM_MIN:
        raise Problem(
            "label_size_out_of_range",
            mm=mm,
            dpi=dpi,
            least=_least_mm(across, min(max(dpi, DPI_MIN), DPI_MAX)),
            most=SIDE_MM_MAX,
            dpi_least=DPI_MIN,
            dpi_most=DPI_MAX,
        )
    return pixels


def bitmap(text: str, *, pixels: int) -> Image.Image:
    """The code with its quiet zone as a 1-bit image, ``pixels`` to the module."""
    side, light = dots(text)
    small = Image.frombytes("L", (side, side), light).convert("1", dither=Image.Dither.NONE)
    return small.resize((side * pixels, side * pixels), Image.Resampling.NEAREST)


def dots(text: str) -> tuple[int, bytes]:
    """Modules along a side with the quiet zone, and a byte for each, row by row: 0 dark, 255 light."""
    rows = _with_quiet_zone(matrix(text))
    return len(rows), b"".join(map(bytes, rows)).translate(_LIGHT)


def png(text: str, *, mm: float = 40.0, dpi: int = 300) -> bytes:
    """The code as a 1-bit PNG that prints at most ``mm`` wide, quiet zone included (the rest is lost to whole pixels).

    ``Problem`` label_size_out_of_range; ``ValueError`` as ``matrix``.
    """
    image = bitmap(text, pixels=module_pixels(text, mm=mm, dpi=dpi))
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()


def svg(text: str, *, mm: float = 40.0) -> str:
    """The code as an SVG exactly ``mm`` wide, quiet zone included: white ground, black modules, no script, no font."""
    module_pixels(text, mm=mm, dpi=DPI_MAX)
    side = modules_across(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{mm:g}mm" height="{mm:g}mm" viewBox="0 0 {side} {side}">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/>{svg_path(text)}</svg>'
    )


def svg_path(text: str) -> str:
    """The dark modules as one ``<path>`` in units of modules, the quiet zone's corner at 0, 0."""
    strokes = [
        f"M{left + QUIET_ZONE} {top + QUIET_ZONE}h{length}v1h-{length}z"
        for top, row in enumerate(matrix(text))
        for left, length in _runs(row)
    ]
    return f'<path fill="#000" shape-rendering="crispEdges" d="{"".join(strokes)}"/>'


def _runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """(start, length) of each run of dark modules: a fifth of the bytes that a square a module would take."""
    runs: list[tuple[int, int]] = []
    for place, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs


def _with_quiet_zone(rows: Matrix) -> Matrix:
    beside = (False,) * QUIET_ZONE
    blank = ((False,) * (len(rows) + 2 * QUIET_ZONE),) * QUIET_ZONE
    return (*blank, *(beside + row + beside for row in rows), *blank)


def _least_mm(across: int, dpi: int) -> float:
    pixels = MODULE_PIXELS_MIN
    while pixels * MM_PER_INCH / dpi < MODULE_MM_MIN:
        pixels += 1
    return round(across * pixels * MM_PER_INCH / dpi + 0.05, 1)
