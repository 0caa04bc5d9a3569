"""Fields that refuse in the catalogue's words: texts, ids, times, grams."""

import unicodedata
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from api.errors import coded

TEXT_MAX = 500
#: Beyond these years a time is a slip of the keyboard; within them a wrong clock is recorded and shown.
_YEARS = range(1970, 2200)
_INT64_MAX = 2**63 - 1
_ALLOWED_CONTROLS = frozenset("\n\t")


class Strict(Schema):
    """A shape that refuses what it does not know, so that a misspelt field is never lost in silence."""


def plain(value: str, limit: int) -> str:
    """A text as people write it: any script, any emoji, no NUL, no control characters, no half of a character."""
    if len(value) > limit:
        raise coded("text_too_long", limit=limit)
    for character in value:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in _ALLOWED_CONTROLS:
            raise coded("text_not_plain")
    return value


class Words(fields.String):
    """A text of at most ``limit`` characters."""

    def __init__(self, *, limit: int = TEXT_MAX, least: int = 0, **given: Any) -> None:
        metadata = given.pop("metadata", {}) | {"maxLength": limit} | ({"minLength": least} if least else {})
        super().__init__(metadata=metadata, **given)
        self.limit, self.least = limit, least

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs) or ""
        if len(text.strip()) < self.least:
            raise coded("field_required", field=attr)
        return plain(text, self.limit)


class Uid(fields.UUID):
    """An id."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> UUID:
        try:
            return UUID(value) if isinstance(value, str) else _fail(value)
        except ValueError:
            raise coded("id_malformed", value=str(value)[:60]) from None


def _fail(value: Any) -> UUID:
    raise coded("id_malformed", value=str(value)[:60])


class Instant(fields.AwareDateTime):
    """A time with its zone."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or moment.year not in _YEARS:
            raise coded("time_malformed", value=str(value)[:60])
        return moment

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.isoformat() if isinstance(value, datetime) else value


class Grams(fields.Integer):
    """Whole grams. Whether it is a sensible mass is the books' to say; here it only has to fit."""

    def __init__(self, **given: Any) -> None:
        metadata = given.pop("metadata", {}) | {"format": "int64", "description": "whole grams"}
        super().__init__(strict=True, metadata=metadata, **given)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise coded("mass_not_whole_grams", value=str(value)[:40])
        if abs(value) > _INT64_MAX:
            raise coded("mass_absurd", value=f"{str(value)[:20]}… g", limit="100000 t")
        return value


class Number(fields.Float):
    """A number between two bounds; no infinity and no NaN."""

    def __init__(self, low: float, high: float, **given: Any) -> None:
        metadata = given.pop("metadata", {}) | {"minimum": low, "maximum": high}
        super().__init__(metadata=metadata, **given)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not self.low <= value <= self.high:
            raise coded("field_malformed", reason=f"{self.low:g} – {self.high:g}")
        return float(value)


class Choice(fields.String):
    """One of a few words."""

    def __init__(self, words: tuple[str, ...], **given: Any) -> None:
        metadata = given.pop("metadata", {}) | {"enum": [*words, *([None] if given.get("allow_none") else [])]}
        super().__init__(metadata=metadata, **given)
        self.words = words

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if value not in self.words:
            raise coded("field_malformed", reason=" / ".join(self.words))
        return str(value)
