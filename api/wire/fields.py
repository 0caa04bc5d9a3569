"""Fields that refuse in the catalogue's words: texts, ids, times, grams."""
# ruff: noqa: ARG002 - marshmallow calls a field with more than most of them look at

import unicodedata
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.fields import Field

from api.errors import coded
from api.wire import quick
from api.wire.shown import Shown as Shown  # noqa: PLC0414 - whoever describes an answer finds field and shape in one place

TEXT_MAX = 500
#: Beyond these years a time is a slip of the keyboard; within them a wrong clock is recorded and shown.
_YEARS = range(1970, 2200)
_INT64_MAX = 2**63 - 1
_DIGITS_MAX = 19
_ALLOWED_CONTROLS = frozenset("\n\t")


class Strict(Schema):
    """A shape that refuses what it does not know, so that a misspelt field is never lost in silence."""

    class Meta:
        unknown = RAISE

    def load(self, data: Any, **given: Any) -> Any:
        """What was sent, read the short way where nothing about it is odd. Raises ``ValidationError``."""
        found = None if self.many or given.get("many") else quick.load(self, data)
        return super().load(data, **given) if found is None else found


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
        if moment is None or not _zoned(moment) or moment.year not in _YEARS:
            raise coded("time_malformed", value=str(value)[:60])
        return moment

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.isoformat() if isinstance(value, datetime) else value


class Day(fields.Date):
    """A calendar day, ``2026-11-21``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        try:
            day = date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2026-11-21") else None
        except ValueError:
            day = None
        if day is None or day.year not in _YEARS:
            raise coded("day_malformed", value=str(value)[:40])
        return day


def _zoned(moment: datetime) -> bool:
    """Whether its zone is whole minutes from UTC, which is all that RFC 3339 can say."""
    zone = moment.utcoffset()
    return zone is not None and zone % timedelta(minutes=1) == timedelta()


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


class Whole(fields.Integer):
    """A whole number between two bounds. ``typed``: it comes as digits, in a query."""

    def __init__(self, low: int, high: int, *, typed: bool = False, **given: Any) -> None:
        metadata = given.pop("metadata", {}) | {"minimum": low, "maximum": high}
        super().__init__(strict=True, metadata=metadata, **given)
        self.low, self.high, self.typed = low, high, typed

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if self.typed and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS_MAX:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise coded("field_malformed", reason=f"{self.low} – {self.high}")
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


class Several(fields.List[Any]):
    """A list of so many. It is counted before it is read: reading a million wrong items is what an attacker wants."""

    def __init__(
        self, of: Field[Any], *, most: int, least: int = 0, too_many: str = "field_malformed", **given: Any
    ) -> None:
        metadata = given.pop("metadata", {}) | {"maxItems": most} | ({"minItems": least} if least else {})
        super().__init__(of, metadata=metadata, **given)
        self.least, self.most, self.too_many = least, most, too_many

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and not self.least <= len(value) <= self.most:
            code = self.too_many if len(value) > self.most else "field_malformed"
            raise coded(code, reason=f"{self.least} – {self.most}", limit=self.most, count=len(value))
        return super()._deserialize(value, attr, data, **kwargs)


class Notes(fields.Dict):
    """Short texts by name. What is wrong with one hangs under its name."""

    def __init__(self, *, name_max: int, text_max: int, **given: Any) -> None:
        super().__init__(keys=Words(limit=name_max), values=Words(limit=text_max), **given)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            messages = error.messages
            if isinstance(messages, dict):
                messages = {name: [*about.get("key", ()), *about.get("value", ())] for name, about in messages.items()}
            raise ValidationError(messages) from None
