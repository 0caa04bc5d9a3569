"""Number plates as people read, type and write them."""

import re
import unicodedata

from tracker.problems import Problem

#: Behind the province a plate has no letter O and no I; whoever types one means the digit.
_SEEN_AS = str.maketrans("OI", "01")
_NOT_COMPARED = re.compile(r"[^A-Z0-9]")
_KEY_MIN, _KEY_MAX = 4, 12
_SHOWN = 20


def key(plate: str) -> str:
    """What is compared of a plate: capitals and digits, half width, without the province, dots and spaces. The index of
    ``manifest_carrier`` makes it the same way."""
    plain = unicodedata.normalize("NFKC", plate).upper().translate(_SEEN_AS)
    return _NOT_COMPARED.sub("", plain)


def province(plate: str) -> str:
    """The character of the province, where one was written."""
    first = unicodedata.normalize("NFKC", plate).strip()[:1]
    return first if first and not first.isascii() else ""


def same(one: str, other: str) -> bool:
    """Whether two people mean the same plate; where one of them left the province out, it may be."""
    here, there = province(one), province(other)
    return key(one) == key(other) and (not here or not there or here == there)


def typed(plate: str) -> str:
    """The key of a plate somebody typed. ``Problem`` plate_unreadable."""
    found = key(plate)
    if not _KEY_MIN <= len(found) <= _KEY_MAX:
        raise Problem("plate_unreadable", "/plate", typed=plate.strip()[:_SHOWN])
    return found
