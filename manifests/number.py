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
    """A typed 14-digit number; spaces, dashes and full width do not matter.

    It has no check digit, so plausibility is all there is: a known province, a year up to next year's (an issuer's
    clock may be across midnight), a serial above 0. ``Problem``: manifest_number_unreadable,
    manifest_year_implausible, manifest_region_unknown.
    """
    match = _HAZARDOUS.fullmatch(typed(text) or "")
    if match is None or int(match["serial"]) == 0:
        raise Problem("manifest_number_unreadable", example=hazardous(today.year, "11", "01", 42))
    _check_typed_year(int(match["year"]), today)
    _check_region(match["province"], match["city"])
    return Number("hazardous", match[0], int(match["year"]), int(match["serial"]))


def parse_general(rule: NumberRule, park: str, text: str, *, today: date) -> Number:
    """A typed number of the park's own rule; spaces, dashes, case, full width and O / I / L do not matter.

    ``Problem``: manifest_number_unreadable (with an example of the rule), manifest_number_mistyped (the check character
    does not agree), manifest_year_implausible.
    """
    _check_park(park)
    match = rule.pattern(park).fullmatch(fold(typed(text) or ""))
    if match is None or int(match["serial"]) == 0:
        raise Problem("manifest_number_unreadable", example=general(rule, park, today.year, 42))
    groups = match.groupdict()
    year, serial = groups.get("year"), int(groups["serial"])
    # Written out again before it is checked: what was typed as 0 may stand in the park's code as an O.
    canonical = rule.template.format(park=park, year=year, serial=serial)
    if rule.check:
        if _check_of(canonical) != groups["check"]:
            raise Problem("manifest_number_mistyped", typed=f"{canonical}-{groups['check']}")
        canonical = f"{canonical}-{groups['check']}"
    if year is not None:
        _check_typed_year(int(year), today)
    return Number("general", canonical, None if year is None else int(year), serial)


def parse(rule: NumberRule, park: str, text: str, *, today: date) -> Number:
    """A typed manifest number of either kind, for the one box that takes anything; problems as the two it asks."""
    plain = typed(text) or ""
    if plain.isdigit() and len(plain) == _HAZARDOUS_DIGITS:
        return parse_hazardous(text, today=today)
    return parse_general(rule, park, text, today=today)


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
