"""The register: enterprises with their permits, places, the park itself."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from api.auth import Room, inside
from api.wire import paging
from api.wire.fields import Choice, Shown, Strict, Uid, Words
from api.wire.reading import LINK, Blueprint
from api.wire.shapes import PartySchema, PermitSchema, PlaceSchema
from tracker.clock import year_of
from tracker.views import register

blp = Blueprint("register", __name__, url_prefix="/api/v1", description="Companies, places, the park.")


class EnterpriseQuery(paging.PageQuery):
    q = Words(limit=100, load_default="")
    role = Choice(("generator", "carrier", "receiver"))


class EnterpriseSchema(PartySchema):
    industry = fields.String(allow_none=True)
    division = fields.String(allow_none=True, metadata={"description": "six-digit county code of its seat"})
    registered = fields.Boolean()


class EnterprisePageSchema(Shown):
    items = fields.List(fields.Nested(EnterpriseSchema))


class EnterpriseWholeSchema(EnterpriseSchema):
    permits = fields.List(fields.Nested(PermitSchema))


class PlaceQuery(Strict):
    enterprise = Uid()
    kind = Choice(("site", "store", "facility", "gate"))


class PlaceWholeSchema(PlaceSchema):
    kind = fields.String()
    enterprise = fields.Nested(PartySchema)
    capacity_grams = fields.Integer(allow_none=True)
    limit_days = fields.Integer(allow_none=True)
    held_grams = fields.Integer(allow_none=True)


class PlacesSchema(Shown):
    items = fields.List(fields.Nested(PlaceWholeSchema))


class ParkWholeSchema(Shown):
    id = fields.UUID()
    number = fields.Integer()
    code = fields.String()
    name_zh = fields.String()
    name_en = fields.String()
    boundary = fields.Dict()
    settings = fields.Dict()


@blp.route("/enterprises", methods=["GET"])
@inside()
@blp.arguments(EnterpriseQuery, location="query")
@blp.response(200, EnterprisePageSchema, headers=LINK)
def enterprises(room: Room, query: dict[str, Any]) -> Any:
    """Registered enterprises by name, USCC or role."""
    found = register.enterprises(
        room.connection,
        query["q"],
        query.get("role"),
        after=paging.before(query.get("cursor")) or 0,
        limit=query["limit"],
    )
    return paging.paged(found, query["limit"])


@blp.route("/enterprises/<uuid:enterprise>", methods=["GET"])
@inside()
@blp.response(200, EnterpriseWholeSchema)
def enterprise(room: Room, enterprise: UUID) -> Any:
    """An enterprise with its permits and what is used of them this year."""
    return register.enterprise(room.connection, enterprise, year_of(room.now))


@blp.route("/places", methods=["GET"])
@inside()
@blp.arguments(PlaceQuery, location="query")
@blp.response(200, PlacesSchema)
def places(room: Room, query: dict[str, Any]) -> Any:
    """Places of enterprises. What a store holds is for its enterprise and for regulators."""
    return {"items": register.places(room.connection, room.caller, query.get("enterprise"), query.get("kind"))}


@blp.route("/park", methods=["GET"])
@inside()
@blp.response(200, ParkWholeSchema)
def park(room: Room) -> Any:
    """The park: its outline and what it has decided for itself."""
    return register.park(room.connection, room.caller)
