"""Reads JSON, and refuses what is valid to Python but not to the rest of the world, and what is made to do harm."""

import json
from typing import Any

from flask.json.provider import DefaultJSONProvider

from tracker.problems import Problem

DEPTH_MAX = 32


class Json(DefaultJSONProvider):
    """UTF-8 only, no NaN, no key twice, not nested deeper than anything of ours is."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """``Problem``: body_not_json, body_too_deep, field_twice."""
        try:
            text = s if isinstance(s, str) else s.decode("utf-8")
            found = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object, **kwargs)
        except RecursionError:
            raise Problem("body_too_deep", limit=DEPTH_MAX) from None
        except ValueError as error:  # not JSON, not UTF-8, or a number of thousands of digits
            raise Problem("body_not_json") from error
        if _deeper_than(found, DEPTH_MAX):
            raise Problem("body_too_deep", limit=DEPTH_MAX)
        return found


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One reader takes the first of two equal keys, another the last: neither may decide how much waste it was."""
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise Problem("field_twice", field=twice[:60])
    return made


def _deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            below
            for item in layer
            if isinstance(item, (dict, list))
            for below in (item.values() if isinstance(item, dict) else item)
        ]
        if not layer:
            return False
    return True
