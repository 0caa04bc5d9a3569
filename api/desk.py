"""What a desk works through: findings, alerts, waiting facts; and one box that finds anything."""

from typing import Any

from marshmallow import fields

from api import typed
from api.auth import Room, inside
from api.errors import shown
from api.wire import paging
from api.wire.fields import Choice, Instant, Shown, Strict, Whole, Words
from api.wire.reading import LINK, Blueprint
from api.wire.shapes import FindingSchema, PartySchema, ProblemSchema
from tracker.views import desk

blp = Blueprint("desk", __name__, url_prefix="/api/v1", description="What needs somebody's eye.")


class FindingQuery(paging.PageQuery):
    open = fields.Boolean(load_default=True)
    severity = Choice(("note", "watch", "stop"))
    code = Words(limit=80)


class FindingOnFactSchema(FindingSchema):
    fact = fields.UUID()
    fact_kind = fields.String()
    observed_at = Instant()
    enterprise = fields.Nested(PartySchema, allow_none=True)
    manifest = fields.UUID(allow_none=True)
    manifest_number = fields.String(allow_none=True)
    human_code = fields.String(allow_none=True)


class FindingPageSchema(Shown):
    items = fields.List(fields.Nested(FindingOnFactSchema))


class AnswerSchema(Strict):
    text = Words(limit=1_000, least=1, required=True)


class AlertQuery(paging.PageQuery):
    open = fields.Boolean(load_default=True)


class SubjectSchema(Shown):
    kind = fields.String()
    id = fields.UUID()
    title = fields.String(allow_none=True)


class AlertSchema(Shown):
    id = fields.Integer()
    code = fields.String()
    severity = fields.String()
    zh = fields.String()
    en = fields.String()
    law = fields.String(allow_none=True)
    subject = fields.Nested(SubjectSchema)
    enterprise = fields.Nested(PartySchema, allow_none=True)
    raised_at = Instant()
    settled_at = Instant(allow_none=True)


class AlertPageSchema(Shown):
    items = fields.List(fields.Nested(AlertSchema))


class WaitingSchema(Shown):
    id = fields.UUID()
    awaits = fields.UUID()
    kind = fields.String(allow_none=True)
    came_at = Instant()
    name_zh = fields.String()
    name_en = fields.String(allow_none=True)


class WaitingPageSchema(Shown):
    items = fields.List(fields.Nested(WaitingSchema))


class SearchQuery(Strict):
    q = Words(limit=100, load_default="")
    limit = Whole(1, 50, typed=True, load_default=10)


class FoundSchema(Shown):
    kind = fields.String(metadata={"enum": ["manifest", "batch", "enterprise"]})
    id = fields.UUID()
    title_zh = fields.String(allow_none=True)
    title_en = fields.String(allow_none=True)
    subtitle_zh = fields.String(allow_none=True)
    subtitle_en = fields.String(allow_none=True)


class SearchAnswerSchema(Shown):
    items = fields.List(fields.Nested(FoundSchema))
    problem = fields.Nested(
        ProblemSchema,
        allow_none=True,
        metadata={"description": "nothing was found, and this is wrong with the number that was typed"},
    )


class SummarySchema(Shown):
    alerts = fields.Integer()
    findings = fields.Integer()
    waiting = fields.Integer()


@blp.route("/findings", methods=["GET"])
@inside()
@blp.arguments(FindingQuery, location="query")
@blp.response(200, FindingPageSchema, headers=LINK)
def findings(room: Room, query: dict[str, Any]) -> Any:
    """What rules found odd about facts, newest first, open ones unless asked otherwise."""
    found = desk.findings(
        room.connection,
        room.caller,
        still_open=query["open"],
        severity=query.get("severity"),
        code=query.get("code"),
        before=paging.before(query.get("cursor")),
        limit=query["limit"],
    )
    return paging.paged(found, query["limit"])


@blp.route("/findings/<int:finding>/answer", methods=["POST"])
@inside("manager", "regulator")
@blp.arguments(AnswerSchema)
@blp.response(200, FindingOnFactSchema)
def answer(room: Room, body: dict[str, Any], finding: int) -> Any:
    """Close a finding by explaining it. What was found and what was answered both stay."""
    return desk.answer(room.connection, room.caller, min(finding, 2**62), body["text"], room.now)


@blp.route("/alerts", methods=["GET"])
@inside()
@blp.arguments(AlertQuery, location="query")
@blp.response(200, AlertPageSchema, headers=LINK)
def alerts(room: Room, query: dict[str, Any]) -> Any:
    """Deadlines that passed."""
    found = desk.alerts(
        room.connection,
        room.caller,
        still_open=query["open"],
        before=paging.before(query.get("cursor")),
        limit=query["limit"],
    )
    return paging.paged(found, query["limit"])


@blp.route("/waiting", methods=["GET"])
@inside()
@blp.response(200, WaitingPageSchema)
def waiting(room: Room) -> Any:
    """Facts that came before their predecessor, longest waiting first."""
    return {"items": desk.waiting(room.connection, room.caller)}


@blp.route("/search", methods=["GET"])
@inside()
@blp.arguments(SearchQuery, location="query")
@blp.response(200, SearchAnswerSchema)
def search(room: Room, query: dict[str, Any]) -> Any:
    """Anything that looks like what was typed."""
    sought = typed.sought(room, query["q"])
    found = desk.search(room.connection, room.caller, sought, query["limit"]) if sought else []
    problem = None if found else typed.mistaken(room, query["q"])
    return {"items": found, "problem": shown(problem) if problem else None}


@blp.route("/summary", methods=["GET"])
@inside()
@blp.response(200, SummarySchema)
def summary(room: Room) -> Any:
    """How much needs an eye now."""
    return desk.summary(room.connection, room.caller)
