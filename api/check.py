"""What would be said of some facts, before anybody confirms them: nothing is recorded, nothing is kept.

A fact that happened is always recorded, odd or not. Before it happens a handler may ask. The answer is the one the door
would give, and where the books cannot bear what is asked, a refusal that says how much is left.
"""

from collections.abc import Mapping
from typing import Any

from flask import jsonify

from api.auth import Room, inside
from api.errors import shown
from api.sync import receipts
from api.wire import facts as wire
from api.wire.reading import Blueprint
from tracker import quantity
from tracker.problems import Problem

blp = Blueprint("check", __name__, url_prefix="/api/v1/check", description="Ask before telling.")
#: Findings that mean there is not enough: what was asked, and what is left, in grams.
_SHORT = "mass_exceeds_batch"


@blp.route("", methods=["POST"])
@inside("handler", "manager")
@blp.arguments(wire.SyncSchema)
@blp.response(200, wire.CheckAnswerSchema)
def check(room: Room, body: dict[str, Any]) -> Any:
    """Judge up to fifty facts as ``sync`` would, and record none. ``refused`` where less is left than is asked for."""
    for at, fact in enumerate(body["facts"]):
        details = fact.get("details")
        if isinstance(details, Mapping) and "sealed" in details:
            # What is undone here would be forgotten, and a wrong PIN has to be counted.
            raise Problem("pin_is_not_checked", f"/facts/{at}/details/sealed")
    undo = room.connection.begin_nested()
    try:
        answers, skew = receipts(room, body)
    finally:
        # Gives back the locks too: whoever only asks holds up nobody.
        undo.rollback()
    answered = [_refused(answer) for answer in answers]
    return jsonify(received_at=room.now.isoformat(), clock_skew_s=skew, receipts=answered)


def _refused(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer to a question: it has no place in the log, and says no where the books would have to invent grams."""
    if answer["verdict"] != "already_recorded":
        answer = answer | {"index": None}
    short = next((finding for finding in answer["findings"] if finding["code"] == _SHORT), None)
    if answer["verdict"] != "recorded" or short is None:
        return answer
    evidence = short["evidence"]
    left = quantity.tonnes(evidence["told_grams"] - evidence["missing_grams"])
    problem = Problem(
        "more_than_is_left", "/lines", left=_plain(left), asked=_plain(quantity.tonnes(evidence["told_grams"]))
    )
    return answer | {"verdict": "refused", "problem": shown(problem)}


def _plain(tonnes: str) -> str:
    return tonnes.rstrip("0").rstrip(".")
