"""Label rolls: ordered, printed, looked at, withdrawn."""

from typing import Any
from uuid import UUID

from flask import current_app
from marshmallow import fields, validates_schema

from api.auth import Room, inside
from api.errors import coded
from api.labelled import ZPL_MAX, as_file, blank, label_text
from api.wire.fields import Choice, Instant, Shown, Strict, Uid, Whole, Words
from api.wire.reading import PICTURE, Blueprint
from api.wire.shapes import PartySchema
from manifests import layouts, printing
from manifests import rolls as orders
from manifests.statutory import Particulars
from tracker import rolls
from tracker.problems import Problem
from tracker.views import shapes

blp = Blueprint("rolls", __name__, url_prefix="/api/v1/label-rolls", description="Blank labels, printed beforehand.")


class RollBody(Strict):
    id = Uid(required=True)
    count = Whole(1, orders.ROLL_MAX, required=True)


class RollSchema(Shown):
    id = fields.UUID()
    enterprise = fields.Nested(PartySchema)
    count = fields.Integer()
    used = fields.Integer()
    open = fields.Integer()
    spoilt = fields.Integer(metadata={"description": "were open when the roll was withdrawn"})
    issued_at = Instant()
    withdrawn_at = Instant(allow_none=True)
    withdrawn_why = fields.String(allow_none=True)


class RollsSchema(Shown):
    items = fields.List(fields.Nested(RollSchema))


class RollLabelSchema(Shown):
    id = fields.UUID()
    human_code = fields.String()
    label_text = fields.String()
    batch = fields.UUID(allow_none=True)
    state = fields.String(allow_none=True, metadata={"description": "of the batch it was put on"})


class RollWholeSchema(RollSchema):
    labels = fields.List(fields.Nested(RollLabelSchema))


class WithdrawBody(Strict):
    reason = Words(limit=500, least=1, required=True)


class RollPrintBody(Strict):
    """The labels of the roll that are still open, from the ``first`` on in the order of their codes."""

    format = Choice(("pdf", "zpl"), load_default="pdf")
    layout = Words(limit=40, load_default=layouts.ROLL, metadata={"description": "of GET /label-layouts; PDF only"})
    start = Whole(1, 100, load_default=1, metadata={"description": "the first free place of the first sheet"})
    first = Whole(1, orders.ROLL_MAX, load_default=1)
    count = Whole(1, orders.ROLL_MAX, allow_none=True, load_default=None, metadata={"description": "null: all"})
    dpi = Whole(203, 300, load_default=203, metadata={"enum": [203, 300], "description": "of a thermal printer"})

    @validates_schema
    def known_dpi(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("dpi") not in (203, 300):
            raise coded("field_malformed", reason="dpi: 203 / 300")


@blp.route("", methods=["GET"])
@inside()
@blp.response(200, RollsSchema)
def page(room: Room) -> Any:
    """Rolls one's enterprise was given (regulators: all), newest first."""
    return {"items": [_shown(row) for row in rolls.page(room.connection, room.caller)]}


@blp.route("", methods=["POST"])
@inside("handler", "manager")
@blp.arguments(RollBody)
@blp.response(201, RollSchema)
def order(room: Room, body: dict[str, Any]) -> Any:
    """Get blank labels for one's enterprise, signed and logged. Asked again with the same id, the same roll."""
    made = orders.order(room.connection, room.caller, room.signer, body["id"], body["count"], now=room.now)
    return _shown(made)


@blp.route("/<uuid:roll>", methods=["GET"])
@inside()
@blp.response(200, RollWholeSchema)
def one(room: Room, roll: UUID) -> Any:
    """A roll with its labels, and the batch each was put on."""
    found = rolls.one(room.connection, room.caller, roll)
    labels = [
        {
            "id": row["id"],
            "human_code": row["human_code"],
            "label_text": label_text(bytes(row["signed"])),
            "batch": row["batch_uuid"],
            "state": row["state"],
        }
        for row in rolls.labels(room.connection, room.caller.park, roll)
    ]
    return _shown(found) | {"labels": labels}


@blp.route("/<uuid:roll>/print", methods=["POST"])
@inside("handler", "manager")
@blp.arguments(RollPrintBody)
@blp.response(200, PICTURE, content_type="application/pdf")
@blp.alt_response(200, schema=PICTURE, content_type="text/plain")
def print_roll(room: Room, body: dict[str, Any], roll: UUID) -> Any:
    """What is still open of a roll as one PDF, or up to 200 labels as ZPL. Printing again prints the same labels."""
    found = rolls.one(room.connection, room.caller, roll)
    if found["withdrawn_at"] is not None:
        raise Problem("label_withdrawn", why=found["withdrawn_why"])
    layout = layouts.layout(body["layout"])
    rows = [row for row in rolls.labels(room.connection, room.caller.park, roll) if row["batch_uuid"] is None]
    rows = rows[body["first"] - 1 :][: body["count"]]
    if not rows:
        raise Problem("labels_none", "/first")
    if body["format"] == "zpl" and len(rows) > ZPL_MAX:
        raise Problem("labels_too_many", "/count", limit=ZPL_MAX, count=len(rows))
    host = current_app.extensions["config"].hosts[0]
    name = found["enterprise_name_zh"] or ""
    ready = [printing.Printed(Particulars(face=blank(host, bytes(row["signed"]), name))) for row in rows]
    if body["format"] == "zpl":
        printing.check(ready)
        return as_file(lambda: printing.zebra(ready, dpi=body["dpi"]).encode("ascii"), "text/plain", "roll.zpl")
    start, now = body["start"], room.now
    printing.check(ready, layout, start=start)
    return as_file(lambda: printing.pdf(ready, layout, at=now, start=start), "application/pdf", "roll.pdf")


@blp.route("/<uuid:roll>/withdraw", methods=["POST"])
@inside("manager", "regulator")
@blp.arguments(WithdrawBody)
@blp.response(200, RollSchema)
def withdraw(room: Room, body: dict[str, Any], roll: UUID) -> Any:
    """Take back what is open of a roll that is spoilt or lost. Labels that are on a batch stay what they are."""
    rolls.withdraw(room.connection, room.caller, roll, body["reason"], room.now)
    return _shown(rolls.one(room.connection, room.caller, roll))


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"enterprise": shapes.party(row, "enterprise")}
