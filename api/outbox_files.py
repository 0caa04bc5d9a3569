"""Records of a phone that found no network, brought to the desk as a file and told in the name of who made them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import g, jsonify

from api import believing, sync
from api.auth import Room, inside
from api.wire import facts as wire
from api.wire.fields import Several, Strict, Uid
from api.wire.reading import Blueprint
from tracker import ledger
from tracker.parties import Who
from tracker.problems import Problem

blp = Blueprint("outbox_files", __name__, url_prefix="/api/v1/outbox-files", description="Phones without a network.")


class OutboxFileSchema(Strict):
    """Up to fifty facts that one person made on one phone; each carries the phone's ``signature``."""

    person = Uid(required=True)
    device = Uid(required=True)
    facts = Several(wire.AnyFact(), least=1, most=ledger.FACTS_MAX, too_many="too_many_facts", required=True)


@blp.route("", methods=["POST"])
@inside("handler", "manager", "regulator")
@blp.arguments(OutboxFileSchema)
@blp.response(200, wire.SyncAnswerSchema)
def take_in(room: Room, body: dict[str, Any]) -> Any:
    """Record what the file says its person told, where the phone's signature holds. Told again, the answer is the same.

    Whoever brings the file vouches for nothing, so a colleague may; people of another enterprise may not.
    """
    believed: list[dict[str, Any]] = []
    teller: Who | None = None
    answers: list[dict[str, Any] | None] = []
    for fact in body["facts"]:
        told = {name: value for name, value in fact.items() if name != "signature"}
        who = _teller(room, told, body["person"], body["device"], fact.get("signature"))
        if isinstance(who, Problem):
            answers.append(sync.turn_away(room, told, who))
            continue
        teller = who
        believed.append(told)
        answers.append(None)
    receipts = iter(_told(room, teller, believed, body["device"]) if teller else ())
    answered = [answer or next(receipts) for answer in answers]
    g.verdicts = [receipt["verdict"] for receipt in answered]
    return jsonify(received_at=room.now.isoformat(), clock_skew_s=None, receipts=answered)


def _teller(room: Room, fact: dict[str, Any], person: UUID, device: UUID, signature: Any) -> Who | Problem:
    who = believing.believes(room.connection, room.caller, fact, person, device, signature)
    if isinstance(who, Who) and not room.caller.sees_all and who.enterprise != room.caller.enterprise:
        return Problem("carried_not_yours")
    return who


def _told(room: Room, who: Who, told: list[dict[str, Any]], device: UUID) -> list[dict[str, Any]]:
    """Through the same door, and the same reading, as if the phone had sent it itself."""
    caller = replace(
        room.caller,
        person=who.person,
        person_uuid=who.person_uuid,
        role="handler",
        enterprise=who.enterprise,
        enterprise_uuid=who.enterprise_uuid,
    )
    answered, _ = sync.receipts(replace(room, caller=caller), {"device": device, "facts": told})
    return answered
