"""Changes a manifest on the road, and sends home what was refused. Plans both: judged before, and nothing happens where
a gate is closed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from uuid_utils.compat import uuid7

from manifests import gates, issue, judging, numbers, signing
from manifests.plan import CarrierPlan
from tracker import booking, clock, facts, ledger, lifecycle, loading, papers, parties, permits
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.rules.context import ClassKnown

#: A manifest in one of these still has something to carry.
CHANGEABLE = frozenset({"issued", "under_way", "refused", "part_refused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """Another way for a manifest: the legs still to be driven, or who receives it, or both. ``id`` is that of the fact,
    so asking twice proposes once."""

    id: UUID
    reason: str
    carriers: tuple[CarrierPlan, ...] = ()
    receiver: UUID | None = None
    treatment: str | None = None
    filing_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPlan:
    """The way home of what was refused: by whoever has it now, where no carrier is named. ``id`` is that of the new
    manifest."""

    id: UUID
    carriers: tuple[CarrierPlan, ...] = ()
    remark: str | None = None


def propose(connection: Connection, caller: Caller, manifest: UUID, plan: ChangePlan, now: datetime) -> ledger.Receipt:
    """Propose another way; it takes effect when those concerned have consented, at once where nobody else is.

    ``Problem``: change_empty, manifest_not_changeable, not_found, not_your_enterprise, and every gate of a plan."""
    caller.need(parties.TELLS, "企业管理员 / your enterprise's manager")
    booking.plain_text(plan.reason, "/reason")
    if not plan.carriers and plan.receiver is None:
        raise Problem("change_empty")
    if papers.proposed(connection, caller.park, plan.id, manifest):
        return ledger.Receipt(plan.id, "already_recorded")
    fact = facts.Rerouted(id=plan.id, observed_at=now, manifest=manifest, reason=plan.reason)
    known, batches, classes = _on_the_road(connection, caller, fact)
    carriers = judging.carriers(connection, plan.carriers, classes, hazardous=known.hazardous, on=clock.day_of(now))
    receiver = plan.receiver
    permit = None
    treatment = None
    if receiver is not None:
        treatment = permits.check_treatment(plan.treatment or known.treatment)
        permit = _receiver(connection, caller, known, replace(plan, treatment=treatment), classes, batches, now)
    told = replace(
        fact,
        carriers=carriers,
        receiver=receiver,
        treatment=treatment,
        permit=permit,
        filing=plan.filing_number if receiver else None,
    )
    return issue.recorded(ledger.record(connection, caller, [told], now=now, own=True))


def _on_the_road(
    connection: Connection, caller: Caller, fact: facts.Rerouted
) -> tuple[booking.Manifest, list[booking.Batch], list[ClassKnown]]:
    """The manifest with what is still to be carried, locked; the caller has a part in it."""
    assert fact.manifest is not None  # noqa: S101 - the route has it
    shelf = loading.shelf(connection, caller.park, [fact])
    known = shelf.books.manifests.get(fact.manifest)
    if known is None or (caller.enterprise is not None and not _takes_part(known, caller.enterprise)):
        raise Problem("not_found", what=str(fact.manifest))
    if known.state not in CHANGEABLE:
        words = lifecycle.words()["manifest"][known.state]
        raise Problem("manifest_not_changeable", number=known.number or "—", state_zh=words["zh"], state_en=words["en"])
    open_lines = [line for line in known.lines.values() if line.outcome in ("planned", "loaded", "refused")]
    batches = [shelf.books.batches[line.batch] for line in open_lines]
    keys = sorted({batch.class_id for batch in batches if batch.class_id})
    return known, batches, [shelf.classes[key] for key in keys if key in shelf.classes]


def _takes_part(known: booking.Manifest, enterprise: int) -> bool:
    return any(enterprise in side for side in booking.sides(known).values())


def _receiver(
    connection: Connection,
    caller: Caller,
    known: booking.Manifest,
    plan: ChangePlan,
    classes: Sequence[ClassKnown],
    batches: Sequence[booking.Batch],
    now: datetime,
) -> UUID:
    """The permit of the new receiver that covers it and has room; across provinces with the filing the law asks for."""
    receiver, treatment = plan.receiver, plan.treatment
    assert receiver is not None  # noqa: S101 - asked only where one is named
    assert treatment is not None  # noqa: S101
    key = parties.keys_of(connection, [receiver]).get(receiver)
    if key is None:
        raise Problem("enterprise_unknown", "/receiver", enterprise=str(receiver))
    if key == known.generator:
        raise Problem("receiver_is_generator", "/receiver")
    shown = parties.names_of(connection, [key])[key]
    grams = sum(batch.grams for batch in batches)
    origin = gates.leaving(
        parties.divisions_of(connection, [known.generator, key]), caller.settings, known.generator, key, treatment,
        hazardous=known.hazardous, filing=plan.filing_number,
    )  # fmt: skip
    return permits.receiver(connection, key, shown, classes, treatment, grams, clock.day_of(now), origin)


def send_back(
    connection: Connection, caller: Caller, signer: signing.Signer, manifest: UUID, plan: ReturnPlan, now: datetime
) -> ledger.Receipt:
    """Issue the return consignment of everything that was refused on a manifest, in one step: the receiver (or whoever
    carries it) ships it home to the generator, with a number and labels of its own.

    ``Problem``: nothing_to_return, manifest_id_taken, not_found, and the gates for carriers."""
    caller.need(parties.TELLS, "企业管理员 / your enterprise's manager")
    look = facts.Returned(id=plan.id, observed_at=now, manifest=manifest)
    shelf = loading.shelf(connection, caller.park, [look])
    known = shelf.books.manifests.get(manifest)
    if known is None or (caller.enterprise is not None and not _takes_part(known, caller.enterprise)):
        raise Problem("not_found", what=str(manifest))
    if already := _asked_before(connection, caller, plan.id, manifest):
        return already
    back = _refused(known, shelf)
    uuids = parties.uuids_of(connection, [known.generator, known.receiver, *(batch.holder for batch in back)])
    classes = [shelf.classes[key] for key in sorted({batch.class_id for batch in back if batch.class_id})]
    carriers = (
        judging.carriers(connection, plan.carriers, classes, hazardous=known.hazardous, on=clock.day_of(now))
        if plan.carriers
        else (_who_has_it(known, back[0], uuids),)
    )
    labels = _file(connection, caller, signer, known, back, plan, now)
    fact = facts.ManifestIssued(
        id=uuid7(),
        observed_at=now,
        manifest=plan.id,
        lines=tuple(facts.Line(batch=batch.uuid, grams=batch.grams, measured=batch.measured) for batch in back),
        number=numbers.of_manifest(connection, caller, plan.id, asked=None, hazardous=known.hazardous, now=now),
        generator=uuids[known.receiver],
        carriers=carriers,
        receiver=uuids[known.generator],
        treatment=known.treatment,
        hazardous=known.hazardous,
        labels=tuple(label["id"] for label in labels),
        returns=manifest,
    )
    return issue.recorded(ledger.record(connection, caller, [fact], now=now, own=True))


def _refused(known: booking.Manifest, shelf: loading.Shelf) -> list[booking.Batch]:
    """What was refused on a manifest and is still on the truck. ``Problem`` nothing_to_return."""
    lines = [line for line in known.lines.values() if line.outcome == "refused"]
    back = [found for line in lines if (found := shelf.books.batches[line.batch]).state == "refused"]
    if not back:
        raise Problem("nothing_to_return", number=known.number or "—")
    return back


def _file(
    connection: Connection,
    caller: Caller,
    signer: signing.Signer,
    known: booking.Manifest,
    back: Sequence[booking.Batch],
    plan: ReturnPlan,
    now: datetime,
) -> list[dict[str, Any]]:
    """The row of the return consignment, and its label. ``Problem`` manifest_id_taken."""
    labels = signing.labels_of_manifest(
        caller, signer, plan.id, generator=known.receiver, grams=sum(batch.grams for batch in back),
        hazardous=known.hazardous, bare=(), now=now,
    )  # fmt: skip
    key = papers.put_draft(
        connection,
        caller.park,
        plan.id,
        generator=known.receiver,
        receiver=known.generator,
        treatment=known.treatment,
        hazardous=known.hazardous,
        body=None,
        remark=plan.remark,
        now=now,
        due_pickup_at=now + timedelta(days=caller.settings.pickup_days),
        labels=labels,
    )
    if key is None:
        raise Problem("manifest_id_taken", "/id", manifest=str(plan.id))
    return labels


def _asked_before(connection: Connection, caller: Caller, uuid: UUID, manifest: UUID) -> ledger.Receipt | None:
    """The first answer, where the same was asked before; ``Problem`` manifest_id_taken where the id means another."""
    found = papers.issued(connection, caller.park, uuid)
    if found is None:
        return None
    first = facts.from_record(found[1])
    if isinstance(first, facts.ManifestIssued) and first.returns == manifest:
        return ledger.Receipt(first.id, "already_recorded", index=found[0])
    raise Problem("manifest_id_taken", "/id", manifest=str(uuid))


def _who_has_it(known: booking.Manifest, batch: booking.Batch, uuids: dict[int, UUID]) -> facts.Carrier:
    """The truck that brought it and still has it."""
    begun = [leg for leg in known.legs if leg.enterprise == batch.holder and leg.took_over_at is not None]
    return facts.Carrier(enterprise=uuids[batch.holder], plate=begun[-1].plate if begun else None)
