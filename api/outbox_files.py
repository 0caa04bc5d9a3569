"""Records of a phone that found no network, brought to the desk as a file and told in the name of who made them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import g, jsonify

from api import sync
from api.auth import Room, inside
from api.wire import facts as wire
from api.wire.fields import Several, Strict, Uid
from api.wire.reading import Blueprint
from tracker import devices, ledger, quarantine
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
        who = _teller(room, fact, body["person"], body["device"])
        if isinstance(who, Problem):
            told = {name: value for name, value in fact.items() if name != "signature"}
            answers.append(sync.turn_away(room, told, who))
            continue
        teller = who
        believed.append(fact)
        answers.append(None)
    receipts = iter(_told(room, teller, believed, body["device"]) if teller else ())
    answered = [answer or next(receipts) for answer in answers]
    g.verdicts = [receipt["verdict"] for receipt in answered]
    return jsonify(received_at=room.now.isoformat(), clock_skew_s=None, receipts=answered)


def _teller(room: Room, fact: dict[str, Any], person: UUID, device: UUID) -> Who | Problem:
    """Who made a fact of the file, or why that is not believed."""
    signature, signed = fact.get("signature"), quarantine.canonical(fact)
    if not isinstance(signature, str) or not signature:
        return Problem("carried_unsigned")
    who = devices.lent_to(room.connection, room.caller.park, device, person)
    if (
        who is None
        or signed is None
        or not devices.verify(room.connection, room.caller.park, device, signed, signature)
    ):
        return Problem("carried_device_unknown")
    if not room.caller.sees_all and who.enterprise != room.caller.enterprise:
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
