"""Batches: a page of them, one, what befell it, and its label."""

from typing import Any
from uuid import UUID

from flask import Response

from api.auth import Room, inside
from api.labelled import particulars, with_label_text
from api.wire import paging
from api.wire.fields import Choice, Strict, Uid, Whole, Words
from api.wire.reading import LINK, PICTURE, Blueprint
from api.wire.shapes import BatchFactsSchema, BatchPageSchema, BatchSchema
from manifests import human, issue, labelling, printing
from tracker import papers
from tracker.problems import Problem
from tracker.store import is_uuid
from tracker.views import batches, labels

blp = Blueprint("batches", __name__, url_prefix="/api/v1/batches", description="What is traced.")


class BatchQuery(paging.PageQuery):
    q = Words(limit=100)
    state = Words(limit=200, metadata={"description": "one state, or several with commas"})
    class_code = Words(limit=40, data_key="class")
    holder = Uid()
    manifest = Uid()


class LabelQuery(Strict):
    dpi = Whole(100, 600, typed=True, load_default=203)
    ink = Choice(("colour", "black"), load_default="colour")
    side = Choice(
        ("100", "150", "200"),
        metadata={"description": "hazardous waste: the statutory square of so many mm in place of the 100 x 70 face"},
    )


@blp.route("", methods=["GET"])
@inside()
@blp.arguments(BatchQuery, location="query")
@blp.response(200, BatchPageSchema, headers=LINK)
def page(room: Room, query: dict[str, Any]) -> Any:
    """The caller's batches, newest first; regulators see all of the park."""
    found = batches.page(
        room.connection,
        room.caller,
        query=query.get("q", ""),
        states=[state for state in query.get("state", "").split(",") if state],
        class_code=query.get("class_code"),
        holder=query.get("holder"),
        manifest=query.get("manifest"),
        before=paging.before(query.get("cursor")),
        limit=query["limit"],
    )
    return paging.paged([with_label_text(room, batch) for batch in found], query["limit"])


@blp.route("/<string:what>", methods=["GET"])
@inside()
@blp.response(200, BatchSchema)
def one(room: Room, what: str) -> Any:
    """A batch by its id or its human code."""
    return with_label_text(room, batches.one(room.connection, room.caller, _uuid(room, what)))


@blp.route("/<string:what>/facts", methods=["GET"])
@inside()
@blp.response(200, BatchFactsSchema)
def facts(room: Room, what: str) -> Any:
    """What befell a batch, newest first."""
    return {"items": batches.facts_of(room.connection, room.caller, _uuid(room, what))}


@blp.route("/<uuid:batch>/label", methods=["POST"])
@inside("handler", "manager")
@blp.response(201, BatchSchema)
def label(room: Room, batch: UUID) -> Any:
    """Issue a label for a batch one holds. The log of issuance knows it before the printer does."""
    issue.label_one(room.connection, room.caller, room.signer, batch, room.now)
    return with_label_text(room, batches.one(room.connection, room.caller, batch))


@blp.route("/<string:what>/label.<any(png, svg):form>", methods=["GET"])
@inside()
@blp.arguments(LabelQuery, location="query")
@blp.response(200, PICTURE, content_type="image/png")
@blp.alt_response(200, schema=PICTURE, content_type="image/svg+xml")
def picture(room: Room, query: dict[str, Any], what: str, form: str) -> Any:
    """The printable label, as PNG or SVG. Issues the label first where the batch has none and the caller holds it."""
    uuid = _uuid(room, what)
    batch = batches.one(room.connection, room.caller, uuid)
    (row,) = labels.printable(room.connection, room.caller.park, [uuid])
    own = room.caller.enterprise in (batch["holder"]["number"], batch["generator"]["number"])
    if row["signed"] is None or (own and row["hazardous"] and row["identification"] is None):
        (row,) = labelling.ready(room.connection, room.caller, room.signer, [uuid], room.now)
    told = particulars(row)
    side = int(query["side"]) if "side" in query and told.face.label.hazardous else None
    one = printing.Printed(told, side)
    if form == "png":
        return Response(printing.png(one, dpi=query["dpi"], colours=query["ink"]), mimetype="image/png")
    return Response(printing.svg(one, colours=query["ink"]), mimetype="image/svg+xml")


def _uuid(room: Room, what: str) -> UUID:
    if is_uuid(what):
        return UUID(what)
    row = papers.label_by_human_code(room.connection, room.caller.park, human.parse_human(what))
    if row is None or row["batch_uuid"] is None:
        raise Problem("not_found", what=what[:60])
    found: UUID = row["batch_uuid"]
    return found
