"""Manifest numbers: how they are written, and what is wrong with a typed one. The books say whose the next serial is.

Hazardous waste: 14 digits, year 4, province 2, city 2, serial 6. The rule is *not confirmed* in a source read for this
project (high confidence from memory; see docs/label.md), so it stands in this one place. General waste has no national
number: each park has a ``NumberRule``, which is data.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from string import Formatter
from typing import Literal, NamedTuple

from manifests.human import check_character, fold, typed
from tracker.problems import Problem

YEAR_FIRST = 2000
YEAR_LAST = 2199

#: First two digits of an administrative division, GB/T 2260.
PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82))
    for code in range(first, last + 1)
)

_SERIAL_DIGITS = 6
_HAZARDOUS = re.compile(r"(?P<year>[0-9]{4})(?P<province>[0-9]{2})(?P<city>[0-9]{2})(?P<serial>[0-9]{6})")
_HAZARDOUS_DIGITS = 14
_REGION = re.compile(r"[0-9]{2}")
_PARK = re.compile(r"[A-Z][A-Z0-9]{1,11}")
_LITERAL = re.compile(r"[A-Z0-9-]*")
_SERIAL_SPEC = re.compile(r"0([4-9])d")
_TEMPLATE_MAX = 40
#: Fewer digits than these are a serial or the beginning of something, not a number somebody got wrong.
_DIGITS_OF_AN_ATTEMPT = 9
#: As many digits as the longest serial of a rule.
_SERIAL_TYPED_MAX = 9
_PREFIX_MIN = 4
_SEEN_AS = str.maketrans("U", "V")  # the one letter of A-Z0-9 that is neither in the alphabet nor folded into it


class Number(NamedTuple):
    """A manifest number, read. ``text`` is its one spelling; ``year`` is None where the park's rule has none."""

    kind: Literal["hazardous", "general"]
    text: str
    year: int | None
    serial: int


@dataclass(frozen=True)
class NumberRule:
    """A park's own rule for general waste, as its settings hold it.

    ``template`` holds ``{serial:06d}`` once (4 to 9 digits), may hold ``{park}`` and ``{year}`` once each, and between
    them capital letters, digits and hyphens; ``check`` appends a hyphen and a check character. ``Problem``
    number_rule_malformed with the part that is wrong.
    """

    template: str = "{park}-{year}-{serial:06d}"
    check: bool = True

    def __post_init__(self) -> None:
        if not self._is_sound():
            raise Problem("number_rule_malformed", template=self.template[:_TEMPLATE_MAX])

    def _is_sound(self) -> bool:
        if len(self.template) > _TEMPLATE_MAX:
            return False
        try:
            parts = list(Formatter().parse(self.template))
        except ValueError:
            return False
        fields = [field for _, field, _, _ in parts if field is not None]
        specs = {field: (spec, conversion) for _, field, spec, conversion in parts if field is not None}
        literals = "".join(literal for literal, _, _, _ in parts)
        plain = all(specs[name] == ("", None) for name in specs if name != "serial")
        serial, conversion = specs.get("serial", (None, None))
        return (
            set(specs) <= {"park", "year", "serial"}
            and len(fields) == len(specs)
            and plain
            and conversion is None
            and _SERIAL_SPEC.fullmatch(serial or "") is not None
            and _LITERAL.fullmatch(literals) is not None
            # Without a letter it could pass for the fourteen digits of hazardous waste.
            and ("park" in specs or any(character.isalpha() for character in fold(literals)))
        )

    @cached_property
    def serial_digits(self) -> int:
        return next(
            int(spec[1]) for _, field, spec, _ in Formatter().parse(self.template) if field == "serial" and spec
        )

    @property
    def serial_last(self) -> int:
        """The last serial there is room for; a rule with more digits must be set before it is used up."""
        return int("9" * self.serial_digits)

    def pattern(self, park: str) -> re.Pattern[str]:
        """What a folded number without hyphens looks like: groups year (if any), serial and check (if any)."""
        parts = []
        for literal, field, _, _ in Formatter().parse(self.template):
            parts.append(re.escape(fold(literal.replace("-", ""))))
            if field == "park":
                parts.append(re.escape(fold(park)))
            elif field == "year":
                parts.append("(?P<year>[0-9]{4})")
            elif field == "serial":
                parts.append(f"(?P<serial>[0-9]{{{self.serial_digits}}})")
        return re.compile("".join(parts) + ("(?P<check>[0-9A-Z])" if self.check else ""))

    def begins(self, park: str, plain: str) -> bool:
        """Whether folded text begins with what stands first in every number of the park, and goes on behind it."""
        head = fold(self.template.partition("{year}")[0].partition("{serial")[0].format(park=park).replace("-", ""))
        return len(head) > 1 and plain.startswith(head) and len(plain) > len(head)

    def beginning(self, park: str, plain: str) -> str | None:
        """Folded text as the beginning of a number in its one spelling (``BDA202600`` is ``BDA-2026-00``), None where
        no number of the park begins so."""
        shape = [
            (character, digit)
            for literal, field, _, _ in Formatter().parse(self.template)
            for character, digit in (
                *((character, False) for character in literal),
                *((character, False) for character in (park if field == "park" else "")),
                *(("0", True) for _ in range({"year": 4, "serial": self.serial_digits}.get(field or "", 0))),
            )
        ]
        left, found = list(plain), ""
        for character, digit in shape:
            if not left:
                break
            if character == "-" and not digit:
                found += character
                continue
            typed_one = left.pop(0)
            if not (typed_one.isdigit() if digit else typed_one == fold(character)):
                return None
            found += typed_one if digit else character
        return found.rstrip("-") if found and not left else None


def hazardous(year: int, province: str, city: str, serial: int) -> str:
    """``20261101000042``. ``Problem``: manifest_region_unknown, manifest_numbers_used_up; ``ValueError`` for a year or
    serial that no program should ask for."""
    _check_region(province, city)
    _check_year_and_serial(year, serial, last=int("9" * _SERIAL_DIGITS))
    return f"{year:04d}{province}{city}{serial:0{_SERIAL_DIGITS}d}"


def general(rule: NumberRule, park: str, year: int, serial: int) -> str:
    """``BDA-2026-000042-V``. ``park`` is the park's short code: 2 to 12 capital letters and digits, a letter first.

    ``Problem`` manifest_numbers_used_up; ``ValueError`` for a park code, year or serial no program should ask for.
    """
    _check_park(park)
    _check_year_and_serial(year, serial, last=rule.serial_last)
    number = rule.template.format(park=park, year=year, serial=serial)
    return f"{number}-{_check_of(number)}" if rule.check else number


def parse_hazardous(text: str, *, today: date) -> Number:
    """A typed 14-digit number; spaces, dashes, full width and O / I / L do not matter.

    It has no check digit, so plausibility is all there is: a known province, a year up to next year's (an issuer's
    clock may be across midnight), a serial above 0. ``Problem``, each for what is wrong: manifest_number_unreadable,
    manifest_number_not_digits, manifest_number_length, manifest_year_implausible, manifest_region_unknown,
    manifest_serial_zero.
    """
    plain, example = fold(typed(text) or ""), hazardous(today.year, "11", "01", 42)
    strange = next((character for character in plain if not character.isdigit()), None)
    if not plain or sum(character.isdigit() for character in plain) < _DIGITS_OF_AN_ATTEMPT:
        raise Problem("manifest_number_unreadable", example=example)
    if strange is not None:
        raise Problem("manifest_number_not_digits", character=strange, example=example)
    match = _HAZARDOUS.fullmatch(plain)
    if match is None:
        raise Problem("manifest_number_length", wanted=_HAZARDOUS_DIGITS, given=len(plain), example=example)
    _check_typed_year(int(match["year"]), today)
    _check_region(match["province"], match["city"])
    if int(match["serial"]) == 0:
        raise Problem("manifest_serial_zero", typed=plain)
    return Number("hazardous", match[0], int(match["year"]), int(match["serial"]))


def parse_general(rule: NumberRule, park: str, text: str, *, today: date) -> Number:
    """A typed number of the park's own rule; spaces, dashes, case, full width and O / I / L do not matter.

    ``Problem``: manifest_number_unreadable (with an example of the rule), manifest_number_length (it begins as ours do
    and ends too early or too late), manifest_number_mistyped (the check character does not agree),
    manifest_year_implausible, manifest_serial_zero.
    """
    _check_park(park)
    plain, example = fold(typed(text) or ""), general(rule, park, today.year, 42)
    match = rule.pattern(park).fullmatch(plain)
    if match is None:
        wanted = len(example.replace("-", ""))
        if len(plain) != wanted and rule.begins(park, plain):
            raise Problem("manifest_number_length", wanted=wanted, given=len(plain), example=example)
        raise Problem("manifest_number_unreadable", example=example)
    groups = match.groupdict()
    year, serial = groups.get("year"), int(groups["serial"])
    # Written out again before it is checked: what was typed as 0 may stand in the park's code as an O.
    canonical = rule.template.format(park=park, year=year, serial=serial)
    if rule.check:
        if _check_of(canonical) != groups["check"]:
            raise Problem("manifest_number_mistyped", typed=f"{canonical}-{groups['check']}")
        canonical = f"{canonical}-{groups['check']}"
    if serial == 0:
        raise Problem("manifest_serial_zero", typed=canonical)
    if year is not None:
        _check_typed_year(int(year), today)
    return Number("general", canonical, None if year is None else int(year), serial)


def parse(rule: NumberRule, park: str, text: str, *, today: date) -> Number:
    """A typed manifest number of either kind, for the one box that takes anything; problems as the two it asks."""
    plain = fold(typed(text) or "")
    if rule.pattern(park).fullmatch(plain) is None and _meant_as_digits(plain):
        return parse_hazardous(text, today=today)
    return parse_general(rule, park, text, today=today)


def meant(rule: NumberRule, park: str, text: str) -> bool:
    """Whether somebody who typed this was typing a manifest number, right or wrong: most of fourteen digits, or what
    the park's own numbers begin with and something behind it."""
    plain = fold(typed(text) or "")
    return _meant_as_digits(plain) or rule.begins(park, plain)


class Wanted(NamedTuple):
    """What a search box was given, as manifest numbers: whole ones it may stand for, and the beginning of one."""

    numbers: tuple[str, ...]
    prefix: str | None


def wanted(rule: NumberRule, park: str, division: str, text: str, *, today: date) -> Wanted:
    """The manifest numbers somebody may be looking for who typed this much of one.

    A whole number stands for itself, up to nine digits also for a serial of this year or the last, and whatever could
    begin a number is the beginning of one. ``division`` is the park's own, four digits.
    """
    plain = fold(typed(text) or "")
    try:
        return Wanted((parse(rule, park, text, today=today).text,), None)
    except Problem:
        pass
    numbers: list[str] = []
    if plain.isdigit() and len(plain) <= _SERIAL_TYPED_MAX and int(plain):
        for year in (today.year, today.year - 1):
            if int(plain) <= int("9" * _SERIAL_DIGITS):
                numbers.append(hazardous(year, division[:2], division[2:4], int(plain)))
            if int(plain) <= rule.serial_last:
                numbers.append(general(rule, park, year, int(plain)))
    digits = plain.isdigit() and _PREFIX_MIN <= len(plain) < _HAZARDOUS_DIGITS
    return Wanted(tuple(numbers), plain if digits else rule.beginning(park, plain))


def _meant_as_digits(plain: str) -> bool:
    strange = sum(not character.isdigit() for character in plain)
    return plain[:1].isdigit() and strange <= 1 and len(plain) - strange >= _DIGITS_OF_AN_ATTEMPT


def _check_of(number: str) -> str:
    return check_character(fold(number.replace("-", "")).translate(_SEEN_AS))


def _check_park(park: str) -> None:
    if not _PARK.fullmatch(park) or not any(character.isalpha() for character in fold(park)):
        message = (
            f"{park!r} is not a park code: 2 to 12 capital letters and digits, a letter first, not only O, I and L"
        )
        raise ValueError(message)


def _check_region(province: str, city: str) -> None:
    if province not in PROVINCES or not _REGION.fullmatch(city):
        raise Problem("manifest_region_unknown", region=f"{province}{city}")


def _check_year_and_serial(year: int, serial: int, *, last: int) -> None:
    if not YEAR_FIRST <= year <= YEAR_LAST or serial < 1:
        message = f"year {year}, serial {serial}: not a manifest number's"
        raise ValueError(message)
    if serial > last:
        raise Problem("manifest_numbers_used_up", last=last, year=year)


def _check_typed_year(year: int, today: date) -> None:
    if not YEAR_FIRST <= year <= today.year + 1:
        raise Problem("manifest_year_implausible", year=year, latest=today.year)
