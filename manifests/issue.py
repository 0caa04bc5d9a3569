"""Issues and voids manifests. A plan is judged before: whatever breaks a rule is refused with a sentence, and then
nothing has happened. What passes becomes one fact in the log, with its number and labels, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection
from uuid_utils.compat import uuid7

from manifests import gates, number, signing
from manifests.plan import BATCHES_MAX, BatchPlan, CarrierPlan, Plan, body_of, only_planned, plan_of, readable
from tracker import booking, clock, facts, ledger, lifecycle, loading, papers, parties, permits, quantity
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.rules.context import ClassKnown

__all__ = [
    "BATCHES_MAX",
    "BatchPlan",
    "CarrierPlan",
    "Plan",
    "carriers",
    "draft",
    "issue",
    "label_one",
    "next_number",
    "plan_of",
    "recorded",
    "revise",
    "void",
]


@dataclass(slots=True)
class _Judged:
    """A plan that passed: what the fact will say."""

    batches: list[booking.Batch]
    classes: dict[int, ClassKnown]
    carriers: tuple[facts.Carrier, ...]
    permit: UUID
    hazardous: bool
    grams: int


def draft(connection: Connection, caller: Caller, plan: Plan, *, now: datetime | None = None) -> None:
    """Keep a plan that is not judged yet. Asked again for the same id, there is one draft.

    ``Problem``: manifest_id_taken where the id means another."""
    caller.need(parties.TELLS, "企业管理员 / your enterprise's manager")
    enterprise = _own_enterprise(caller)
    known = papers.row(connection, caller.park, plan.id)
    if known is not None:
        if (known["state"], known["generator_id"], known["draft"]) != ("draft", enterprise, body_of(plan)):
            raise Problem("manifest_id_taken", "/id", manifest=str(plan.id))
        return
    papers.put_draft(
        connection,
        caller.park,
        plan.id,
        generator=enterprise,
        receiver=_receiver(connection, plan.receiver),
        treatment=permits.check_treatment(plan.treatment),
        hazardous=False,
        body=body_of(plan),
        remark=plan.remark,
        now=now or datetime.now(UTC),
        due_pickup_at=None,
    )


def issue(
    connection: Connection, caller: Caller, signer: signing.Signer, plan: Plan, *, now: datetime | None = None
) -> ledger.Receipt:
    """Judge a plan and issue its manifest: number, labels, log. Asked again for the same id, the first answer stands.

    Raises ``Problem`` for every gate that is closed; the codes are under "plans" in the catalogue of problems.
    """
    caller.need(parties.TELLS, "企业管理员 / your enterprise's manager")
    moment = now or datetime.now(UTC)
    enterprise = _own_enterprise(caller)
    readable(plan)
    known = papers.row(connection, caller.park, plan.id)
    if known is not None and (known["state"] != "draft" or known["generator_id"] != enterprise):
        return _again(connection, caller, plan)
    try:
        judged = _judge(connection, caller, enterprise, plan, moment)
    except Problem:
        if papers.issued(connection, caller.park, plan.id) is None:
            raise
        return _again(connection, caller, plan)  # The same was asked at the same moment, and that one was judged first.
    # Locked after its batches, as every fact does it.
    known = papers.row(connection, caller.park, plan.id, lock=True)
    if known is None:
        papers.put_draft(
            connection,
            caller.park,
            plan.id,
            generator=enterprise,
            receiver=_receiver(connection, plan.receiver),
            treatment=plan.treatment,
            hazardous=judged.hazardous,
            body=only_planned(plan),
            remark=plan.remark,
            now=moment,
            due_pickup_at=None,
        )
    papers.set_due(connection, caller.park, plan.id, moment + timedelta(days=caller.settings.pickup_days))
    labels = _label(connection, caller, signer, plan.id, judged, moment)
    fact = facts.ManifestIssued(
        id=uuid7(),
        observed_at=moment,
        manifest=plan.id,
        lines=tuple(
            facts.Line(batch=batch.uuid, grams=batch.grams, measured=batch.measured) for batch in judged.batches
        ),
        number=next_number(connection, caller, hazardous=judged.hazardous, now=moment),
        generator=_own_uuid(caller),
        carriers=judged.carriers,
        receiver=plan.receiver,
        treatment=plan.treatment,
        hazardous=judged.hazardous,
        permit=judged.permit,
        labels=labels,
        filing=plan.filing_number,
    )
    return recorded(ledger.record(connection, caller, [fact], now=moment, own=True))


def _again(connection: Connection, caller: Caller, plan: Plan) -> ledger.Receipt:
    """The first answer, where the same was asked before; ``Problem`` manifest_id_taken where the id means another."""
    found = papers.issued(connection, caller.park, plan.id)
    if found is not None:
        index, record = found
        fact = facts.from_record(record)
        assert isinstance(fact, facts.ManifestIssued)  # noqa: S101 - that is what the question asked for
        same = (
            fact.generator == caller.enterprise_uuid
            and {line.batch for line in fact.lines} == {one.batch for one in plan.batches}
            and (fact.receiver, fact.treatment) == (plan.receiver, plan.treatment)
            and [(one.enterprise if one.name is None else None, one.name) for one in fact.carriers]
            == [(one.enterprise, None if one.enterprise else one.name) for one in plan.carriers]
        )
        if same:
            return ledger.Receipt(fact.id, "already_recorded", index=index)
    raise Problem("manifest_id_taken", "/id", manifest=str(plan.id))


def recorded(receipts: Sequence[ledger.Receipt]) -> ledger.Receipt:
    """The receipt of a fact of our own. One that was turned away takes number and labels back with it."""
    (receipt,) = receipts
    if receipt.problem is not None:
        raise receipt.problem
    return receipt


def void(
    connection: Connection,
    caller: Caller,
    manifest: UUID,
    reason: str,
    *,
    expired: bool = False,
    now: datetime | None = None,
) -> ledger.Receipt:
    """Take a manifest back before pickup; its batches are free again. ``Problem``: manifest_not_voidable, not_found,
    not_your_enterprise."""
    row = papers.row(connection, caller.park, manifest)
    if row is None:
        raise Problem("not_found", what=str(manifest))
    if row["generator_id"] != caller.enterprise and caller.role != "regulator":
        shown = parties.names_of(connection, [row["generator_id"]])[row["generator_id"]]
        raise Problem("not_your_enterprise", enterprise=shown[0], enterprise_en=shown[1])
    fact = facts.ManifestVoided(
        id=uuid7(), observed_at=now or datetime.now(UTC), manifest=manifest, reason=reason, expired=expired
    )
    # Batches are locked before their manifest, as every fact does it: a truck may be telling of its pickup right now.
    state = loading.shelf(connection, caller.park, [fact]).books.manifests[manifest].state
    if state != "issued":
        words = lifecycle.words()["manifest"][state]
        raise Problem("manifest_not_voidable", number=row["number"] or "—", state_zh=words["zh"], state_en=words["en"])
    return recorded(ledger.record(connection, caller, [fact], now=now, own=True))


def _own_enterprise(caller: Caller) -> int:
    if caller.enterprise is None:
        raise Problem("person_without_enterprise")
    return caller.enterprise


def _own_uuid(caller: Caller) -> UUID:
    if caller.enterprise_uuid is None:
        raise Problem("person_without_enterprise")
    return caller.enterprise_uuid


def _receiver(connection: Connection, uuid: UUID) -> int:
    found = parties.keys_of(connection, [uuid]).get(uuid)
    if found is None:
        raise Problem("enterprise_unknown", "/receiver", enterprise=str(uuid))
    return found


def _judge(connection: Connection, caller: Caller, enterprise: int, plan: Plan, now: datetime) -> _Judged:
    """Every gate a plan must pass, the cheap ones first."""
    permits.check_treatment(plan.treatment)
    if not plan.batches:
        raise Problem("manifest_without_batches", "/batches")
    if not plan.carriers:
        raise Problem("carrier_missing", "/carriers")
    receiver = _receiver(connection, plan.receiver)
    if receiver == enterprise:
        raise Problem("receiver_is_generator", "/receiver")
    batches, classes = _batches(connection, caller, enterprise, plan)
    hazardous = _one_kind(batches, classes)
    known = [classes[key] for key in sorted({batch.class_id for batch in batches if batch.class_id})]
    made = carriers(connection, plan.carriers, known, hazardous=hazardous, now=now)
    grams = sum(batch.grams for batch in batches)
    origin = gates.check(connection, caller, plan, batches, receiver, hazardous=hazardous, now=now)
    shown = parties.names_of(connection, [receiver])[receiver]
    permit = permits.receiver(connection, receiver, shown, known, plan.treatment, grams, clock.day_of(now), origin)
    return _Judged(batches, classes, made, permit, hazardous, grams)


def _batches(
    connection: Connection, caller: Caller, enterprise: int, plan: Plan
) -> tuple[list[booking.Batch], dict[int, ClassKnown]]:
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
    return found, shelf.classes


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


def carriers(
    connection: Connection,
    planned: Sequence[CarrierPlan],
    classes: Sequence[ClassKnown],
    *,
    hazardous: bool,
    now: datetime,
) -> tuple[facts.Carrier, ...]:
    """The carriers in leg order, each with a permit for every class; one typed in by name gets an id of its own."""
    registered = parties.keys_of(connection, [one.enterprise for one in planned if one.enterprise])
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
            parties.unregistered(connection, uuid, typed)
        elif one.enterprise in registered:
            uuid, key = one.enterprise, registered[one.enterprise]
            shown = parties.names_of(connection, [key])[key]
            try:
                if one.what == "store":
                    permits.store(connection, key, shown, classes, clock.day_of(now))
                else:
                    permits.carrier(connection, key, shown, classes, clock.day_of(now))
            except Problem as problem:
                raise problem.at(pointer) from None
        else:
            raise Problem("enterprise_unknown", pointer, enterprise=str(one.enterprise))
        typed_in = {"name": one.name, "permit_number": one.permit_number} if one.enterprise is None else {}
        made.append(facts.Carrier(enterprise=uuid, plate=one.plate, what=one.what, **typed_in))
    return tuple(made)


def next_number(connection: Connection, caller: Caller, *, hazardous: bool, now: datetime) -> str:
    """The next number of the park: by national rule for hazardous waste, by its own for general waste."""
    settings = caller.settings
    year = clock.year_of(now)
    serial = papers.next_serial(connection, caller.park, f"{'hazardous' if hazardous else 'general'}-{year}")
    if hazardous:
        return number.hazardous(year, settings.division[:2], settings.division[2:4], serial)
    return number.general(number.NumberRule(settings.general_number), settings.number_code, year, serial)


def _label(
    connection: Connection, caller: Caller, signer: signing.Signer, manifest: UUID, judged: _Judged, now: datetime
) -> tuple[UUID, ...]:
    """A label for the manifest, and one for each batch that has none yet."""
    have = papers.labels_of(connection, caller.park, batches=[batch.uuid for batch in judged.batches])
    bare = [(batch, judged.classes.get(batch.class_id or 0)) for batch in judged.batches if batch.uuid not in have]
    made = signing.label_batches(connection, caller, signer, bare, now)
    own = signing.label_manifest(
        connection,
        caller,
        signer,
        manifest,
        generator=_own_enterprise(caller),
        grams=judged.grams,
        hazardous=judged.hazardous,
        now=now,
    )
    return (own, *made.values())


def revise(connection: Connection, caller: Caller, plan: Plan, revision: int) -> None:
    """Change a draft of one's own."""
    known = papers.row(connection, caller.park, plan.id, lock=True)
    if known is None or known["generator_id"] != caller.enterprise:
        raise Problem("not_found", what=str(plan.id))
    if known["state"] != "draft":
        raise Problem("manifest_not_draft", number=known["number"])
    papers.revise_draft(
        connection,
        caller.park,
        plan.id,
        revision,
        receiver=_receiver(connection, plan.receiver),
        treatment=permits.check_treatment(plan.treatment),
        body=body_of(plan),
        remark=plan.remark,
    )


def label_one(connection: Connection, caller: Caller, signer: signing.Signer, batch: UUID, now: datetime) -> UUID:
    """Issue a label for a batch the caller holds or made, once: printing it again is printing the same label. Its id.
    ``Problem``: not_found, batch_not_held."""
    line = facts.Line(batch=batch)
    shelf = loading.shelf(connection, caller.park, [facts.TakenOut(id=batch, observed_at=now, lines=(line,))])
    found = shelf.books.batches.get(batch)
    if found is None:
        raise Problem("not_found", what=str(batch))
    if caller.enterprise not in (found.holder, found.generator):
        raise Problem("batch_not_held", batch=str(batch))
    have = papers.labels_of(connection, caller.park, batches=[batch])
    if batch in have:
        known: UUID = have[batch]["id"]
        return known
    made = signing.label_batches(connection, caller, signer, [(found, shelf.classes.get(found.class_id or 0))], now)
    return made[batch]
