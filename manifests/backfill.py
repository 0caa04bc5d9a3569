"""Enters what was written on an emergency sheet. It has happened: no gate refuses it any more, and every gate that
would have been closed becomes a finding. All of it is one transaction, and in the end the log says what the paper says.

Only whoever the sheet was issued to enters it, as the generator of what is on it. What the other sides did is told in
the generator's name, as everything in the log is told by whoever told it; that the receiver should look at it is a
finding.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from uuid_utils.compat import uuid7

from manifests import number, numbers, signing, written
from manifests.emergency import RULE
from manifests.happened import Entry, judge, labels, look_up
from manifests.written import Written
from tracker import clock, facts, ledger, papers, parties, sheets, workdays
from tracker.parties import Caller
from tracker.problems import Finding, Problem
from tracker.rules.context import Paper


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
    entry = Entry(connection, caller, sheet, moment)
    look_up(entry)
    _late(entry)
    judge(entry)
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


def _late(entry: Entry) -> None:
    sheet, limit = entry.sheet, entry.caller.settings.backfill_days
    if clock.day_of(entry.now) > workdays.working_days_after(clock.day_of(sheet.written_at), limit):
        evidence = {"sheet": sheet.sheet, "days": (entry.now - sheet.written_at).days, "limit": limit}
        entry.findings.append(Finding("backfilled_late", evidence))


def _record(entry: Entry, signer: signing.Signer, sheet_number: str) -> list[ledger.Receipt]:
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
        labels=labels(entry, signer, hazardous=hazardous),
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


def _told(entry: Entry, issued: facts.ManifestIssued) -> tuple[list[facts.Fact], dict[UUID, list[Finding]]]:
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


def _road(entry: Entry) -> list[facts.Fact]:
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


def _signatures(entry: Entry, issued: facts.Fact, road: Sequence[facts.Fact]) -> dict[UUID | None, list[facts.Fact]]:
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
