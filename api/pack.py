"""What a phone takes along for the time without a network, in one answer."""

import gzip
import hashlib
from typing import Any

from flask import Response, current_app, request
from marshmallow import fields

from api.auth import Room, inside
from api.labelled import key_shown
from api.wire.fields import Instant, Shown
from api.wire.reading import Blueprint
from api.wire.shapes import ClassSchema, FindingSchema, KeysSchema, ManifestRefSchema, PartySchema
from tracker.views import pack

blp = Blueprint("pack", __name__, url_prefix="/api/v1", description="For the time without a network.")

#: Goes up when the shape changes: a phone throws away what it cannot read, and asks anew.
VERSION = 1
_ETAG = {
    "ETag": {"description": "of everything but `as_of`; for If-None-Match", "schema": {"type": "string"}},
    "Content-Encoding": {"description": "gzip where it is accepted", "schema": {"type": "string"}},
}
_GZIP_LEVEL = 6


class PackLegSchema(Shown):
    leg = fields.Integer()
    party = fields.Integer()
    plate = fields.String(allow_none=True)
    took_over_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    what = fields.String(metadata={"enum": ["carrier", "store"]})
    lapsed = fields.Boolean()


class PackLineSchema(Shown):
    batch = fields.UUID(metadata={"description": "one of `batches`, unless those were cut off"})
    planned_grams = fields.Integer()
    loaded_grams = fields.Integer(allow_none=True)
    accepted_grams = fields.Integer(allow_none=True)
    refused_grams = fields.Integer(allow_none=True)
    outcome = fields.String()
    part_of = fields.UUID(allow_none=True)


class PackManifestSchema(ManifestRefSchema):
    label_id = fields.UUID(allow_none=True)
    human_code = fields.String(allow_none=True)
    hazardous = fields.Boolean()
    generator = fields.Integer()
    receiver = fields.Integer()
    carriers = fields.List(fields.Nested(PackLegSchema))
    treatment = fields.String()
    issued_at = Instant(allow_none=True)
    due_pickup_at = Instant(allow_none=True)
    returns = fields.Nested(ManifestRefSchema, allow_none=True)
    lines = fields.List(fields.Nested(PackLineSchema))


class StoreSchema(Shown):
    id = fields.UUID()
    name_zh = fields.String(allow_none=True)
    name_en = fields.String(allow_none=True)


class PackBatchSchema(Shown):
    id = fields.UUID()
    label_id = fields.UUID(allow_none=True)
    human_code = fields.String(allow_none=True)
    waste_class = fields.Integer(allow_none=True, data_key="class", attribute="class")
    raw_class = fields.String(allow_none=True)
    grams = fields.Integer()
    measured = fields.Boolean()
    state = fields.String()
    form = fields.String(allow_none=True)
    container = fields.String(allow_none=True)
    generator = fields.Integer()
    holder = fields.Integer()
    place = fields.Nested(StoreSchema, allow_none=True)
    manifest = fields.Nested(ManifestRefSchema, allow_none=True)
    generated_at = Instant()
    held_since = Instant()
    last_fact = fields.UUID()
    grouped = fields.Boolean(metadata={"description": "made by combining, and nothing of it is gone"})
    findings = fields.List(fields.Nested(FindingSchema))


class PackClassSchema(ClassSchema):
    number = fields.Integer(metadata={"description": "as labels carry it"})


class TreatmentKindSchema(Shown):
    code = fields.String()
    kind = fields.String()


class PackRulesSchema(Shown):
    weight = fields.String(metadata={"enum": ["report", "stop"]})
    weight_zh = fields.String()
    weight_en = fields.String()
    confirmed = fields.Boolean()
    tolerance_permille = fields.Integer()
    tolerance_grams = fields.Integer()
    plate_general = fields.Boolean()
    plate_hazardous = fields.Boolean()


class PackSealSchema(Shown):
    key_id = fields.String()
    public_key = fields.String()


class TruncatedSchema(Shown):
    manifests = fields.Boolean()
    lines = fields.Boolean()
    batches = fields.Boolean()
    classes = fields.Boolean()
    enterprises = fields.Boolean()


class PackSchema(Shown):
    version = fields.Integer()
    as_of = Instant()
    person = fields.UUID(allow_none=True)
    enterprise = fields.UUID(allow_none=True)
    manifests = fields.List(fields.Nested(PackManifestSchema))
    batches = fields.List(fields.Nested(PackBatchSchema))
    classes = fields.List(fields.Nested(PackClassSchema))
    enterprises = fields.List(fields.Nested(PartySchema))
    stores = fields.List(fields.Nested(StoreSchema))
    plates = fields.List(fields.String())
    treatments = fields.List(fields.Nested(TreatmentKindSchema))
    rules = fields.Nested(PackRulesSchema)
    ring = fields.Nested(KeysSchema)
    seal = fields.Nested(PackSealSchema)
    truncated = fields.Nested(TruncatedSchema)


_SHAPE = PackSchema()


@blp.route("/pack", methods=["GET"])
@inside()
@blp.response(200, PackSchema, headers=_ETAG)
@blp.alt_response(304, description="Nothing has changed since the ETag that was sent")
def read(room: Room) -> Any:
    """Everything this person may need for a shift without a network, bounded."""
    found = pack.of(room.connection, room.caller)
    hosts = list(current_app.extensions["config"].hosts)
    body = _SHAPE.dump(
        found
        | {
            "version": VERSION,
            "person": room.caller.person_uuid,
            "enterprise": room.caller.enterprise_uuid,
            "ring": {"hosts": hosts, "keys": [key_shown(row) for row in found["keys"]]},
            "seal": current_app.extensions["sealer"].published(),
        }
    )
    etag = hashlib.sha256(current_app.json.dumps(body).encode()).hexdigest()[:32]
    if request.if_none_match.contains_weak(etag):
        answer = Response(status=304)
    else:
        answer = _packed(current_app.json.dumps({"as_of": room.now.isoformat()} | body).encode())
    answer.set_etag(etag, weak=True)
    answer.vary.update(("Accept-Encoding", "Authorization", "Cookie"))
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _packed(body: bytes) -> Response:
    packed = bool(request.accept_encodings["gzip"])
    answer = Response(gzip.compress(body, _GZIP_LEVEL, mtime=0) if packed else body, mimetype="application/json")
    answer.headers["Vary"] = "Accept-Encoding"
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    return answer
