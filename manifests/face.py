"""The face of a single label: what is printed around the two codes, laid out once in millimetres.

``manifests.ink`` draws a ``Drawing`` as PNG or SVG. The design is 100 x 70 mm and grows or shrinks whole. Texts are at
least 2.5 mm, codes 31 mm: at 203 dpi that is four pixels a module, 0.5 mm.

Hazardous waste has an orange ground (RGB 255, 150, 0: HJ 1276-2022, not confirmed), general waste a green one with
white text (after the site sign of GB 15562.2). The statutory hazardous label with all its fields is a larger sheet of
its own.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from manifests.code import Label
from manifests.human import human_code
from manifests.lettering import Measure, harmless, settle
from tracker import quantity

WIDTH_MM, HEIGHT_MM = 100.0, 70.0
CODE_MM = 31.0

#: ``colour`` prints the ground; ``black`` is for thermal heads, on plain or ready-coloured stock.
Ink = Literal["colour", "black"]

BLACK, WHITE = "#000000", "#ffffff"
ORANGE = "#ff9600"
GREEN = "#00643c"

_EDGE = 3.0  # blank around the frame, room for a cutter that is out by a hair (HJ 1276 asks for 3 mm)
_FRAME = 1.0
_GAP = 3.0
_COLUMN = WIDTH_MM - 2 * (_EDGE + _FRAME) - CODE_MM - 2 * _GAP  # of words, left of the codes
_LEFT = _EDGE + _FRAME + _GAP
_LEADING = 1.24
_BASELINE = 0.88
_FOOT = 48.4  # where mass and day begin


class _Style(NamedTuple):
    """Sizes in mm from the one we like to the smallest we accept, and how many lines there is room for."""

    sizes: tuple[float, ...]
    lines: int = 1
    bold: bool = False


_CAPTION = _Style((2.5,))
_CLASS_CODE = _Style((4.8, 4.0, 3.0), bold=True)
_NAME_ZH = _Style((3.6, 3.2, 2.8), lines=2, bold=True)
_NAME_EN = _Style((2.6, 2.5))
_NUMBER = _Style((3.4, 2.8, 2.5), bold=True)
_GENERATOR = _Style((3.2, 2.8, 2.5), lines=2)
_FIGURE = _Style((4.0, 3.4, 2.6), bold=True)
_HUMAN = _Style((5.6, 5.2, 4.8), bold=True)

_KIND = {"batch": ("批次", "Batch"), "manifest": ("联单", "Manifest"), "roll": ("预印标签", "Pre-issued")}


@dataclass(frozen=True, slots=True)
class Face:
    """What a label's face says beyond its signed facts; names may hold anything.

    ``text`` is the signed link of ``label``; ``number`` is the manifest number, if there is one. Empty fields become
    white, to write in.
    """

    label: Label
    text: str
    class_code: str = ""
    class_name_zh: str = ""
    class_name_en: str = ""
    generator: str = ""
    number: str = ""


class Box(NamedTuple):
    left: float
    top: float
    width: float
    height: float
    fill: str


class Shape(NamedTuple):
    """A filled polygon."""

    points: tuple[tuple[float, float], ...]
    fill: str


class Line(NamedTuple):
    """One line of text; ``top`` is where its em square begins, and nothing of it is drawn outside ``width``."""

    left: float
    top: float
    width: float
    size: float
    text: str
    fill: str
    bold: bool


class Code(NamedTuple):
    """Room for the code with its quiet zone; what whole pixels leave over stays white around it."""

    left: float
    top: float
    side: float
    text: str


Mark = Box | Shape | Line | Code
#: Everything on a face in the order it is painted, in mm of the 100 x 70 design.
Drawing = list[Mark]


class _Colours(NamedTuple):
    frame: str
    ground: str
    words: str
    head: str
    head_words: str


def draw(face: Face, *, ink: Ink, measure: Measure) -> Drawing:
    """Lay the face out. ``measure`` knows the width of words in the font that will draw them."""
    # What a blank label will be put on nobody knows yet: neither green nor orange may say it.
    blank = face.label.what == "roll"
    colours = _colours(hazardous=face.label.hazardous, ink="black" if blank else ink)
    drawing: Drawing = []
    inner = _EDGE + _FRAME
    drawing += [
        Box(0, 0, WIDTH_MM, HEIGHT_MM, WHITE),
        Box(_EDGE, _EDGE, WIDTH_MM - 2 * _EDGE, HEIGHT_MM - 2 * _EDGE, colours.frame),
        Box(inner, inner, WIDTH_MM - 2 * inner, HEIGHT_MM - 2 * inner, colours.ground),
    ]
    _codes(drawing, face.text)
    column = _Column(drawing, colours.words, measure, top=_head(drawing, face, colours, measure))
    _fields(column, face)
    return drawing


def _colours(*, hazardous: bool, ink: Ink) -> _Colours:
    if ink == "black":
        return _Colours(frame=BLACK, ground=WHITE, words=BLACK, head=BLACK, head_words=WHITE)
    if hazardous:
        return _Colours(frame=BLACK, ground=ORANGE, words=BLACK, head=BLACK, head_words=ORANGE)
    return _Colours(frame=GREEN, ground=GREEN, words=WHITE, head=WHITE, head_words=GREEN)


def _codes(drawing: Drawing, text: str) -> None:
    """The same code twice, one above the other: where dirt takes one, the other is still read."""
    left = WIDTH_MM - _EDGE - _FRAME - CODE_MM
    top = _EDGE + _FRAME
    for place in range(2):
        drawing += [
            Box(left, top + place * CODE_MM, CODE_MM, CODE_MM, WHITE),
            Code(left, top + place * CODE_MM, CODE_MM, text),
        ]


def _head(drawing: Drawing, face: Face, colours: _Colours, measure: Measure) -> float:
    """Sign and title; returns where the fields begin."""
    top, sign = _EDGE + _FRAME + 1.8, 9.4
    if face.label.hazardous:
        drawing += _warning_sign(_LEFT, top, sign, colours.head, colours.head_words)
        title, english = "危险废物", "HAZARDOUS WASTE"
    elif face.label.what == "roll":
        drawing += _general_sign(_LEFT, top, sign, colours.head, colours.head_words)
        title, english = "工业固体废物", "INDUSTRIAL WASTE"
    else:
        drawing += _general_sign(_LEFT, top, sign, colours.head, colours.head_words)
        title, english = "一般工业固体废物", "GENERAL INDUSTRIAL WASTE"
    left, width = _LEFT + sign + 2.2, _COLUMN - sign - 2.2
    for words, size, drop, bold in ((title, 6.0, -0.4, True), (english, 2.8, 6.6, True)):
        setting = settle(words, width=width, sizes=(size, size * 0.85, size * 0.7), lines=1, bold=bold, measure=measure)
        shift = (size - setting.size) / 2
        drawing.append(Line(left, top + drop + shift, width, setting.size, setting.lines[0], colours.words, bold))
    return top + sign + 1.2


class _Column:
    """The words left of the codes, from the top down."""

    def __init__(self, drawing: Drawing, fill: str, measure: Measure, *, top: float) -> None:
        self.drawing, self.fill, self.measure, self.top = drawing, fill, measure, top

    def put(self, text: str, style: _Style, *, left: float = _LEFT, width: float = _COLUMN) -> int:
        """Set ``text``, or a white field to write in, and go down by the room any text has: ``style.lines`` of its
        largest size. Returns how many lines were left empty."""
        top, self.top = self.top, self.top + style.sizes[0] * _LEADING * style.lines
        if not text:
            # White on a coloured ground for any pen, and a line below it where the ground is white itself.
            self.drawing.append(Box(left, top + 0.2, width, self.top - top - 0.8, WHITE))
            self.drawing.append(Box(left, self.top - 0.85, width, 0.25, self.fill))
            return 0
        setting = settle(text, width=width, sizes=style.sizes, lines=style.lines, bold=style.bold, measure=self.measure)
        if style.lines == 1:
            top += (style.sizes[0] - setting.size) * _BASELINE  # a smaller text keeps the line its neighbours stand on
        for line in setting.lines:
            self.drawing.append(Line(left, top, width, setting.size, line, self.fill, style.bold))
            top += setting.size * _LEADING
        return style.lines - len(setting.lines)

    def captioned(self, caption: str, text: str, style: _Style, *, left: float = _LEFT, width: float = _COLUMN) -> None:
        self.put(caption, _CAPTION, left=left, width=width)
        self.put(text, style, left=left, width=width)

    def beside(self, caption: str, text: str, style: _Style) -> None:
        """Caption and text on one line, on one base line."""
        size = _CAPTION.sizes[0]
        width = self.measure(caption, size, _CAPTION.bold) + _GAP / 2
        drop = (style.sizes[0] - size) * _BASELINE
        self.drawing.append(Line(_LEFT, self.top + drop, width, size, caption, self.fill, _CAPTION.bold))
        self.put(text, style, left=_LEFT + width, width=_COLUMN - width)

    def rule(self, *, after: float) -> None:
        self.drawing.append(Box(_LEFT, self.top, _COLUMN, 0.3, self.fill))
        self.top += after


def _fields(column: _Column, face: Face) -> None:
    label = face.label
    column.rule(after=1.4)
    column.put(harmless(face.class_code), _CLASS_CODE, width=_kind(column, label))
    _names(column, harmless(face.class_name_zh), harmless(face.class_name_en))
    if face.number:
        column.beside("联单编号 Manifest no.", harmless(face.number), _NUMBER)
        column.captioned("产生单位 Generator", harmless(face.generator), _GENERATOR._replace(lines=1))
    else:
        column.captioned("产生单位 Generator", harmless(face.generator), _GENERATOR)
    _foot(column, label)


def _names(column: _Column, chinese: str, english: str) -> None:
    """Both names in room for three lines; English takes over a line that Chinese left empty."""
    below = column.top + (_NAME_ZH.sizes[0] * _NAME_ZH.lines + _NAME_EN.sizes[0]) * _LEADING + 0.8
    spare = 0
    if chinese or not english:
        spare = column.put(chinese, _NAME_ZH)
        column.top -= spare * _NAME_ZH.sizes[0] * _LEADING
    if english:
        column.put(english, _NAME_EN._replace(lines=1 + spare))
    column.top = below


def _foot(column: _Column, label: Label) -> None:
    """Mass and day side by side, below them the code for people: where a thumb or a strap rarely lies."""
    half = (_COLUMN - _GAP) / 2
    mass = quantity.show(label.grams, measured=label.measured) if label.grams else ""
    day = label.day.isoformat() if label.what != "roll" else ""
    estimated = label.grams > 0 and not label.measured
    column.top = _FOOT
    column.captioned("估重 Est. mass" if estimated else "重量 Mass", mass, _FIGURE, width=half)
    column.top = _FOOT
    column.captioned("日期 Date", day, _FIGURE, left=_LEFT + half + _GAP, width=half)
    column.top += 0.5
    column.rule(after=1.1)
    column.put(human_code(label.label_id), _HUMAN)


def _kind(column: _Column, label: Label) -> float:
    """What the label is for, at the right end of the first line; returns the width left for the class code."""
    text, size = " ".join(_KIND[label.what]), _CAPTION.sizes[0]
    width = column.measure(text, size, _CAPTION.bold) + 0.2
    drop = (_CLASS_CODE.sizes[0] - size) * _BASELINE
    left = _LEFT + _COLUMN - width
    column.drawing.append(Line(left, column.top + drop, width, size, text, column.fill, _CAPTION.bold))
    return _COLUMN - width - _GAP / 2


def _warning_sign(left: float, top: float, side: float, fill: str, inside: str) -> list[Mark]:
    """The general warning sign: a triangle with an exclamation mark."""
    high = side * 0.9
    top += (side - high) / 2
    middle = left + side / 2
    triangle = ((middle, top), (left + side, top + high), (left, top + high))
    bar = ((-0.075, 0.34), (0.075, 0.34), (0.045, 0.70), (-0.045, 0.70))
    dot = ((-0.06, 0.77), (0.06, 0.77), (0.06, 0.89), (-0.06, 0.89))
    return [
        Shape(triangle, fill),
        *(Shape(tuple((middle + x * side, top + y * high) for x, y in points), inside) for points in (bar, dot)),
    ]


def _general_sign(left: float, top: float, side: float, fill: str, inside: str) -> list[Mark]:
    """A container with an arrow into it, on a square."""
    arrow = ((0.42, 0.14), (0.58, 0.14), (0.58, 0.38), (0.72, 0.38), (0.50, 0.62), (0.28, 0.38), (0.42, 0.38))
    bin_ = (
        (0.16, 0.50),
        (0.26, 0.50),
        (0.26, 0.76),
        (0.74, 0.76),
        (0.74, 0.50),
        (0.84, 0.50),
        (0.84, 0.86),
        (0.16, 0.86),
    )
    return [
        Box(left, top, side, side, fill),
        *(Shape(tuple((left + x * side, top + y * side) for x, y in points), inside) for points in (arrow, bin_)),
    ]
