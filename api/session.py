"""Log in, who am I, log out."""

import secrets
from typing import Any

from flask import current_app, request, session
from marshmallow import fields

from api.auth import Lobby, LoginGate, Room, bearer, inside, no_content, outside
from api.errors import answer
from api.wire.fields import Shown, Strict, Uid, Words
from api.wire.reading import Blueprint
from api.wire.shapes import PartySchema
from tracker import devices, people
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.views import shapes

blp = Blueprint("session", __name__, url_prefix="/api/v1/session", description="Who is calling.")


class LoginSchema(Strict):
    login = Words(limit=100, least=1, required=True)
    password = Words(limit=200, required=True, load_only=True, metadata={"format": "password"})
    device = Uid(allow_none=True, metadata={"description": "the phone this is; see docs/phones.md"})


class PersonSchema(Shown):
    id = fields.UUID()
    login = fields.String()
    name = fields.String()
    role = fields.String()
    language = fields.String()


class ParkSchema(Shown):
    id = fields.UUID()
    number = fields.Integer()
    code = fields.String()
    name_zh = fields.String()
    name_en = fields.String()
    longitude = fields.Float()
    latitude = fields.Float()
    boundary = fields.Dict()


class SealSchema(Shown):
    key_id = fields.String()
    public_key = fields.String()


class SessionSchema(Shown):
    person = fields.Nested(PersonSchema)
    enterprise = fields.Nested(PartySchema, allow_none=True)
    park = fields.Nested(ParkSchema)
    csrf = fields.String()
    device = fields.UUID(
        allow_none=True, metadata={"description": "the registered phone this is, where the caller is on one"}
    )
    withdrawn = fields.Boolean(
        metadata={"description": "this phone was taken out of use: what it sends is quarantined, all else refused"}
    )
    seal = fields.Nested(
        SealSchema,
        metadata={"description": "the key that signatures on this phone are sealed for; see docs/signing.md"},
    )


@blp.route("", methods=["POST"])
@outside
@blp.arguments(LoginSchema)
@blp.response(200, SessionSchema)
def log_in(lobby: Lobby, body: dict[str, Any]) -> Any:
    """Log in. Five failures in a row make the next tries wait, longer each time."""
    gate: LoginGate = current_app.extensions["login_gate"]
    gate.check(request.remote_addr or "")
    found = people.log_in(lobby.connection, body["login"], body["password"], lobby.now)
    if isinstance(found, Problem):
        # Answered, not raised: the count of failures must be kept.
        return answer([found])
    session.clear()
    session.permanent = True
    session.update(person=found.person, park=found.park, epoch=found.epoch, csrf=secrets.token_urlsafe(24))
    if device := body.get("device"):
        session["device"] = str(device)
    # Who logs in on a withdrawn phone is let in as far as the way out for facts.
    ids = (found.person, found.park, found.epoch)
    caller = people.caller_of_session(lobby.connection, *ids, device=session.get("device"), sends=True)
    return _shown(people.about(lobby.connection, found.person, found.park), caller)


@blp.route("", methods=["GET"])
@inside()
@blp.response(200, SessionSchema)
def who_am_i(room: Room) -> Any:
    """The person behind the cookie or key, their enterprise and park."""
    return _shown(people.about(room.connection, room.caller.person or 0, room.caller.park), room.caller)


@blp.route("", methods=["DELETE"])
@inside()
@blp.response(204)
def log_out(room: Room) -> Any:
    """Forget this browser's session. Called with a phone's token: the person is no longer on that phone."""
    if bearer():
        devices.leave(room.connection, room.caller)
    else:
        session.clear()
    return no_content()


def _shown(row: Any, caller: Caller) -> dict[str, Any]:
    return {
        "person": {
            "id": row["person_uuid"],
            "login": row["login"],
            "name": row["person_name"],
            "role": row["role"],
            "language": row["language"],
        },
        "enterprise": shapes.party(row, "mine"),
        "park": {
            "id": row["park_uuid"],
            "number": row["park_number"],
            "code": row["park_code"],
            "name_zh": row["park_zh"],
            "name_en": row["park_en"],
            "longitude": row["longitude"],
            "latitude": row["latitude"],
            "boundary": row["boundary"],
        },
        "csrf": session.get("csrf", ""),
        "device": caller.device,
        "withdrawn": caller.withdrawn,
        "seal": current_app.extensions["sealer"].published(),
    }
