"""What the park's province asks for, so that a phone can say it before somebody confirms."""

from typing import Any

from marshmallow import fields

from api.auth import Room, inside
from api.wire.fields import Shown
from api.wire.reading import Blueprint
from tracker.views import rules

blp = Blueprint("profile", __name__, url_prefix="/api/v1", description="The rules of this park.")

_RULE = {"enum": ["report", "stop"]}


class RuleSchema(Shown):
    key = fields.String()
    section = fields.String()
    value = fields.String()
    zh = fields.String()
    en = fields.String()
    confirmed = fields.Boolean(metadata={"description": "false: from memory; say so wherever it is shown"})
    origin = fields.String(metadata={"enum": ["national", "province", "park"]})
    source = fields.String()
    law = fields.String(allow_none=True)


class SectionSchema(Shown):
    name = fields.String()
    zh = fields.String()
    en = fields.String()


class RequiredSchema(Shown):
    key = fields.String()
    when = fields.String(metadata={"enum": ["issue", "pickup"]})
    pointer = fields.String(metadata={"description": "where the field stands in a plan or fact, * for every item"})
    general = fields.Boolean()
    hazardous = fields.Boolean()
    confirmed = fields.Boolean()


class MismatchSchema(Shown):
    kind = fields.String(metadata=_RULE)
    weight = fields.String(metadata=_RULE)
    time = fields.String(metadata=_RULE)


class DeadlineSchema(Shown):
    key = fields.String()
    working_days = fields.Integer()
    # A field cannot be called "from" in Python.
    begins = fields.Date(attribute="from", data_key="from")
    until = fields.Date(allow_none=True, metadata={"description": "the last day of one that begins today"})
    confirmed = fields.Boolean()
    calendar = fields.String(metadata={"enum": ["confirmed", "unconfirmed", "weekends_only"]})


class ProfileSchema(Shown):
    name = fields.String()
    name_zh = fields.String()
    name_en = fields.String()
    division = fields.String()
    sections = fields.List(fields.Nested(SectionSchema))
    rules = fields.List(fields.Nested(RuleSchema))
    required = fields.List(fields.Nested(RequiredSchema))
    mismatch = fields.Nested(MismatchSchema)
    deadlines = fields.List(fields.Nested(DeadlineSchema))
    treatment_kinds = fields.Dict(keys=fields.String(), values=fields.String())


@blp.route("/profile", methods=["GET"])
@inside()
@blp.response(200, ProfileSchema)
def profile(room: Room) -> Any:
    """The rules that hold in this park: what must be filled in, until when, and what stops a load."""
    return rules.of_park(room.caller.settings, room.now)
