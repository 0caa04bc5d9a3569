"""Issues and voids manifests. A plan is judged before: whatever breaks a rule is refused with a sentence, and then
nothing has happened. What passes becomes one fact in the log, with its number and labels, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from uuid_utils.compat import uuid7

from manifests import numbers, signing
from manifests.judging import Judged, judge
from manifests.plan import BATCHES_MAX, BatchPlan, CarrierPlan, Plan, body_of, only_planned, plan_of, readable
from tracker import booking, clock, facts, ledger, lifecycle, loading, numbering, papers, parties, permits
from tracker.parties import Caller
from tracker.problems import Problem

__all__ = [
    "BATCHES_MAX",
    "BatchPlan",
    "CarrierPlan",
    "Plan",
    "draft",
    "issue",
    "label_one",
    "plan_of",
    "recorded",
    "revise",
    "void",
]


def draft(connection: Connection, caller: Caller, plan: Plan, *, now: datetime | None = None) -> None:
    """Keep a plan that is not judged yet. Asked again for the same id, there is one draft.

    ``Problem``: manifest_id_taken where the id means another."""
    caller.need(parties.TELLS, "企业管理员 / your enterprise's manager")
    enterprise = _own_enterprise(caller)
    made = papers.put_draft(
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
    if made is None:
        known = papers.row(connection, caller.park, plan.id)
        if known is None or (known["state"], known["generator_id"], known["draft"]) != (
            "draft",
            enterprise,
            body_of(plan),
        ):
            raise Problem("manifest_id_taken", "/id", manifest=str(plan.id))


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
    try:
        judged = judge(connection, caller, enterprise, plan, moment)
    except Problem:
        # Asked before, or at the same moment and judged first: its batches are promised, to itself.
        if papers.issued(connection, caller.park, plan.id) is None:
            raise
        return _again(connection, caller, plan, moment)
    labels = _labels(caller, signer, plan.id, judged, moment)
    key = _row(connection, caller, enterprise, plan, judged, labels, moment)
    if key is None:
        return _again(connection, caller, plan, moment)
    fact = _fact(caller, plan, judged, tuple(label["id"] for label in labels), moment)
    judged.shelf.manifest_keys[plan.id] = key
    judged.shelf.books.manifests[plan.id] = booking.Manifest(
        plan.id, None, "draft", enterprise, judged.receiver, plan.treatment, judged.hazardous, [], {}, key
    )
    judged.shelf.books.enterprises = {**judged.shelf.books.enterprises, _own_uuid(caller): enterprise}

    year = clock.year_of(moment)

    def numbered(unnumbered: facts.ManifestIssued, serial: int | None) -> facts.ManifestIssued:
        # The series stays locked until all is written: nothing that can be done before is left for after.
        hazardous = judged.hazardous
        if serial is None:
            given = numbers.of_manifest(connection, caller, plan.id, asked=plan.number, hazardous=hazardous, now=moment)
        else:
            given = numbers.written(caller.settings, hazardous=hazardous, year=year)(serial)
        told.append(given)
        return replace(unnumbered, number=given)

    told: list[str] = []
    series = None if plan.number else numbering.series_of(hazardous=judged.hazardous, year=year)
    ready = ledger.Ready(judged.shelf, numbered, series, awaited=judged.awaited)
    receipt = recorded(ledger.record(connection, caller, [fact], now=moment, own=True, ready=ready))
    return replace(receipt, number=told[-1])


def _row(
    connection: Connection,
    caller: Caller,
    enterprise: int,
    plan: Plan,
    judged: Judged,
    labels: Sequence[Mapping[str, Any]],
    now: datetime,
) -> int | None:
    """The manifest's row, locked after its batches, as every fact does it; its key. None where the id means another
    manifest, or this one issued."""
    due = now + timedelta(days=caller.settings.pickup_days)
    key = papers.put_draft(
        connection,
        caller.park,
        plan.id,
        generator=enterprise,
        receiver=judged.receiver,
        treatment=plan.treatment,
        hazardous=judged.hazardous,
        body=only_planned(plan),
        remark=plan.remark,
        now=now,
        due_pickup_at=due,
        labels=labels,
    )
    if key is not None:
        return key
    known = papers.row(connection, caller.park, plan.id, lock=True)
    if known is None or known["state"] != "draft" or known["generator_id"] != enterprise:
        return None
    papers.set_due(connection, caller.park, plan.id, due)
    papers.log_labels(connection, labels)
    drafted: int = known["id"]
    return drafted


def _fact(caller: Caller, plan: Plan, judged: Judged, labels: tuple[UUID, ...], now: datetime) -> facts.ManifestIssued:
    """What the log will say, all but the number."""
    return facts.ManifestIssued(
        id=uuid7(),
        observed_at=now,
        manifest=plan.id,
        lines=tuple(
            facts.Line(batch=batch.uuid, grams=batch.grams, measured=batch.measured) for batch in judged.batches
        ),
        number="",
        generator=_own_uuid(caller),
        carriers=judged.carriers,
        receiver=plan.receiver,
        treatment=plan.treatment,
        hazardous=judged.hazardous,
        permit=judged.permit,
        labels=labels,
        filing=plan.filing_number,
    )


def _again(connection: Connection, caller: Caller, plan: Plan, now: datetime) -> ledger.Receipt:
    """The first answer, where the same was asked before; ``Problem`` manifest_id_taken where the id means another."""
    found = papers.issued(connection, caller.park, plan.id)
    if found is not None:
        index, record = found
        fact = facts.from_record(record)
        assert isinstance(fact, facts.ManifestIssued)  # noqa: S101 - that is what the question asked for
        same = (
            fact.generator == caller.enterprise_uuid
            and {line.batch for line in fact.lines} == {one.batch for one in plan.batches}
            and (plan.number is None or numbers.typed(caller.settings, plan.number, now).text == fact.number)
            and (fact.receiver, fact.treatment) == (plan.receiver, plan.treatment)
            and [(one.enterprise if one.name is None else None, one.name) for one in fact.carriers]
            == [(one.enterprise, None if one.enterprise else one.name) for one in plan.carriers]
        )
        if same:
            return ledger.Receipt(fact.id, "already_recorded", index=index, number=fact.number)
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


def _labels(
    caller: Caller, signer: signing.Signer, manifest: UUID, judged: Judged, now: datetime
) -> list[dict[str, Any]]:
    """A label for the manifest, and one for each batch that has none yet."""
    classes = judged.shelf.classes
    return signing.labels_of_manifest(
        caller,
        signer,
        manifest,
        generator=_own_enterprise(caller),
        grams=judged.grams,
        hazardous=judged.hazardous,
        bare=[(batch, classes.get(batch.class_id or 0)) for batch in judged.bare],
        now=now,
    )


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
