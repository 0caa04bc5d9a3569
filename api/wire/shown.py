"""Shapes that go out, and how they are written.

A chain of a hundred batches holds twenty thousand values, and asking marshmallow for each of them takes longer than the
database does. What goes out was made by ourselves and needs no second look, so a shape is turned once into a list of
keys and how to write what stands under them, and that list is followed. What it writes is what marshmallow would:
``tests/api/test_shown.py`` holds the two against each other.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from operator import attrgetter
from typing import Any

from marshmallow import RAISE, Schema, fields
from marshmallow.fields import Field

#: Where a value is found and under which key it goes out, and what writes it.
_Step = tuple[str, str, Callable[[Any], Any]]


class Shown(Schema):
    """A shape that goes out: every field is always there (null where there is nothing to say), and none beside them."""

    class Meta:
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: Field[Any]) -> None:
        super().on_bind_field(field_name, field_obj)
        field_obj.required = True

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """What goes out, as JSON has it."""
        steps = _steps(self)
        several = self.many if many is None else many
        return [_write(steps, each) for each in obj] if several else _write(steps, obj)


_STEPS: dict[type[Schema], tuple[_Step, ...]] = {}


def _steps(schema: Schema) -> tuple[_Step, ...]:
    kind = type(schema)
    if kind not in _STEPS:
        _STEPS[kind] = tuple(
            (field.attribute or name, field.data_key or name, _writer(field))
            for name, field in schema.dump_fields.items()
        )
    return _STEPS[kind]


def _write(steps: Iterable[_Step], value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {
            key: None if (found := value[name]) is None else write(found) for name, key, write in steps if name in value
        }
    return {
        key: None if (found := attrgetter(name)(value)) is None else write(found)
        for name, key, write in steps
        if hasattr(value, name)
    }


def _writer(field: Field[Any]) -> Callable[[Any], Any]:
    if isinstance(field, fields.Nested):
        inner = field.schema
        if isinstance(inner, Shown):
            one = partial(_write, _steps(inner))
            return partial(_each, one) if field.many else one
    if isinstance(field, fields.List):
        return partial(_each, _writer(field.inner))
    if isinstance(field, fields.UUID | fields.String) and type(field)._serialize in _PLAIN:  # noqa: SLF001
        return str
    if isinstance(field, fields.Integer | fields.Boolean | fields.Dict):
        return _same
    return partial(_asked, field)


#: Fields that write a value as a string and do nothing else.
_PLAIN = (fields.UUID._serialize, fields.String._serialize)  # noqa: SLF001


def _each(write: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
    return [None if value is None else write(value) for value in values]


def _same(value: Any) -> Any:
    return value


def _asked(field: Field[Any], value: Any) -> Any:
    """Fields with a way of their own are asked."""
    return field._serialize(value, None, None)  # noqa: SLF001 - what marshmallow itself would call
