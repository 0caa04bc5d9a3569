"""Labels by the thousand: which layouts there are, what labels say beyond the books, and the printing itself."""

from typing import Any

from marshmallow import fields, validates_schema

from api.auth import Room, inside
from api.errors import coded
from api.labelled import ZPL_MAX, as_file, particulars
from api.wire.fields import Choice, Several, Shown, Strict, Uid, Whole, Words
from api.wire.reading import ETAG, IF_MATCH, PICTURE, Blueprint, etag_of, sent_revision
from manifests import labelling, layouts, printing
from tracker import label_words
from tracker.problems import Problem
from tracker.views import labels

blp = Blueprint("printing", __name__, url_prefix="/api/v1", description="Labels on their way to a printer.")

#: What is in the enterprise's hands and wants a label.
_STATES = ("on_site", "reserved", "received", "refused")
_WORDS_MAX = 200
_SIDES = {
    "enum": [100, 150, 200, None],
    "description": "mm of the statutory label; null: by the container's volume",
}


class LayoutSchema(Shown):
    name = fields.String()
    zh = fields.String()
    en = fields.String()
    page = fields.List(fields.Float(), allow_none=True, metadata={"description": "mm; null: as large as the label"})
    cell = fields.List(fields.Float(), metadata={"description": "mm"})
    columns = fields.Integer()
    rows = fields.Integer()


class LayoutsSchema(Shown):
    items = fields.List(fields.Nested(LayoutSchema))


class WhichSchema(Strict):
    """The caller's containers in these states; ``unlabelled``: only those that never had a label."""

    states = Several(Choice(_STATES), most=len(_STATES), least=1, load_default=lambda: ["on_site"])
    class_code = Words(limit=40, data_key="class", allow_none=True, load_default=None)
    unlabelled = fields.Boolean(truthy={True}, falsy={False}, load_default=True)


class PrintSchema(Strict):
    """Exactly one of ``batches``, ``manifests`` (their containers) and ``which``."""

    batches = Several(Uid(), most=labelling.LABELS_MAX, least=1, too_many="labels_too_many")
    manifests = Several(Uid(), most=100, least=1)
    which = fields.Nested(WhichSchema)
    format = Choice(("pdf", "zpl"), load_default="pdf")
    layout = Words(limit=40, load_default=layouts.ROLL, metadata={"description": "of GET /label-layouts; PDF only"})
    start = Whole(1, 100, load_default=1, metadata={"description": "the first free place of the first sheet"})
    side = Whole(100, 200, allow_none=True, load_default=None, metadata=_SIDES)
    dpi = Whole(203, 300, load_default=203, metadata={"enum": [203, 300], "description": "of a thermal printer"})
    ink = Choice(("colour", "black"), load_default="colour")

    @validates_schema
    def one_choice(self, data: dict[str, Any], **_: Any) -> None:
        if len([name for name in ("batches", "manifests", "which") if name in data]) != 1:
            raise coded("field_malformed", reason="batches / manifests / which")
        if data.get("side") not in (None, 100, 150, 200):
            raise coded("field_malformed", reason="side: 100 / 150 / 200")
        if data.get("dpi") not in (203, 300):
            raise coded("field_malformed", reason="dpi: 203 / 300")


class WordsSchema(Strict):
    main_components = Words(limit=_WORDS_MAX, allow_none=True, load_default=None)
    harmful_components = Words(limit=_WORDS_MAX, allow_none=True, load_default=None)
    precautions = Words(limit=_WORDS_MAX, allow_none=True, load_default=None)


class SaidSchema(Shown):
    main_components = fields.String(allow_none=True)
    harmful_components = fields.String(allow_none=True)
    precautions = fields.String(allow_none=True)
    revision = fields.Integer()


class SaidClassSchema(Shown):
    scheme = fields.String()
    edition = fields.String()
    code = fields.String()
    name_zh = fields.String(allow_none=True)
    name_en = fields.String(allow_none=True)
    hazardous = fields.Boolean()


class SaidOfClassSchema(SaidSchema):
    waste_class = fields.Nested(SaidClassSchema, data_key="class", attribute="class")


class SaidPageSchema(Shown):
    items = fields.List(fields.Nested(SaidOfClassSchema))


class ContactSchema(Strict):
    contact = Words(limit=100, allow_none=True, load_default=None)


class ContactShownSchema(Shown):
    contact = fields.String(allow_none=True)
    revision = fields.Integer()


@blp.route("/label-layouts", methods=["GET"])
@inside()
@blp.response(200, LayoutsSchema)
def known_layouts(_room: Room) -> Any:
    """How labels lie on paper: one a page for label printers, grids of stickers on A4."""
    return {"items": [layout._asdict() for layout in layouts.layouts().values()]}


@blp.route("/label-prints", methods=["POST"])
@inside("handler", "manager")
@blp.arguments(PrintSchema)
@blp.response(200, PICTURE, content_type="application/pdf")
@blp.alt_response(200, schema=PICTURE, content_type="text/plain")
def print_labels(room: Room, body: dict[str, Any]) -> Any:
    """Labels of up to 1,000 containers as one PDF, or of 200 as ZPL. Each is in the log of issuance first; printing
    again prints the same labels."""
    layout = layouts.layout(body["layout"])
    wanted = _wanted(room, body)
    if body["format"] == "zpl" and len(wanted) > ZPL_MAX:
        raise Problem("labels_too_many", limit=ZPL_MAX, count=len(wanted))
    rows = labelling.ready(room.connection, room.caller, room.signer, wanted, room.now)
    room_on_page = None if layout.page is None or body["format"] == "zpl" else layout.cell
    ready = [
        printing.printed(particulars(row), side=body["side"], container=row["container"], room=room_on_page)
        for row in rows
    ]
    if body["format"] == "zpl":
        printing.check(ready)
        return as_file(lambda: printing.zebra(ready, dpi=body["dpi"]).encode("ascii"), "text/plain", "labels.zpl")
    start, colours, now = body["start"], body["ink"], room.now
    printing.check(ready, layout, start=start)
    return as_file(
        lambda: printing.pdf(ready, layout, at=now, start=start, colours=colours), "application/pdf", "labels.pdf"
    )


@blp.route("/label-words", methods=["GET"])
@inside("handler", "manager")
@blp.response(200, SaidPageSchema)
def said(room: Room) -> Any:
    """What the caller's enterprise has its labels say, by waste class."""
    return {"items": label_words.details(room.connection, room.caller.park, _enterprise(room))}


@blp.route("/label-words/<string:scheme>/<string:edition>/<string:code>", methods=["GET"])
@inside("handler", "manager")
@blp.response(200, SaidSchema, headers=ETAG)
def said_of(room: Room, scheme: str, edition: str, code: str) -> Any:
    """What the labels of one class say; revision 0 where nobody has said anything."""
    waste = label_words.class_key(room.connection, scheme, edition, code)
    found = label_words.detail(room.connection, room.caller.park, _enterprise(room), waste)
    return found, etag_of(found)


@blp.route("/label-words/<string:scheme>/<string:edition>/<string:code>", methods=["PUT"])
@inside("manager")
@blp.doc(parameters=[IF_MATCH])
@blp.arguments(WordsSchema)
@blp.response(200, SaidSchema, headers=ETAG)
def say_of(room: Room, body: dict[str, Any], scheme: str, edition: str, code: str) -> Any:
    """Say it, once for all labels of the class. Labels printed from now on have it; those on containers stay."""
    waste = label_words.class_key(room.connection, scheme, edition, code)
    park, enterprise = room.caller.park, _enterprise(room)
    label_words.put_detail(
        room.connection,
        park,
        enterprise,
        waste,
        body,
        revision=sent_revision(),
        now=room.now,
        person=room.caller.person,
    )
    found = label_words.detail(room.connection, park, enterprise, waste)
    return found, etag_of(found)


@blp.route("/label-contact", methods=["GET"])
@inside("handler", "manager")
@blp.response(200, ContactShownSchema, headers=ETAG)
def contact(room: Room) -> Any:
    """Whom the caller's labels tell people to call."""
    found = label_words.contact(room.connection, room.caller.park, _enterprise(room))
    return found, etag_of(found)


@blp.route("/label-contact", methods=["PUT"])
@inside("manager")
@blp.doc(parameters=[IF_MATCH])
@blp.arguments(ContactSchema)
@blp.response(200, ContactShownSchema, headers=ETAG)
def say_contact(room: Room, body: dict[str, Any]) -> Any:
    """Say whom to call."""
    park, enterprise = room.caller.park, _enterprise(room)
    label_words.put_contact(
        room.connection,
        park,
        enterprise,
        body["contact"],
        revision=sent_revision(),
        now=room.now,
        person=room.caller.person,
    )
    found = label_words.contact(room.connection, park, enterprise)
    return found, etag_of(found)


def _wanted(room: Room, body: dict[str, Any]) -> Any:
    most = labelling.LABELS_MAX + 1
    if "manifests" in body:
        return labels.of_manifests(room.connection, room.caller, body["manifests"], most)
    if "which" in body:
        which = body["which"]
        return labels.filtered(
            room.connection, room.caller, which["states"], which["class_code"], most, unlabelled=which["unlabelled"]
        )
    return body["batches"]


def _enterprise(room: Room) -> int:
    if room.caller.enterprise is None:
        raise Problem("person_without_enterprise")
    return room.caller.enterprise
