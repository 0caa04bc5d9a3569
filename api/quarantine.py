"""What withdrawn phones sent: looked at from the desk, let in or set aside."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from marshmallow import fields

from api import phones, sync
from api.auth import Room, inside
from api.devices import ReasonSchema
from api.wire import paging
from api.wire.facts import ReceiptSchema
from api.wire.fields import Choice, Instant, Shown
from api.wire.reading import LINK, Blueprint
from api.wire.shapes import PartySchema
from tracker import quarantine
from tracker.views import shapes

blp = Blueprint("quarantine", __name__, url_prefix="/api/v1/quarantine", description="Facts of withdrawn phones.")

_STATES = ("held", "admitted", "set_aside")
#: The fact is in the books, or will be as soon as what it waits for has come.
_ENTERED = frozenset({"recorded", "already_recorded", "waiting", "conflict"})


class QuarantineQuery(paging.PageQuery):
    state = Choice(_STATES, allow_none=True)


class QuarantinedSchema(Shown):
    fact = fields.UUID()
    kind = fields.String()
    person = fields.String()
    enterprise = fields.Nested(PartySchema)
    device = fields.UUID()
    device_name = fields.String()
    revoked_why = fields.String()
    came_at = Instant()
    told = fields.Dict(metadata={"description": "the fact as it came, without what is personal"})
    signed = fields.String(metadata={"enum": ["right", "wrong", "missing"]})
    state = fields.String(metadata={"enum": list(_STATES)})
    settled_by = fields.String(allow_none=True)
    settled_at = Instant(allow_none=True)
    settled_why = fields.String(allow_none=True)


class QuarantinePageSchema(Shown):
    items = fields.List(fields.Nested(QuarantinedSchema))


class AdmittedSchema(Shown):
    quarantined = fields.Nested(QuarantinedSchema)
    receipt = fields.Nested(ReceiptSchema)


@blp.route("", methods=["GET"])
@inside("manager", "regulator")
@blp.arguments(QuarantineQuery, location="query")
@blp.response(200, QuarantinePageSchema, headers=LINK)
def page(room: Room, query: dict[str, Any]) -> Any:
    """What withdrawn phones of one's enterprise (regulators: of the park) sent, the newest first."""
    found = quarantine.listed(
        room.connection,
        room.caller,
        state=query.get("state"),
        before=paging.before(query.get("cursor")),
        limit=query["limit"],
    )
    return paging.paged([_shown(row) for row in found], query["limit"])


@blp.route("/<uuid:fact>/admission", methods=["POST"])
@inside("manager", "regulator")
@blp.response(200, AdmittedSchema)
def admit(room: Room, fact: UUID) -> Any:
    """Let a fact in, by the one door, under its own id and its own teller; it says that it came from a withdrawn phone.
    Where the books do not take it the receipt says why, and it stays here."""
    row = quarantine.open_one(room.connection, room.caller, fact, "admitted")
    as_teller = replace(room, caller=quarantine.teller(row))
    told = {"facts": [quarantine.whole(row)], "device": row["device_uuid"]}
    noted = {} if row["state"] == "admitted" else {fact: quarantine.findings(row)}
    (receipt,), _ = sync.receipts(as_teller, told, phones.Admitted(noted, row["skew_s"]))
    if row["state"] == "held" and receipt["verdict"] in _ENTERED:
        row = quarantine.settle(room.connection, room.caller, fact, "admitted", room.now)
    return {"quarantined": _shown(row), "receipt": receipt}


@blp.route("/<uuid:fact>/set-aside", methods=["POST"])
@inside("manager", "regulator")
@blp.arguments(ReasonSchema)
@blp.response(200, QuarantinedSchema)
def set_aside(room: Room, body: dict[str, Any], fact: UUID) -> Any:
    """Leave a fact out of the books, and say why. It stays on record here."""
    row = quarantine.open_one(room.connection, room.caller, fact, "set_aside")
    if row["state"] == "held":
        row = quarantine.settle(room.connection, room.caller, fact, "set_aside", room.now, why=body["reason"])
    return _shown(row)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    signed = {True: "right", False: "wrong", None: "missing"}[row["signed_right"]]
    return {
        "key": row["key"],
        "fact": row["fact_id"],
        "kind": row["kind"],
        "person": row["person_name"],
        "enterprise": shapes.party(row, "party"),
        "device": row["device_uuid"],
        "device_name": row["device_name"],
        "revoked_why": row["revoked_why"],
        "came_at": row["came_at"],
        "told": row["told"],
        "signed": signed,
        "state": row["state"],
        "settled_by": row["settled_name"],
        "settled_at": row["settled_at"],
        "settled_why": row["settled_why"],
    }
