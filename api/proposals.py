"""Proposals: what waits for a yes. Consent and decline are facts and go through ``/sync``; here they are looked at."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from api.auth import Room, inside
from api.wire import paging
from api.wire.fields import Choice, Shown, Uid
from api.wire.proposals import STATES, ProposalSchema
from api.wire.reading import LINK, Blueprint
from tracker.views import proposals

blp = Blueprint("proposals", __name__, url_prefix="/api/v1/proposals", description="Changes that need consent.")


class ProposalQuery(paging.PageQuery):
    state = Choice(STATES)
    mine = Choice(("asked", "made"))
    manifest = Uid()
    batch = Uid()


class ProposalPageSchema(Shown):
    items = fields.List(fields.Nested(ProposalSchema))


@blp.route("", methods=["GET"])
@inside()
@blp.arguments(ProposalQuery, location="query")
@blp.response(200, ProposalPageSchema, headers=LINK)
def page(room: Room, query: dict[str, Any]) -> Any:
    """Proposals the caller made or is asked about, newest first; regulators see all of the park's."""
    found = proposals.page(
        room.connection,
        room.caller,
        state=query.get("state"),
        mine=query.get("mine"),
        manifest=query.get("manifest"),
        batch=query.get("batch"),
        before=paging.before(query.get("cursor")),
        limit=query["limit"],
    )
    return paging.paged(found, query["limit"])


@blp.route("/<uuid:proposal>", methods=["GET"])
@inside()
@blp.response(200, ProposalSchema)
def one(room: Room, proposal: UUID) -> Any:
    """A proposal by the id of the fact that made it."""
    return proposals.one(room.connection, room.caller, proposal)
