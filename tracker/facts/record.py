"""A fact in the form of the log, and back again."""

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import rfc8785

from tracker.facts.kinds import KINDS, Fact
from tracker.problems import Problem

_ENVELOPE = frozenset(each.name for each in fields(Fact))


def told(fact: Fact) -> dict[str, Any]:
    """What was told, as plain JSON: the part of a log record that comes from the teller. Empty fields are left out.

    ``private`` is not in it: the log holds a commitment instead. Not to be changed by whoever asks.
    """
    kept = fact._told  # noqa: SLF001 - the class and this function share a module and a secret
    if kept is None:
        kept = _tell(fact)
        object.__setattr__(fact, "_told", kept)
    return kept


def _tell(fact: Fact) -> dict[str, Any]:
    plain = {name: _plain(getattr(fact, name)) for name in _names(type(fact)) if name != "private"}
    body = {name: value for name, value in plain.items() if value not in (None, [])}
    envelope = {name: value for name, value in body.items() if name in _ENVELOPE}
    details = {name: value for name, value in body.items() if name not in _ENVELOPE}
    return {"kind": fact.KIND, **envelope, "details": details}


def digest(fact: Fact, *, private: bool = False) -> bytes:
    """SHA-256 of what was told: the same id with another digest is another fact.

    What was told by a label is the same before and after the park knows what the label is on.
    Without the private parts, because this one is kept for ever beside the log: a name or a phone number is short
    enough to be guessed from an unsalted hash long after it was erased. With them only where nothing is kept.
    """
    body = _by_label(told(fact)) | ({"private": dict(fact.private or {})} if private else {})
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).digest()


def _by_label(body: dict[str, Any]) -> dict[str, Any]:
    """What was told, without what the park put beside each label."""
    lines, refused = body.get("lines", ()), body["details"].get("refused", ())
    if any("label" in one for one in lines):
        body = body | {"lines": [_named(one) for one in lines]}
    if any("label" in one for one in refused):
        body = body | {"details": body["details"] | {"refused": [_named(one) for one in refused]}}
    if "manifest_label" in body:
        body = {name: value for name, value in body.items() if name != "manifest"}
    return body


def _named(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "batch"} if "label" in one else one


def _written_alike(value: float) -> bool:
    """Whether Python writes this fraction as ECMAScript does: no exponent, no trailing zero."""
    return 1e-4 <= abs(value) < 1e16 and not value.is_integer()  # noqa: PLR2004 - here exponents begin


def canonical(body: Mapping[str, Any]) -> bytes:
    """A log record in canonical form (RFC 8785), whose keys are our own names.

    Python's encoder is written in C and writes the same bytes, but for numbers with a fraction that are very large,
    very small, or whole; only places hold fractions, and for unusual ones the library is asked. ``tracker verify`` asks
    the library for every record.
    """
    fractions = (body.get("place") or {}).values()
    if all(isinstance(value, int) or _written_alike(value) for value in fractions):
        return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return rfc8785.dumps(dict(body))


def commitment(salt: bytes, private: Mapping[str, str]) -> str:
    """What the log says of the private parts: SHA-256 of salt and canonical JSON, in hexadecimal."""
    return hashlib.sha256(salt + rfc8785.dumps(dict(private))).hexdigest()


def from_record(record: Mapping[str, Any]) -> Fact:
    """The fact of a log record. Raises ``Problem`` field_malformed for a kind nobody knows."""
    kind = KINDS.get(record["kind"])
    if kind is None:
        raise Problem("field_malformed", "/kind", field="kind", reason=str(record["kind"])[:40])
    body = {**record, **record["details"]}
    if not isinstance(body.get("private"), dict):
        body.pop("private", None)  # A log record holds only the commitment.
    fact: Fact = _build(kind, body)
    return fact


_NAMES: dict[type[Any], tuple[str, ...]] = {}
_HINTS: dict[type[Any], dict[str, Any]] = {}


def _names(kind: type[Any]) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(each.name for each in fields(kind) if not each.name.startswith("_"))
    return _NAMES[kind]


def _hints(kind: type[Any]) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = {name: hint for name, hint in get_type_hints(kind).items() if name in _names(kind)}
    return _HINTS[kind]


def _plain(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in _AS_THEY_ARE:
        return value
    if kind is float:
        # A whole number is written without a fraction, and minus zero as zero: canonical JSON writes them so.
        return int(value) if value.is_integer() else value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if kind is tuple:
        return [_plain(item) for item in value]
    pairs = ((name, _plain(getattr(value, name))) for name in _names(kind))
    made = {name: item for name, item in pairs if item is not None}
    # The id of a label stands in for a batch nobody knows yet; it is not said to be one.
    return _named(made) if "label" in made and made["label"] == made.get("batch") else made


_AS_THEY_ARE = frozenset({str, int, bool})


def _build(kind: type[Any], body: Mapping[str, Any]) -> Any:
    """A dataclass of its plain form. ``told`` leaves empty lists out, so a missing list is an empty one."""
    if "batch" not in body and "label" in body:
        body = {**body, "batch": body["label"]}
    given = {name: _read(hint, body[name]) for name, hint in _hints(kind).items() if name in body}
    empty = {name: () for name, hint in _hints(kind).items() if name not in body and get_origin(hint) is tuple}
    return kind(**empty, **given)


def _read(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _read(next(arg for arg in args if arg is not type(None)), value)
    if origin is tuple:
        return tuple(_read(args[0], item) for item in value)
    if hint is UUID:
        return UUID(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is float:
        return float(value)
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        return _build(hint, value)
    return value
