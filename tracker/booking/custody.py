"""Who has it: manifests issued and voided, pickup, hand-over, stores on the way, arrival, receipt, return."""

from tracker import facts, lifecycle
from tracker.booking.books import Batch, Edge, Leg, Line, Manifest, Use, relations, sides
from tracker.booking.run import Run, arrow, born, each, go, transfer
from tracker.clock import year_of


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
    manifest.legs = [Leg(keys[carrier.enterprise], carrier.plate, what=carrier.what) for carrier in fact.carriers]
    manifest.state, manifest.permit, manifest.issued_at = "issued", fact.permit, run.when
    manifest.returns, manifest.sheet, manifest.filing = fact.returns, fact.sheet, fact.filing
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
    run.booked.uses.append(Use(manifest.permit, year_of(manifest.issued_at), reserved, 0))
    if used:
        run.booked.uses.append(Use(manifest.permit, year_of(run.when), 0, used))


def voided(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.ManifestVoided)  # noqa: S101
    manifest = run.manifest
    for batch, _ in each(run):
        if cell := arrow(run, batch, "manifest_voided"):
            go(run, batch, cell)
            batch.manifest = None
            _release(run, batch, manifest)
    if manifest and all(line.outcome == "released" for line in manifest.lines.values()):
        manifest.state = "expired" if fact.expired else "voided"


def _release(run: Run, batch: Batch, manifest: Manifest | None) -> None:
    """It comes off the manifest, and the receiver's permit need not keep room for it."""
    if manifest and batch.uuid in manifest.lines:
        run.on(manifest)
        manifest.lines[batch.uuid].outcome = "released"
        use(run, manifest, -manifest.lines[batch.uuid].planned_grams, 0)


def not_collected(run: Run) -> None:
    """The truck went on without it. Where nothing of the manifest was loaded, the manifest is over."""
    for batch, _ in each(run):
        manifest = run.manifest_of(batch)
        if cell := arrow(run, batch, "not_collected"):
            go(run, batch, cell)
            batch.manifest = None
            _release(run, batch, manifest)
            if manifest and all(line.outcome == "released" for line in manifest.lines.values()):
                manifest.state = "voided"


def picked_up(run: Run) -> None:
    fact = run.fact
    assert isinstance(fact, facts.PickedUp)  # noqa: S101
    for batch, line in each(run):
        cell = arrow(run, batch, "picked_up")
        if cell is None:
            _told_late(run, batch, line, fact)
            continue
        manifest = run.manifest_of(batch)
        carrier = _carrier(run, batch, manifest, fact)
        if line.grams is not None:
            run.reweigh(batch, line.grams, measured=line.measured)
        transfer(run, batch, cell, carrier)
        batch.store = None
        if manifest is None:
            run.find("manifest_missing", batch)
        elif on_it := _load(run, batch, manifest, carrier, fact.plate):
            on_it.pickup_fact, on_it.pickup_enterprise = fact.id, carrier


def _told_late(run: Run, batch: Batch, line: facts.Line, fact: facts.PickedUp) -> None:
    """The pickup of a consignment that is over moves nothing, but the paper may still say who it was and when; another
    carrier who claims the same pickup then meets it."""
    manifest = run.left_behind(batch)
    on_it = manifest.lines[batch.uuid] if manifest else None
    if manifest is None or on_it is None or on_it.pickup_fact is not None or on_it.outcome == "released":
        return
    if not relations(batch, manifest, run.teller) & lifecycle.PARTIES["picked_up"]:
        return
    carrier = _carrier(run, batch, manifest, fact)
    on_it.pickup_fact, on_it.pickup_enterprise = fact.id, carrier
    if on_it.loaded_grams is None:
        on_it.loaded_grams = line.grams
    take_over(run, manifest, carrier, fact.plate)
    run.on(manifest)


def _load(run: Run, batch: Batch, manifest: Manifest, carrier: int, plate: str | None) -> Line | None:
    """The batch is on the truck: its line on the manifest, where that was still planned, says so."""
    on_it = manifest.lines.get(batch.uuid)
    if on_it is None or on_it.outcome not in ("planned", "loaded"):
        return None  # It goes back: the legs of the manifest are those of the way there.
    run.on(manifest)
    take_over(run, manifest, carrier, plate)
    if on_it.outcome == "loaded":
        return None
    on_it.loaded_grams, on_it.outcome = batch.grams, "loaded"
    return on_it


def _carrier(run: Run, batch: Batch, manifest: Manifest | None, fact: facts.PickedUp) -> int:
    """Who has it now: the carrier named, else the teller's enterprise if it carries, else the first on the manifest."""
    legs = [leg.enterprise for leg in manifest.legs if leg.what == "carrier"] if manifest else []
    if fact.carrier is not None:
        carrier = run.books.enterprises[fact.carrier]
    elif run.teller.enterprise in legs or not legs:
        carrier = run.teller.enterprise or batch.holder
    else:
        carrier = legs[0]
    if legs and carrier not in legs:
        run.find("carrier_not_on_manifest", batch, carrier=carrier)
    return carrier


def take_over(run: Run, manifest: Manifest, carrier: int, plate: str | None) -> None:
    """The first leg of this carrier that nobody has driven yet begins; legs before it that nobody drove lapse."""
    open_legs = [leg for leg in manifest.legs if leg.took_over_at is None and not leg.lapsed]
    mine = next((leg for leg in open_legs if leg.enterprise == carrier), None)
    if mine is None:
        return
    for leg in open_legs[: open_legs.index(mine)]:
        leg.lapsed = True
        run.find("leg_skipped", carrier=leg.enterprise, number=manifest.number)
    mine.took_over_at, mine.plate = run.when, plate or mine.plate
    run.booked.driven.add(manifest.uuid)


def _lapse(run: Run, manifest: Manifest) -> None:
    """The load is where it was to go: legs that nobody drove are not needed any more. Where no leg has begun, the news
    of the pickup is still on its way."""
    if not any(leg.took_over_at for leg in manifest.legs):
        return
    for leg in manifest.legs:
        if leg.took_over_at is None and not leg.lapsed:
            leg.lapsed = True
            run.booked.driven.add(manifest.uuid)
            run.on(manifest)
            run.find("leg_unused", carrier=leg.enterprise, number=manifest.number)


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
        another_driver = batch.holder == carrier
        transfer(run, batch, cell, carrier)
        batch.store = None
        if manifest:
            if another_driver:
                _another_driver(run, manifest, carrier, fact.plate)
            else:
                _load(run, batch, manifest, carrier, fact.plate)
            if carrier not in [leg.enterprise for leg in manifest.legs]:
                run.find("carrier_not_on_manifest", batch, carrier=carrier)


def _another_driver(run: Run, manifest: Manifest, carrier: int, plate: str | None) -> None:
    """The same carrier goes on with another driver, and maybe another truck."""
    begun = [leg for leg in manifest.legs if leg.enterprise == carrier and leg.took_over_at is not None]
    if begun and plate and begun[-1].plate != plate:
        begun[-1].plate = plate
        run.booked.driven.add(manifest.uuid)
        run.on(manifest)


def stopped(run: Run) -> None:
    for batch, _ in each(run):
        if cell := arrow(run, batch, "stopped"):
            if batch.state == "reserved":
                _bring(run, batch, cell)  # On the road already, though nobody told of the pickup.
            else:
                go(run, batch, cell)


def deposited(run: Run) -> None:
    """Kept on the way, in the store of an enterprise that is on the manifest for it."""
    fact = run.fact
    assert isinstance(fact, facts.Deposited)  # noqa: S101
    for batch, line in each(run):
        cell = arrow(run, batch, "deposited")
        if cell is None:
            continue
        manifest = run.manifest_of(batch)
        keeper = run.books.enterprises[fact.keeper] if fact.keeper else run.teller.enterprise or batch.holder
        if batch.state == "reserved":
            _bring(run, batch, lifecycle.cell("reserved", "arrived"))
        if line.grams is not None:
            run.reweigh(batch, line.grams, measured=line.measured)
        transfer(run, batch, cell, keeper)
        batch.store = run.books.places.get(fact.store) if fact.store else None
        if manifest is None:
            run.find("manifest_missing", batch)
            continue
        if keeper not in sides(manifest)["store"]:
            run.find("store_not_on_manifest", batch, enterprise=keeper)
        take_over(run, manifest, keeper, None)
        run.on(manifest)


def arrived(run: Run) -> None:
    for batch, line in each(run):
        cell = arrow(run, batch, "arrived")
        if cell is None:
            continue
        _bring(run, batch, cell)
        if line.grams is not None:
            run.reweigh(batch, line.grams, measured=line.measured)


def _bring(run: Run, batch: Batch, cell: lifecycle.Cell) -> None:
    """It is at the gate in its carrier's custody, whether or not anybody told of the pickup."""
    manifest = run.manifest_of(batch)
    if batch.state != "reserved" or manifest is None or not manifest.legs:
        transfer(run, batch, cell, batch.holder)
        return
    legs = [leg.enterprise for leg in manifest.legs if leg.what == "carrier"] or [manifest.legs[0].enterprise]
    carrier = run.teller.enterprise if run.teller.enterprise in legs else legs[0]
    transfer(run, batch, cell, carrier or legs[0])
    batch.store = None
    _load(run, batch, manifest, batch.holder, None)


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
            _bring(run, batch, cell)
            outcome, accepted, turned_back = "refused", 0, batch.grams
        else:
            turned_back = part.refused_grams if part else 0
            accepted = line.grams if line.grams is not None else max(batch.grams - turned_back, 0)
            outcome = ("part" if accepted else "refused") if part else "whole"
            _accept(run, batch, cell, accepted, part, line, manifest)
        if on_it and manifest:
            run.on(manifest)
            # Refused at first and accepted after all, it has given its room in the permit back already.
            use(run, manifest, -on_it.planned_grams if on_it.outcome in ("planned", "loaded") else 0, accepted)
            on_it.outcome, on_it.accepted_grams, on_it.refused_grams = outcome, accepted, turned_back
            if outcome != "refused":
                _lapse(run, manifest)


def _accept(
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
    if part or line.grams is not None:
        # Taken in without a scale, it still weighs what whoever weighed it last has said, and rests on that figure.
        run.reweigh(batch, accepted + turned_back, measured=line.measured or (line.grams is None and batch.measured))
    if part:
        run.post(batch, batch.custody, batch.holder, -turned_back)
        child = born(run, part.into, turned_back, batch, state="refused", manifest=batch.manifest)
        run.post(child, "transit", child.holder, turned_back)
        run.booked.edges.append(Edge(batch, child, turned_back))
        batch.grams -= turned_back
        if manifest and batch.uuid in manifest.lines:
            manifest.lines[child.uuid] = Line(
                child.uuid, 0, turned_back, None, turned_back, "refused", part_of=batch.uuid
            )
            run.booked.new_lines.add((manifest.uuid, child.uuid))
    if manifest is None:
        run.find("manifest_missing", batch)
    transfer(run, batch, cell, manifest.receiver if manifest else run.teller.enterprise or batch.holder)
    batch.store = None
    _delivered(run, batch)
    if batch.grams == 0:
        batch.state = "split"  # All of it was refused: it lives on in the part that goes back.


def _delivered(run: Run, batch: Batch) -> None:
    """It came to its holder by the manifest it was on, and nothing is left with the former one of what brought it
    there."""
    former = run.books.manifests.get(batch.came_by) if batch.came_by else None
    if former and batch.uuid in former.lines:
        former.lines[batch.uuid].finished = True
        run.on(former)
    batch.came_by, batch.manifest = batch.manifest, None


def taken_in(run: Run, batch: Batch) -> None:
    """What is treated at the gate was received, whole, by whoever treats it, though nobody told of the receipt."""
    manifest = run.manifest_of(batch)
    if manifest and (on_it := manifest.lines.get(batch.uuid)):
        run.on(manifest)
        use(run, manifest, -on_it.planned_grams, batch.grams)
        on_it.outcome, on_it.accepted_grams, on_it.refused_grams = "whole", batch.grams, 0
    transfer(run, batch, lifecycle.cell("arrived", "received"), run.teller.enterprise or batch.holder)
    _delivered(run, batch)


def returned(run: Run) -> None:
    for batch, line in each(run):
        cell = arrow(run, batch, "returned")
        if cell is None:
            continue
        manifest = run.manifest_of(batch)
        if line.grams is not None:
            run.reweigh(batch, line.grams, measured=line.measured)
        if manifest and manifest.returns:
            transfer(run, batch, cell, manifest.receiver)
            _home(run, batch, manifest)
        else:
            transfer(run, batch, cell, manifest.generator if manifest else batch.generator)
            _back(run, batch, manifest)
        batch.manifest = None


def _back(run: Run, batch: Batch, manifest: Manifest | None) -> None:
    if manifest and (on_it := manifest.lines.get(batch.uuid)):
        if on_it.outcome in ("planned", "loaded"):
            # Nobody refused it, so the receiver's permit still keeps room for it.
            use(run, manifest, -on_it.planned_grams, 0)
        on_it.outcome = "returned"
        run.on(manifest)


def _home(run: Run, batch: Batch, manifest: Manifest) -> None:
    """A return consignment is delivered: its own paper is done, and on the first one the batch has come back."""
    if on_it := manifest.lines.get(batch.uuid):
        on_it.outcome, on_it.accepted_grams, on_it.finished = "whole", batch.grams, True
        run.on(manifest)
        _lapse(run, manifest)
    _back(run, batch, run.books.manifests.get(manifest.returns) if manifest.returns else None)
