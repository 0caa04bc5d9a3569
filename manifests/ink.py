"""A drawing of millimetres painted: PNG through Pillow with our font, SVG with whatever font its reader has."""

import io
from functools import lru_cache
from html import escape

from PIL import Image, ImageDraw

from manifests import fonts, label, lettering
from manifests.face import HEIGHT_MM, WIDTH_MM, Box, Code, Drawing, Face, Ink, Line, Mark, Shape, draw
from tracker.problems import Problem

#: Phones and desks bring one of these; only the PNG needs the first.
SVG_FONTS = f"'{fonts.FAMILY}','PingFang SC','Microsoft YaHei','Noto Sans',Roboto,sans-serif"

WIDTH_MM_MIN, WIDTH_MM_MAX = 80.0, 300.0
_FACE_MM = (WIDTH_MM, HEIGHT_MM)
_RULER_PIXELS = 100  # widths are measured once at this size and scaled: hinting at the real one moves them by a hair
_ROUNDING = 1.01  # glyphs are placed on whole pixels
_BASELINE = 0.88  # of the em, from its top, as Noto Sans CJK has it
_LINE_ROOM = 1.3  # of the em: descenders need more than the em square
_SQUEEZED_FROM = 0.8  # of its room: a wider line is held to its width, whatever font the reader has


def face_png(face: Face, *, dpi: int = 203, width_mm: float = WIDTH_MM, ink: Ink = "colour") -> bytes:
    """The label ``width_mm`` wide (its height is 0.7 of that) for a printer of ``dpi``; 1-bit when ``ink`` is black.

    ``Problem``: label_size_out_of_range, label_font_missing.
    """
    _check_width(width_mm, dpi)
    drawing = draw(face, ink=ink, measure=measure)
    return png_of(painted(drawing, _FACE_MM, dpi=dpi, ink=ink, scale=width_mm / WIDTH_MM), dpi=dpi)


def painted(drawing: Drawing, size: tuple[float, float], *, dpi: int, ink: Ink, scale: float = 1.0) -> Image.Image:
    """A drawing of ``size`` mm, made ``scale`` times as large, for a printer of ``dpi``; 1 bit where ``ink`` is black.
    ``Problem`` label_size_out_of_range, label_font_missing."""
    image = _Canvas(drawing, size, scale=scale * dpi / label.MM_PER_INCH, dpi=dpi).image
    return image.convert("1", dither=Image.Dither.NONE) if ink == "black" else image


def png_of(image: Image.Image, *, dpi: int) -> bytes:
    """The file of an image that prints at ``dpi``."""
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()


def face_svg(face: Face, *, width_mm: float = WIDTH_MM, ink: Ink = "colour") -> str:
    """The label as an SVG without script, link or font; the same bytes on every machine, fonts installed or not.

    ``Problem`` label_size_out_of_range.
    """
    _check_width(width_mm, label.DPI_MAX)
    return svg_of(draw(face, ink=ink, measure=lettering.estimate), _FACE_MM, scale=width_mm / WIDTH_MM)


def svg_of(drawing: Drawing, size: tuple[float, float], *, scale: float = 1.0) -> str:
    """A drawing of ``size`` mm laid out with ``lettering.estimate``, as an SVG ``scale`` times as large."""
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * scale:g}mm" height="{height * scale:g}mm"'
        f' viewBox="0 0 {width:g} {height:g}" font-family="{SVG_FONTS}" direction="ltr">'
        + "".join(_svg_of(mark) for mark in drawing)
        + "</svg>"
    )


def measure(text: str, size: float, bold: bool) -> float:
    return size * _ROUNDING * sum(_em(character, bold=bold) for character in text)


@lru_cache(maxsize=8192)
def _em(character: str, *, bold: bool) -> float:
    return fonts.at(_RULER_PIXELS, bold=bold).getlength(character) / _RULER_PIXELS


def _check_width(width_mm: float, dpi: int) -> None:
    if not (WIDTH_MM_MIN <= width_mm <= WIDTH_MM_MAX and label.DPI_MIN <= dpi <= label.DPI_MAX):
        raise Problem(
            "label_size_out_of_range",
            mm=width_mm,
            dpi=dpi,
            least=WIDTH_MM_MIN,
            most=WIDTH_MM_MAX,
            dpi_least=label.DPI_MIN,
            dpi_most=label.DPI_MAX,
        )


class _Canvas:
    """Paints a drawing, ``scale`` pixels to the millimetre of the design."""

    def __init__(self, drawing: Drawing, size: tuple[float, float], *, scale: float, dpi: int) -> None:
        self.scale, self.dpi = scale, dpi
        self.image = Image.new("RGB", (round(size[0] * scale), round(size[1] * scale)), "white")
        self.pen = ImageDraw.Draw(self.image)
        for mark in drawing:
            match mark:
                case Box():
                    self._box(mark)
                case Shape():
                    self.pen.polygon([(x * scale, y * scale) for x, y in mark.points], fill=mark.fill)
                case Line():
                    self._line(mark)
                case Code():
                    self._code(mark)

    def _box(self, box: Box) -> None:
        left, top = round(box.left * self.scale), round(box.top * self.scale)
        right, bottom = round((box.left + box.width) * self.scale), round((box.top + box.height) * self.scale)
        # Pillow's corners are both inside; a thin rule keeps one pixel at least.
        self.pen.rectangle((left, top, max(right - 1, left), max(bottom - 1, top)), fill=box.fill)

    def _line(self, line: Line) -> None:
        pixels = round(line.size * self.scale)
        room = Image.new("L", (round(line.width * self.scale), round(pixels * _LINE_ROOM)), 0)
        font = fonts.at(pixels, bold=line.bold)
        ImageDraw.Draw(room).text((0, round(pixels * _BASELINE)), line.text, fill=255, font=font, anchor="ls")
        # Painted through a stencil of its own room: whatever a glyph does, it stays inside.
        self.image.paste(line.fill, (round(line.left * self.scale), round(line.top * self.scale)), room)

    def _code(self, code: Code) -> None:
        side = int(code.side * self.scale)
        bitmap = label.bitmap(
            code.text, pixels=label.module_pixels(code.text, mm=side * label.MM_PER_INCH / self.dpi, dpi=self.dpi)
        )
        spare = (side - bitmap.width) // 2
        self.image.paste(bitmap, (round(code.left * self.scale) + spare, round(code.top * self.scale) + spare))


def _svg_of(mark: Mark) -> str:
    match mark:
        case Box():
            return (
                f'<path fill="{mark.fill}" d="M{_n(mark.left)} {_n(mark.top)}h{_n(mark.width)}v{_n(mark.height)}'
                f'h{_n(-mark.width)}z"/>'
            )
        case Shape():
            points = " ".join(f"{_n(x)},{_n(y)}" for x, y in mark.points)
            return f'<polygon fill="{mark.fill}" points="{points}"/>'
        case Line():
            return _svg_line(mark)
        case Code():
            unit = mark.side / label.modules_across(mark.text)
            place = f"translate({_n(mark.left)} {_n(mark.top)}) scale({unit:.6g})"
            return f'<g transform="{place}">{label.svg_path(mark.text)}</g>'


def _svg_line(line: Line) -> str:
    wide = min(lettering.estimate(line.text, line.size, line.bold), line.width)
    held = f' textLength="{_n(wide)}" lengthAdjust="spacingAndGlyphs"' if wide > line.width * _SQUEEZED_FROM else ""
    weight = ' font-weight="700"' if line.bold else ""
    # An inner svg clips what a stranger's font draws beyond the room; isolation keeps right-to-left letters in theirs.
    return (
        f'<svg x="{_n(line.left)}" y="{_n(line.top)}" width="{_n(line.width)}" height="{_n(line.size * _LINE_ROOM)}"'
        f' overflow="hidden"><text y="{_n(line.size * _BASELINE)}" font-size="{_n(line.size)}" fill="{line.fill}"'
        f'{weight} unicode-bidi="isolate"{held}>{escape(line.text)}</text></svg>'
    )


def _n(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
