"""Enters a manifest that a phone issued without a network, under a number of a block it held. The load is on its way:
no gate refuses it any more, and every gate that would have been closed becomes a finding. What cannot be attributed is
turned away: a number that is nobody's, somebody else's, another phone's, or already another manifest's. One that
waits for a batch is judged when it is let in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from manifests import gates, numbers, signing
from manifests.happened import Entry, closed, judge, labels, look_up
from manifests.plan import BatchPlan, CarrierPlan, Plan, readable
from manifests.written import Leg, Row, Written
from tracker import clock, facts, ledger, loading, numbering, papers, parties, receipts
from tracker.numbering import Terms
from tracker.parties import Caller
from tracker.problems import Finding, Problem
from tracker.rules.context import Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What a phone tells of a manifest it issued: an ordinary fact, whose details are a plan with its number."""

    id: UUID
    observed_at: datetime
    manifest: UUID
    lines: tuple[facts.Line, ...]
    number: str
    carriers: tuple[CarrierPlan, ...]
    receiver: UUID
    treatment: str
    remark: str | None = None
    filing_number: str | None = None
    place: facts.Point | None = None
    evidence: tuple[facts.Evidence, ...] = ()
    device: UUID | None = None
    counter: int | None = None
    private: Mapping[str, str] | None = None


def enter(
    connection: Connection,
    caller: Caller,
    signer: signing.Signer,
    told: Issued,
    device: UUID | None,
    now: datetime,
    *,
    skew_s: float | None = None,
    noted: Mapping[UUID, Sequence[Finding]] | None = None,
) -> ledger.Receipt:
    """Record it; told again, the first answer stands. ``device``: the phone that sends it, as it names itself.

    ``Problem``: manifest_without_batches, carrier_missing, batch_named_twice, fact_id_reused, manifest_id_taken,
    number_not_in_block, number_of_other_phone, number_used_already, number_block_closed, enterprise_unknown, and
    whatever cannot be read. Then nothing of it is written.
    """
    if caller.enterprise is None or caller.enterprise_uuid is None:
        raise Problem("person_without_enterprise")
    _readable(told)
    given = numbers.typed(caller.settings, told.number, now)
    if (known := _again(connection, caller, told, given.text)) is not None:
        return known
    block = _of_phone(connection, caller, given.text, told.device or device)
    if papers.row(connection, caller.park, told.manifest) is not None:
        raise Problem("manifest_id_taken", "/manifest", manifest=str(told.manifest))
    hazardous = given.kind == "hazardous"
    entry = _entry(connection, caller, told, given.text, now)
    look_up(entry, may_come_later=True)
    judge(entry)
    _beyond(entry, told, block.terms, hazardous=hazardous)
    put = papers.put_draft(
        connection, caller.park, told.manifest,
        generator=caller.enterprise, receiver=entry.keys[-1], treatment=told.treatment, hazardous=hazardous, body=None,
        remark=told.remark, now=now, due_pickup_at=now + timedelta(days=caller.settings.pickup_days),
    )  # fmt: skip
    if put is None:
        raise Problem("manifest_id_taken", "/manifest", manifest=str(told.manifest))
    number = numbers.of_manifest(connection, caller, told.manifest, asked=given.text, hazardous=hazardous, now=now)
    if block.label is not None:
        numbering.name_label(connection, caller.park, block.label, told.manifest)
    fact = _fact(entry, told, number, labels(entry, signer, hazardous=hazardous, own=block.label), hazardous=hazardous)
    paper = Paper({told.id: entry.findings}, by_phone=True)
    (receipt,) = ledger.record(connection, caller, [fact], now=now, skew_s=skew_s, own=True, paper=paper, noted=noted)
    if receipt.problem is not None:
        raise receipt.problem
    return replace(receipt, number=number)


def let_in(
    connection: Connection, caller: Caller, shelf: loading.Shelf, fact: facts.ManifestIssued, now: datetime
) -> tuple[facts.ManifestIssued, list[Finding]]:
    """What the gates say of a manifest that waited for a batch, and its fact with what could not be known before: the
    grams of its lines, and the permit that keeps room for them. It bears the labels it came with."""
    row = papers.row(connection, caller.park, fact.manifest) if fact.manifest else None
    block = numbering.given(connection, caller.park, fact.number)
    told = _as_told(fact, row["remark"] if row else None)
    entry = _entry(connection, caller, told, fact.number, now)
    entry.known = {line.batch: shelf.books.batches[line.batch] for line in fact.lines}
    found = {uuid: shelf.classes.get(batch.class_id or 0) for uuid, batch in entry.known.items()}
    entry.classes = {uuid: one for uuid, one in found.items() if one}
    entry.carriers = list(fact.carriers)
    entry.keys = [shelf.books.enterprises[uuid] for uuid in (*(one.enterprise for one in fact.carriers), fact.receiver)]
    judge(entry)
    _beyond(entry, told, block.terms if block else None, hazardous=fact.hazardous)
    return _fact(entry, told, fact.number, fact.labels, hazardous=fact.hazardous), entry.findings


def _as_told(fact: facts.ManifestIssued, remark: str | None) -> Issued:
    """The fact as the phone told it; a carrier of no register has got an id since."""
    return Issued(
        id=fact.id,
        observed_at=fact.observed_at,
        manifest=fact.manifest or fact.id,
        lines=fact.lines,
        number=fact.number,
        carriers=tuple(
            CarrierPlan(
                enterprise=None if one.name else one.enterprise,
                name=one.name,
                permit_number=one.permit_number,
                plate=one.plate,
            )
            for one in fact.carriers
        ),
        receiver=fact.receiver,
        treatment=fact.treatment,
        remark=remark,
        filing_number=fact.filing,
        place=fact.place,
        evidence=fact.evidence,
        device=fact.device,
        counter=fact.counter,
        private=fact.private,
    )


def lock(connection: Connection, caller: Caller, told: Sequence[facts.Fact | Issued]) -> None:
    """Lock, in the one order, what these touch before the first of them is written."""
    plain = [one if not isinstance(one, Issued) else _touches(one) for one in told]
    loading.shelf(connection, caller.park, plain)


def _touches(told: Issued) -> facts.Fact:
    return facts.TakenOut(id=told.id, observed_at=told.observed_at, lines=told.lines)


def entered(
    connection: Connection,
    caller: Caller,
    signer: signing.Signer,
    told: Issued,
    device: UUID | None,
    now: datetime,
    *,
    skew_s: float | None = None,
    noted: Mapping[UUID, Sequence[Finding]] | None = None,
) -> ledger.Receipt:
    """As ``enter``, in a savepoint of its own; a problem is an answer, and what was told is kept for the desk."""
    try:
        with connection.begin_nested():
            return enter(connection, caller, signer, told, device, now, skew_s=skew_s, noted=noted)
    except Problem as problem:
        ledger.keep_unreadable(connection, caller, str(told.id), problem, _kept(told), now)
        return ledger.Receipt(told.id, "turned_away", problem=problem)


def _kept(told: Issued) -> dict[str, Any]:
    """What was told, as the desk reads it."""
    return {
        "kind": facts.ManifestIssued.KIND,
        "observed_at": told.observed_at.isoformat(),
        "manifest": str(told.manifest),
        "number": told.number,
        "batches": [str(line.batch) for line in told.lines],
        "carriers": [str(one.enterprise or one.name) for one in told.carriers],
        "receiver": str(told.receiver),
        "treatment": told.treatment,
    }


def _readable(told: Issued) -> None:
    if not told.lines:
        raise Problem("manifest_without_batches", "/lines")
    if not told.carriers:
        raise Problem("carrier_missing", "/details/carriers")
    seen: set[UUID] = set()
    for at, line in enumerate(told.lines):
        if line.batch in seen:
            raise Problem("batch_named_twice", f"/lines/{at}", batch=str(line.batch))
        seen.add(line.batch)
    readable(_plan(told))


def _plan(told: Issued) -> Plan:
    return Plan(
        id=told.manifest,
        batches=tuple(BatchPlan(batch=line.batch) for line in told.lines),
        carriers=told.carriers,
        receiver=told.receiver,
        treatment=told.treatment,
        remark=told.remark,
        filing_number=told.filing_number,
    )


def _again(connection: Connection, caller: Caller, told: Issued, number: str) -> ledger.Receipt | None:
    """The first answer, where this was told before."""
    found = receipts.answered(connection, caller.park, told.id)
    if found is None:
        return None
    fact, receipt = found
    same = (
        isinstance(fact, facts.ManifestIssued)
        and (fact.manifest, fact.number, fact.receiver, fact.treatment)
        == (told.manifest, number, told.receiver, told.treatment)
        and fact.generator == caller.enterprise_uuid
        and {line.batch for line in fact.lines} == {line.batch for line in told.lines}
    )
    if not same:
        raise Problem("fact_id_reused", "/id", fact=str(told.id))
    return replace(receipt, number=number)


def _of_phone(connection: Connection, caller: Caller, number: str, device: UUID | None) -> numbering.Given:
    """The number as it was given, where it was given to this phone of this enterprise."""
    found = numbering.given(connection, caller.park, number)
    if found is None or found.enterprise != caller.enterprise:
        raise Problem("number_not_in_block", "/details/number", number=number)
    if found.terms is None or found.terms.device != device:
        raise Problem("number_of_other_phone", "/details/number", number=number, holder=found.holder)
    return found


def _entry(connection: Connection, caller: Caller, told: Issued, number: str, now: datetime) -> Entry:
    sheet = Written(
        id=told.manifest,
        sheet=number,
        # A phone's clock may be wrong by a year; what no clock can be is ahead of us.
        written_at=min(told.observed_at, now),
        rows=tuple(Row(batch=line.batch, grams=line.grams, measured=line.measured) for line in told.lines),
        legs=tuple(Leg(carrier=one) for one in told.carriers),
        receiver=told.receiver,
        treatment=told.treatment,
        remark=told.remark,
    )
    return Entry(connection, caller, sheet, now, closed="gate_closed_offline", filing=told.filing_number)


def _beyond(entry: Entry, told: Issued, terms: Terms | None, *, hazardous: bool) -> None:
    """What the profile asks of a plan, and whether the phone stayed within what it was allowed."""
    caller = entry.caller
    known = [entry.known[line.batch] for line in told.lines if line.batch in entry.known]
    entry.gate(lambda: gates.fields_given(caller.settings.in_force, _plan(told), known, hazardous=hazardous))
    for found in entry.named:
        if found.hazardous != hazardous:
            entry.gate(closed("grant_of_other_kind", code=str(found)))
    if terms is None:
        return
    if entry.sheet.written_at > terms.until:
        entry.findings.append(
            Finding("grant_ended", {"number": entry.sheet.sheet, "until": clock.minute_of(terms.until)})
        )
    names = parties.names_of(entry.connection, entry.keys)
    outside: list[str] = []
    for at, one in enumerate(told.carriers):
        if one.enterprise not in terms.carriers:
            outside.append(names[entry.keys[at]][0])
    if told.receiver not in terms.receivers:
        outside.append(names[entry.keys[-1]][0])
    if told.treatment != terms.treatment:
        outside.append(told.treatment)
    allowed = {str(one) for one in terms.classes}
    outside += [str(found) for found in entry.named if str(found) not in allowed]
    if outside:
        entry.findings.append(Finding("outside_grant", {"number": entry.sheet.sheet, "what": "、".join(outside)}))


def _fact(entry: Entry, told: Issued, number: str, made: Sequence[UUID], *, hazardous: bool) -> facts.ManifestIssued:
    def line(one: facts.Line) -> facts.Line:
        batch = entry.known.get(one.batch)
        grams = one.grams if one.grams is not None or batch is None else batch.grams
        return replace(one, grams=grams)

    return facts.ManifestIssued(
        id=told.id,
        observed_at=told.observed_at,
        manifest=told.manifest,
        lines=tuple(line(one) for one in told.lines),
        place=told.place,
        evidence=told.evidence,
        device=told.device,
        counter=told.counter,
        private=told.private,
        number=number,
        generator=entry.caller.enterprise_uuid or told.id,
        carriers=tuple(entry.carriers),
        receiver=told.receiver,
        treatment=told.treatment,
        hazardous=hazardous,
        permit=entry.permit,
        labels=tuple(made),
        filing=told.filing_number,
    )
