"""Lists of wastes and ways to treat them: search, look up, and what stands in for what."""

from typing import Any

from marshmallow import fields

from api.auth import Room, inside
from api.wire.fields import Shown, Strict, Whole, Words
from api.wire.reading import Blueprint
from api.wire.shapes import ClassSchema
from tracker import catalogue_books
from tracker.catalogue.listed import ListedClass
from tracker.problems import Problem, entry
from tracker.treatments import codes

blp = Blueprint("catalogue", __name__, url_prefix="/api/v1/catalogue", description="Waste codes and treatments.")


class ClassQuery(Strict):
    q = Words(limit=100, load_default="")
    scheme = Words(limit=40)
    on = fields.Date()
    limit = Whole(1, 100, typed=True, load_default=20)


class ListedSchema(ClassSchema):
    category_code = fields.String(allow_none=True)
    industry = fields.String(allow_none=True)
    description = fields.String(allow_none=True)


class ClassesSchema(Shown):
    items = fields.List(fields.Nested(ListedSchema))


class SchemeSchema(Shown):
    scheme = fields.String()
    edition = fields.String()
    name_zh = fields.String()
    name_en = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    superseded_by = fields.String(allow_none=True)
    verified = fields.Boolean()
    usable = fields.Boolean()
    source = fields.String()


class SchemesSchema(Shown):
    items = fields.List(fields.Nested(SchemeSchema))


class TreatmentSchema(Shown):
    code = fields.String()
    name_zh = fields.String()
    name_en = fields.String()
    verified = fields.Boolean()


class TreatmentsSchema(Shown):
    items = fields.List(fields.Nested(TreatmentSchema))


@blp.route("/schemes", methods=["GET"])
@inside()
@blp.response(200, SchemesSchema)
def schemes(room: Room) -> Any:
    """The lists this park knows, each in its editions, with what may still be used today."""
    today = room.now.date()
    return {
        "items": [
            {
                "scheme": edition.scheme,
                "edition": edition.edition,
                "name_zh": edition.name_zh,
                "name_en": edition.name_en,
                "valid_from": edition.valid_from,
                "valid_to": edition.valid_to,
                "superseded_by": edition.superseded_by,
                "verified": edition.verified,
                "usable": edition.covers(today),
                "source": edition.source,
            }
            for edition in catalogue_books.editions(room.connection, park_id=room.caller.park)
        ]
    }


@blp.route("/classes", methods=["GET"])
@inside()
@blp.arguments(ClassQuery, location="query")
@blp.response(200, ClassesSchema)
def search(room: Room, query: dict[str, Any]) -> Any:
    """Waste codes by Chinese or English words or a piece of the code, best first, of editions in force."""
    on = query.get("on") or room.now.date()
    found = catalogue_books.find(
        room.connection, query["q"], query.get("scheme"), on=on, limit=query["limit"], park_id=room.caller.park
    )
    return {"items": [_shown(listed, on) for listed in found]}


@blp.route("/classes/<string:scheme>/<string:edition>/<string:code>", methods=["GET"])
@inside()
@blp.response(200, ListedSchema)
def one(room: Room, scheme: str, edition: str, code: str) -> Any:
    """One code of one edition."""
    listed = catalogue_books.get(room.connection, scheme, edition, code)
    if listed is None:
        raise Problem("not_found", what=f"{scheme}-{edition} {code}"[:80])
    return _shown(listed, room.now.date())


@blp.route("/treatments", methods=["GET"])
@inside()
@blp.response(200, TreatmentsSchema)
def treatments(_room: Room) -> Any:
    """Ways of use and disposal, each shown as unconfirmed until somebody checks it against the official text."""
    return {
        "items": [
            {"code": code, "name_zh": words["zh"], "name_en": words["en"], "verified": False}
            for code, words in codes().items()
        ]
    }


def _shown(listed: ListedClass, on: Any) -> dict[str, Any]:
    notes = [(entry(note.code), note.evidence) for note in listed.notes(on)]
    return {
        "scheme": listed.edition.scheme,
        "edition": listed.edition.edition,
        "code": listed.code,
        "name_zh": listed.name_zh,
        "name_en": listed.name_en,
        "hazardous": listed.hazardous,
        "properties": list(listed.properties),
        "verified": listed.verified,
        "category_code": listed.category.code if listed.category else None,
        "industry": listed.industry,
        "description": listed.description,
        "note_zh": " ".join(row.say("zh", evidence) for row, evidence in notes) or None,
        "note_en": " ".join(row.say("en", evidence) for row, evidence in notes) or None,
    }
