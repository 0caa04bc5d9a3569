"""The lists the product ships: waste codes, their categories, exemptions and industries, each of a named edition.

A waste class is a code of a named scheme *and edition*. The scheme is never guessed from the shape of a code: a
GB/T 39198 code of general waste looks exactly like a code of the hazardous list.
"""

import csv
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any, Literal

from tracker.problems import Problem

Entry = Literal["absolute", "mirror"]
English = Literal["official", "ours", "none"]
Stage = Literal["all", "collection", "storage", "transport", "use", "disposal"]
Origin = Literal["industrial", "domestic", "construction", "agricultural", "other"]

#: Hazard properties of the Chinese list: toxicity, corrosivity, ignitability, reactivity, infectivity.
PROPERTIES = ("T", "C", "I", "R", "In")

# GB/T 4754 has four levels; a letter is one character, and a code of n digits stands at level n.
_SECTION, _GROUP = 1, 3


@dataclass(frozen=True, slots=True)
class WasteCode:
    """One code of a list. ``category`` is HWnn, SWnn or the four digits above an EWC code.

    ``hazardous`` is what the list says: false in CN-SW means "not on this list as hazardous", for that catalogue is no
    ground for deciding what is hazardous. ``mapped_to`` names the national code of a park's own code, written
    ``CN-SW-2024:900-003-S17``. ``verified`` is false while nobody has compared the row with the official text."""

    code: str
    category: str | None
    name_zh: str | None
    name_en: str | None
    hazardous: bool
    properties: tuple[str, ...] = ()
    entry: Entry | None = None
    industry: str | None = None
    description: str | None = None
    mapped_to: str | None = None
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Category:
    """A heading that gathers codes; it can be searched for and shown, never given to a batch."""

    code: str
    parent: str | None
    name_zh: str | None
    name_en: str | None
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Exemption:
    """A row of the exemption list: ``stages`` of the life of this waste are managed as not hazardous on a condition.

    ``item`` is the printed number (1-32), ``position`` the row (1-57). A row applies to ``codes`` or to whole
    ``categories``; with neither, ``scope_zh`` says to what, and an empty scope means any code."""

    position: int
    item: int
    codes: tuple[str, ...]
    categories: tuple[str, ...]
    scope_zh: str | None
    waste_zh: str
    stages: tuple[Stage, ...]
    condition_zh: str
    relief_zh: str

    def covers(self, code: str) -> bool:
        """Whether the row names this code or its category (the last two digits)."""
        return code in self.codes or f"HW{code[-2:]}" in self.categories


@dataclass(frozen=True, slots=True)
class Industry:
    """One row of GB/T 4754. ``level`` 1 section (a letter), 2 division, 3 group, 4 class."""

    code: str
    level: int
    section: str
    parent: str | None
    name_zh: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A scheme in one edition. ``valid_to`` is the last day it applied in law, null while it applies.

    ``stands_in`` keeps an ended edition usable because the rows of ``superseded_by`` are not at hand, until they are
    imported; whoever shows such a code shows that note. ``stood_in_until`` is the last day it did, once closed.
    ``name_only`` editions are known by name and ship no rows."""

    scheme: str
    edition: str
    name_zh: str
    name_en: str
    valid_from: date
    valid_to: date | None
    superseded_by: str | None
    stands_in: bool
    verified: bool
    english: English
    source: str
    checksum: str
    name_only: bool = False
    stood_in_until: date | None = None

    @property
    def shown(self) -> str:
        return f"{self.scheme}-{self.edition}"

    def ended(self, on: date) -> bool:
        """Whether it had ended in law by that day, standing in or not."""
        return self.valid_to is not None and on > self.valid_to

    def covers(self, on: date) -> bool:
        """Whether a waste may be classified by it on that day."""
        standing = self.stands_in and (self.stood_in_until is None or on <= self.stood_in_until)
        return self.valid_from <= on and (standing or not self.ended(on))


@cache
def _sources() -> dict[str, dict[str, Any]]:
    with files(__package__).joinpath("data/sources.toml").open("rb") as source:
        return tomllib.load(source)


def _bytes(name: str) -> bytes:
    return files(__package__).joinpath("data", name).read_bytes()


def _rows(shown: str, part: str) -> Iterator[Mapping[str, str]]:
    """The rows of one shipped file; none when the edition ships no such part."""
    source = _sources()[shown].get(part)
    if source is None:
        return iter(())
    return csv.DictReader(StringIO(_bytes(source["file"]).decode("utf-8"), newline=""))


def file_checksums(shown: str) -> dict[str, tuple[str, str]]:
    """For each file of an edition: (sha256 written in sources.toml, sha256 of the file as it is), in hexadecimal."""
    parts = (value for value in _sources()[shown].values() if isinstance(value, dict))
    return {part["file"]: (part["sha256"], hashlib.sha256(_bytes(part["file"])).hexdigest()) for part in parts}


def _edition(shown: str) -> Edition:
    row = _sources()[shown]
    stated = "".join(part["sha256"] for part in row.values() if isinstance(part, dict))
    return Edition(
        scheme=row["scheme"],
        edition=row["edition"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        valid_from=row["valid_from"],
        valid_to=row.get("valid_to"),
        superseded_by=row.get("superseded_by"),
        stands_in=row.get("stands_in", False),
        verified=row["verified"],
        english=row["english"],
        source=row["source"],
        checksum=hashlib.sha256(stated.encode()).hexdigest(),
        name_only=not stated,
    )


@cache
def editions() -> dict[str, Edition]:
    """All waste schemes we know by name, by the way they are shown; also those without rows."""
    return {shown: _edition(shown) for shown, row in _sources().items() if "industries" not in row}


@cache
def industry_edition() -> Edition:
    """The edition of GB/T 4754 that ``industries()`` holds."""
    return _edition("GBT4754-2017")


def edition(shown: str) -> Edition:
    """The edition shown as ``CN-HW-2021``; raises ``waste_scheme_unknown``."""
    if shown not in editions():
        raise Problem("waste_scheme_unknown", scheme=shown)
    return editions()[shown]


def _text(row: Mapping[str, str], name: str) -> str | None:
    return row.get(name) or None


def _parts(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(separator) if part)


@cache
def codes(shown: str) -> tuple[WasteCode, ...]:
    """The shipped codes of an edition, in the order of its file; empty when only its name is known."""
    scheme = edition(shown).scheme
    return tuple(
        WasteCode(
            code=row["code"],
            category=_text(row, "category"),
            name_zh=_text(row, "name_zh"),
            name_en=_text(row, "name_en"),
            hazardous=scheme == "CN-HW" or row.get("hazardous") == "true",
            properties=_parts(row.get("properties", ""), "/"),
            entry=row.get("entry") or None,  # type: ignore[arg-type] # the column holds absolute or mirror, tested
            industry=_text(row, "industry"),
            description=_text(row, "description"),
            verified=row["verified"] == "true",
        )
        for row in _rows(shown, "codes")
    )


@cache
def categories(shown: str) -> tuple[Category, ...]:
    """The shipped categories of an edition, parents before their children."""
    return tuple(
        Category(
            row["code"], _text(row, "parent"), _text(row, "name_zh"), _text(row, "name_en"), row["verified"] == "true"
        )
        for row in _rows(shown, "categories")
    )


@cache
def exemptions(shown: str) -> tuple[Exemption, ...]:
    """The exemption list that belongs to an edition, in printed order."""
    return tuple(
        Exemption(
            position=int(row["position"]),
            item=int(row["item"]),
            codes=_parts(row["codes"], ";"),
            categories=_parts(row["categories"], ";"),
            scope_zh=_text(row, "scope_zh"),
            waste_zh=row["waste_zh"],
            stages=_parts(row["stages"], ";"),  # type: ignore[arg-type] # the column holds stages only, tested
            condition_zh=row["condition_zh"],
            relief_zh=row["relief_zh"],
        )
        for row in _rows(shown, "exemptions")
    )


@cache
def industries() -> tuple[Industry, ...]:
    """GB/T 4754-2017, sections before what they hold; a division's parent is its section's letter."""
    return tuple(_industry(row) for row in _rows("GBT4754-2017", "industries"))


def _industry(row: Mapping[str, str]) -> Industry:
    code, level = row["code"], int(row["level"])
    parent = None if level == _SECTION else code[:-1] if level >= _GROUP else row["section"]
    return Industry(code, level, row["section"], parent, row["name_zh"])


@cache
def industry_groups() -> frozenset[str]:
    """The three-digit groups of GB/T 4754 that may open a Chinese waste code."""
    return frozenset(row.code for row in industries() if row.level == _GROUP)


@cache
def industry_divisions() -> frozenset[str]:
    """The two-digit divisions of GB/T 4754."""
    return frozenset(row.code for row in industries() if row.level == _GROUP - 1)


def origin(category: str) -> Origin:
    """Which of the five kinds of CN-SW a category ``SWnn`` belongs to (article 5 of the catalogue)."""
    number = int(category.removeprefix("SW"))
    ends: tuple[tuple[int, Origin], ...] = (
        (59, "industrial"),
        (69, "domestic"),
        (79, "construction"),
        (89, "agricultural"),
    )
    return next((kind for end, kind in ends if number <= end), "other")
