"""At the roadside: what is on this truck, whether it is in order, and what lawfully comes next."""

from typing import Any

from marshmallow import fields

from api import codes, typed
from api.auth import Room, inside
from api.errors import shown
from api.labelled import with_label_text
from api.wire.fields import Instant, Shown, Strict, Words
from api.wire.reading import Blueprint
from api.wire.shapes import FindingSchema, ManifestWholeSchema, PartySchema, ProblemSchema
from tracker import sheets
from tracker.problems import Problem
from tracker.views import batches, manifests, roadside

blp = Blueprint("roadside", __name__, url_prefix="/api/v1/roadside", description="Checks on the road.")


class RoadsideQuery(Strict):
    plate = Words(limit=40)
    number = Words(limit=100)
    code = Words(limit=2_000)


class StandingReasonSchema(Shown):
    code = fields.String()
    severity = fields.String(metadata={"enum": ["watch", "stop"]})
    zh = fields.String()
    en = fields.String()


class VerdictSchema(Shown):
    meaning = fields.String(metadata={"enum": ["fine", "watch", "stop"]})
    reasons = fields.List(fields.Nested(StandingReasonSchema))


class RoadPermitSchema(Shown):
    number = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date()
    ended_on = fields.Date(allow_none=True)
    valid = fields.Boolean()


class RoadCarrierSchema(Shown):
    party = fields.Nested(PartySchema)
    plate = fields.String(allow_none=True)
    took_over_at = Instant(allow_none=True)
    lacks = fields.String(allow_none=True, metadata={"description": "a class of the load it may not carry"})
    permits = fields.List(fields.Nested(RoadPermitSchema))


class RoadFactSchema(Shown):
    index = fields.Integer()
    id = fields.UUID()
    kind = fields.String()
    verdict = fields.String()
    observed_at = Instant()
    recorded_at = Instant()
    leaf = fields.String(metadata={"description": "SHA-256 of the log record, hexadecimal"})
    by_zh = fields.String(allow_none=True)
    by_en = fields.String(allow_none=True)


class StepSchema(Shown):
    act = fields.String()
    side = fields.String()
    by = fields.Nested(PartySchema, allow_none=True)


class RoadManifestSchema(Shown):
    manifest = fields.Nested(ManifestWholeSchema)
    minutes = fields.Integer(allow_none=True, metadata={"description": "on the road so far; null: not on it"})
    limit_hours = fields.Integer()
    carriers = fields.List(fields.Nested(RoadCarrierSchema))
    step = fields.Nested(StepSchema, allow_none=True)
    findings = fields.List(fields.Nested(FindingSchema))
    facts = fields.List(fields.Nested(RoadFactSchema))
    verdict = fields.Nested(VerdictSchema)


class RoadsideSchema(Shown):
    as_of = Instant()
    verdict = fields.Nested(VerdictSchema)
    label = fields.Nested(ProblemSchema, allow_none=True, metadata={"description": "what is wrong with the label"})
    items = fields.List(fields.Nested(RoadManifestSchema))


@blp.route("", methods=["GET"])
@inside("handler", "manager", "inspector", "regulator")
@blp.arguments(RoadsideQuery, location="query")
@blp.response(200, RoadsideSchema)
def look(room: Room, query: dict[str, Any]) -> Any:
    """What a plate, a manifest's number or a label's code stands for now. Those who tell facts see what they have a
    part in, whoever checks sees all of the park."""
    asked = {name: value for name, value in query.items() if value.strip()}
    if len(asked) != 1:
        raise Problem("roadside_what")
    plate, problem = asked.get("plate"), None
    if plate is not None:
        found = roadside.on_plate(room.connection, room.caller, plate)
    else:
        try:
            found = _named(room, asked)
        except Problem as refused:
            if "code" not in asked or not refused.code.startswith("label_"):
                raise
            found, problem = [], refused
    items = roadside.seen(room.connection, room.caller, found, room.now, plate=plate)
    reasons = [reason for item in items for reason in item["verdict"]["reasons"]]
    for item in items:
        with_label_text(room, item["manifest"])
    top = roadside.verdict(reasons) if items else roadside.nothing()
    if problem is not None:
        said = shown(problem)
        wrong = {"code": problem.code, "severity": "stop", "zh": said["zh"], "en": said["en"]}
        top = roadside.verdict([wrong])
    return {"as_of": room.now, "verdict": top, "label": shown(problem) if problem else None, "items": items}


def _named(room: Room, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The manifest of a number, or the one a label is on now; none where that is on none."""
    if "number" in asked:
        wanted, mistake = typed.reference(room, asked["number"])
        try:
            return [manifests.one(room.connection, room.caller, wanted)]
        except Problem as problem:
            raise (mistake or typed.unknown(room, wanted)) if problem.code == "not_found" else problem from None
    row, _ = codes.find(room.connection, room.caller.park, asked["code"])
    if row["withdrawn_at"] is not None and row["batch_uuid"] is None:
        raise Problem("label_withdrawn", why=row["withdrawn_why"])
    manifest = row["manifest_uuid"]
    if row["what"] == "sheet":
        manifest = sheets.manifest_of_label(room.connection, row["park_id"], row["id"])
    if row["batch_uuid"] is not None and row["park_id"] == room.caller.park:
        on = batches.one(room.connection, room.caller, row["batch_uuid"])["manifest"]
        manifest = on["id"] if on else None
    if manifest is None or row["park_id"] != room.caller.park:
        return []
    return [manifests.one(room.connection, room.caller, str(manifest))]
