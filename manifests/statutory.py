"""The statutory label of hazardous waste (HJ 1276-2022): a square of 100, 150 or 200 mm with every field it asks for.

Confirmed in a source read for this project: the sizes by the container's volume, a frame of at least 1 mm with at least
3 mm blank outside, texts of at least 3, 5 and 6 mm. Not confirmed: the exact orange (RGB 255, 150, 0) and the order of
the fields. What nobody has told us is printed as "not given" on white, with room for a pen; nothing is made up.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from manifests import identification
from manifests.face import BLACK, ORANGE, WHITE, Box, Code, Drawing, Face, Ink, Line, Mark, Shape
from manifests.human import human_code
from manifests.lettering import Measure, harmless, settle
from tracker import quantity

#: Side of the label in mm -> height of its text (the em, whose Chinese characters are 0.92 high) in mm.
TEXT_MM = {100: 3.3, 150: 5.45, 200: 6.6}
#: The least text the standard allows, by side.
TEXT_MM_LEAST = {100: 3.0, 150: 5.0, 200: 6.0}
#: Up to how many litres a container may hold for a side.
LITRES_MAX = {100: 50.0, 150: 450.0}
NOT_GIVEN = "未填 not given"

_EDGE, _FRAME = 3.2, 1.2
_BASELINE = 0.88
_LINES = 20  # of text in the left column, below the title
_LEADING_MAX = 1.3
_RULE = 0.18
# In ems: what a column takes.
_PAD, _GAP, _RIGHT, _CAPTION, _TITLE = 0.4, 0.5, 7.2, 4.8, 2.35

_FORMS = {"solid": "固态 Solid", "semi_solid": "半固态 Semi-solid", "liquid": "液态 Liquid", "gas": "气态 Gas"}
_PROPERTIES = {
    "T": ("毒性", "Toxic", WHITE),
    "C": ("腐蚀性", "Corrosive", WHITE),
    "I": ("易燃性", "Ignitable", "#ff5a4d"),
    "R": ("反应性", "Reactive", "#ffe14d"),
    "In": ("感染性", "Infectious", WHITE),
}
_STACKED_MAX = 3  # more properties than that share their lines with their English names


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the label says beyond the face; an empty text is a field nobody has filled in."""

    face: Face
    category: str = ""
    properties: tuple[str, ...] = ()
    form: str = ""
    main_components: str = ""
    harmful_components: str = ""
    precautions: str = ""
    identification: str = ""
    contact: str = ""
    generated: date | None = None


def side_for(litres: float | None) -> int | None:
    """The side in mm a container of so many litres asks for; None where nobody said how much it holds."""
    if litres is None:
        return None
    return next((side for side, most in LITRES_MAX.items() if litres <= most), 200)


_LITRES = re.compile(r"(?<![0-9.,])([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(?:[lL]\b|[lL]it(?:er|re)s?\b|升|公升)", re.ASCII)


def litres_in(container: str | None) -> float | None:
    """How much a container holds, read from its description ("200 L drum", "吨桶 1000升"); None where it says nothing
    or two different things."""
    found = {float(volume) for volume in _LITRES.findall(container or "")}
    return found.pop() if len(found) == 1 else None


class _Row(NamedTuple):
    """A field: its caption in two languages, its values in lines of their own, and how many lines it has room for."""

    zh: str
    en: str
    values: tuple[tuple[str, bool, int], ...]
    lines: int


def draw(particulars: Particulars, *, side: int, ink: Ink, measure: Measure) -> Drawing:
    """Lay the label out, ``side`` mm square."""
    em = TEXT_MM[side]
    ground = ORANGE if ink == "colour" else WHITE
    inner = _EDGE + _FRAME
    drawing: Drawing = [
        Box(0, 0, side, side, WHITE),
        Box(_EDGE, _EDGE, side - 2 * _EDGE, side - 2 * _EDGE, BLACK),
        Box(inner, inner, side - 2 * inner, side - 2 * inner, ground),
    ]
    pen = _Pen(drawing, em, measure)
    right = side - inner - (_RIGHT + 0.3) * em
    left = inner + _PAD * em
    _codes(pen, particulars.face, left=right, top=inner + 0.4 * em, bottom=side - inner - 0.3 * em, ink=ink,
           properties=particulars.properties)  # fmt: skip
    width = right - _GAP * em - left
    _title(pen, left=left, top=inner + 0.25 * em, width=width)
    top = inner + _TITLE * em
    leading = min((side - inner - 0.35 * em - top) / _LINES / em, _LEADING_MAX)
    for row in _rows(particulars):
        _field(pen, row, left=left, top=top, width=width, leading=leading)
        top += row.lines * leading * em
    return drawing


@dataclass(slots=True)
class _Pen:
    drawing: Drawing
    em: float
    measure: Measure

    def line(self, text: str, *, left: float, top: float, width: float, size: float = 1.0, bold: bool = False) -> float:
        """One line at ``size`` ems, cut to its room; returns how wide it is."""
        mm = size * self.em
        setting = settle(text, width=width, sizes=(mm,), lines=1, bold=bold, measure=self.measure)
        self.drawing.append(Line(left, top, width, mm, setting.lines[0], BLACK, bold))
        return self.measure(setting.lines[0], mm, bold)

    def centred(
        self, text: str, *, left: float, top: float, width: float, size: float = 1.0, bold: bool = True
    ) -> None:
        spare = max(width - self.measure(text, size * self.em, bold), 0.0) / 2
        self.line(text, left=left + spare, top=top, width=width - spare, size=size, bold=bold)


def _title(pen: _Pen, *, left: float, top: float, width: float) -> None:
    size, em = 1.7, pen.em
    wide = pen.line("危险废物", left=left, top=top, width=width, size=size, bold=True) + 0.4 * em
    pen.line("HAZARDOUS WASTE", left=left + wide, top=top + (size - 1) * em * _BASELINE, width=width - wide, bold=True)


def _rows(of: Particulars) -> Sequence[_Row]:
    """Twenty lines, in the order of the standard."""
    face, label = of.face, of.face.label
    zh, en = harmless(face.class_name_zh), harmless(face.class_name_en)
    names = ((zh, True, 2), (en, False, 1)) if zh and en else ((zh or en, True, 3),)
    estimated = "估 " if label.grams and not label.measured else ""
    mass = estimated + quantity.show(label.grams, measured=label.measured) if label.grams else ""
    made = of.generated.isoformat() if of.generated else ""
    code = identification.shown(of.identification) if of.identification else ("",)
    coded = tuple((part, True, 1) for part in code) if of.identification else (("", False, 2),)
    return (
        _Row("废物名称", "Name", names, 3),
        _Row("类别 Cat.", "", ((harmless(of.category), True, 1),), 1),
        _Row("代码 Code", "", ((harmless(face.class_code), True, 1),), 1),
        _Row("形态 Form", "", ((_FORMS.get(of.form, harmless(of.form)), False, 1),), 1),
        _Row("主要成分", "Contents", ((harmless(of.main_components), False, 2),), 2),
        _Row("有害成分", "Harmful", ((harmless(of.harmful_components), False, 2),), 2),
        _Row("注意事项", "Caution", ((harmless(of.precautions), False, 2),), 2),
        _Row("识别码", "ID code", coded, 2),
        _Row("产生单位", "Generator", ((harmless(face.generator), False, 2),), 2),
        _Row("联系方式", "Contact", ((harmless(of.contact), False, 2),), 2),
        _Row("日期 Date", "", ((made, True, 1),), 1),
        _Row("重量 Mass", "", ((mass, True, 1),), 1),
    )


def _field(pen: _Pen, row: _Row, *, left: float, top: float, width: float, leading: float) -> None:
    em, step = pen.em, leading * pen.em
    pen.drawing.append(Box(left, top, width, _RULE, BLACK))
    top += (step - em) / 2
    caption = _CAPTION * em
    pen.line(row.zh, left=left, top=top, width=caption + 0.3 * em)
    if row.en:
        pen.line(row.en, left=left, top=top + step, width=caption)
    column, room = left + caption + 0.3 * em, width - caption - 0.3 * em
    at = top
    for text, bold, lines in row.values:
        if not text:
            _not_given(pen, left=column, top=at, width=room, height=lines * step)
            at += lines * step
            continue
        setting = settle(text, width=room, sizes=(em,), lines=lines, bold=bold, measure=pen.measure)
        for line in setting.lines:
            pen.drawing.append(Line(column, at, room, em, line, BLACK, bold))
            at += step


def _not_given(pen: _Pen, *, left: float, top: float, width: float, height: float) -> None:
    """A white field for a pen, with the words small enough in its right end to leave the pen room."""
    em = pen.em
    lines = max(round(height / (em * 1.2)), 1)
    drop = (height / lines - em) / 2
    pen.drawing.append(Box(left, top - drop + 2 * _RULE, width, height - 3 * _RULE, WHITE))
    wide = pen.measure(NOT_GIVEN, em, False) + 0.2 * em  # noqa: FBT003 - a Measure's third is bold
    pen.line(NOT_GIVEN, left=left + max(width - wide, 0.0), top=top + height * (lines - 1) / lines, width=width)


def _codes(
    pen: _Pen, face: Face, *, left: float, top: float, bottom: float, ink: Ink, properties: tuple[str, ...]
) -> None:
    """From below: the code twice, the code for people above them, the hazards in what is left."""
    em, side = pen.em, _RIGHT * pen.em
    for place in (2, 1):
        high = bottom - place * side
        pen.drawing += [Box(left, high, side, side, WHITE), Code(left, high, side, face.text)]
    human = human_code(face.label.label_id)
    first, second = human[:9], human[10:]
    high = bottom - 2 * side - 2.3 * em
    pen.centred(first, left=left, top=high, width=side, size=1.05)
    pen.centred(second, left=left, top=high + 1.1 * em, width=side, size=1.05)
    _hazards(pen, properties, left=left, top=top, width=side, height=high - 0.35 * em - top, ink=ink)


def _hazards(
    pen: _Pen, properties: tuple[str, ...], *, left: float, top: float, width: float, height: float, ink: Ink
) -> None:
    em, edge = pen.em, 0.1 * pen.em
    pen.drawing += [
        Box(left, top, width, height, BLACK),
        Box(left + edge, top + edge, width - 2 * edge, height - 2 * edge, WHITE),
    ]
    pen.centred("危险特性", left=left, top=top + 0.2 * em, width=width)
    known = [one for one in properties if one in _PROPERTIES]
    top, room = top + 1.35 * em, height - 1.55 * em
    if not known:
        pen.centred("未填", left=left, top=top + room / 2 - 1.1 * em, width=width, bold=False)
        pen.centred("not given", left=left, top=top + room / 2, width=width, bold=False)
        return
    stacked = len(known) <= _STACKED_MAX
    step = min(room / len(known), 2.6 * em if stacked else 1.6 * em)
    top += (room - step * len(known)) / 2
    for one in known:
        zh, en, fill = _PROPERTIES[one]
        sign = min(step * 0.92, 1.8 * em)
        pen.drawing += _diamond(left + 0.2 * em, top + (step - sign) / 2, sign, fill if ink == "colour" else WHITE)
        size = 1.0 if stacked else 0.72
        pen.centred(one, left=left + 0.2 * em, top=top + (step - size * em) / 2, width=sign, size=size)
        words, wide = left + sign + 0.35 * em, width - sign - 0.35 * em
        if stacked:
            pen.line(zh, left=words, top=top + step / 2 - 1.08 * em, width=wide, bold=True)
            pen.line(en, left=words, top=top + step / 2 + 0.02 * em, width=wide)
        else:
            pen.line(zh, left=words, top=top + (step - em) / 2, width=wide, bold=True)
        top += step


def _diamond(left: float, top: float, side: float, fill: str) -> list[Mark]:
    """A square on its corner, black edge."""
    half, edge = side / 2, side * 0.07
    x, y = left + half, top + half

    def around(reach: float) -> tuple[tuple[float, float], ...]:
        return ((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y))

    return [Shape(around(half), BLACK), Shape(around(half - edge), fill)]
