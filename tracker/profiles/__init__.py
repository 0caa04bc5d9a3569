"""What each province wants of a manifest, as data: one TOML file a profile, one list of rules that all of them state.

A profile inherits what it does not say. Every value carries whether it was confirmed in a source that was read, and
which; a park may decide differently for itself, and then the value is its own. The code knows no province.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from tracker.problems import Problem

NATIONAL = "national"
#: Where a value comes from.
Origin = Literal["national", "province", "park"]
Value = str | int
#: Files of this package that are no profiles.
_NOT_PROFILES = frozenset({"rules"})


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence in both languages; ``{value}`` stands for the value."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing every profile states: how its value is written and how it is said."""

    key: str
    kind: Literal["whole", "choice", "digits"]
    says: Mapping[str, Saying]
    saying: Saying | None = None
    least: int = 0
    most: int = 0
    digits: int = 0

    def takes(self, value: object) -> bool:
        """Whether a value can be this rule's."""
        match self.kind:
            case "whole":
                return isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most
            case "choice":
                return isinstance(value, str) and value in self.says
            case "digits":
                return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == self.digits


@dataclass(frozen=True, slots=True)
class Stated:
    """What a profile says of one rule, and on what ground."""

    value: Value
    confirmed: bool
    source: str
    origin: Origin
    law: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one place. ``division`` is the province's two digits, empty for the national default."""

    name: str
    name_zh: str
    name_en: str
    division: str
    stated: Mapping[str, Stated] = field(repr=False)

    def __getitem__(self, key: str) -> Stated:
        return self.stated[key]

    def whole(self, key: str) -> int:
        """The value of a rule that is a number."""
        return int(self.stated[key].value)

    def word(self, key: str) -> str:
        """The value of a rule that is a word or digits."""
        return str(self.stated[key].value)

    def wants(self, key: str, *, hazardous: bool) -> bool:
        """Whether a field must be filled in for this kind of waste."""
        return self.word(key) in ("all", "hazardous" if hazardous else "general")

    def say(self, key: str) -> Saying:
        """The rule as a sentence."""
        rule, value = rules()[key], self.stated[key].value
        said = rule.says.get(str(value)) or rule.saying
        assert said is not None  # noqa: S101 - tests say every value of every profile
        return Saying(said.zh.replace("{value}", str(value)), said.en.replace("{value}", str(value)))

    def with_own(self, own: Mapping[str, Value]) -> "Profile":
        """With what the park decided for itself. ``Problem``: profile_rule_unknown, profile_rule_malformed."""
        if not own:
            return self
        changed = {
            key: Stated(_checked(key, value), confirmed=True, source="园区自定 / the park's own", origin="park")
            for key, value in own.items()
        }
        return replace(self, stated=dict(self.stated) | changed)


def _read(name: str) -> dict[str, Any]:
    with files("tracker").joinpath(f"profiles/{name}.toml").open("rb") as source:
        return tomllib.load(source)


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its key (``deadlines.receipt``), in the order in which people read them."""
    return {
        f"{section}.{name}": _rule(f"{section}.{name}", row)
        for section, rows in _read("rules")["rules"].items()
        for name, row in rows.items()
    }


def _rule(key: str, row: Mapping[str, Any]) -> Rule:
    says = {value: Saying(**said) for value, said in row.get("says", {}).items()}
    saying = Saying(row["zh"], row["en"]) if "zh" in row else None
    return Rule(key, row["kind"], says, saying, row.get("least", 0), row.get("most", 0), row.get("digits", 0))


@cache
def sections() -> dict[str, Saying]:
    """The headings under which the rules stand."""
    return {name: Saying(**said) for name, said in _read("rules")["sections"].items()}


@cache
def names() -> tuple[str, ...]:
    """Every profile that is shipped."""
    found = (entry.name.removesuffix(".toml") for entry in files("tracker").joinpath("profiles").iterdir())
    return tuple(sorted(name for name in found if "." not in name and name[:1] != "_" and name not in _NOT_PROFILES))


@cache
def of(name: str) -> Profile:
    """A profile with all that it inherits. ``Problem`` profile_unknown."""
    if name not in names():
        raise Problem("profile_unknown", "/profile", name=name[:40], known=", ".join(names()))
    told = _read(name)
    under = of(told["inherits"]).stated if "inherits" in told else {}
    origin: Origin = "province" if "inherits" in told else "national"
    own = {
        f"{section}.{rule}": Stated(origin=origin, **row | {"value": _checked(f"{section}.{rule}", row["value"])})
        for section, rows in told.items()
        if isinstance(rows, dict)
        for rule, row in rows.items()
    }
    return Profile(name, told["name_zh"], told["name_en"], told["division"], dict(under) | own)


def _checked(key: str, value: object) -> Value:
    rule = rules().get(key)
    if rule is None:
        raise Problem("profile_rule_unknown", f"/rules/{key}", rule=key[:60])
    if not rule.takes(value):
        raise Problem("profile_rule_malformed", f"/rules/{key}", rule=key, value=str(value)[:40])
    assert isinstance(value, str | int)  # noqa: S101 - a rule takes nothing else
    return value


def in_force(name: str, own: Mapping[str, Value]) -> Profile:
    """The profile of a park: what it named, and what it decided for itself.

    A rule that is gone or no longer takes its value must not close a park: it is left out, as if the park had not
    decided. ``registry`` refuses it where it is typed.
    """
    found = of(name) if name in names() else of(NATIONAL)
    return found.with_own({key: value for key, value in own.items() if key in rules() and rules()[key].takes(value)})
