"""Papers: the printed manifest and chain, emergency sheets, and what was written on one during an outage."""

from typing import Any
from uuid import UUID

from flask import Response, current_app
from marshmallow import fields

from api.auth import Room, inside
from api.labelled import label_text, with_label_text
from api.wire import paging
from api.wire.facts import ClassRefSchema
from api.wire.fields import Choice, Grams, Instant, Several, Shown, Strict, Uid, Whole, Words
from api.wire.reading import ETAG, LINK, PICTURE, Blueprint, etag_of
from api.wire.shapes import ManifestRefSchema, ManifestWholeSchema, PartySchema
from manifests import backfill, emergency, paper, report, stack, written
from manifests.paperwords import Language
from manifests.plan import CarrierPlan
from tracker import papers as rows_of
from tracker import sheets, trace
from tracker.facts import ClassRef
from tracker.views import manifests, register, shapes
from tracker.views import paper as view

blp = Blueprint("papers", __name__, url_prefix="/api/v1", description="Paper: printed, handed out, entered.")

_LANGUAGES: dict[str, tuple[Language, ...]] = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}
_PDF = "application/pdf"


class PaperQuery(Strict):
    language = Choice(tuple(_LANGUAGES), load_default="zh")


class ReportQuery(PaperQuery):
    direction = Choice(("both", "up", "down"), load_default="both")


class SheetsQuery(paging.PageQuery):
    used = Choice(("true", "false"))


class OrderSchema(Strict):
    id = Uid(required=True)
    count = Whole(1, emergency.STACK_MAX, required=True)
    enterprise = Uid(allow_none=True, metadata={"description": "who may use them: one's own; a regulator names it"})


class SheetSchema(Shown):
    number = fields.String()
    order = fields.UUID()
    human_code = fields.String()
    label_text = fields.String()
    enterprise = fields.Nested(PartySchema)
    issued_at = Instant()
    manifest = fields.Nested(ManifestRefSchema, allow_none=True)


class SheetsSchema(Shown):
    items = fields.List(fields.Nested(SheetSchema))


class WrittenRowSchema(Strict):
    batch = Uid(required=True)
    waste_class = fields.Nested(ClassRefSchema, allow_none=True, data_key="class")
    grams = Grams(allow_none=True)
    measured = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    form = Choice(("solid", "semi_solid", "liquid", "gas"), allow_none=True)
    container = Words(limit=200, allow_none=True)
    loaded_grams = Grams(allow_none=True)
    accepted_grams = Grams(allow_none=True)
    refused_grams = Grams(allow_none=True)


class WrittenCarrierSchema(Strict):
    enterprise = Uid(allow_none=True)
    name = Words(limit=200, allow_none=True)
    permit_number = Words(limit=100, allow_none=True)
    plate = Words(limit=20, allow_none=True)
    took_over_at = Instant(allow_none=True)


class WrittenReceiptSchema(Strict):
    at = Instant(required=True)
    cause = Choice(("not_conform", "not_receivable", "awaiting_analysis", "other"), allow_none=True)
    text = Words(limit=500, allow_none=True)


class WrittenNameSchema(Strict):
    side = Choice(("generator", "carrier", "receiver"), required=True)
    name = Words(limit=100, least=1, required=True)
    at = Instant(allow_none=True)
    leg = Whole(1, 20, load_default=1)


class WrittenSchema(Strict):
    """What stands on an emergency sheet. Rows with a ``class`` are new batches, the others are known to the books."""

    id = Uid(required=True)
    sheet = Words(limit=60, least=1, required=True)
    written_at = Instant(required=True)
    generator = Uid(allow_none=True)
    batches = Several(fields.Nested(WrittenRowSchema), most=written.ROWS_MAX, required=True)
    carriers = Several(fields.Nested(WrittenCarrierSchema), most=20, required=True)
    receiver = Uid(required=True)
    treatment = Words(limit=10, least=1, required=True)
    received = fields.Nested(WrittenReceiptSchema, allow_none=True)
    signed = Several(fields.Nested(WrittenNameSchema), most=30)
    remark = Words(limit=500, allow_none=True)


@blp.route("/manifests/<string:what>/paper.pdf", methods=["GET"])
@inside()
@blp.arguments(PaperQuery, location="query")
@blp.response(200, PICTURE, content_type=_PDF)
def manifest_paper(room: Room, query: dict[str, Any], what: str) -> Any:
    """The manifest as PDF/A in one language, or in both one after the other. A draft says so on each page."""
    found = view.paper(room.connection, room.caller, what)
    made = paper.pdf(found, host=_host(), languages=_LANGUAGES[query["language"]], at=room.now)
    return _pdf(made, found["number"] or "draft")


@blp.route("/trace/<string:what>/report.pdf", methods=["GET"])
@inside()
@blp.arguments(ReportQuery, location="query")
@blp.response(200, PICTURE, content_type=_PDF)
def chain_report(room: Room, query: dict[str, Any], what: str) -> Any:
    """The chain of a batch or manifest as PDF/A, masked as ``GET /trace`` masks it."""
    roots = trace.roots_of(room.connection, room.caller.park, what)
    found = trace.chain(room.connection, room.caller, roots.keys, query["direction"])
    park = register.park(room.connection, room.caller)
    label = rows_of.labels_of(room.connection, room.caller.park, batches=[roots.uuid], manifests=[roots.uuid])
    mine = label.get(roots.uuid)
    made = report.pdf(
        roots,
        found,
        park=park,
        host=_host(),
        signed=bytes(mine["signed"]) if mine else None,
        human_code=mine["human_code"] if mine else None,
        languages=_LANGUAGES[query["language"]],
        at=room.now,
    )
    return _pdf(made, f"chain-{roots.number or (mine['human_code'] if mine else roots.uuid)}")


@blp.route("/sheets", methods=["POST"])
@inside("manager", "regulator")
@blp.arguments(OrderSchema)
@blp.response(201, SheetsSchema)
def order_sheets(room: Room, body: dict[str, Any]) -> Any:
    """Issue emergency sheets: numbered, signed and logged. Asked again with the same id, the same sheets."""
    found = emergency.order(
        room.connection, room.caller, room.signer, body["id"], body["count"], body.get("enterprise"), now=room.now
    )
    return {"items": [_sheet(row) for row in found]}


@blp.route("/sheets", methods=["GET"])
@inside()
@blp.arguments(SheetsQuery, location="query")
@blp.response(200, SheetsSchema, headers=LINK)
def page_of_sheets(room: Room, query: dict[str, Any]) -> Any:
    """Emergency sheets, newest first: of one's own enterprise; regulators see all of the park's."""
    found = sheets.page(
        room.connection,
        room.caller.park,
        enterprise=None if room.caller.sees_all else room.caller.enterprise or 0,
        used=None if "used" not in query else query["used"] == "true",
        before=paging.before(query.get("cursor")),
        limit=query["limit"],
    )
    answer, headers = paging.paged([_sheet(row) | {"key": row["serial"]} for row in found], query["limit"])
    for item in answer["items"]:
        item.pop("key")
    return answer, headers


@blp.route("/sheets/<uuid:order>/stack.pdf", methods=["GET"])
@inside()
@blp.response(200, PICTURE, content_type=_PDF)
def print_sheets(room: Room, order: UUID) -> Any:
    """The sheets of an order as PDF/A, one a page."""
    found = emergency.stack(room.connection, room.caller, order)
    made = stack.pdf(found, host=_host(), days=room.caller.settings.backfill_days, at=room.now)
    return _pdf(made, f"sheets-{found[0]['number']}")


@blp.route("/manifests/backfill", methods=["POST"])
@inside("handler", "manager")
@blp.arguments(WrittenSchema)
@blp.response(201, ManifestWholeSchema, headers=ETAG)
def enter_sheet(room: Room, body: dict[str, Any]) -> Any:
    """Enter what was written on an emergency sheet. It has happened: closed gates become findings, nothing is lost."""
    sheet = _written(body)
    backfill.enter(room.connection, room.caller, room.signer, sheet, now=room.now)
    found = with_label_text(room, manifests.one(room.connection, room.caller, str(sheet.id)))
    return found, etag_of(found)


def _written(body: dict[str, Any]) -> written.Written:
    batches = [one | {"waste_class": _class(one.get("waste_class"))} for one in body["batches"]]
    received = body.get("received")
    return written.Written(
        id=body["id"],
        sheet=body["sheet"],
        written_at=body["written_at"],
        generator=body.get("generator"),
        rows=tuple(written.Row(**one) for one in batches),
        legs=tuple(
            written.Leg(
                carrier=CarrierPlan(
                    **{name: one.get(name) for name in ("enterprise", "name", "permit_number", "plate")}
                ),
                took_over_at=one.get("took_over_at"),
            )
            for one in body["carriers"]
        ),
        receiver=body["receiver"],
        treatment=body["treatment"],
        receipt=written.Receipt(**received) if received else None,
        names=tuple(written.Name(**one) for one in body.get("signed") or ()),
        remark=body.get("remark"),
    )


def _class(given: dict[str, str] | None) -> ClassRef | None:
    return ClassRef(**given) if given else None


def _sheet(row: Any) -> dict[str, Any]:
    manifest = {"id": row["manifest_uuid"], "number": row["manifest_number"], "state": row["manifest_state"]}
    return {
        "number": row["number"],
        "order": row["order_uuid"],
        "human_code": row["human_code"],
        "label_text": label_text(bytes(row["signed"])),
        "enterprise": shapes.party(row, "enterprise"),
        "issued_at": row["issued_at"],
        "manifest": manifest if row["manifest_uuid"] else None,
    }


def _host() -> str:
    host: str = current_app.extensions["config"].hosts[0]
    return host


def _pdf(made: bytes, name: str) -> Response:
    """Shown by the browser, and saved under a name of letters and digits alone."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
    return Response(made, mimetype=_PDF, headers={"Content-Disposition": f'inline; filename="{plain}.pdf"'})
