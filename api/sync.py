"""Facts come in: from phones, desks and systems, one at a time or fifty, by the one door."""

from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import g, jsonify
from marshmallow import ValidationError

from api import phones, vouching
from api.auth import Room, inside
from api.errors import Invalid, printable, shown
from api.wire import facts as wire
from api.wire import issued
from api.wire.reading import Blueprint
from manifests import offline
from manifests.offline import Issued
from tracker import facts, ledger
from tracker.problems import Problem
from tracker.quarantine import Came
from tracker.views import shapes

blp = Blueprint("sync", __name__, url_prefix="/api/v1/sync", description="The one door for facts.")


@blp.route("", methods=["POST"])
@inside("handler", "manager", sends=True)
@blp.arguments(wire.SyncSchema)
@blp.response(200, wire.SyncAnswerSchema)
def sync(room: Room, body: dict[str, Any]) -> Any:
    """Record up to fifty facts, in order. Each is answered by itself; told again, it gets the same answer."""
    answered, skew = receipts(room, body)
    # Counted once the answer is on its way: a first try that was rolled back counts for nothing.
    g.verdicts = [receipt["verdict"] for receipt in answered]
    # Fifty receipts are plain already: walking them through their schema once more would take as long as booking them.
    return jsonify(received_at=room.now.isoformat(), clock_skew_s=skew, receipts=answered)


def receipts(
    room: Room, body: dict[str, Any], admitted: phones.Admitted | None = None
) -> tuple[list[dict[str, Any]], float | None]:
    """Tell the facts of a request to the ledger: the answers, and how far the phone's clock is off, in seconds.
    ``admitted``: they were quarantined, and somebody answers for them now."""
    if room.caller.enterprise is None:
        raise Problem("person_without_enterprise")
    skew = admitted.skew_s if admitted else _skew(body.get("sent_at"), room.now)
    device = body.get("device")
    unread: list[dict[str, Any] | None] = []
    told: list[facts.Fact | Issued] = []
    came: list[Came] = []
    seals: dict[UUID, str] = {}
    for one in body["facts"]:
        try:
            fact = issued.read(one) if issued.is_issued(one) else wire.read(one)
            told.append(fact)
            came.append(phones.came(fact, one, device))
            unread.append(None)
            if sealed := wire.sealed_of(one):
                seals.setdefault(told[-1].id, sealed)
        except (Invalid, ValidationError) as error:
            unread.append(_unreadable(room, one, error))
    look = phones.Look(noted=dict(admitted.noted)) if admitted else phones.looked_at(room, came, skew)
    free = [fact for fact in told if fact.id not in look.receipts]
    answers = iter(_in_order(room, free, seals, skew, device, look))
    every = iter([look.receipts.get(fact.id) or next(answers) for fact in told])
    return [receipt or _receipt(next(every)) for receipt in unread], skew


def _in_order(
    room: Room,
    told: list[facts.Fact | Issued],
    seals: dict[UUID, str],
    skew: float | None,
    device: UUID | None,
    look: phones.Look,
) -> list[ledger.Receipt]:
    """Facts as they are, and manifests that were issued on the phone, in the order they were told."""
    if any(isinstance(one, Issued) for one in told):
        # A manifest comes in by itself, so the head of the log is held before the last is read: what all of them touch
        # is locked before, as in a careful try.
        offline.lock(room.connection, room.caller, told)
    # A phone that is logged in as itself holds its own numbers, whatever the request says.
    holder = room.caller.device or device
    answered: list[ledger.Receipt] = []
    for whole, group in groupby(told, key=lambda one: isinstance(one, Issued)):
        if whole:
            answered += [
                offline.entered(
                    room.connection, room.caller, room.signer, one, holder, room.now, skew_s=skew, noted=look.noted
                )
                for one in group
                if isinstance(one, Issued)
            ]
        else:
            plain = [one for one in group if not isinstance(one, Issued)]
            answered += _recorded(room, plain, seals, skew, device, look)
    return answered


def _recorded(
    room: Room,
    told: list[facts.Fact],
    seals: dict[UUID, str],
    skew: float | None,
    device: UUID | None,
    look: phones.Look,
) -> list[ledger.Receipt]:
    if not told:
        return []
    told, vouched = vouching.vouched(room, told, seals, device)
    return ledger.record(
        room.connection,
        room.caller,
        told,
        now=room.now,
        skew_s=skew,
        careful=room.careful,
        vouched=vouched,
        noted=look.noted,
    )


def _skew(sent_at: datetime | None, now: datetime) -> float | None:
    return round((sent_at - now).total_seconds(), 1) if sent_at else None


def _unreadable(room: Room, body: dict[str, Any], error: Exception) -> dict[str, Any]:
    """A fact that cannot be read is turned away, and kept: nothing a handler told is dropped in silence."""
    problem = (
        error.problems[0]
        if isinstance(error, Invalid)
        else Problem("field_malformed", field="facts", reason=str(error)[:100])
    )
    return turn_away(room, body, Problem(problem.code, printable(problem.pointer), **problem.params))


def turn_away(room: Room, body: dict[str, Any], problem: Problem) -> dict[str, Any]:
    """The receipt of a fact that does not come as far as the door; it is kept for the desk as it came."""
    name = printable(wire.id_of(body))
    # Kept for ever, so without what is personal: that must stay erasable.
    body = {field: value for field, value in body.items() if field not in ("private", "signature")}
    if isinstance(body.get("details"), dict):
        body["details"] = {name: value for name, value in body["details"].items() if name != "sealed"}
    ledger.keep_unreadable(room.connection, room.caller, name or "", problem, printable(body), room.now)
    return _empty(name) | {"verdict": "turned_away", "problem": shown(problem)}


def _empty(name: str | None) -> dict[str, Any]:
    return {"id": name, "index": None, "findings": [], "problem": None, "winner": None, "waits_for": None}


def _receipt(receipt: ledger.Receipt) -> dict[str, Any]:
    findings = [
        {
            "code": finding.code,
            "severity": finding.severity,
            "evidence": dict(finding.evidence),
            "batch_uuid": finding.batch,
        }
        for finding in receipt.findings
    ]
    return _empty(str(receipt.fact)) | {
        "verdict": receipt.verdict,
        "index": receipt.index,
        "findings": shapes.findings(findings),
        "problem": shown(receipt.problem) if receipt.problem else None,
        "winner": receipt.winner,
        "waits_for": receipt.waits_for,
    }
