"""Labels on their way to a printer: one as PNG or SVG, any number as PDF or ZPL.

Every form is painted from the same drawing, so a sheet says what the single label says. Whoever calls has the labels in
the log of issuance already: a label is logged first and printed after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from manifests import face, fonts, ink, label, layouts, lettering, press, statutory, zpl
from manifests.face import Box, Code, Drawing, Ink, Line, Mark, Shape
from manifests.lettering import Measure

_BASELINE = 0.88


@dataclass(frozen=True, slots=True)
class Printed:
    """A label to print: ``side`` mm square as the law has it for hazardous waste, or (None) the 100 x 70 mm face."""

    particulars: statutory.Particulars
    side: int | None = None
    copies: int = 1

    @property
    def size(self) -> tuple[float, float]:
        return (face.WIDTH_MM, face.HEIGHT_MM) if self.side is None else (float(self.side), float(self.side))


def printed(
    particulars: statutory.Particulars, *, side: int | None, container: str | None, room: tuple[float, float] | None
) -> Printed:
    """How a container's label is printed. General waste has the face. Hazardous waste has the statutory square of
    ``side`` mm, else of the side its container asks for; where nobody said what that holds, the largest that has
    ``room`` (None: any). Above 450 L the law wants it on two opposite sides, so it comes twice."""
    if not particulars.face.label.hazardous:
        return Printed(particulars)
    known = statutory.side_for(statutory.litres_in(container))
    asked = side or known or _largest(room)
    return Printed(particulars, asked, copies=2 if known == _TWICE or (known is None and side == _TWICE) else 1)


_TWICE = 200


def _largest(room: tuple[float, float] | None) -> int:
    fitting = [side for side in statutory.TEXT_MM if room is None or side <= min(room)]
    return fitting[-1] if fitting else min(statutory.TEXT_MM)


def drawing(one: Printed, *, ink: Ink, measure: Measure) -> Drawing:
    """The label laid out in mm."""
    if one.side is None:
        return face.draw(one.particulars.face, ink=ink, measure=measure)
    return statutory.draw(one.particulars, side=one.side, ink=ink, measure=measure)


def png(one: Printed, *, dpi: int = 203, colours: Ink = "colour") -> bytes:
    """A single label. ``Problem``: label_size_out_of_range, label_font_missing."""
    drawn = drawing(one, ink=colours, measure=ink.measure)
    return ink.png_of(ink.painted(drawn, one.size, dpi=dpi, ink=colours), dpi=dpi)


def svg(one: Printed, *, colours: Ink = "colour") -> str:
    """A single label without script, link or font."""
    return ink.svg_of(drawing(one, ink=colours, measure=lettering.estimate), one.size)


def zebra(labels: Sequence[Printed], *, dpi: int = 203) -> str:
    """ZPL of all labels in order, their words as dots. ``Problem`` as ``png``."""
    made = []
    for one in labels:
        drawn = drawing(one, ink="black", measure=ink.measure)
        made.append(zpl.label(ink.painted(drawn, one.size, dpi=dpi, ink="black"), copies=one.copies))
    return "".join(made)


def pdf(
    labels: Sequence[Printed], layout: layouts.Layout, *, at: datetime, start: int = 1, colours: Ink = "colour"
) -> bytes:
    """All labels on sheets, as PDF/A-2b made ``at`` a time. ``Problem``: label_start_outside, label_does_not_fit,
    label_font_missing."""
    each = [one for one in labels for _ in range(one.copies)]
    spots = layouts.place(layout, [(*one.size, one.side is not None) for one in each], start=start)
    document = _Document()
    for one, spot in zip(each, spots, strict=True):
        drawn = drawing(one, ink=colours, measure=ink.measure)
        document.put(one, spot, drawn, layout.page or one.size)
    data = {"font": fonts.FAMILY, "title": "标签 Labels", **document.told()}
    return press.pdf("labels", data, at=at, files={"codes.bin": bytes(document.codes.dots)})


def check(labels: Sequence[Printed], layout: layouts.Layout | None = None, *, start: int = 1) -> None:
    """Raise every ``Problem`` that printing these could, before anything is drawn."""
    fonts.folder()
    fonts.file(bold=True)
    if layout is not None:
        layouts.place(layout, [(*one.size, one.side is not None) for one in labels], start=start)


class _Document:
    """What the template is told. Marks that all labels of a kind share (ground, captions) are told and set once: a
    thousand labels then take half of the time and memory."""

    def __init__(self) -> None:
        self.codes = _Codes()
        self.pages: list[tuple[tuple[float, float], list[Any]]] = []
        self.kinds: dict[tuple[int | None, float], dict[Mark, None]] = {}

    def put(self, one: Printed, spot: layouts.Spot, drawn: Drawing, page: tuple[float, float]) -> None:
        while len(self.pages) <= spot.page:
            self.pages.append((page, []))
        kind = (one.side, spot.scale)
        shared = self.kinds.setdefault(kind, dict.fromkeys(drawn))
        here = set(drawn)
        for mark in [mark for mark in shared if mark not in here]:
            del shared[mark]
        self.pages[spot.page][1].append((spot, kind, drawn))

    def told(self) -> dict[str, Any]:
        numbers = {kind: at for at, kind in enumerate(self.kinds)}
        pages = [
            {
                "width": width,
                "height": height,
                "labels": [
                    [
                        round(spot.left, 3),
                        round(spot.top, 3),
                        numbers[kind],
                        [_mark(mark, spot.scale, self.codes) for mark in drawn if mark not in self.kinds[kind]],
                    ]
                    for spot, kind, drawn in labels
                ],
            }
            for (width, height), labels in self.pages
        ]
        shared = [[_mark(mark, scale, self.codes) for mark in marks] for (_, scale), marks in self.kinds.items()]
        return {"pages": pages, "shared": shared, "codes": self.codes.places}


class _Codes:
    """The codes of a document, each once."""

    def __init__(self) -> None:
        self.dots = bytearray()
        self.places: list[tuple[int, int]] = []
        self._known: dict[str, int] = {}

    def number(self, text: str) -> int:
        if text not in self._known:
            side, dots = label.dots(text)
            self._known[text] = len(self.places)
            self.places.append((len(self.dots), side))
            self.dots += dots
        return self._known[text]


def _mark(mark: Mark, scale: float, codes: _Codes) -> list[Any]:
    """A mark as the template wants it, from the label's own corner."""

    def mm(value: float) -> float:
        return round(value * scale, 3)

    match mark:
        case Box():
            return ["box", mm(mark.left), mm(mark.top), mm(mark.width), mm(mark.height), mark.fill]
        case Shape():
            return ["shape", [[mm(left), mm(top)] for left, top in mark.points], mark.fill]
        case Line():
            base = mark.top + mark.size * _BASELINE
            return ["line", mm(mark.left), mm(base), mm(mark.size), mark.text, mark.fill, mark.bold]
        case Code():
            return ["code", mm(mark.left), mm(mark.top), mm(mark.side), codes.number(mark.text)]
