"""The chain of anything, up and down, with its mass account; and the account of an enterprise or the park."""

from dataclasses import asdict
from typing import Any

from api import typed
from api.auth import Room, inside
from api.wire.chain import BalanceSchema, ChainSchema
from api.wire.fields import Choice, Strict, Uid, Words
from api.wire.reading import Blueprint
from tracker import balance, parties, trace
from tracker.facts import ClassRef
from tracker.loading import classes_named
from tracker.problems import Problem

blp = Blueprint("trace", __name__, url_prefix="/api/v1", description="The chain of anything.")


class TraceQuery(Strict):
    direction = Choice(("both", "up", "down"), load_default="both")


class BalanceQuery(Strict):
    enterprise = Uid()
    waste_class = Words(limit=80, data_key="class", metadata={"description": "for example CN-HW-2021 900-041-49"})


@blp.route("/trace/<string:what>", methods=["GET"])
@inside()
@blp.arguments(TraceQuery, location="query")
@blp.response(200, ChainSchema)
def chain(room: Room, query: dict[str, Any], what: str) -> Any:
    """The chain of a batch or manifest, by id, number or human code. Enterprises see their own part of it."""
    wanted, mistake = typed.reference(room, what)
    try:
        roots = trace.roots_of(room.connection, room.caller.park, wanted)
    except Problem:
        raise mistake or typed.unknown(room, wanted) from None
    found = trace.chain(room.connection, room.caller, roots.keys, query["direction"])
    account = balance.of_chain(found)
    return {
        "root": {"kind": roots.kind, "id": roots.uuid, "number": roots.number},
        "roots": found.roots,
        "direction": found.direction,
        "truncated": found.truncated,
        "masked": found.masked,
        "complete": found.complete,
        "nodes": found.nodes,
        "edges": found.edges,
        "facts": found.facts,
        "attribution": found.attribution,
        "origins": found.origins,
        "made_of": found.made_of,
        "balance": asdict(account) | {"closes": account.closes},
        "geojson": found.geojson(),
    }


@blp.route("/balance", methods=["GET"])
@inside()
@blp.arguments(BalanceQuery, location="query")
@blp.response(200, BalanceSchema)
def account(room: Room, query: dict[str, Any]) -> Any:
    """The mass account of an enterprise, of a waste class, or of the whole park. Enterprises see their own."""
    enterprise = None
    if query.get("enterprise"):
        enterprise = parties.keys_of(room.connection, [query["enterprise"]]).get(query["enterprise"])
        if enterprise is None:
            raise Problem("not_found", what=str(query["enterprise"]))
    found = balance.of_books(room.connection, room.caller, enterprise=enterprise, class_id=_class(room, query))
    return asdict(found) | {"closes": found.closes}


def _class(room: Room, query: dict[str, Any]) -> int | None:
    named = query.get("waste_class")
    if not named:
        return None
    shown, _, code = named.rpartition(" ")
    scheme, _, edition = shown.rpartition("-")
    known = classes_named(room.connection, [ClassRef(scheme=scheme, edition=edition, code=code)])
    if named not in known:
        raise Problem("not_found", what=named)
    return known[named].key
