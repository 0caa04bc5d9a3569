"""A consignment that has happened before the park could judge it, on paper or on a phone without a network: looked up,
labelled, and asked every gate a plan must pass. No gate refuses it any more; one that would have been closed becomes a
finding."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from uuid_utils.compat import uuid7

from manifests import gates, signing, written
from manifests.written import Written
from tracker import booking, clock, facts, lifecycle, loading, papers, parties, permits, quantity
from tracker.parties import Caller
from tracker.problems import Finding, Problem
from tracker.rules.context import ClassKnown


@dataclass(slots=True)
class Entry:
    """A consignment on its way in: what was looked up for it, and what was found odd."""

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
    #: What a closed gate is called, where the consignment comes from.
    closed: str = "gate_closed_on_paper"
    filing: str | None = None

    def gate(self, judge: Callable[[], Any], batch: UUID | None = None) -> Any:
        """What a gate answers; where it is closed, None, and a finding that says so."""
        try:
            return judge()
        except Problem as closed:
            why = {"why": closed.entry.say("zh", closed.params), "why_en": closed.entry.say("en", closed.params)}
            evidence = {"gate": closed.code, **why}
            self.findings.append(Finding(self.closed, evidence, str(batch) if batch else None))
            return None

    @property
    def named(self) -> list[ClassKnown]:
        return sorted({one.key: one for one in self.classes.values()}.values(), key=lambda one: one.key)

    def grams(self, row: written.Row) -> int:
        """What the sheet says it weighs, else what the books have."""
        return row.grams if row.grams is not None else self.known[row.batch].grams


def look_up(entry: Entry, *, may_come_later: bool = False) -> None:
    """Batches (locked first, as everywhere), classes, carriers. ``Problem`` where something cannot be attributed; a
    batch nobody knows yet ``may_come_later``, from another phone."""
    named = [facts.Line(batch=row.batch) for row in entry.sheet.rows]
    asked = facts.TakenOut(id=entry.sheet.id, observed_at=entry.now, lines=tuple(named))
    shelf = loading.shelf(entry.connection, entry.caller.park, [asked])
    entry.known = shelf.books.batches
    listed = loading.classes_named(entry.connection, [row.waste_class for row in entry.sheet.rows if row.waste_class])
    for at, row in enumerate(entry.sheet.rows):
        known = entry.known.get(row.batch)
        if row.waste_class is None and known is None and not may_come_later:
            raise Problem("not_found", f"/batches/{at}/batch", what=str(row.batch))
        if row.waste_class is not None and known is not None:
            raise Problem("batch_id_taken", f"/batches/{at}/batch", batch=str(row.batch))
        found = shelf.classes.get(known.class_id or 0) if known else listed.get(str(row.waste_class))
        if found is not None:
            entry.classes[row.batch] = found
    _carriers(entry)


def _carriers(entry: Entry) -> None:
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


def judge(entry: Entry) -> None:
    """Every gate a plan must pass, asked of what has happened."""
    caller, sheet, on = entry.caller, entry.sheet, clock.day_of(entry.sheet.written_at)
    *carriers, receiver = entry.keys
    names = parties.names_of(entry.connection, entry.keys)
    entry.gate(lambda: permits.check_treatment(sheet.treatment))
    if receiver == caller.enterprise:
        entry.gate(closed("receiver_is_generator", "/receiver"))
    for row in sheet.rows:
        _judge_row(entry, row)
    hazardous = [found for found in entry.named if found.hazardous]
    if hazardous and len(hazardous) < len(entry.named):
        entry.gate(closed("manifest_mixes_hazard", code=str(hazardous[0])))
    for key, carrier in zip(carriers, entry.carriers, strict=True):
        if carrier.name is None:
            entry.gate(partial(permits.carrier, entry.connection, key, names[key], entry.named, on))
        elif hazardous and not carrier.permit_number:
            entry.gate(closed("carrier_needs_permit_number", enterprise=carrier.name))
    if entry.named:
        grams = sum(entry.grams(row) for row in sheet.rows if row.batch in entry.known or row.grams is not None)
        mine = caller.enterprise or 0
        where = parties.divisions_of(entry.connection, [mine, receiver])
        leaving = partial(gates.leaving, where, caller.settings, mine, receiver)
        origin = entry.gate(partial(leaving, sheet.treatment, hazardous=bool(hazardous), filing=entry.filing)) or ""
        asked = (entry.connection, receiver, names[receiver], entry.named, sheet.treatment, grams, on, origin)
        entry.permit = entry.gate(lambda: permits.receiver(*asked)) or permits.nearest(
            entry.connection, receiver, entry.named, sheet.treatment, on
        )


def _judge_row(entry: Entry, row: written.Row) -> None:
    batch, found = entry.known.get(row.batch), entry.classes.get(row.batch)
    if batch is None and row.waste_class is None:
        return  # Not come yet: there is nothing to judge it by.
    if found is None:
        entry.gate(closed("batch_unclassified", batch=str(row.batch)), row.batch)
    elif found.ended is not None:
        entry.gate(closed("class_not_in_force", code=str(found), ended=found.ended.isoformat()), row.batch)
    if batch is None:
        return
    shown = {"batch": str(batch.uuid), "left": quantity.show(batch.grams)}
    if batch.holder != entry.caller.enterprise:
        entry.gate(closed("batch_not_held", **shown), row.batch)
    elif batch.state not in lifecycle.FREE:
        words = lifecycle.words()["state"][batch.state]
        entry.gate(closed("batch_not_free", state_zh=words["zh"], state_en=words["en"], **shown), row.batch)
    elif row.grams is not None and row.grams > batch.grams:
        entry.gate(closed("batch_short", asked=quantity.show(row.grams), **shown), row.batch)


def closed(code: str, pointer: str | None = None, /, **params: Any) -> Callable[[], None]:
    """A gate that is known to be closed, in the form ``Entry.gate`` asks."""

    def judge() -> None:
        raise Problem(code, pointer, **params)

    return judge


def labels(entry: Entry, signer: signing.Signer, *, hazardous: bool, own: UUID | None = None) -> tuple[UUID, ...]:
    """A label for the manifest (``own``: it has one), and one for each of its batches that has none yet, now logged."""
    grams = sum(entry.grams(row) for row in entry.sheet.rows if row.batch in entry.known or row.grams is not None)
    have = papers.labels_of(entry.connection, entry.caller.park, batches=list(entry.known))
    bare = [
        (entry.known.get(row.batch) or _unborn(entry, row), entry.classes.get(row.batch))
        for row in entry.sheet.rows
        if row.batch not in have and (row.batch in entry.known or row.waste_class is not None)
    ]
    rows = signing.labels_of_manifest(
        entry.caller, signer, entry.sheet.id,
        generator=entry.caller.enterprise or 0, grams=grams, hazardous=hazardous, bare=bare, now=entry.now,
    )  # fmt: skip
    if own is not None:
        rows = rows[1:]
    papers.log_labels(entry.connection, rows)
    return (*((own,) if own else ()), *(row["id"] for row in rows))


def _unborn(entry: Entry, row: written.Row) -> booking.Batch:
    """A batch as it will be once its generation is booked, for its label."""
    found, mine = entry.classes.get(row.batch), entry.caller.enterprise or 0
    return booking.Batch(
        key=0, uuid=row.batch, class_id=found.key if found else None, raw_class=None, generator=mine, holder=mine,
        state="on_site", free_state="on_site", grams=row.grams or 0, grams_at_start=row.grams or 0,
        measured=row.measured, store=None, manifest=None, came_by=None, mass_fact=row.batch, generated_at=entry.now,
        held_since=entry.now, last_fact=row.batch, last_index=0, last_observed_at=entry.now,
    )  # fmt: skip
