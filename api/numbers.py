"""Numbers beside a manifest's own: those of other systems, and blocks given out before they are used."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import fields, validates_schema

from api.auth import Room, inside
from api.errors import coded
from api.labelled import label_text
from api.wire.facts import ClassRefSchema
from api.wire.fields import Choice, Instant, Several, Shown, Strict, Uid, Whole, Words
from api.wire.reading import Blueprint
from api.wire.shapes import PartySchema
from manifests import blocks as blocks_of
from manifests import label as pictures
from manifests import numbers
from tracker import elsewhere, numbering
from tracker.facts import ClassRef
from tracker.problems import Problem
from tracker.views import manifests, register

blp = Blueprint("numbers", __name__, url_prefix="/api/v1", description="Numbers of other systems, and blocks.")

#: Keys are 64 bits; an address may hold any digits.
_KEY_MAX = 2**62


class ExternalNumberBody(Strict):
    system = Choice(elsewhere.SYSTEMS, required=True)
    name = Words(
        limit=60, allow_none=True, metadata={"description": "which park, ERP or other system; needed for these"}
    )
    number = Words(limit=elsewhere.NUMBER_MAX, least=1, required=True)


class ExternalNumberSchema(Shown):
    id = fields.Integer()
    system = fields.String(metadata={"enum": list(elsewhere.SYSTEMS)})
    name = fields.String()
    number = fields.String()
    name_zh = fields.String(allow_none=True, metadata={"description": "the enterprise that added it"})
    name_en = fields.String(allow_none=True)
    added_at = Instant()
    removed_at = Instant(allow_none=True)
    removed_why = fields.String(allow_none=True)


class ExternalNumbersSchema(Shown):
    items = fields.List(fields.Nested(ExternalNumberSchema))


class ReasonBody(Strict):
    reason = Words(limit=500, least=1, required=True)


class GrantSchema(Strict):
    """What a phone may use its numbers for without a network. A manager says it; every gate is judged that can be."""

    device = Uid(required=True, metadata={"description": "the phone, as it names itself in POST /sync"})
    until = Instant(required=True)
    carriers = Several(Uid(), least=1, most=blocks_of.PARTIES_MAX, required=True)
    receivers = Several(Uid(), least=1, most=blocks_of.PARTIES_MAX, required=True)
    classes = Several(fields.Nested(ClassRefSchema), least=1, most=blocks_of.CLASSES_MAX, required=True)
    treatment = Words(limit=10, least=1, required=True)


class BlockBody(Strict):
    id = Uid(required=True)
    hazardous = fields.Boolean(truthy={True}, falsy={False}, required=True)
    count = Whole(1, numbering.BLOCK_MAX, required=True)
    holder_kind = Choice(("device", "sheet", "other"), required=True)
    holder = Words(limit=200, least=1, required=True)
    grant = fields.Nested(GrantSchema, allow_none=True, load_default=None)

    @validates_schema
    def grants_are_of_phones(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("grant") is not None and data.get("holder_kind") != "device":
            raise coded("field_malformed", reason="grant: holder_kind = device")


class CloseBody(ReasonBody):
    outcome = Choice(("returned", "spoilt"), required=True)


class BlockSchema(Shown):
    id = fields.UUID(attribute="uuid")
    series = fields.String()
    first = fields.Integer()
    last = fields.Integer()
    holder_kind = fields.String(metadata={"enum": ["device", "sheet", "other"]})
    holder = fields.String()
    enterprise = fields.UUID(attribute="enterprise_uuid")
    device = fields.UUID(allow_none=True, attribute="device_uuid")
    until = Instant(allow_none=True)
    given_at = Instant()
    closed_at = Instant(allow_none=True)
    closed_why = fields.String(allow_none=True)
    open = fields.Integer()
    used = fields.Integer()
    returned = fields.Integer()
    spoilt = fields.Integer()


class BlocksSchema(Shown):
    items = fields.List(fields.Nested(BlockSchema))


class ClassRefShownSchema(Shown):
    scheme = fields.String()
    edition = fields.String()
    code = fields.String()


class SerialSchema(Shown):
    serial = fields.Integer()
    number = fields.String()
    state = fields.String(metadata={"enum": ["open", "used", "returned", "spoilt"]})
    manifest = fields.UUID(allow_none=True, attribute="manifest_uuid")
    settled_at = Instant(allow_none=True)


class HeldNumberSchema(Shown):
    number = fields.String()
    human_code = fields.String()
    label_text = fields.String()
    side = fields.Integer(metadata={"description": "of the code, in modules"})
    dots = fields.String(metadata={"description": "the code row by row, 1 for a dark module: drawn offline"})


class HeldBlockSchema(Shown):
    """A block as its phone keeps it: all that a manifest needs that is issued without a network."""

    id = fields.UUID()
    hazardous = fields.Boolean()
    until = Instant()
    treatment = fields.String()
    carriers = fields.List(fields.Nested(PartySchema))
    receivers = fields.List(fields.Nested(PartySchema))
    classes = fields.List(fields.Nested(ClassRefShownSchema))
    numbers = fields.List(fields.Nested(HeldNumberSchema))


class HeldSchema(Shown):
    as_of = Instant()
    items = fields.List(fields.Nested(HeldBlockSchema))


class HeldQuery(Strict):
    device = Uid(required=True)


class BlockWholeSchema(BlockSchema):
    numbers = fields.List(fields.Nested(SerialSchema))


@blp.route("/manifests/<uuid:manifest>/external-numbers", methods=["GET"])
@inside()
@blp.response(200, ExternalNumbersSchema)
def of_manifest(room: Room, manifest: UUID) -> Any:
    """The numbers other systems gave this manifest; those taken back too, with the reason."""
    manifests.one(room.connection, room.caller, str(manifest))
    return _listed(room, manifest)


@blp.route("/manifests/<uuid:manifest>/external-numbers", methods=["POST"])
@inside("handler", "manager", "regulator")
@blp.arguments(ExternalNumberBody)
@blp.response(201, ExternalNumbersSchema)
def add(room: Room, body: dict[str, Any], manifest: UUID) -> Any:
    """Write another system's number beside the manifest's own. What stands there is never overwritten."""
    found = manifests.one(room.connection, room.caller, str(manifest))
    elsewhere.add(
        room.connection,
        room.caller,
        found["id"],
        system=body["system"],
        name=body.get("name"),
        number=body["number"],
        now=room.now,
    )
    return _listed(room, manifest)


@blp.route("/manifests/<uuid:manifest>/external-numbers/<int:key>/remove", methods=["POST"])
@inside("handler", "manager", "regulator")
@blp.arguments(ReasonBody)
@blp.response(200, ExternalNumbersSchema)
def remove(room: Room, body: dict[str, Any], manifest: UUID, key: int) -> Any:
    """Take a number back that was wrong. It stays on record, with who removed it, when and why."""
    manifests.one(room.connection, room.caller, str(manifest))
    elsewhere.remove(room.connection, room.caller, manifest, min(key, _KEY_MAX), why=body["reason"], now=room.now)
    return _listed(room, manifest)


def _listed(room: Room, manifest: UUID) -> dict[str, Any]:
    rows = elsewhere.of_manifest(room.connection, room.caller, manifest, removed=True)
    names = ExternalNumberSchema().fields
    return {"items": [{name: row[name] for name in names} for row in rows]}


@blp.route("/number-blocks", methods=["GET"])
@inside()
@blp.response(200, BlocksSchema)
def blocks(room: Room) -> Any:
    """Blocks of numbers one's enterprise was given (regulators: all), newest first."""
    return {"items": [_block(dict(row)) for row in numbering.blocks(room.connection, room.caller)]}


@blp.route("/number-blocks", methods=["POST"])
@inside("handler", "manager")
@blp.arguments(BlockBody)
@blp.response(201, BlockWholeSchema)
def give(room: Room, body: dict[str, Any]) -> Any:
    """Get numbers before they are needed: for a phone that may be without a network, for a sheet of paper. With a
    ``grant`` the phone issues manifests with them by itself."""
    if body["grant"] is not None:
        return _granted(room, body)
    made = numbers.allocate_block(
        room.connection,
        room.caller,
        hazardous=body["hazardous"],
        count=body["count"],
        holder_kind=body["holder_kind"],
        holder=body["holder"],
        now=room.now,
        uuid=body["id"],
    )
    return _whole(room, made.uuid)


def _granted(room: Room, body: dict[str, Any]) -> Any:
    told = body["grant"]
    terms = numbering.Terms(
        device=told["device"],
        until=told["until"],
        carriers=tuple(told["carriers"]),
        receivers=tuple(told["receivers"]),
        classes=tuple(ClassRef(**one) for one in told["classes"]),
        treatment=told["treatment"],
    )
    made = blocks_of.grant(
        room.connection, room.caller, room.signer, body["id"], terms,
        hazardous=body["hazardous"], count=body["count"], holder=body["holder"], now=room.now,
    )  # fmt: skip
    return _whole(room, made.uuid)


@blp.route("/number-blocks/held", methods=["GET"])
@inside("handler", "manager")
@blp.arguments(HeldQuery, location="query")
@blp.response(200, HeldSchema)
def held(room: Room, query: dict[str, Any]) -> Any:
    """What a phone may issue without a network: its open blocks, each open number with its signed label. A phone
    that is logged in as itself is told of its own, whichever it names."""
    rows = numbering.held(room.connection, room.caller, room.caller.device or query["device"], room.now)
    named = {uuid for row in rows for part in ("carriers", "receivers") for uuid in row["terms"][part]}
    known = register.parties_of(room.connection, sorted(named)) if named else {}
    return {"as_of": room.now, "items": [_held(row, known) for row in rows]}


def _held(row: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    terms = row["terms"]
    return {
        "id": row["uuid"],
        "hazardous": row["series"].startswith("hazardous"),
        "until": row["until"],
        "treatment": terms["treatment"],
        "carriers": [known[uuid] for uuid in terms["carriers"] if uuid in known],
        "receivers": [known[uuid] for uuid in terms["receivers"] if uuid in known],
        "classes": terms["classes"],
        "numbers": [
            {"number": one["number"], "human_code": one["human_code"], **_code(bytes.fromhex(one["signed"]))}
            for one in row["numbers"] or ()
        ],
    }


def _code(signed: bytes) -> dict[str, Any]:
    """A label's link, and its code as dots: so a phone needs no program that makes codes."""
    link = label_text(signed) or ""
    side, dots = pictures.dots(link)
    return {"label_text": link, "side": side, "dots": "".join("1" if dot == 0 else "0" for dot in dots)}


@blp.route("/number-blocks/<uuid:block>", methods=["GET"])
@inside()
@blp.response(200, BlockWholeSchema)
def block(room: Room, block: UUID) -> Any:
    """A block, and what has become of each of its numbers."""
    return _whole(room, block)


@blp.route("/number-blocks/<uuid:block>/close", methods=["POST"])
@inside("handler", "manager", "regulator")
@blp.arguments(CloseBody)
@blp.response(200, BlockWholeSchema)
def close(room: Room, body: dict[str, Any], block: UUID) -> Any:
    """Return what was not used, or write it off where the phone or the paper is lost."""
    numbering.close_block(
        room.connection, room.caller, block, outcome=body["outcome"], why=body["reason"], now=room.now
    )
    return _whole(room, block)


def _whole(room: Room, uuid: UUID) -> dict[str, Any]:
    found = numbering.blocks(room.connection, room.caller, uuid=uuid)
    if not found:
        raise Problem("not_found", what=str(uuid))
    serials = numbering.serials_of(room.connection, room.caller, uuid)
    return _block(dict(found[0])) | {"numbers": serials}


def _block(row: dict[str, Any]) -> dict[str, Any]:
    return {field.attribute or name: row[field.attribute or name] for name, field in BlockSchema().fields.items()}
