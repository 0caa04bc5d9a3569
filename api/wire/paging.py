"""Cursor paging: a page says where the next one begins, in a ``Link`` header."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from api.wire.fields import Strict, Whole, Words
from tracker.problems import Problem

LIMIT_MAX = 200


class PageQuery(Strict):
    cursor = Words(limit=100)
    limit = Whole(1, LIMIT_MAX, typed=True, load_default=50)


def before(cursor: str | None) -> int | None:
    """The key a cursor stands for. ``Problem`` cursor_malformed."""
    if not cursor:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found = int(base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii"))
    except (ValueError, binascii.Error, UnicodeError):
        raise Problem("cursor_malformed", "/cursor") from None
    if not 0 <= found < 2**63:
        raise Problem("cursor_malformed", "/cursor")
    return found


def paged(items: Sequence[dict[str, Any]], limit: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The answer of a list whose items carry their ``key``, and its headers."""
    headers = {}
    if len(items) == limit:
        token = base64.urlsafe_b64encode(str(items[-1]["key"]).encode()).decode().rstrip("=")
        query = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
        headers["Link"] = f'<{request.path}?{urlencode([*query, ("cursor", token)])}>; rel="next"'
    return {"items": list(items)}, headers
