"""Names under manifests: one's own, another's by PIN, a generator's by mandate, many at once; and one's own PIN."""

from typing import Any

from flask import current_app, request
from marshmallow import ValidationError, fields, validates_schema

from api.auth import LoginGate, Room, inside, no_content
from api.errors import answer, coded, shown
from api.labelled import with_label_text
from api.wire.fields import Choice, Instant, Several, Shown, Strict, Uid, Words
from api.wire.reading import Blueprint
from api.wire.shapes import ManifestWholeSchema, ProblemSchema
from tracker import people, pins, signatures
from tracker.problems import Problem
from tracker.views import manifests

blp = Blueprint("signatures", __name__, url_prefix="/api/v1/signatures", description="Names under manifests.")

_SIDES = ("generator", "carrier", "receiver", "store")


class SignSchema(Strict):
    """``login`` and ``pin``: somebody signs on the caller's phone. ``mandate``: the caller signs in another's name."""

    id = Uid(required=True, metadata={"description": "of the signature; a new one for every PIN that is typed"})
    manifest = Uid(required=True)
    side = Choice(_SIDES, required=True)
    of = Uid(allow_none=True, metadata={"description": "the fact that is signed; none: the manifest as issued"})
    login = Words(limit=100, least=1, allow_none=True)
    pin = Words(limit=20, least=1, allow_none=True, load_only=True)
    mandate = Uid(allow_none=True)
    device = Uid(allow_none=True)

    @validates_schema
    def one_way(self, data: dict[str, Any], **_: Any) -> None:
        """A login comes with a PIN, and not with a mandate."""
        if bool(data.get("login")) != bool(data.get("pin")):
            name = "login" if data.get("pin") else "pin"
            raise ValidationError({name: coded("field_required", field=name).messages})
        if data.get("login") and data.get("mandate"):
            raise ValidationError({"mandate": coded("field_malformed", reason="pin / mandate").messages})


class BulkSchema(Strict):
    manifests = Several(Uid(), least=1, most=signatures.BULK_MAX, required=True)
    side = Choice(_SIDES, required=True)
    of = Choice(tuple(signatures.OF_MANY), allow_none=True)
    mandate = Uid(allow_none=True)


class ReportSchema(Shown):
    manifest = fields.UUID()
    number = fields.String(allow_none=True)
    outcome = fields.String(metadata={"enum": ["signed", "already_signed", "refused"]})
    fact = fields.UUID(allow_none=True)
    problem = fields.Nested(ProblemSchema, allow_none=True)


class ReportsSchema(Shown):
    items = fields.List(fields.Nested(ReportSchema))


class PinSchema(Strict):
    password = Words(limit=200, required=True, load_only=True, metadata={"format": "password"})
    pin = Words(limit=20, least=1, required=True, load_only=True, metadata={"format": "password"})


class PinTrySchema(Shown):
    at = Instant()
    outcome = fields.String(metadata={"enum": ["granted", "wrong", "locked", "too_many"]})
    sealed = fields.Boolean()
    device = fields.UUID(allow_none=True)
    person = fields.String()
    enterprise_zh = fields.String(attribute="name_zh", allow_none=True)
    enterprise_en = fields.String(attribute="name_en", allow_none=True)
    number = fields.String(allow_none=True)


class PinStateSchema(Shown):
    set = fields.Boolean()
    locked_until = Instant(allow_none=True)
    attempts = fields.List(fields.Nested(PinTrySchema))


@blp.route("", methods=["POST"])
@inside("handler", "manager")
@blp.arguments(SignSchema)
@blp.response(201, ManifestWholeSchema)
def sign(room: Room, body: dict[str, Any]) -> Any:
    """Sign a manifest. The third wrong PIN locks it for a while; under the same id the answer stays the same."""
    body["fact"] = body.pop("id")
    found = signatures.sign(room.connection, room.caller, signatures.Wish(**body), room.now, careful=room.careful)
    if isinstance(found, Problem):
        # Answered, not raised: the count and the log of wrong PINs must be kept.
        return answer([found])
    return with_label_text(room, manifests.one(room.connection, room.caller, str(body["manifest"])))


@blp.route("/bulk", methods=["POST"])
@inside("handler", "manager")
@blp.arguments(BulkSchema)
@blp.response(200, ReportsSchema)
def sign_many(room: Room, body: dict[str, Any]) -> Any:
    """Sign up to two hundred manifests by oneself. Each is answered by itself: one that cannot be signed says why."""
    reports = signatures.sign_many(
        room.connection,
        room.caller,
        body["manifests"],
        body["side"],
        room.now,
        of=body.get("of"),
        mandate=body.get("mandate"),
        careful=room.careful,
    )
    return {
        "items": [
            {
                "manifest": report.manifest,
                "number": report.number,
                "outcome": report.outcome,
                "fact": report.fact,
                "problem": shown(report.problem) if report.problem else None,
            }
            for report in reports
        ]
    }


@blp.route("/pin", methods=["GET"])
@inside("handler", "manager")
@blp.response(200, PinStateSchema)
def about_pin(room: Room) -> Any:
    """Whether one has a PIN, and the last tries of it, whoever's phone they were made on."""
    return pins.about(room.connection, room.caller, _login(room))


@blp.route("/pin", methods=["PUT"])
@inside("handler", "manager")
@blp.arguments(PinSchema)
@blp.response(204)
def set_pin(room: Room, body: dict[str, Any]) -> Any:
    """Set one's own PIN, or another one; the password is asked again, because a phone is easily left lying about."""
    gate: LoginGate = current_app.extensions["login_gate"]
    gate.check(request.remote_addr or "")
    login = _login(room)
    known = people.log_in(room.connection, login, body["password"], room.now)
    if isinstance(known, Problem):
        return answer([known])
    pins.put(room.connection, known.person, login, body["pin"])
    return no_content()


def _login(room: Room) -> str:
    login: str = people.about(room.connection, room.caller.person or 0, room.caller.park)["login"]
    return login
