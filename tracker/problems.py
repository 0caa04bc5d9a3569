"""Every reason to refuse and every finding: a stable code and a sentence in zh and en that says what to do next.

The sentences live in ``problems.toml`` beside this file, one table an entry, and are exported to the phone. An entry is
either a *refusal* (a plan judged before, or something that cannot be read) or a *finding* (a fact judged after).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal

#: What a refusal is, in the field's words; HTTP derives its status from this and from nothing else.
Category = Literal[
    "unreadable",  # it cannot be understood: mend the input
    "unauthenticated",  # nobody knows who is calling
    "forbidden",  # known, but may not do this
    "missing",  # there is no such thing, or it is not yours to see
    "refused",  # a plan that breaks a rule
    "conflict",  # somebody else was first, or the same id says something else
    "stale",  # it was changed since you read it
    "precondition",  # an edit must say what it has read
    "too_large",
    "too_many",
    "unavailable",  # ours to mend: try again later
]
Severity = Literal["note", "watch", "stop"]
Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the catalogue. ``category`` is set on refusals, ``severity`` on findings."""

    code: str
    zh: str
    en: str
    category: Category | None = None
    severity: Severity | None = None
    law: str | None = None

    def say(self, language: Language, params: Mapping[str, Any]) -> str:
        """The sentence with its parameters filled in; an unknown parameter shows as a dash, never as an error. A
        parameter may come in both languages: ``carrier`` and ``carrier_en``. ``{minutes:how_long}`` is said in
        the units people would use."""
        template = self.zh if language == "zh" else self.en
        names = {name: spec for _, name, spec, _ in Formatter().parse(template) if name}
        spoken = {name: params.get(f"{name}_{language}") or params.get(name, "—") for name in names}
        for name, spec in names.items():
            if spec == "how_long":
                spoken[name] = _how_long(language, name, spoken[name])
        return template.format_map(spoken)


@cache
def catalogue() -> dict[str, Entry]:
    """All entries by code, in file order."""
    with files("tracker").joinpath("problems.toml").open("rb") as source:
        rows = tomllib.load(source)
    return {code: Entry(code=code, **row) for code, row in rows.items()}


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    with files("tracker").joinpath("words.toml").open("rb") as source:
        return tomllib.load(source)


_HOUR, _DAY = 60, 24 * 60
#: From here on nobody wants to know the hours too.
_PLAIN_DAYS = 7 * _DAY


class _Words(str):
    """Words that are said already, whatever the sentence asks for."""

    __slots__ = ()

    def __format__(self, _spec: str) -> str:
        return str(self)


def _how_long(language: Language, unit: str, length: Any) -> _Words:
    """A length of time in its two greatest units: a phone whose clock is a year off is not 525,600 minutes off."""
    if not isinstance(length, int):
        return _Words(length)
    minutes = length * _HOUR if unit == "hours" else length
    if minutes >= _PLAIN_DAYS:
        parts = [(round(minutes / _DAY), "day")]
    elif minutes >= _DAY:
        parts = [(minutes // _DAY, "day"), (minutes % _DAY // _HOUR, "hour")]
    else:
        parts = [(minutes // _HOUR, "hour"), (minutes % _HOUR, "minute")]
    words = _words()["length"]
    said = [words[name if n == 1 else f"{name}s"][language].format(n=n) for n, name in parts if n]
    return _Words(" ".join(said) or words["minutes"][language].format(n=0))


@cache
def entry(code: str) -> Entry:
    """The entry of a code. ``picked_up_while_treated`` and its like, one for every pair of fact and state that is no
    arrow of the lifecycle, share one sentence, filled with the words of that fact and that state. Raises KeyError."""
    rows = catalogue()
    fact, joint, state = code.partition("_while_")
    if code in rows or not joint:
        return rows[code]
    words, family = _words(), rows["out_of_order"]
    zh = family.zh.format(fact=words["fact"][fact]["zh"], state=words["state"][state]["zh"])
    en = family.en.format(fact=words["fact"][fact]["en"], state=words["state"][state]["en"])
    return Entry(code=code, zh=zh, en=en, severity=family.severity, law=family.law)


def export() -> dict[str, dict[str, str | None]]:
    """The whole catalogue as plain JSON, for the phone."""
    return {
        code: {"category": row.category, "severity": row.severity, "law": row.law, "zh": row.zh, "en": row.en}
        for code, row in catalogue().items()
    }


class Problem(Exception):
    """A refusal. ``code`` names its entry; ``pointer`` is the JSON pointer of the field at fault; ``params`` fill the
    sentence and travel to the caller, so they hold nothing secret."""

    def __init__(self, code: str, pointer: str | None = None, /, **params: Any) -> None:
        row = catalogue()[code]
        if row.category is None:
            message = f"{code} is a finding, not a refusal"
            raise ValueError(message)
        super().__init__(code)
        self.entry = row
        self.code = code
        self.category: Category = row.category
        self.pointer = pointer
        self.params = params

    def __str__(self) -> str:
        where = f" at {self.pointer}" if self.pointer else ""
        return f"{self.code}{where}: {self.entry.say('en', self.params)}"

    def at(self, pointer: str) -> "Problem":
        """The same problem, one level further out: ``pointer`` is put before what is already known of the place."""
        return Problem(self.code, pointer + (self.pointer or ""), **self.params)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's verdict attached to a fact. ``evidence`` holds the numbers it rests on, in grams, seconds and metres."""

    code: str
    evidence: Mapping[str, Any]
    batch: str | None = None
    #: How grave it is in this park, where its profile is stricter than the catalogue.
    graver: Severity | None = None

    @property
    def entry(self) -> Entry:
        return entry(self.code)

    @property
    def severity(self) -> Severity:
        severity = self.graver or self.entry.severity
        if severity is None:
            message = f"{self.code} is a refusal, not a finding"
            raise ValueError(message)
        return severity
