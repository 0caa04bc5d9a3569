"""Who has it: manifests issued and voided, pickup, hand-over, arrival, receipt, return."""

from datetime import datetime

from tracker import facts, lifecycle
from tracker.booking.books import Batch, Edge, Leg, Line, Manifest, Use
from tracker.booking.run import Run, arrow, born, each, go, transfer


def issued(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.ManifestIssued)  # noqa: S101
    assert fact.manifest is not None  # noqa: S101
    keys = run.books.enterprises
    manifest = run.books.manifests.get(fact.manifest)
    if manifest is None:
        manifest = Manifest(fact.manifest, None, "draft", 0, 0, "", hazardous=False, legs=[], lines={})
        run.books.manifests[fact.manifest] = manifest
    manifest.number, manifest.treatment, manifest.hazardous = fact.number, fact.treatment, fact.hazardous
    manifest.generator, manifest.receiver = keys[fact.generator], keys[fact.receiver]
    manifest.legs = [Leg(keys[carrier.enterprise], carrier.plate) for carrier in fact.carriers]
    manifest.state, manifest.permit, manifest.issued_at = "issued", fact.permit, run.when
    run.on(manifest)
    for batch, line in each(run):
        if cell := arrow(run, batch, "manifest_issued"):
            go(run, batch, cell)
            batch.manifest = fact.manifest
            on_it = Line(batch.uuid, line.grams if line.grams is not None else batch.grams)
            manifest.lines[batch.uuid] = on_it
            use(run, manifest, on_it.planned_grams, 0)


def use(run: Run, manifest: Manifest, reserved: int, used: int) -> None:
    """What the receiver's permit has promised changes in the year of issue, what it has used in the year of receipt."""
    if manifest.permit is None or manifest.issued_at is None:
        return
    run.booked.uses.append(Use(manifest.permit, manifest.issued_at.year, reserved, 0))
    if used:
        run.booked.uses.append(Use(manifest.permit, run.when.year, 0, used))


def voided(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.ManifestVoided)  # noqa: S101
    manifest = run.manifest
    for batch, _ in each(run):
        if cell := arrow(run, batch, "manifest_voided"):
            go(run, batch, cell)
            batch.manifest = None
            if manifest and batch.uuid in manifest.lines:
                run.on(manifest)
                manifest.lines[batch.uuid].outcome = "released"
                use(run, manifest, -manifest.lines[batch.uuid].planned_grams, 0)
    if manifest and all(line.outcome == "released" for line in manifest.lines.values()):
        manifest.state = "expired" if fact.expired else "voided"


def picked_up(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.PickedUp)  # noqa: S101
    for batch, line in each(run):
        cell = arrow(run, batch, "picked_up")
        if cell is None:
            continue
        manifest = run.manifest_of(batch)
        carrier = _carrier(run, batch, manifest, fact)
        if line.grams is not None:
            run.reweigh(batch, line.grams, measured=line.measured)
        transfer(run, batch, cell, carrier)
        batch.store = None
        if manifest is None:
            run.find("manifest_missing", batch)
        elif (on_it := manifest.lines.get(batch.uuid)) is not None and on_it.outcome == "planned":
            on_it.loaded_grams, on_it.outcome = batch.grams, "loaded"
            on_it.pickup_fact, on_it.pickup_enterprise = fact.id, carrier
            run.on(manifest)
            take_over(manifest, carrier, fact.plate, run.when)


def _carrier(run: Run, batch: Batch, manifest: Manifest | None, fact: facts.PickedUp) -> int:
    """Who has it now: the carrier named, else the teller's enterprise if it carries, else the first on the manifest."""
    legs = [leg.enterprise for leg in manifest.legs] if manifest else []
    if fact.carrier is not None:
        carrier = run.books.enterprises[fact.carrier]
    elif run.teller.enterprise in legs or not legs:
        carrier = run.teller.enterprise or batch.holder
    else:
        carrier = legs[0]
    if legs and carrier not in legs:
        run.find("carrier_not_on_manifest", batch, carrier=carrier)
    return carrier


def take_over(manifest: Manifest, carrier: int, plate: str | None, at: datetime) -> None:
    for leg in manifest.legs:
        if leg.enterprise == carrier and leg.took_over_at is None:
            leg.took_over_at, leg.plate = at, plate or leg.plate
            return


def handed_over(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.HandedOver)  # noqa: S101
    carrier = run.books.enterprises[fact.carrier]
    for batch, line in each(run):
        cell = arrow(run, batch, "handed_over")
        if cell is None:
            continue
        manifest = run.manifest_of(batch)
        if line.grams is not None:
            run.reweigh(batch, line.grams, measured=line.measured)
        transfer(run, batch, cell, carrier)
        if manifest:
            run.on(manifest)
            take_over(manifest, carrier, fact.plate, run.when)
            if carrier not in [leg.enterprise for leg in manifest.legs]:
                run.find("carrier_not_on_manifest", batch, carrier=carrier)


def arrived(run: Run) -> None:
    for batch, line in each(run):
        if cell := arrow(run, batch, "arrived"):
            transfer(run, batch, cell, batch.holder)
            if line.grams is not None:
                run.reweigh(batch, line.grams, measured=line.measured)


def received(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.Received)  # noqa: S101
    refused = {part.batch: part for part in fact.refused}
    for batch, line in each(run):
        cell = arrow(run, batch, "refused" if fact.outcome == "refused" else "received")
        if cell is None:
            continue
        manifest = run.manifest_of(batch)
        on_it = manifest.lines.get(batch.uuid) if manifest else None
        part = refused.get(batch.uuid)
        if fact.outcome == "refused":
            transfer(run, batch, cell, batch.holder)
            outcome, accepted, turned_back = "refused", 0, batch.grams
        else:
            turned_back = part.refused_grams if part else 0
            accepted = line.grams if line.grams is not None else max(batch.grams - turned_back, 0)
            outcome = "part" if part else "whole"
            _accept(run, batch, cell, accepted, part, line, manifest)
        if on_it and manifest:
            run.on(manifest)
            use(run, manifest, -on_it.planned_grams, accepted)
            on_it.outcome, on_it.accepted_grams, on_it.refused_grams = outcome, accepted, turned_back


def _accept(  # noqa: PLR0913 - a receipt has this many sides
    run: Run,
    batch: Batch,
    cell: lifecycle.Cell,
    accepted: int,
    part: facts.RefusedPart | None,
    line: facts.Line,
    manifest: Manifest | None,
) -> None:
    """Take what was accepted into the receiver's stock; what was refused stays on the truck as a batch of its own."""
    turned_back = part.refused_grams if part else 0
    run.reweigh(batch, accepted + turned_back, measured=line.measured or (line.grams is None and batch.measured))
    if part:
        run.post(batch, batch.custody, batch.holder, -turned_back)
        child = born(run, part.into, turned_back, batch, state="refused", manifest=batch.manifest)
        run.post(child, "transit", child.holder, turned_back)
        run.booked.edges.append(Edge(batch.key, child.key, turned_back))
        batch.grams -= turned_back
    transfer(run, batch, cell, manifest.receiver if manifest else batch.holder)
    batch.came_by, batch.manifest = batch.manifest, None
    if batch.grams == 0:
        batch.state = "split"  # All of it was refused: it lives on in the part that goes back.


def returned(run: Run) -> None:
    for batch, line in each(run):
        cell = arrow(run, batch, "returned")
        if cell is None:
            continue
        manifest = run.manifest_of(batch)
        if line.grams is not None:
            run.reweigh(batch, line.grams, measured=line.measured)
        transfer(run, batch, cell, manifest.generator if manifest else batch.generator)
        if manifest and (on_it := manifest.lines.get(batch.uuid)):
            on_it.outcome = "returned"
            run.on(manifest)
        batch.manifest = None
