"""Photos and scale tickets: sent part by part under the SHA-256 of their content, shown to those who may see them."""

import re
from typing import Any

from flask import Response, current_app, request
from marshmallow import fields

from api import errors
from api.auth import Later, Room, inside
from api.wire.fields import Shown, Strict, Uid, Whole, Words
from api.wire.reading import PICTURE, Blueprint
from tracker import evidence
from tracker.evidence import Store
from tracker.problems import Problem
from tracker.views import evidence as view

blp = Blueprint("evidence", __name__, url_prefix="/api/v1/evidence", description="Photos and scale tickets.")

_OFFSET = re.compile(r"[0-9]{1,10}")
#: Nothing in a file that somebody sent may run, load anything, or be framed.
_SAFE = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
_OFFSET_HEADER = {
    "in": "header",
    "name": "Upload-Offset",
    "required": True,
    "description": "the byte this part begins at",
    "schema": {"type": "integer", "minimum": 0, "maximum": evidence.BYTES_MAX},
}
_PART = {"required": True, "content": {"application/octet-stream": {"schema": PICTURE}}}
_STATE_HEADERS = {
    name: {"description": about, "schema": {"type": "string"}}
    for name, about in (
        ("Upload-Offset", "the byte the next part begins at"),
        ("Upload-Length", "bytes of the whole"),
        ("Upload-Complete", "?1 when it is here"),
    )
}


class BeginSchema(Strict):
    bytes = Whole(1, 2**40, required=True)
    media = Words(limit=100, least=1, required=True)
    device = Uid(allow_none=True)


class StateSchema(Shown):
    """How far a piece is: its next part begins at ``offset``; ``complete`` when it is here, its hash checked."""

    sha256 = fields.String()
    bytes = fields.Integer()
    offset = fields.Integer()
    complete = fields.Boolean()


# The phone of somebody who is locked out sends too: these three are what a sending grant reaches, beside POST /sync.
@blp.route("/<string:sha256>", methods=["HEAD"])
@inside("handler", "manager", sends=True)
@blp.response(200, headers=_STATE_HEADERS)
def how_far(room: Room, sha256: str) -> Any:
    """How far a piece of one's own is, in headers; 404 where it has not begun."""
    found = evidence.state(room.connection, room.caller, sha256)
    return Response(
        headers={
            "Upload-Offset": str(found.offset),
            "Upload-Length": str(found.bytes),
            "Upload-Complete": "?1" if found.complete else "?0",
        }
    )


@blp.route("/<string:sha256>", methods=["POST"])
@inside("handler", "manager", sends=True)
@blp.arguments(BeginSchema)
@blp.response(200, StateSchema)
def begin(room: Room, body: dict[str, Any], sha256: str) -> Any:
    """Begin to send a piece, or learn where to go on. Asked again it answers the same."""
    found = evidence.begin(
        room.connection,
        _store(),
        room.caller,
        sha256,
        size=body["bytes"],
        media=body["media"],
        device=body.get("device"),
        now=room.now,
    )
    return _shown(found)


@blp.route("/<string:sha256>", methods=["PATCH"])
@blp.response(200, StateSchema)
@blp.doc(parameters=[_OFFSET_HEADER], requestBody=_PART)
@inside("handler", "manager", sends=True)
def take(room: Room, sha256: str) -> Any:
    """Send the part that begins at ``Upload-Offset``, at most 1 MiB. One that begins elsewhere is refused with where to
    go on; with the last one the hash is checked, and where it is wrong the upload is at its beginning again."""
    given = request.headers.get("Upload-Offset", "").strip()
    if not _OFFSET.fullmatch(given):
        raise Problem("evidence_offset_missing")
    if (request.content_length or 0) > evidence.PART_MAX:
        raise Problem("evidence_part_too_large", limit=evidence.PART_MAX)
    found = evidence.take(
        room.connection,
        _store(),
        room.caller,
        sha256,
        offset=int(given),
        content=request.get_data(cache=False),
        now=room.now,
    )
    if found.problem is not None:
        # Answered, not raised: that the upload was set back must be kept.
        return errors.answer([found.problem])
    return Later(lambda after: _tidied(after, found)) if found.complete else _shown(found)


@blp.route("/<string:sha256>", methods=["GET"])
@inside()
@blp.response(200, PICTURE, content_type="image/jpeg")
@blp.alt_response(200, schema=PICTURE, content_type="image/png")
@blp.alt_response(200, schema=PICTURE, content_type="image/webp")
@blp.alt_response(200, schema=PICTURE, content_type="application/pdf")
def show(room: Room, sha256: str) -> Any:
    """A piece that has arrived, for who brought it and who may see a fact that names it."""
    found = view.one(room.connection, room.caller, sha256)
    with evidence.asked():
        content = _store().get(evidence.key_of(room.caller.park_uuid, sha256))
    if content is None:
        raise Problem("evidence_store_unreachable")
    picture = found["media"].startswith("image/")
    name = f"{sha256[:12]}.{evidence.MEDIA[found['media']]}"
    return Response(
        content,
        mimetype=found["media"],
        headers={
            "Content-Disposition": f'{"inline" if picture else "attachment"}; filename="{name}"',
            "Content-Security-Policy": _SAFE,
            "Cross-Origin-Resource-Policy": "same-origin",
            # Its address is its content, so it never changes; kept for an hour, by this browser alone.
            "Cache-Control": "private, max-age=3600",
        },
    )


def _store() -> Store:
    found: Store = current_app.extensions["evidence"]
    return found


def _shown(found: evidence.State) -> Any:
    return {"sha256": found.sha256, "bytes": found.bytes, "offset": found.offset, "complete": found.complete}


def _tidied(room: Room, found: evidence.State) -> Any:
    evidence.tidy(room.connection, _store(), room.caller, found.sha256)
    return _shown(found)
