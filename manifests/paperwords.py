"""Words, figures and codes as papers show them."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from manifests import code, fonts, label
from tracker import clock

Language = Literal["zh", "en"]
Cell = str | list[str]


@cache
def words() -> dict[str, dict[str, Any]]:
    """All words by language."""
    with files("manifests").joinpath("papers.toml").open("rb") as source:
        return tomllib.load(source)


def name_of(thing: Mapping[str, Any] | None, language: Language, nothing: str = "—") -> str:
    """The name of a party, park or class in a language, else in the other one; ``nothing`` where it is hidden."""
    if thing is None:
        return nothing
    zh, en = thing.get("name_zh"), thing.get("name_en")
    return (en or zh if language == "en" else zh or en) or nothing


def kilograms(grams: int | None, nothing: str = "—") -> str:
    """Grams as kilograms with three decimals and thin groups: exact, and easy to read down a column."""
    if grams is None:
        return nothing
    sign, grams = ("−", -grams) if grams < 0 else ("", grams)
    return f"{sign}{grams // 1000:,}.{grams % 1000:03d}"


def minute(moment: datetime | str | None, nothing: str = "—") -> str:
    """A moment to the minute, China time; one that comes out of JSON is still a text."""
    if moment is None:
        return nothing
    return clock.minute_of(datetime.fromisoformat(moment) if isinstance(moment, str) else moment)


def column(title: str, share: float = 0, align: str = "left") -> list[Any]:
    """A column of a table; ``share`` 0 is as wide as its words."""
    return [title, share, align]


def table(
    title: str, columns: Sequence[Any], rows: Sequence[Any], total: Sequence[str] | None = None
) -> dict[str, Any]:
    return {"kind": "table", "title": title, "columns": list(columns), "rows": list(rows), "total": total}


def prose(title: str, *lines: str) -> dict[str, Any]:
    return {"kind": "prose", "title": title, "lines": list(lines)}


class Codes:
    """The codes of a document, each once: their modules one after the other, and where each begins."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.dots = bytearray()
        self.places: list[tuple[int, int]] = []

    def add(self, signed: bytes | None) -> int | None:
        """The number of a label's code in the document; None where nothing was signed."""
        if signed is None:
            return None
        side, dots = label.dots(code.text(self.host, signed))
        self.places.append((len(self.dots), side))
        self.dots += dots
        return len(self.places) - 1

    def told(self, title: str, author: str, parts: Sequence[Any]) -> dict[str, Any]:
        """The data of a template."""
        return {"font": fonts.FAMILY, "title": title, "author": author, "places": self.places, "parts": list(parts)}


def frame(
    language: Language, park: Mapping[str, Any], running: str, at: datetime, watermark: str = ""
) -> dict[str, Any]:
    """What stands around a document: running head, page of pages, foot, moment of print."""
    said = words()[language]
    return {
        "lang": language,
        "running": running,
        "page": said["page"],
        "foot": said["foot"].format(park=name_of(park, language)),
        "printed": said["printed"].format(at=f"{minute(at)} UTC+8"),
        "watermark": watermark,
    }
