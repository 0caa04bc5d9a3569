"""What a code says: whether its signature holds, whether it was ever issued, and what it is about."""

from typing import Any
from uuid import UUID

from flask import Response, current_app
from marshmallow import fields

from api import codes, typed
from api.auth import Lobby, Room, inside, outside
from api.errors import shown
from api.labelled import key_shown, label_text, with_label_text
from api.wire.fields import Instant, Shown
from api.wire.reading import PICTURE, Blueprint
from api.wire.shapes import BatchSchema, ClassSchema, KeysSchema, ManifestWholeSchema, ProblemSchema
from manifests import code, human
from manifests import label as pictures
from tracker import papers, sheets, store
from tracker.problems import Problem
from tracker.store import Connection
from tracker.views import batches, labels, manifests

blp = Blueprint("labels", __name__, url_prefix="/api/v1", description="Codes on containers and papers.")

_VERDICTS = ["genuine", "withdrawn", "not_issued", "forged", "unreadable", "key_unknown"]


class ClaimsSchema(Shown):
    label_id = fields.UUID()
    human_code = fields.String()
    park = fields.Integer()
    key_id = fields.Integer()
    what = fields.String()
    waste_class = fields.Integer()
    generator = fields.Integer()
    grams = fields.Integer()
    measured = fields.Boolean()
    hazardous = fields.Boolean()
    day = fields.Date()
    issued_at = Instant(allow_none=True)


class OnRollSchema(Shown):
    """The roll a blank label is on. ``mine``: of the caller's own enterprise, which may put it on a new batch."""

    id = fields.UUID()
    mine = fields.Boolean()
    used = fields.Boolean()


class LabelAnswerSchema(Shown):
    verdict = fields.String(metadata={"enum": _VERDICTS})
    problem = fields.Nested(ProblemSchema, allow_none=True)
    what = fields.String(allow_none=True)
    label = fields.Nested(ClaimsSchema, allow_none=True)
    batch = fields.Nested(BatchSchema, allow_none=True)
    manifest = fields.Nested(ManifestWholeSchema, allow_none=True)
    roll = fields.Nested(OnRollSchema, allow_none=True)


class PublicLabelSchema(Shown):
    verdict = fields.String(metadata={"enum": _VERDICTS})
    problem = fields.Nested(ProblemSchema, allow_none=True)
    what = fields.String(allow_none=True)
    human_code = fields.String(allow_none=True)
    waste_class = fields.Nested(ClassSchema, allow_none=True, data_key="class", attribute="class")
    generator = fields.String(allow_none=True)
    generator_en = fields.String(allow_none=True)
    state = fields.String(allow_none=True)
    park = fields.String(allow_none=True)
    park_en = fields.String(allow_none=True)
    issued_on = fields.Date(allow_none=True)


_NOTHING = {field.attribute or name: None for name, field in PublicLabelSchema().fields.items()}


@blp.route("/keys", methods=["GET"])
@outside
@blp.response(200, KeysSchema)
def public_keys(lobby: Lobby) -> Any:
    """The public keys labels are signed with, and the hosts they may name: all a phone needs to verify offline."""
    return {
        "hosts": list(current_app.extensions["config"].hosts),
        "keys": [key_shown(dict(row)) for row in papers.public_keys(lobby.connection)],
    }, {"Cache-Control": "public, max-age=300"}


@blp.route("/labels/<path:text>", methods=["GET"])
@inside()
@blp.response(200, LabelAnswerSchema)
def read(room: Room, text: str) -> Any:
    """What a scanned link, its code, or a typed human code says, and what may be done with it."""
    if text[36:37] == "/" and store.is_uuid(text[:36]):
        raise Problem("not_found", what=text[36:60])  # A picture of a label, in a form we do not draw.
    scanned = len(text) > typed.TYPED_MAX or codes.linked(text)
    wanted, mistake = (text, None) if scanned else typed.reference(room, text)
    try:
        row, claims = codes.find(room.connection, room.caller.park, wanted)
    except Problem as problem:
        return _refused(problem if scanned else _mistaken(room, wanted, mistake))
    answer: dict[str, Any] = {
        **_standing(row),
        "what": _what(row),
        "label": _claims(claims, row),
        "batch": None,
        "manifest": None,
        "roll": _roll(row, room.caller.enterprise),
    }
    # A label of another park says what it says; its batch is for those who work there.
    if row["park_id"] != room.caller.park:
        return answer
    try:
        if row["batch_uuid"]:
            answer["batch"] = with_label_text(room, batches.one(room.connection, room.caller, row["batch_uuid"]))
        if row["manifest_uuid"]:
            answer["manifest"] = with_label_text(
                room, manifests.one(room.connection, room.caller, str(row["manifest_uuid"]))
            )
        # A sheet of paper is whatever was entered from it, once it was.
        if row["what"] == "sheet" and (entered := sheets.manifest_of_label(room.connection, row["park_id"], row["id"])):
            answer["manifest"] = with_label_text(room, manifests.one(room.connection, room.caller, str(entered)))
    except Problem as problem:
        answer["problem"] = shown(problem)
    return answer


@blp.route("/public/labels/<path:text>", methods=["GET"])
@outside
@blp.response(200, PublicLabelSchema)
def read_in_public(lobby: Lobby, text: str) -> Any:
    """What anybody may know of a code: no log-in, no names of people, no masses."""
    return in_public(lobby.connection, text)


def in_public(connection: Connection, text: str) -> dict[str, Any]:
    """What anybody may know of a scanned link or its code, as ``PublicLabelSchema``; ``problem`` where it is none of
    ours, forged, or never issued."""
    try:
        row, claims = codes.find(connection, None, text)
    except Problem as problem:
        return dict.fromkeys(PublicLabelSchema().fields) | {
            "class": None,
            "verdict": _verdict(problem),
            "problem": shown(problem),
        }
    about = labels.public(connection, row)
    return about | _standing(row) | {"what": _what(row), "issued_on": claims.day}


@blp.route("/qr/<uuid:label>.<any(png, svg):form>", methods=["GET"])
@inside()
@blp.response(200, PICTURE, content_type="image/png")
@blp.alt_response(200, schema=PICTURE, content_type="image/svg+xml")
def picture(room: Room, label: UUID, form: str) -> Any:
    """The bare code of a label, as PNG or SVG."""
    row = papers.label(room.connection, room.caller.park, label, 0)
    if row is None:
        raise Problem("not_found", what=str(label))
    text = label_text(bytes(row["signed"])) or ""
    if form == "png":
        return Response(pictures.png(text), mimetype="image/png")
    return Response(pictures.svg(text), mimetype="image/svg+xml")


def _standing(row: Any) -> dict[str, Any]:
    """Genuine; or withdrawn with the roll it is on, before anything was put under it."""
    if row["withdrawn_at"] is None or row["batch_uuid"] is not None:
        return {"verdict": "genuine", "problem": None}
    return {"verdict": "withdrawn", "problem": shown(Problem("label_withdrawn", why=row["withdrawn_why"]))}


def _what(row: Any) -> str:
    """What it is on by now: a roll's label that was put on a batch is that batch's label like any other."""
    return "batch" if row["what"] == "roll" and row["batch_uuid"] else str(row["what"])


def _roll(row: Any, enterprise: int | None) -> dict[str, Any] | None:
    if row["roll_uuid"] is None:
        return None
    mine = enterprise is not None and row["roll_enterprise"] == enterprise
    return {"id": row["roll_uuid"], "mine": mine, "used": row["batch_uuid"] is not None}


def _mistaken(room: Room, wanted: str, mistake: Problem | None) -> Problem:
    """What is wrong with a typed code or number that no label has."""
    if mistake is None and not typed.is_code(wanted):
        return typed.unknown(room, wanted)
    if mistake is None or mistake.code != "not_found":
        return mistake or Problem("label_not_issued")
    return Problem("human_code_unreadable", characters=human.DATA_CHARACTERS + 1)


def _claims(claims: code.Label, row: Any) -> dict[str, Any]:
    return {
        "label_id": claims.label_id,
        "human_code": row["human_code"],
        "park": claims.park,
        "key_id": claims.key_id,
        "what": claims.what,
        "waste_class": claims.waste_class,
        "generator": claims.generator,
        "grams": claims.grams,
        "measured": claims.measured,
        "hazardous": claims.hazardous,
        "day": claims.day,
        "issued_at": row["issued_at"],
    }


def _verdict(problem: Problem) -> str:
    return {
        "label_forged": "forged",
        "label_not_issued": "not_issued",
        "manifest_number_unknown": "not_issued",
        "manifest_number_elsewhere": "not_issued",
        "label_key_unknown": "key_unknown",
    }.get(problem.code, "unreadable")


def _refused(problem: Problem) -> dict[str, Any]:
    return {
        "verdict": _verdict(problem),
        "problem": shown(problem),
        "what": None,
        "label": None,
        "batch": None,
        "manifest": None,
        "roll": None,
    }
