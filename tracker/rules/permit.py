"""Findings about permits: waste taken in or treated by somebody who may not."""

from collections.abc import Iterator
from datetime import date, timedelta

from tracker import booking, facts, quantity, treatments
from tracker.clock import day_of
from tracker.problems import Finding
from tracker.rules.context import Context, PermitKnown


def _covering(context: Context, batch: booking.Batch) -> list[PermitKnown] | None:
    """The permits in force of the batch's holder for its class; None where no class is known to ask about."""
    found = context.classes.get(batch.class_id or 0)
    if found is None:
        return None
    on = _day(context)
    mine = context.permits.get(batch.holder, ())
    return [
        permit
        for permit in mine
        if permit.acts_as == "receiver" and permit.in_force(on) and permit.covers(found.scheme, found.code)
    ]


def _day(context: Context) -> date:
    """The day it happened, as far as the device's clock can be believed: a receipt told on the first day after a permit
    ended may be of its last."""
    return day_of(context.when)


def _meanwhile(context: Context, batch: booking.Batch) -> PermitKnown | None:
    """The permit on which the manifest was issued, where it was in force then and no longer is: the load went on its
    way lawfully, and must not be lost for it."""
    for manifest in context.booked.manifests.values():
        if batch.uuid not in manifest.lines or manifest.issued_at is None:
            continue
        for permit in context.permits.get(batch.holder, ()):
            lawful = permit.uuid == manifest.permit and permit.in_force(day_of(manifest.issued_at))
            if lawful and not permit.in_force(_day(context)):
                return permit
    return None


def receipt(context: Context) -> Iterator[Finding]:
    """Received by somebody without a permit for it, or beyond the permit's yearly capacity."""
    if not isinstance(context.fact, facts.Received) or context.fact.outcome == "refused":
        return
    over: set[str] = set()
    for batch, before, _ in context.lines():
        if batch.state == before.state or batch.state not in ("received", "split"):
            continue
        permits = _covering(context, batch)
        if permits is None:
            continue
        ended = None if permits else _meanwhile(context, batch)
        if ended is not None:
            evidence = {"enterprise": batch.holder, "permit": ended.number}
            yield Finding("permit_expired_meanwhile", evidence | {"ended": _end(ended)}, str(batch.uuid))
        elif not permits:
            yield Finding(
                "permit_missing",
                {"enterprise": batch.holder, "code": str(context.classes[batch.class_id or 0])},
                str(batch.uuid),
            )
        for permit in permits:
            now = sum(use.used for use in context.booked.uses if use.permit == permit.uuid)
            used = permit.used_grams + now
            if now and permit.annual_grams is not None and used > permit.annual_grams and permit.number not in over:
                over.add(permit.number)
                evidence = {"enterprise": batch.holder, "permit": permit.number}
                excess = used - permit.annual_grams
                yield Finding("permit_over_capacity", evidence | {"over": quantity.show(excess), "over_grams": excess})


def _end(permit: PermitKnown) -> str:
    """The last day on which it held."""
    ended = permit.ended_on - timedelta(days=1) if permit.ended_on else permit.valid_to
    return min(ended, permit.valid_to).isoformat()


def treatment(context: Context) -> Iterator[Finding]:
    """Treated in a way the permit does not name. Who treats only its own waste needs no permit for it."""
    if not isinstance(context.fact, facts.Treated):
        return
    for batch, before, _ in context.lines():
        if batch.generator == batch.holder or batch.grams == before.grams:
            continue
        for permit in _covering(context, batch) or ():
            if permit.treatments and context.fact.treatment not in permit.treatments:
                evidence = {"treatment": context.fact.treatment, "permit": permit.number}
                yield Finding("treatment_outside_permit", evidence, str(batch.uuid))


def untraced(context: Context) -> Iterator[Finding]:
    """Traceability declared at an end by somebody whose permit does not allow it."""
    fact = context.fact
    if not isinstance(fact, facts.Treated) or not fact.untraced:
        return
    for batch, before, _ in context.lines():
        if batch.grams == before.grams:
            continue
        if not any(permit.ends_trace for permit in _covering(context, batch) or ()):
            evidence = {"enterprise": batch.holder, "clause": fact.untraced}
            yield Finding("trace_ended_without_licence", evidence, str(batch.uuid))


def typed_carrier(context: Context) -> Iterator[Finding]:
    """A carrier that is in no register: somebody should look whether it exists."""
    if isinstance(context.fact, facts.ManifestIssued):
        for carrier in context.fact.carriers:
            if carrier.name is not None:
                yield Finding("carrier_unregistered", {"carrier": carrier.name, "permit": carrier.permit_number or "—"})


def known_treatment(context: Context) -> Iterator[Finding]:
    """A way of treatment that is in no list: somebody mistyped it, or the list lacks it."""
    if isinstance(context.fact, facts.Treated) and context.fact.treatment not in treatments.codes():
        yield Finding("treatment_code_unknown", {"treatment": context.fact.treatment})


RULES = (known_treatment, receipt, treatment, untraced, typed_carrier)
