"""Mass as whole grams: read what people write, show what people use, share out without losing a gram.

Inside the system a mass is an ``int`` of grams, never a float. Text is read only at the edges, and what could be read
two ways is refused with a sentence that shows both.
"""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from tracker.problems import Problem

GRAMS_PER_KG = 1_000
GRAMS_PER_TONNE = 1_000_000

#: No container or pile in a park weighs more than 100,000 t; a larger figure is a slip of the unit, not a batch.
BATCH_GRAMS_MAX = 100_000 * GRAMS_PER_TONNE

#: From ten tonnes up, people speak of tonnes; below, of kilograms.
SHOWN_IN_TONNES_FROM = 10 * GRAMS_PER_TONNE

_UNITS = {
    "t": GRAMS_PER_TONNE,
    "吨": GRAMS_PER_TONNE,
    "tonne": GRAMS_PER_TONNE,
    "tonnes": GRAMS_PER_TONNE,
    "kg": GRAMS_PER_KG,
    "千克": GRAMS_PER_KG,
    "公斤": GRAMS_PER_KG,
    "g": 1,
    "克": 1,
}
_MASS = re.compile(r"(?P<number>[+-]?[0-9][0-9.,' ]*)\s*(?P<unit>[^\W\d_]*)")
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_SPACED = re.compile(r"[+-]? ?[0-9]{1,3}( [0-9]{3})+(\.[0-9]+)?")
_ONE_COMMA = re.compile(r"[+-]?[0-9]{1,3},[0-9]{3}")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")


class Tolerance(NamedTuple):
    """How far two weighings may lie apart: ``permille`` of the first, or ``grams``, whichever is larger."""

    permille: int = 50
    grams: int = 20 * GRAMS_PER_KG

    def allows(self, first: int, second: int) -> bool:
        return abs(first - second) <= max(first * self.permille // 1000, self.grams)


def parse(text: str) -> int:
    """Grams from what a person wrote: ``"12.3 t"``, ``"12300 kg"``, ``"１２．３吨"``. The unit must be there.

    Raises ``Problem``: mass_unreadable, mass_ambiguous ("1,500 t" may be 1500 t or 1.5 t), mass_unit_missing,
    mass_finer_than_a_gram, mass_not_positive, mass_absurd.
    """
    shown = text.strip()[:40]
    match = _MASS.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None or len(text) > 100:  # noqa: PLR2004 - nobody writes a mass in a hundred characters
        raise Problem("mass_unreadable", value=shown)
    number, unit = match["number"].strip(), match["unit"].lower()
    if not unit:
        raise Problem("mass_unit_missing", value=shown)
    if unit not in _UNITS:
        raise Problem("mass_unreadable", value=shown)
    grams = _number(number, match["unit"], shown) * _UNITS[unit]
    if grams != grams.to_integral_value():
        raise Problem("mass_finer_than_a_gram", value=shown)
    return check(int(grams))


def _number(text: str, unit: str, shown: str) -> Decimal:
    # "12 300 kg" is a way to write thousands; "12 3 t" is two numbers, and guessing which would be wrong by ten times.
    if " " in text and not _SPACED.fullmatch(text):
        raise Problem("mass_unreadable", value=shown)
    compact = text.replace(" ", "")
    if _ONE_COMMA.fullmatch(compact):
        one, other = compact.replace(",", ""), compact.replace(",", ".")
        raise Problem("mass_ambiguous", value=shown, one=f"{one} {unit}", other=f"{other} {unit}")
    if _GROUPED.fullmatch(compact):
        compact = compact.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(compact):
        compact = compact.replace(",", ".")
    if not _PLAIN.fullmatch(compact):
        raise Problem("mass_unreadable", value=shown)
    return Decimal(compact)


def check(grams: int) -> int:
    """The same grams, or ``Problem`` mass_not_positive / mass_absurd."""
    if grams <= 0:
        raise Problem("mass_not_positive")
    if grams > BATCH_GRAMS_MAX:
        raise Problem("mass_absurd", value=show(grams), limit=show(BATCH_GRAMS_MAX))
    return grams


def show(grams: int, *, measured: bool = True) -> str:
    """The figure people use, without loss: kilograms below 10 t, else tonnes; an estimate carries ``≈``."""
    unit, size = ("t", GRAMS_PER_TONNE) if abs(grams) >= SHOWN_IN_TONNES_FROM else ("kg", GRAMS_PER_KG)
    return f"{'' if measured else '≈ '}{_plain(grams, size)} {unit}"


def tonnes(grams: int) -> str:
    """Tonnes with six decimals, as registers and filings want them: ``1_500_000 -> "1.500000"``."""
    sign, grams = ("-", -grams) if grams < 0 else ("", grams)
    return f"{sign}{grams // GRAMS_PER_TONNE}.{grams % GRAMS_PER_TONNE:06d}"


def _plain(grams: int, size: int) -> str:
    sign, grams = ("-", -grams) if grams < 0 else ("", grams)
    whole, rest = divmod(grams, size)
    decimals = f"{rest:0{len(str(size)) - 1}d}".rstrip("0")
    return f"{sign}{whole}{'.' + decimals if decimals else ''}"


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` grams over ``weights`` in proportion, exactly: the parts sum to ``total``.

    What division leaves over goes, a gram each, to the largest remainders, earlier ones first among equals, so the same
    question always has the same answer. Weights are not negative; where all are zero every part is zero but the first.
    """
    whole = sum(weights)
    if whole == 0:
        return [total, *[0] * (len(weights) - 1)] if weights else []
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    left_over = total - sum(parts)
    for place in sorted(range(len(weights)), key=lambda i: -remainders[i])[:left_over]:
        parts[place] += 1
    return parts
