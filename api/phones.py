"""What a sync looks at before the door: does a fact come from a withdrawn phone, and did its phone sign it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from api.auth import Room
from tracker import devices, ledger, quarantine
from tracker.problems import Finding, Problem
from tracker.quarantine import Came


@dataclass(slots=True)
class Look:
    """Facts that are answered already, and for the others what is odd about the way they came."""

    receipts: dict[UUID, ledger.Receipt] = field(default_factory=dict)
    noted: dict[UUID, Sequence[Finding]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A quarantined fact on its way in after all: what is said of it, and how far the phone's clock was off then."""

    noted: Mapping[UUID, Sequence[Finding]]
    skew_s: float | None


def looked_at(room: Room, came: Sequence[Came], skew_s: float | None) -> Look:
    """Quarantine what a withdrawn phone sent, answer again what was quarantined, and judge the phones' signatures."""
    look = Look()
    caller = room.caller
    named = {one.device for one in came if one.device} | ({caller.device} if caller.device else set())
    standing = devices.standing(room.connection, caller.park, named, [one.id for one in came])
    _sign(room, came, standing, look)
    suspects = [(one, by) for one in came if (by := _withdrawn(room, one, standing))]
    here = devices.entered_earlier(room.connection, caller.park, [one.id for one, _ in suspects])
    fresh: list[tuple[Came, UUID]] = []
    held = {one.id: by for one, by in suspects}
    for one in came:
        earlier = standing.quarantined.get(one.id)
        if earlier is None and one.id in held and one.id not in here:
            fresh.append((one, held[one.id]))
            earlier = standing.quarantined[one.id] = quarantine.digest(one.body)
        if earlier is not None and one.id not in look.receipts:
            look.receipts[one.id] = _again(room, one, earlier)
    quarantine.hold(room.connection, caller, fresh, skew_s, room.now)
    if caller.device:
        devices.seen(room.connection, caller.device, room.now)
    return look


def _withdrawn(room: Room, one: Came, standing: devices.Standing) -> UUID | None:
    """The withdrawn phone a fact comes from: the caller's, or the one it names itself."""
    for device in (one.device, room.caller.device):
        if device and (phone := standing.phones.get(device)) and phone.withdrawn:
            return device
    return None


def _again(room: Room, one: Came, earlier: bytes) -> ledger.Receipt:
    if earlier == quarantine.digest(one.body):
        return ledger.Receipt(one.id, "quarantined")
    problem = Problem("fact_id_reused", "/id", fact=str(one.id))
    kept, _ = quarantine.parted(one.body)
    ledger.keep_unreadable(room.connection, room.caller, str(one.id), problem, kept, room.now)
    return ledger.Receipt(one.id, "turned_away", problem=problem)


def _sign(room: Room, came: Sequence[Came], standing: devices.Standing, look: Look) -> None:
    made = []
    for one in came:
        phone = standing.phones.get(one.device) if one.device else None
        if one.device is None or phone is None:
            continue
        evidence = {"device": str(one.device)}
        given = one.body.get("signature")
        if not given:
            look.noted[one.id] = [Finding("device_signature_missing", evidence)]
            continue
        signature, signed = devices.signature_of(str(given)), quarantine.canonical(one.body)
        right = signed is not None and devices.is_right(phone.keys, signed, signature)
        if not right:
            look.noted[one.id] = [Finding("device_signature_wrong", evidence)]
        made.append(devices.Signature(one.id, one.device, signature or b"", signed or b"", right))
    devices.keep_signatures(room.connection, room.caller.park, made, room.now)


class _Told(Protocol):
    @property
    def id(self) -> UUID:
        """Of the fact."""

    @property
    def device(self) -> UUID | None:
        """The phone it names itself."""


def came(fact: _Told, body: Mapping[str, object], device: UUID | None) -> Came:
    """What could be read, with the phone it comes from: its own word, or that of the request."""
    return Came(fact.id, fact.device or device, body)
