"""Phones of an enterprise: registered by whoever works on them, lent to people, withdrawn from the desk."""

from typing import Any
from uuid import UUID

from flask import session
from marshmallow import fields

from api.auth import Room, bearer, inside
from api.wire.fields import Instant, Shown, Strict, Uid, Words
from api.wire.reading import Blueprint
from api.wire.shapes import PartySchema
from tracker import devices
from tracker.views import shapes

blp = Blueprint("devices", __name__, url_prefix="/api/v1/devices", description="Phones of an enterprise.")


class RegisterSchema(Strict):
    id = Uid(required=True, metadata={"description": "the phone's own id, the one its facts carry"})
    name = Words(limit=100, least=1, required=True)
    public_key = Words(
        limit=100, least=1, required=True, metadata={"description": "P-256, the 65 bytes of the point, base64url"}
    )
    proof = Words(
        limit=100,
        least=1,
        required=True,
        metadata={
            "description": "signature (ECDSA, SHA-256, 64 bytes r and s, base64url) over"
            " `wm-device-v1`, the phone's id and the person's id, one a line"
        },
    )


class ReasonSchema(Strict):
    reason = Words(limit=500, least=1, required=True)


class OnDeviceSchema(Shown):
    id = fields.UUID()
    name = fields.String()
    since = Instant()


class DeviceSchema(Shown):
    id = fields.UUID()
    name = fields.String()
    enterprise = fields.Nested(PartySchema)
    registered_at = Instant()
    registered_by = fields.String()
    last_seen_at = Instant()
    people = fields.List(fields.Nested(OnDeviceSchema))
    revoked_at = Instant(allow_none=True)
    revoked_by = fields.String(allow_none=True)
    revoked_why = fields.String(allow_none=True)


class DevicesSchema(Shown):
    items = fields.List(fields.Nested(DeviceSchema))


class TokensSchema(Shown):
    full = fields.String(metadata={"description": "for everything the person may; kept behind the PIN"})
    send = fields.String(metadata={"description": "for POST /sync and evidence alone"})


@blp.route("", methods=["POST"])
@inside("handler", "manager")
@blp.arguments(RegisterSchema)
@blp.response(201, DeviceSchema)
def register(room: Room, body: dict[str, Any]) -> Any:
    """Register the phone one holds for one's enterprise. Asked again it is the same phone."""
    made = devices.register(
        room.connection,
        room.caller,
        body["id"],
        name=body["name"],
        public_key=body["public_key"],
        proof=body["proof"],
        now=room.now,
    )
    return shown(made)


@blp.route("", methods=["GET"])
@inside("manager", "regulator")
@blp.response(200, DevicesSchema)
def page(room: Room) -> Any:
    """The phones of one's enterprise (regulators: of the park), those in use first. What is unsent on one only it
    knows."""
    return {"items": [shown(row) for row in devices.listed(room.connection, room.caller)]}


@blp.route("/<uuid:device>/revocation", methods=["POST"])
@inside("manager", "regulator")
@blp.arguments(ReasonSchema)
@blp.response(200, DeviceSchema)
def revoke(room: Room, body: dict[str, Any], device: UUID) -> Any:
    """Take a phone out of use, at once. What it still sends waits in quarantine."""
    return shown(devices.revoke(room.connection, room.caller, device, body["reason"], room.now))


@blp.route("/<uuid:device>/people", methods=["POST"])
@inside("handler", "manager")
@blp.response(201, TokensSchema)
def enrol(room: Room, device: UUID) -> Any:
    """Stay logged in on this phone behind a PIN: two tokens, shown once. Only right after the password was typed."""
    epoch = None if bearer() else session["epoch"]
    tokens = devices.enrol(room.connection, room.caller, device, epoch, room.now)
    return {"full": tokens.full, "send": tokens.send}


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A phone as it is answered."""
    return {
        "id": row["uuid"],
        "name": row["name"],
        "enterprise": shapes.party(row, "party"),
        "registered_at": row["registered_at"],
        "registered_by": row["registered_name"],
        "last_seen_at": row["last_seen_at"],
        "people": row["people"],
        "revoked_at": row["revoked_at"],
        "revoked_by": row["revoked_name"],
        "revoked_why": row["revoked_why"],
    }
