"""Every gate a plan must pass before it is issued: judged whole, and refused with a sentence that says what to do. What
it locks and loads on the way is kept, so that issuing does not load it twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Connection
from uuid_utils.compat import uuid7

from manifests import gates
from manifests.plan import CarrierPlan, Plan
from tracker import booking, clock, facts, lifecycle, loading, parties, permits, quantity
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.rules.context import ClassKnown


@dataclass(slots=True)
class Judged:
    """A plan that passed: what the fact will say, and the books it was judged by, locked."""

    shelf: loading.Shelf
    batches: list[booking.Batch]
    #: Those that bear no label yet.
    bare: list[booking.Batch]
    carriers: tuple[facts.Carrier, ...]
    receiver: int
    permit: UUID
    hazardous: bool
    grams: int
    #: Whether a fact waits for this manifest.
    awaited: bool


def judge(connection: Connection, caller: Caller, enterprise: int, plan: Plan, now: datetime) -> Judged:
    """Every gate a plan must pass, the cheap ones first."""
    permits.check_treatment(plan.treatment)
    if not plan.batches:
        raise Problem("manifest_without_batches", "/batches")
    if not plan.carriers:
        raise Problem("carrier_missing", "/carriers")
    today = clock.day_of(now)
    if plan.receiver == caller.enterprise_uuid:
        raise Problem("receiver_is_generator", "/receiver")
    shelf, batches = _batches(connection, caller, enterprise, plan)
    enterprises = {
        plan.receiver,
        *([caller.enterprise_uuid] if caller.enterprise_uuid else ()),
        *(one.enterprise for one in plan.carriers if one.enterprise),
    }
    asked = permits.issuing(
        connection, caller.park, plan.id, enterprises, [batch.uuid for batch in batches], today.year
    )
    known = asked.named
    if plan.receiver not in known:
        raise Problem("enterprise_unknown", "/receiver", enterprise=str(plan.receiver))
    receiver, shown = known[plan.receiver]
    hazardous = _one_kind(batches, shelf.classes)
    classes = [shelf.classes[key] for key in sorted({batch.class_id for batch in batches if batch.class_id})]
    carriers = _carriers(connection, plan.carriers, classes, known, hazardous=hazardous, on=today, loaded=asked.permits)
    grams = sum(batch.grams for batch in batches)
    origin = gates.check(caller, plan, batches, receiver, asked.divisions, hazardous=hazardous, now=now)
    permit = permits.receiver(connection, receiver, shown, classes, plan.treatment, grams, today, origin, asked.permits)
    keys = {uuid: key for uuid, (key, _) in known.items()} | {carrier.uuid: carrier.key for carrier in carriers}
    shelf.books.enterprises = keys
    made = tuple(carrier.fact for carrier in carriers)
    bare = [batch for batch in batches if batch.uuid not in asked.labelled]
    return Judged(shelf, batches, bare, made, receiver, permit, hazardous, grams, asked.awaited)


def _batches(
    connection: Connection, caller: Caller, enterprise: int, plan: Plan
) -> tuple[loading.Shelf, list[booking.Batch]]:
    """The batches of a plan, locked: held by the caller, free, whole, and of a class that may be used."""
    named = tuple(facts.Line(batch=wanted.batch) for wanted in plan.batches)
    shelf = loading.shelf(
        connection, caller.park, [facts.TakenOut(id=plan.id, observed_at=datetime.now(UTC), lines=named)]
    )
    found = []
    for at, wanted in enumerate(plan.batches):
        batch = shelf.books.batches.get(wanted.batch)
        pointer = f"/batches/{at}"
        if batch is None:
            raise Problem("not_found", pointer, what=str(wanted.batch))
        if batch in found:
            raise Problem("batch_named_twice", pointer, batch=str(wanted.batch))
        _free(batch, enterprise, wanted.grams, pointer)
        if batch.class_id is None:
            raise Problem("batch_unclassified", pointer, batch=str(batch.uuid))
        ended = shelf.classes[batch.class_id].ended
        if ended is not None:
            raise Problem(
                "class_not_in_force", pointer, code=str(shelf.classes[batch.class_id]), ended=ended.isoformat()
            )
        found.append(batch)
    return shelf, found


def _free(batch: booking.Batch, enterprise: int, asked: int | None, pointer: str) -> None:
    shown = {"batch": str(batch.uuid), "left": quantity.show(batch.grams)}
    if batch.holder != enterprise:
        raise Problem("batch_not_held", pointer, **shown)
    if batch.state not in lifecycle.FREE:
        words = lifecycle.words()["state"][batch.state]
        raise Problem("batch_not_free", pointer, state_zh=words["zh"], state_en=words["en"], **shown)
    if asked is not None and asked > batch.grams:
        raise Problem("batch_short", f"{pointer}/grams", asked=quantity.show(asked), **shown)
    if asked is not None and asked < batch.grams:
        raise Problem("batch_not_whole", f"{pointer}/grams", asked=quantity.show(asked), **shown)


def _one_kind(batches: Sequence[booking.Batch], classes: dict[int, ClassKnown]) -> bool:
    """Whether it is hazardous; a mix is refused."""
    kinds = {classes[batch.class_id].hazardous for batch in batches if batch.class_id}
    if len(kinds) > 1:
        odd = next(classes[batch.class_id] for batch in batches if batch.class_id and classes[batch.class_id].hazardous)
        raise Problem("manifest_mixes_hazard", "/batches", code=str(odd))
    return kinds.pop()


@dataclass(frozen=True, slots=True)
class _Named:
    """A carrier of the plan: its key and id, and how the fact names it."""

    key: int
    uuid: UUID
    fact: facts.Carrier


def carriers(
    connection: Connection, planned: Sequence[CarrierPlan], classes: Sequence[ClassKnown], *, hazardous: bool, on: date
) -> tuple[facts.Carrier, ...]:
    """Judge carriers and stores on the way by themselves, in leg order."""
    keys = parties.keys_of(connection, [one.enterprise for one in planned if one.enterprise])
    names = parties.names_of(connection, keys.values())
    known = {uuid: (key, names[key]) for uuid, key in keys.items()}
    return tuple(one.fact for one in _carriers(connection, planned, classes, known, hazardous=hazardous, on=on))


def _carriers(
    connection: Connection,
    planned: Sequence[CarrierPlan],
    classes: Sequence[ClassKnown],
    known: Mapping[UUID, tuple[int, permits.Names]],
    *,
    hazardous: bool,
    on: date,
    loaded: permits.Loaded | None = None,
) -> list[_Named]:
    """The carriers in leg order, each with a permit for every class; one typed in by name gets an id of its own."""
    made = []
    for at, one in enumerate(planned):
        pointer = f"/carriers/{at}"
        if one.enterprise is None:
            typed = (one.name or "").strip()
            if not typed:
                raise Problem("field_required", f"{pointer}/name", field="name")
            if hazardous and not one.permit_number:
                raise Problem("carrier_needs_permit_number", f"{pointer}/permit_number", enterprise=typed)
            uuid = uuid7()
            key = parties.unregistered(connection, uuid, typed)
        elif one.enterprise in known:
            uuid, (key, shown) = one.enterprise, known[one.enterprise]
            try:
                judge_one = permits.store if one.what == "store" else permits.carrier
                judge_one(connection, key, shown, classes, on, loaded)
            except Problem as problem:
                raise problem.at(pointer) from None
        else:
            raise Problem("enterprise_unknown", pointer, enterprise=str(one.enterprise))
        typed_in = {"name": one.name, "permit_number": one.permit_number} if one.enterprise is None else {}
        made.append(_Named(key, uuid, facts.Carrier(enterprise=uuid, plate=one.plate, what=one.what, **typed_in)))
    return made
