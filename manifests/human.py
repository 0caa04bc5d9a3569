"""The code for people: ten characters and a check character, read out over a radio or typed with gloves on.

It is the first 50 bits of the label id in 32 characters without I, L, O and U. The check character is Damm's scheme
over the field of 32 elements (H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004, lemma 5.2): six lines, the
check stays inside the same 32 characters (ISO 7064 would need 37, with a ``*``), and it notices every single wrong
character and every swap of two characters, adjacent or not. tests/manifests/test_human.py proves it exhaustively.
"""

import re
import unicodedata
from collections.abc import Iterable
from uuid import UUID

from tracker.problems import Problem

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DATA_CHARACTERS = 10

_BITS_EACH = 5
_ID_BITS = 128
_TYPED_MAX = 60
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―−]+")  # the dashes a Chinese keyboard and a word processor make of a hyphen
_LOOK_ALIKE = str.maketrans("OIL", "011")
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_REDUCING = 0b100101  # x^5 + x^2 + 1, under which doubling walks through all 31 values that are not zero


def typed(text: str) -> str | None:
    """What somebody typed without spaces and dashes, in upper case and half width; None if it is not plain ASCII."""
    if len(text) > _TYPED_MAX:
        return None
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    return plain.upper() if plain.isascii() else None


def fold(text: str) -> str:
    """Look-alikes as one: O is 0, I and L are 1. ``text`` is in upper case."""
    return text.translate(_LOOK_ALIKE)


def check_value(values: Iterable[int]) -> int:
    """Damm's check over ``values`` (each 0-31), itself 0-31; the check over values and check value is 0."""
    interim = 0
    for value in values:
        interim = (interim ^ value) << 1
        if interim >> _BITS_EACH:
            interim ^= _REDUCING
    return interim


def check_character(characters: str) -> str:
    """The check character over characters of ``ALPHABET``."""
    return ALPHABET[check_value(_VALUES[character] for character in characters)]


def human_code(label_id: UUID) -> str:
    """``K7QF-2M9X-RT-C``: derived from the label id alone, so it needs no counter and gives nothing away.

    The 13th digit of a random UUID is always 4, so 48 of the 50 bits are random: two of a million labels share a code
    with a chance of 1 in 560. Keep it unique per park and draw another label id when it is taken.
    """
    bits = label_id.int >> (_ID_BITS - DATA_CHARACTERS * _BITS_EACH)
    places = reversed(range(DATA_CHARACTERS))
    data = "".join(ALPHABET[bits >> _BITS_EACH * place & 0b11111] for place in places)
    return grouped(data + check_character(data))


def parse_human(text: str) -> str:
    """The canonical spelling of a typed code; spaces, dashes, case, full width and O / I / L do not matter.

    Raises ``Problem``: human_code_unreadable (not eleven characters of the alphabet), human_code_mistyped (the check
    character does not agree).
    """
    plain = fold(typed(text) or "")
    if len(plain) != DATA_CHARACTERS + 1 or any(character not in _VALUES for character in plain):
        raise Problem("human_code_unreadable", characters=DATA_CHARACTERS + 1)
    if check_value(_VALUES[character] for character in plain):
        raise Problem("human_code_mistyped", typed=grouped(plain))
    return grouped(plain)


def grouped(code: str) -> str:
    """Characters of a human code in the groups the label prints; a beginning of one too."""
    return f"{code[:4]}-{code[4:8]}-{code[8:10]}-{code[10:]}"
