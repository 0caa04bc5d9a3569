"""Standing mandates: who may sign in a generator's name, for what, until when."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from api.auth import Room, inside
from api.wire.fields import Day, Instant, Shown, Strict, Uid, Words
from api.wire.reading import Blueprint
from api.wire.shapes import PartySchema
from tracker import clock, mandates
from tracker.views import shapes

blp = Blueprint("mandates", __name__, url_prefix="/api/v1/mandates", description="Signing in a generator's name.")


class GiveSchema(Strict):
    id = Uid(required=True)
    carrier = Uid(required=True)
    receiver = Uid(allow_none=True)
    pattern = Words(limit=80, least=3, required=True, metadata={"description": "scheme:code with one *, CN-HW:900-*"})
    valid_to = Day(required=True)


class MandateSchema(Shown):
    id = fields.UUID()
    generator = fields.Nested(PartySchema)
    carrier = fields.Nested(PartySchema)
    receiver = fields.Nested(PartySchema, allow_none=True)
    pattern = fields.String()
    valid_to = fields.Date()
    state = fields.String(metadata={"enum": ["in_force", "ended", "revoked"]})
    made_at = Instant()
    revoked_at = Instant(allow_none=True)


class MandatesSchema(Shown):
    items = fields.List(fields.Nested(MandateSchema))


@blp.route("", methods=["GET"])
@inside()
@blp.response(200, MandatesSchema)
def page(room: Room) -> Any:
    """The mandates one's enterprise gave or was given, newest first; regulators see all of the park's."""
    return {"items": [_shown(room, row) for row in mandates.mine(room.connection, room.caller)]}


@blp.route("", methods=["POST"])
@inside("manager")
@blp.arguments(GiveSchema)
@blp.response(201, MandateSchema)
def give(room: Room, body: dict[str, Any]) -> Any:
    """Let a carrier sign in one's own enterprise's name."""
    made = mandates.make(
        room.connection,
        room.caller,
        body["id"],
        carrier=body["carrier"],
        receiver=body.get("receiver"),
        pattern=body["pattern"].strip(),
        valid_to=body["valid_to"],
        now=room.now,
    )
    return _shown(room, made)


@blp.route("/<uuid:mandate>/revoke", methods=["POST"])
@inside("manager")
@blp.response(200, MandateSchema)
def revoke(room: Room, mandate: UUID) -> Any:
    """Take a mandate back at once; what was signed by it stays signed."""
    return _shown(room, mandates.revoke(room.connection, room.caller, mandate, room.now))


def _shown(room: Room, row: dict[str, Any]) -> dict[str, Any]:
    over = row["valid_to"] < clock.day_of(room.now)
    return {
        "id": row["uuid"],
        "generator": shapes.party(row, "generator"),
        "carrier": shapes.party(row, "carrier"),
        "receiver": shapes.party(row, "receiver"),
        "pattern": row["pattern"],
        "valid_to": row["valid_to"],
        "state": "revoked" if row["revoked_at"] else "ended" if over else "in_force",
        "made_at": row["made_at"],
        "revoked_at": row["revoked_at"],
    }
