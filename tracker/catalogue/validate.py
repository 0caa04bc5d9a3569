"""Rules for the shape of a code: which rule broke, in a sentence. A good shape does not make a code exist in a list.

The phone runs the same rules; tests/vectors/validate.json holds the cases both must answer alike.
"""

import re
import unicodedata
from collections.abc import Callable

from tracker.catalogue import schemes
from tracker.problems import Problem

__all__ = [
    "RULES",
    "ewc_code",
    "hazardous_code",
    "park_code",
    "solid_code",
    "uscc",
    "uscc_check_character",
    "waste_code",
]

_HW = re.compile(r"(\d{3})-(\d{3})-(\d{2})", re.ASCII)
_SW = re.compile(r"(\d{3})-(\d{3})-S(\d{2})", re.ASCII)
_EWC = re.compile(r"(\d{2}) ?(\d{2}) ?(\d{2})\*?", re.ASCII)
_PARK = re.compile(r"[0-9A-Z][0-9A-Z.\-]{0,31}")

#: What each scheme's codes look like, as written in refusals.
SHAPES = {"CN-HW": "NNN-NNN-NN", "CN-SW": "NNN-NNN-SNN", "EWC": "NN NN NN"}

_NOT_TIED_TO_AN_INDUSTRY = "900"
_HW_CATEGORIES = frozenset(range(1, 51)) - {41, 42, 43, 44}  # the list has no HW41-HW44
_SW_CATEGORIES = frozenset(range(1, 100)) - {8}  # article 5 of the catalogue leaves S08 out
_SW_SERIAL_MAX = 99
_EWC_CHAPTERS = frozenset(range(1, 21))

#: GB 32100 leaves out I, O, S, V and Z because they are misread.
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_LENGTH = 18
_USCC_REGION = slice(2, 8)

# Hyphens and dashes that editors and Chinese keyboards put for the plain one; NFKC takes care of the full-width forms.
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


def _plain(text: str) -> str:
    """The text as it was meant: half-width, plain hyphens, capitals, no blanks around."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES).strip().upper()


def _parts(text: str, scheme: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    match = pattern.fullmatch(text)
    if match:
        return match.groups()
    looks = {"CN-HW": _HW, "CN-SW": _SW, "EWC": _EWC}
    for other, shape in looks.items():
        if other != scheme and shape.fullmatch(text):
            raise Problem("waste_code_other_scheme", value=text, scheme=scheme, other=other)
    raise Problem("waste_code_shape", value=text[:40], scheme=scheme, shape=SHAPES[scheme])


def hazardous_code(text: str) -> str:
    """A code of 国家危险废物名录, ``NNN-NNN-NN``: a GB/T 4754 group or 900, a serial, the category HWnn without HW.

    Returns it in canonical form. ``900-000-NN`` passes: article 6 gives it to waste that a test, not the list, found
    hazardous."""
    code = _plain(text)
    group, serial, category = _parts(code, "CN-HW", _HW)
    if group != _NOT_TIED_TO_AN_INDUSTRY and group not in schemes.industry_groups():
        raise Problem("waste_code_industry", value=code, group=group)
    if int(serial) == 0 and group != _NOT_TIED_TO_AN_INDUSTRY:
        raise Problem("waste_code_serial", value=code, serial=serial, range="001-999")
    if int(category) not in _HW_CATEGORIES:
        raise Problem("waste_code_category", value=code, category=f"HW{category}", range="HW01-HW40, HW45-HW50")
    return code


def solid_code(text: str) -> str:
    """A code of 固体废物分类与代码目录, ``NNN-NNN-SNN``: industry, serial 001-099, category S01-S99 without S08.

    The industry is a GB/T 4754 group, a division followed by 0 (140 for all of division 14), or 900."""
    code = _plain(text)
    group, serial, category = _parts(code, "CN-SW", _SW)
    division_whole = group[2] == "0" and group[:2] in schemes.industry_divisions()
    if group != _NOT_TIED_TO_AN_INDUSTRY and not division_whole and group not in schemes.industry_groups():
        raise Problem("waste_code_industry", value=code, group=group)
    if not 1 <= int(serial) <= _SW_SERIAL_MAX:
        raise Problem("waste_code_serial", value=code, serial=serial, range="001-099")
    if int(category) not in _SW_CATEGORIES:
        raise Problem("waste_code_category", value=code, category=f"S{category}", range="S01-S07, S09-S99")
    return code


def ewc_code(text: str) -> str:
    """A code of the European List of Waste, six digits, chapters 01-20; ``13 02 05*`` is given as ``130205``."""
    code = _plain(text)
    chapter, group, serial = _parts(code, "EWC", _EWC)
    if int(chapter) not in _EWC_CHAPTERS:
        raise Problem("waste_code_category", value=code, category=chapter, range="01-20")
    return chapter + group + serial


def park_code(text: str) -> str:
    """A code of a park's own list: up to 32 capitals, digits, full stops and hyphens; the park says what it means."""
    code = _plain(text)
    if not _PARK.fullmatch(code):
        raise Problem("waste_code_park_shape", value=code[:40])
    return code


RULES: dict[str, Callable[[str], str]] = {"CN-HW": hazardous_code, "CN-SW": solid_code, "EWC": ewc_code}


def waste_code(text: str, scheme: str) -> str:
    """The code in canonical form by the rules of its scheme; a scheme we do not know is a park's own list."""
    return RULES.get(scheme, park_code)(text)


def uscc_check_character(first_17: str) -> str:
    """The 18th character of a unified social credit code (GB 32100-2015: weights 3^i, modulo 31).

    ``first_17`` holds 17 characters of the code's alphabet; ValueError otherwise."""
    if len(first_17) != _USCC_LENGTH - 1:
        message = f"a check character needs 17 characters before it, not {len(first_17)}"
        raise ValueError(message)
    weighed = sum(_USCC_ALPHABET.index(character) * pow(3, i, 31) for i, character in enumerate(first_17))
    return _USCC_ALPHABET[-weighed % 31]


def uscc(text: str) -> str:
    """A unified social credit code in canonical form: 18 characters, digits for the region, the right check character.

    The check character of the organisation code inside it (GB 11714) is not looked at: GB 32100's own covers it too."""
    code = _plain(text)
    if len(code) != _USCC_LENGTH:
        raise Problem("uscc_length", value=code[:40], length=len(code))
    strange = next((character for character in code if character not in _USCC_ALPHABET), None)
    if strange is not None:
        raise Problem("uscc_character", value=code, character=strange)
    if not code[_USCC_REGION].isdecimal():
        raise Problem("uscc_region", value=code, region=code[_USCC_REGION])
    if uscc_check_character(code[:-1]) != code[-1]:
        raise Problem("uscc_check", value=code, character=code[-1])
    return code
