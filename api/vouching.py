"""Who is known to have signed on the caller's phone, before the facts go through the door."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from flask import current_app

from api.auth import Room
from manifests.sealing import Sealer, bound_to
from tracker import facts, mandates, pins
from tracker.parties import Who
from tracker.problems import Problem


def vouched(
    room: Room, told: Sequence[facts.Fact], seals: Mapping[UUID, str], device: UUID | None
) -> tuple[list[facts.Fact], dict[UUID, Who | Problem]]:
    """The facts, each mandate's generator filled in, and for each sealed signature who gave it or why that is not
    believed. What was sealed is opened here and goes no further."""
    signatures = [fact for fact in told if isinstance(fact, facts.Signed)]
    if not signatures:
        return list(told), {}
    answers: dict[UUID, Who | Problem] = {}
    asks = []
    for fact in signatures:
        sealed = seals.get(fact.id)
        if fact.method != "pin" or sealed is None:
            continue
        try:
            asks.append(_ask(fact, sealed, device))
        except Problem as problem:
            answers[fact.id] = problem
    answers |= pins.tried(room.connection, room.caller, asks, room.now)
    named = {fact.mandate for fact in signatures if fact.mandate}
    names = mandates.generators(room.connection, room.caller.park, named)
    for fact in signatures:
        if fact.mandate and fact.mandate not in names:
            answers[fact.id] = Problem("mandate_missing", "/details/mandate")
    return [_named(fact, names) for fact in told], answers


def _ask(fact: facts.Signed, sealed: str, device: UUID | None) -> pins.Ask:
    if fact.manifest is None:
        raise Problem("field_required", "/manifest", field="manifest")
    sealer: Sealer = current_app.extensions["sealer"]
    inside = sealer.open(sealed, bound_to(fact.id, fact.manifest, fact.side, fact.of))
    return pins.Ask(
        fact.id, fact.manifest, fact.side, fact.of, inside.login, inside.pin, fact.device or device, sealed=True
    )


def _named(fact: facts.Fact, names: Mapping[UUID, UUID]) -> facts.Fact:
    if isinstance(fact, facts.Signed) and fact.mandate is not None and fact.mandate in names:
        return replace(fact, on_behalf=names[fact.mandate])
    return fact
