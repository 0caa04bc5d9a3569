"""Enters what was written on an emergency sheet. It has happened: no gate refuses it any more, and every gate that
would have been closed becomes a finding. All of it is one transaction, and in the end the log says what the paper says.

Only whoever the sheet was issued to enters it, as the generator of what is on it. What the other sides did is told in
the generator's name, as everything in the log is told by whoever told it; that the receiver should look at it is a
finding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from uuid_utils.compat import uuid7

from manifests import gates, number, numbers, signing, written
from manifests.emergency import RULE
from manifests.written import Written
from tracker import (
    booking,
    clock,
    facts,
    ledger,
    lifecycle,
    loading,
    papers,
    parties,
    permits,
    quantity,
    sheets,
    workdays,
)
from tracker.parties import Caller
from tracker.problems import Finding, Problem
from tracker.rules.context import ClassKnown, Paper


@dataclass(slots=True)
class _Entry:
    """A sheet on its way in: what was looked up for it, and what was found odd."""

    connection: Connection
    caller: Caller
    sheet: Written
    now: datetime
    findings: list[Finding] = field(default_factory=list)
    known: dict[UUID, booking.Batch] = field(default_factory=dict)
    classes: dict[UUID, ClassKnown] = field(default_factory=dict)
    carriers: list[facts.Carrier] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    permit: UUID | None = None

    def gate(self, judge: Callable[[], Any], batch: UUID | None = None) -> Any:
        """What a gate answers; where it is closed, None, and a finding that says so."""
        try:
            return judge()
        except Problem as closed:
            why = {"why": closed.entry.say("zh", closed.params), "why_en": closed.entry.say("en", closed.params)}
            evidence = {"gate": closed.code, **why}
            self.findings.append(Finding("gate_closed_on_paper", evidence, str(batch) if batch else None))
            return None

    @property
    def named(self) -> list[ClassKnown]:
        return sorted({one.key: one for one in self.classes.values()}.values(), key=lambda one: one.key)

    def grams(self, row: written.Row) -> int:
        """What the sheet says it weighs, else what the books have."""
        return row.grams if row.grams is not None else self.known[row.batch].grams


def enter(
    connection: Connection, caller: Caller, signer: signing.Signer, sheet: Written, *, now: datetime | None = None
) -> list[ledger.Receipt]:
    """Record all that stands on a sheet; the receipts of its facts, the first that of the manifest. Entered again under
    the same id, the first answer stands.

    ``Problem``: sheet_unknown, sheet_foreign, sheet_used, generator_not_yours, manifest_id_taken, batch_id_taken,
    not_found (a batch nobody knows and nothing describes), enterprise_unknown, and whatever cannot be read.
    """
    caller.need(parties.TELLS, "企业管理员 / your enterprise's manager")
    moment = now or datetime.now(UTC)
    if caller.enterprise is None or caller.enterprise_uuid is None:
        raise Problem("person_without_enterprise")
    written.readable(sheet)
    paper = _sheet(connection, caller, sheet, moment)
    if paper is None:
        return _again(connection, caller, sheet)
    entry = _Entry(connection, caller, sheet, moment)
    _look_up(entry)
    _judge(entry)
    return _record(entry, signer, paper)


def _sheet(connection: Connection, caller: Caller, sheet: Written, now: datetime) -> str | None:
    """The number of the sheet in its one spelling; None where this very entry is in the books already."""
    given = number.parse_general(RULE, caller.settings.number_code, sheet.sheet, today=clock.day_of(now)).text
    found = sheets.one(connection, caller.park, given)
    if found is None:
        raise Problem("sheet_unknown", "/sheet", sheet=given)
    if found["enterprise_id"] != caller.enterprise:
        raise Problem("sheet_foreign", "/sheet", sheet=given)
    if sheet.generator is not None and sheet.generator != caller.enterprise_uuid:
        raise Problem("generator_not_yours", "/generator")
    if found["manifest_uuid"] == sheet.id:
        return None
    if found["manifest_uuid"] is not None:
        raise Problem("sheet_used", "/sheet", sheet=given, number=found["manifest_number"])
    if papers.row(connection, caller.park, sheet.id) is not None:
        raise Problem("manifest_id_taken", "/id", manifest=str(sheet.id))
    return given


def _again(connection: Connection, caller: Caller, sheet: Written) -> list[ledger.Receipt]:
    """The first answer, where the same was entered before."""
    found = papers.issued(connection, caller.park, sheet.id)
    if found is not None:
        index, record = found
        fact = facts.from_record(record)
        assert isinstance(fact, facts.ManifestIssued)  # noqa: S101 - that is what the question asked for
        rows = {line.batch for line in fact.lines} == {row.batch for row in sheet.rows}
        if rows and (fact.receiver, fact.treatment) == (sheet.receiver, sheet.treatment):
            return [ledger.Receipt(fact.id, "already_recorded", index=index)]
    raise Problem("manifest_id_taken", "/id", manifest=str(sheet.id))


def _look_up(entry: _Entry) -> None:
    """Batches (locked first, as everywhere), classes, carriers. ``Problem`` where something cannot be attributed."""
    named = [facts.Line(batch=row.batch) for row in entry.sheet.rows]
    asked = facts.TakenOut(id=entry.sheet.id, observed_at=entry.now, lines=tuple(named))
    shelf = loading.shelf(entry.connection, entry.caller.park, [asked])
    entry.known = shelf.books.batches
    listed = loading.classes_named(entry.connection, [row.waste_class for row in entry.sheet.rows if row.waste_class])
    for at, row in enumerate(entry.sheet.rows):
        known = entry.known.get(row.batch)
        if row.waste_class is None and known is None:
            raise Problem("not_found", f"/batches/{at}/batch", what=str(row.batch))
        if row.waste_class is not None and known is not None:
            raise Problem("batch_id_taken", f"/batches/{at}/batch", batch=str(row.batch))
        found = shelf.classes.get(known.class_id or 0) if known else listed.get(str(row.waste_class))
        if found is not None:
            entry.classes[row.batch] = found
    _carriers(entry)


def _carriers(entry: _Entry) -> None:
    """The carriers in leg order; one that is in no register gets an id of its own."""
    connection = entry.connection
    asked = [leg.carrier.enterprise for leg in entry.sheet.legs if leg.carrier.enterprise]
    registered = parties.keys_of(connection, [*asked, entry.sheet.receiver])
    if entry.sheet.receiver not in registered:
        raise Problem("enterprise_unknown", "/receiver", enterprise=str(entry.sheet.receiver))
    for at, leg in enumerate(entry.sheet.legs):
        one = leg.carrier
        if one.enterprise is not None and one.enterprise not in registered:
            raise Problem("enterprise_unknown", f"/carriers/{at}", enterprise=str(one.enterprise))
        if one.enterprise is None:
            uuid = uuid7()
            key = parties.unregistered(connection, uuid, (one.name or "").strip())
            name = (one.name or "").strip()
            entry.carriers.append(
                facts.Carrier(enterprise=uuid, plate=one.plate, name=name, permit_number=one.permit_number)
            )
        else:
            key = registered[one.enterprise]
            entry.carriers.append(facts.Carrier(enterprise=one.enterprise, plate=one.plate))
        entry.keys.append(key)
    entry.keys.append(registered[entry.sheet.receiver])


def _judge(entry: _Entry) -> None:
    """Every gate a plan must pass, asked of what has happened."""
    caller, sheet, on = entry.caller, entry.sheet, clock.day_of(entry.sheet.written_at)
    limit = caller.settings.backfill_days
    if clock.day_of(entry.now) > workdays.working_days_after(on, limit):
        evidence = {"sheet": sheet.sheet, "days": (entry.now - sheet.written_at).days, "limit": limit}
        entry.findings.append(Finding("backfilled_late", evidence))
    *carriers, receiver = entry.keys
    names = parties.names_of(entry.connection, entry.keys)
    entry.gate(lambda: permits.check_treatment(sheet.treatment))
    if receiver == caller.enterprise:
        entry.gate(_closed("receiver_is_generator", "/receiver"))
    for row in sheet.rows:
        _judge_row(entry, row)
    hazardous = [found for found in entry.named if found.hazardous]
    if hazardous and len(hazardous) < len(entry.named):
        entry.gate(_closed("manifest_mixes_hazard", code=str(hazardous[0])))
    for key, carrier in zip(carriers, entry.carriers, strict=True):
        if carrier.name is None:
            entry.gate(partial(permits.carrier, entry.connection, key, names[key], entry.named, on))
        elif hazardous and not carrier.permit_number:
            entry.gate(_closed("carrier_needs_permit_number", enterprise=carrier.name))
    if entry.named:
        grams = sum(entry.grams(row) for row in sheet.rows)
        mine = caller.enterprise or 0
        where = parties.divisions_of(entry.connection, [mine, receiver])
        leaving = partial(gates.leaving, where, caller.settings, mine, receiver)
        origin = entry.gate(partial(leaving, sheet.treatment, hazardous=bool(hazardous), filing=None)) or ""
        asked = (entry.connection, receiver, names[receiver], entry.named, sheet.treatment, grams, on, origin)
        entry.permit = entry.gate(lambda: permits.receiver(*asked)) or permits.nearest(
            entry.connection, receiver, entry.named, sheet.treatment, on
        )


def _judge_row(entry: _Entry, row: written.Row) -> None:
    batch, found = entry.known.get(row.batch), entry.classes.get(row.batch)
    if found is None:
        entry.gate(_closed("batch_unclassified", batch=str(row.batch)), row.batch)
    elif found.ended is not None:
        entry.gate(_closed("class_not_in_force", code=str(found), ended=found.ended.isoformat()), row.batch)
    if batch is None:
        return
    shown = {"batch": str(batch.uuid), "left": quantity.show(batch.grams)}
    if batch.holder != entry.caller.enterprise:
        entry.gate(_closed("batch_not_held", **shown), row.batch)
    elif batch.state not in lifecycle.FREE:
        words = lifecycle.words()["state"][batch.state]
        entry.gate(_closed("batch_not_free", state_zh=words["zh"], state_en=words["en"], **shown), row.batch)
    elif row.grams is not None and row.grams > batch.grams:
        entry.gate(_closed("batch_short", asked=quantity.show(row.grams), **shown), row.batch)


def _closed(code: str, pointer: str | None = None, /, **params: Any) -> Callable[[], None]:
    def judge() -> None:
        raise Problem(code, pointer, **params)

    return judge


def _record(entry: _Entry, signer: signing.Signer, sheet_number: str) -> list[ledger.Receipt]:
    connection, caller, sheet = entry.connection, entry.caller, entry.sheet
    hazardous = any(found.hazardous for found in entry.classes.values())
    papers.put_draft(
        connection,
        caller.park,
        sheet.id,
        generator=caller.enterprise or 0,
        receiver=entry.keys[-1],
        treatment=sheet.treatment,
        hazardous=hazardous,
        body=None,
        remark=sheet.remark,
        now=entry.now,
        due_pickup_at=entry.now + timedelta(days=caller.settings.pickup_days),
    )
    issued = facts.ManifestIssued(
        id=uuid7(),
        observed_at=sheet.written_at,
        manifest=sheet.id,
        lines=tuple(facts.Line(batch=row.batch, grams=entry.grams(row), measured=row.measured) for row in sheet.rows),
        number=numbers.of_manifest(connection, caller, sheet.id, asked=None, hazardous=hazardous, now=sheet.written_at),
        generator=caller.enterprise_uuid or sheet.id,
        carriers=tuple(entry.carriers),
        receiver=sheet.receiver,
        treatment=sheet.treatment,
        hazardous=hazardous,
        permit=entry.permit,
        labels=_labels(entry, signer, hazardous=hazardous),
        sheet=sheet_number,
    )
    told, notes = _told(entry, issued)
    receipts = ledger.record(connection, caller, told, now=entry.now, own=True, paper=Paper(notes))
    for receipt in receipts:
        # One that was turned away takes all the others, the number and the labels back with it.
        if receipt.problem is not None:
            raise receipt.problem
    at = next(at for at, receipt in enumerate(receipts) if receipt.fact == issued.id)
    return [receipts[at], *receipts[:at], *receipts[at + 1 :]]


def _labels(entry: _Entry, signer: signing.Signer, *, hazardous: bool) -> tuple[UUID, ...]:
    """A label for the manifest, and one for each of its batches that has none yet."""
    grams = sum(entry.grams(row) for row in entry.sheet.rows)
    have = papers.labels_of(entry.connection, entry.caller.park, batches=list(entry.known))
    bare = [
        (entry.known.get(row.batch) or _unborn(entry, row), entry.classes.get(row.batch))
        for row in entry.sheet.rows
        if row.batch not in have
    ]
    rows = signing.labels_of_manifest(
        entry.caller, signer, entry.sheet.id,
        generator=entry.caller.enterprise or 0, grams=grams, hazardous=hazardous, bare=bare, now=entry.now,
    )  # fmt: skip
    papers.log_labels(entry.connection, rows)
    return tuple(row["id"] for row in rows)


def _unborn(entry: _Entry, row: written.Row) -> booking.Batch:
    """A batch as it will be once its generation is booked, for its label."""
    found, mine = entry.classes.get(row.batch), entry.caller.enterprise or 0
    return booking.Batch(
        key=0, uuid=row.batch, class_id=found.key if found else None, raw_class=None, generator=mine, holder=mine,
        state="on_site", free_state="on_site", grams=row.grams or 0, grams_at_start=row.grams or 0,
        measured=row.measured, store=None, manifest=None, came_by=None, mass_fact=row.batch, generated_at=entry.now,
        held_since=entry.now, last_fact=row.batch, last_index=0, last_observed_at=entry.now,
    )  # fmt: skip


def _told(entry: _Entry, issued: facts.ManifestIssued) -> tuple[list[facts.Fact], dict[UUID, list[Finding]]]:
    """All facts of the sheet in the order they happened, and what is noted about them."""
    sheet = entry.sheet
    born: list[facts.Fact] = [
        facts.Generated(
            id=uuid7(),
            observed_at=sheet.written_at,
            lines=(facts.Line(batch=row.batch, grams=row.grams, measured=row.measured),),
            waste_class=row.waste_class,
            form=row.form,
            container=row.container,
        )
        for row in sheet.rows
        if row.waste_class is not None
    ]
    notes: dict[UUID, list[Finding]] = {issued.id: entry.findings}
    road = _road(entry)
    receipt = _receipt(sheet)
    if receipt is not None:
        notes[receipt.id] = [Finding("received_on_paper", {"sheet": issued.sheet, "enterprise": entry.keys[-1]})]
        road.append(receipt)
    signed = _signatures(entry, issued, road)
    # Each name right under what it was written for: in the order it happened, not in that of the form.
    story = [fact for told in (issued, *road) for fact in (told, *signed.pop(told.id, ()))]
    return [*born, *story, *(fact for rest in signed.values() for fact in rest)], notes


def _road(entry: _Entry) -> list[facts.Fact]:
    """The pickup and every hand-over whose time the sheet gives, in leg order."""
    sheet = entry.sheet
    loaded = tuple(
        facts.Line(batch=row.batch, grams=row.loaded_grams, measured=row.loaded_grams is not None) for row in sheet.rows
    )
    bare = tuple(facts.Line(batch=row.batch) for row in sheet.rows)
    told: list[facts.Fact] = []
    for leg, carrier in zip(sheet.legs, entry.carriers, strict=True):
        if leg.took_over_at is None:
            continue
        given: dict[str, Any] = {
            "id": uuid7(), "observed_at": leg.took_over_at, "manifest": sheet.id, "carrier": carrier.enterprise,
            "plate": carrier.plate,
        }  # fmt: skip
        told.append(facts.HandedOver(lines=bare, **given) if told else facts.PickedUp(lines=loaded, **given))
    return told


def _receipt(sheet: Written) -> facts.Received | None:
    """The receipt as the sheet has it: what was refused is a batch of its own from here on."""
    if sheet.receipt is None:
        return None
    given: dict[str, Any] = {
        "id": uuid7(), "observed_at": sheet.receipt.at, "manifest": sheet.id, "text": sheet.receipt.text,
    }  # fmt: skip
    if all(row.refused_grams and not row.accepted_grams for row in sheet.rows):
        lines = tuple(facts.Line(batch=row.batch) for row in sheet.rows)
        return facts.Received(lines=lines, outcome="refused", cause=sheet.receipt.cause, **given)
    parts = tuple(
        facts.RefusedPart(batch=row.batch, refused_grams=row.refused_grams, into=uuid7())
        for row in sheet.rows
        if row.refused_grams
    )
    lines = tuple(
        facts.Line(batch=row.batch, grams=row.accepted_grams, measured=row.accepted_grams is not None)
        for row in sheet.rows
    )
    cause = sheet.receipt.cause if parts else None
    return facts.Received(lines=lines, outcome="part" if parts else "whole", refused=parts, cause=cause, **given)


def _signatures(entry: _Entry, issued: facts.Fact, road: Sequence[facts.Fact]) -> dict[UUID | None, list[facts.Fact]]:
    """The names in ink, by the fact each was written under. A name is personal: beside the log, not in it."""
    sheet, pickups = entry.sheet, [fact for fact in road if not isinstance(fact, facts.Received)]
    receipt = next((fact for fact in road if isinstance(fact, facts.Received)), None)
    told: dict[UUID | None, list[facts.Fact]] = {}
    for one in sheet.names:
        of: facts.Fact | None = issued
        whom = entry.caller.enterprise_uuid
        if one.side == "carrier":
            whom = entry.carriers[one.leg - 1].enterprise
            of = next((fact for fact in pickups if getattr(fact, "carrier", None) == whom), None)
        elif one.side == "receiver":
            whom, of = sheet.receiver, receipt
        under = of.id if of else None
        at = one.at or (of.observed_at if of else sheet.written_at)
        name = facts.Signed(
            id=uuid7(), observed_at=at, manifest=sheet.id, side=one.side, method="paper", of=under, on_behalf=whom,
            private={"name": one.name},
        )  # fmt: skip
        told.setdefault(under, []).append(name)
    return told
