"""Permits: on record, corrected, confirmed by a regulator, ended."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from api.auth import Room, inside
from api.wire.fields import Choice, Day, Grams, Several, Strict, Uid, Words
from api.wire.reading import ETAG, IF_MATCH, Blueprint, etag_of, sent_revision
from api.wire.shapes import PermitSchema
from tracker import licensing
from tracker.clock import year_of

blp = Blueprint("permits", __name__, url_prefix="/api/v1", description="Who may carry and take in what, and how much.")


class PermitBodySchema(Strict):
    number = Words(limit=200, least=1, required=True)
    codes = Several(Words(limit=60), most=200, required=True)
    treatments = Several(Words(limit=10), most=50, load_default=())
    annual_grams = Grams(allow_none=True, load_default=None)
    valid_from = Day(required=True)
    valid_to = Day(required=True)
    divisions = Several(Words(limit=6), most=200, load_default=())
    ends_trace = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class NewPermitSchema(PermitBodySchema):
    id = Uid(required=True)
    acts_as = Choice(("carrier", "receiver"), required=True)


class EndSchema(Strict):
    day = Day(required=True, metadata={"description": "the first day on which it no longer holds"})


class PermitWholeSchema(PermitSchema):
    enterprise = fields.UUID()


@blp.route("/permits/<uuid:permit>", methods=["GET"])
@inside()
@blp.response(200, PermitWholeSchema, headers=ETAG)
def one(room: Room, permit: UUID) -> Any:
    """A permit with what is used and promised of it this year."""
    return _whole(room, permit)


@blp.route("/enterprises/<uuid:enterprise>/permits", methods=["POST"])
@inside("manager", "regulator")
@blp.arguments(NewPermitSchema)
@blp.response(201, PermitWholeSchema, headers=ETAG)
def register(room: Room, body: dict[str, Any], enterprise: UUID) -> Any:
    """Put a permit on record. What a manager writes holds once a regulator has confirmed it."""
    permit, acts_as = body.pop("id"), body.pop("acts_as")
    licensing.register(room.connection, room.caller, enterprise, permit, acts_as, body)
    return _whole(room, permit)


@blp.route("/permits/<uuid:permit>", methods=["PUT"])
@inside("manager", "regulator")
@blp.doc(parameters=[IF_MATCH])
@blp.arguments(PermitBodySchema)
@blp.response(200, PermitWholeSchema, headers=ETAG)
def revise(room: Room, body: dict[str, Any], permit: UUID) -> Any:
    """Correct a permit; ``If-Match`` says which reading of it the change rests on."""
    licensing.revise(room.connection, room.caller, permit, sent_revision(), body)
    return _whole(room, permit)


@blp.route("/permits/<uuid:permit>/confirm", methods=["POST"])
@inside("regulator")
@blp.doc(parameters=[IF_MATCH])
@blp.response(200, PermitWholeSchema, headers=ETAG)
def confirm(room: Room, permit: UUID) -> Any:
    """A regulator has seen the paper: from now on the permit opens gates."""
    licensing.confirm(room.connection, room.caller, permit, sent_revision(), room.now)
    return _whole(room, permit)


@blp.route("/permits/<uuid:permit>/end", methods=["POST"])
@inside("manager", "regulator")
@blp.doc(parameters=[IF_MATCH])
@blp.arguments(EndSchema)
@blp.response(200, PermitWholeSchema, headers=ETAG)
def end(room: Room, body: dict[str, Any], permit: UUID) -> Any:
    """End a permit before its time. Loads on their way can still be received."""
    licensing.end(room.connection, room.caller, permit, sent_revision(), body["day"])
    return _whole(room, permit)


def _whole(room: Room, permit: UUID) -> Any:
    found = licensing.one(room.connection, permit, year_of(room.now))
    return found, etag_of(found)
