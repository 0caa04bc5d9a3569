"""The one font of everything we print, where it is, and which characters it can draw.

Noto Sans CJK (Debian: ``fonts-noto-cjk``) has all of GBK and the rare characters of names and places. What it does not
have is shown as a geta mark, the printer's old sign for a missing type: visible, never a hole, never another letter.
"""

import subprocess
import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from tracker.problems import Problem

FAMILY = "Noto Sans CJK SC"
PACKAGE = "fonts-noto-cjk"
MISSING = "〓"
_NEVER_ASSIGNED = "\U000e0fff"
_PROBE_PIXELS = 24


@lru_cache(maxsize=2)
def file(*, bold: bool) -> tuple[str, int]:
    """Path and face index of the font, by fontconfig. ``Problem`` label_font_missing names the package."""
    wanted = f"{FAMILY}:{'bold' if bold else 'regular'}"
    command = ["fc-match", "--format", "%{file}\n%{index}\n%{family}", wanted]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except FileNotFoundError:
        raise Problem("label_font_missing", package=f"fontconfig {PACKAGE}") from None
    except subprocess.SubprocessError:
        raise Problem("label_font_missing", package=PACKAGE) from None
    path, index, family = found.stdout.split("\n")[:3]
    # fc-match always answers with some font; one without Chinese would print boxes on a label.
    if FAMILY not in family:
        raise Problem("label_font_missing", package=PACKAGE)
    return path, int(index)


def folder() -> str:
    """Where the font's files are. ``Problem`` label_font_missing."""
    return str(Path(file(bold=False)[0]).parent)


@lru_cache(maxsize=64)
def at(pixels: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """The font ``pixels`` high. ``Problem`` label_font_missing."""
    path, index = file(bold=bold)
    # The basic layout engine draws characters in the order they are stored: no name can turn a line around.
    return ImageFont.truetype(path, pixels, index=index, layout_engine=ImageFont.Layout.BASIC)


def draws(character: str) -> bool:
    """Whether the font has a glyph of its own for a character."""
    return _shape(character) != _shape(_NEVER_ASSIGNED)


def _shape(character: str) -> tuple[tuple[int, int], bytes]:
    mask = at(_PROBE_PIXELS, bold=False).getmask(character)
    return mask.size, bytes(mask)


class _Visible(dict[int, int | str | None]):
    """A table for ``str.translate`` that learns as it is asked."""

    def __missing__(self, point: int) -> int | str | None:
        character = chr(point)
        found: int | str | None = point
        if unicodedata.category(character).startswith("C"):
            found = point if character == "\n" else None
        elif not draws(character):
            found = MISSING
        self[point] = found
        return found


_VISIBLE = _Visible()


def visible(text: str) -> str:
    """``text`` as it can be printed: control and format characters gone (right-to-left overrides among them; line
    breaks stay), lone surrogates and private characters too, and ``MISSING`` for what the font cannot draw."""
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", text).translate(_VISIBLE)
