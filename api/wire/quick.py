"""Reads a body that is as it should be without marshmallow's errands.

Fifty facts a request hold two thousand values, and nearly every phone sends nearly every one of them well. Each field
is asked here just as marshmallow asks it, and its word counts; only the going back and forth around it is left out.
Where anything is odd, ``None`` says so, and marshmallow reads the body again and tells what is wrong with all of it.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing
from marshmallow.fields import Field

_FIELDS: dict[type[Schema], tuple[dict[str, tuple[str, Field[Any]]], frozenset[str], dict[str, Any]]] = {}


class _Odd(Exception):
    """Something that marshmallow should look at."""


def load(schema: Schema, body: Any) -> dict[str, Any] | None:
    """What ``schema.load(body)`` would answer, or None where it might refuse."""
    try:
        return _load(schema, body)
    except (_Odd, ValidationError):
        return None


def _known(schema: Schema) -> tuple[dict[str, tuple[str, Field[Any]]], frozenset[str], dict[str, Any]]:
    """The fields of a shape by the key they come under, the keys that must come, and what stands for those that may
    not."""
    kind = type(schema)
    if kind not in _FIELDS:
        by_key = {
            field.data_key or name: (field.attribute or name, field) for name, field in schema.load_fields.items()
        }
        must = frozenset(key for key, (_, field) in by_key.items() if field.required)
        given = {name: field.load_default for name, field in by_key.values() if field.load_default is not missing}
        _FIELDS[kind] = (by_key, must, given)
    return _FIELDS[kind]


def _load(schema: Schema, body: Any) -> dict[str, Any]:
    if any(schema._hooks.values()):  # noqa: SLF001 - what looks at the whole is marshmallow's to run
        raise _Odd
    by_key, must, given = _known(schema)
    if type(body) is not dict or not must <= body.keys() or not body.keys() <= by_key.keys():
        raise _Odd
    read = {name: value() if callable(value) else value for name, value in given.items()}
    for key, value in body.items():
        name, field = by_key[key]
        read[name] = _read(field, value, key, body)
    return read


def _read(field: Field[Any], value: Any, key: str, body: Mapping[str, Any]) -> Any:
    if value is None:
        if not field.allow_none:
            raise _Odd
        return None
    if isinstance(field, fields.Nested):
        if field.many or field.validators:
            raise _Odd
        return _load(field.schema, value)
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested) and type(value) is list:
        # The bounds are the field's own to check: asked for a list of nothing, it says what it says of any list.
        if field.validators or not field.least <= len(value) <= field.most:  # type: ignore[attr-defined]
            raise _Odd
        return [_load(field.inner.schema, each) for each in value]
    found = field._deserialize(value, key, body)  # noqa: SLF001 - what marshmallow itself would call
    for validator in field.validators:
        validator(found)
    return found
