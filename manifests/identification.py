"""The digital identification code of a hazardous waste container (HJ 1276-2022): 37 characters in four segments.

Enterprise 18 (its USCC), waste code 8, date of generation 8, serial of that day 3. That it has 37 characters in four
segments is from one secondary source; **the split is not confirmed** (``CONFIRMED``), so it stands here as data.
"""

import re
from datetime import date

CONFIRMED = False
SEGMENTS = (18, 8, 8, 3)
LENGTH = sum(SEGMENTS)
SERIAL_MAX = 999
_WASTE = re.compile(r"([0-9]{3})-([0-9]{3})-([0-9]{2})", re.ASCII)


def make(uscc: str | None, waste: str | None, day: date, serial: int | None) -> str | None:
    """The code, None where a segment is missing: nobody's number is invented (no USCC, a code that is not of the
    national list, the 999 serials of a day used up)."""
    found = _WASTE.fullmatch(waste or "")
    if uscc is None or found is None or serial is None or not 1 <= serial <= SERIAL_MAX:
        return None
    return f"{uscc}{''.join(found.groups())}{day:%Y%m%d}{serial:03d}"


def shown(code: str) -> tuple[str, str]:
    """The code in two lines, as a label has room for it: the enterprise, and the rest with its segments apart."""
    uscc, waste, day, serial = _split(code)
    return uscc, f"{waste} {day} {serial}"


def _split(code: str) -> list[str]:
    parts, rest = [], code
    for length in SEGMENTS:
        parts.append(rest[:length])
        rest = rest[length:]
    return parts
