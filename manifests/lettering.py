"""Words on a label: made harmless, measured, broken into lines and cut to their room.

Names come from people and from other systems: markup, control characters, 5,000 letters, right-to-left marks. Nothing
here refuses them (a label must be printed) and nothing is lost: the books keep the name as it was given.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

#: Width in mm of a text set at a size in mm (the em), bold or not.
Measure = Callable[[str, float, bool], float]

#: Nothing on a label has room for more; longer names are cut before anything else looks at them.
CHARACTERS_MAX = 240
ELLIPSIS = "…"
_MARKS_MAX = 2
_CLOSING = frozenset("，。、；：！？）》】」』”’,.;:!?)]}%…")
_NARROW = frozenset("iIl.,:;'|!jtfr()[]{} -1")
_BROAD = frozenset("MW@%mw—…ÆŒ")
_SPACES = re.compile(r"\s+")


class Setting(NamedTuple):
    """A text in lines that fit their room, at ``size`` mm."""

    lines: tuple[str, ...]
    size: float


def harmless(text: str) -> str:
    """``text`` as one line of visible characters, at most ``CHARACTERS_MAX`` of them.

    Gone are control and format characters (right-to-left overrides, zero-width joiners, language tags), lone
    surrogates, private and unassigned code points, all of which XML or a font cannot write or a reader cannot see; any
    kind of space becomes one space; a letter keeps two combining marks, so that none climbs over its neighbours.
    """
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text[: CHARACTERS_MAX * 10]):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category in {"Zs", "Zl", "Zp"} or character in "\t\r\n":
            kept.append(" ")
        elif category[0] != "C" and marks <= _MARKS_MAX:
            kept.append(character)
    line = _SPACES.sub(" ", "".join(kept)).strip()
    return line if len(line) <= CHARACTERS_MAX else line[: CHARACTERS_MAX - 1] + ELLIPSIS


def estimate(text: str, size: float, bold: bool) -> float:
    """A ``Measure`` for fonts we do not have, those of whoever opens an SVG: classes of width, a little too wide."""
    return size * (1.04 if bold else 1.0) * sum(_em(character) for character in text)


@lru_cache(maxsize=4096)
def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if not character.isascii():
        return 1.0
    if character in _NARROW:
        return 0.58 if character == "1" else 0.38
    if character in _BROAD:
        return 0.95
    return 0.7 if character.isupper() else 0.59


def settle(text: str, *, width: float, sizes: tuple[float, ...], lines: int, bold: bool, measure: Measure) -> Setting:
    """``text`` at the largest of ``sizes`` (falling) at which it fits ``lines`` lines of ``width`` mm; at the smallest,
    what is over is cut and an ellipsis says so."""
    broken: tuple[str, ...] = ()
    for size in sizes:
        broken = _break(text, width, partial(_width, measure, size, bold))
        if len(broken) <= lines:
            return Setting(broken, size)
    last = broken[lines - 1]
    while last and measure(last + ELLIPSIS, sizes[-1], bold) > width:
        last = last[:-1]
    return Setting((*broken[: lines - 1], last.rstrip() + ELLIPSIS), sizes[-1])


def _width(measure: Measure, size: float, bold: bool, text: str) -> float:
    return measure(text, size, bold)


def _break(text: str, width: float, measure: Callable[[str], float]) -> tuple[str, ...]:
    """Lines no wider than ``width``: at spaces where there are any, else between any two characters."""
    lines: list[str] = []
    rest = text
    while rest and measure(rest) > width:
        cut = _longest(rest, width, measure)
        space = rest.rfind(" ", 1, cut + 1)
        # A space in the first third would leave a ragged hole; Chinese has none and may break anywhere.
        if space > cut // 3 and rest[cut - 1 : cut + 1].isascii():
            cut = space
        elif cut > 1 and rest[cut] in _CLOSING:
            cut -= 1
        while cut > 1 and unicodedata.combining(rest[cut]):
            cut -= 1
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return (*lines, rest) if rest else tuple(lines)


def _longest(text: str, width: float, measure: Callable[[str], float]) -> int:
    """How many characters fit, at least one (a single wider one is clipped by its room when it is drawn)."""
    least, most = 1, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        if measure(text[:middle]) <= width:
            least = middle
        else:
            most = middle - 1
    return least
