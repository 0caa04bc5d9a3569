"""Changes that need a yes: a corrected figure others have signed for, another carrier or receiver on the road.

A proposal is a fact like any other and is never withdrawn from the log. It has no effect until everybody concerned has
consented; then it takes effect by the fact that completes the consent.
"""

from tracker import facts, lifecycle
from tracker.booking import amending
from tracker.booking.books import Batch, Change, Leg, Manifest, Proposal, Signature, Told, relations, sides
from tracker.booking.custody import use
from tracker.booking.run import Run, each, lines_of, said

#: Facts whose grams say what something weighs. Those of the others went on into batches and outputs of their own.
WEIGHINGS = frozenset({"generated", "weighed", "picked_up", "handed_over", "arrived", "received", "returned"})
#: Findings of a correction that changed nothing, at least not yet.
UNCORRECTED = frozenset(
    {
        "correction_of_nothing",
        "correction_of_use",
        "correction_awaits_consent",
        "correction_too_large",
        "not_your_batch",
    }
)


def corrected(run: Run) -> None:
    """A new figure for an earlier fact: at once where nobody else has signed since, else when they consent."""
    fact = run.fact
    assert isinstance(fact, facts.Corrected)  # noqa: S101 - the table of kinds chose this function by type
    root = run.books.corrects.get(fact.corrects, fact.corrects)
    run.books.corrects[fact.id] = root
    for batch, _ in each(run):
        told = run.books.told.get(root)
        if told is None or batch.uuid not in told.grams:
            run.find("correction_of_nothing", batch, fact=str(fact.corrects))
            continue
        if told.kind not in WEIGHINGS:
            words = lifecycle.words()["fact"][told.kind]
            run.find("correction_of_use", batch, fact=words["zh"], fact_en=words["en"])
            continue
        concerned = _concerned(run, batch, told)
        mine = run.teller.enterprise
        manifest = run.manifest_of(batch)
        if (
            mine is not None
            and mine not in concerned
            and not (relations(batch, manifest, run.teller) & lifecycle.PARTIES["corrected"])
        ):
            run.find("not_your_batch", batch, enterprise=mine)
            continue
        if lifecycle.cell(batch.state, "corrected").then is None:
            run.find(f"corrected_while_{batch.state}", batch, **said(batch, "corrected"))
            continue
        if not amending.bears(run, batch, _change(batch, told, root, fact.grams)):
            run.find("correction_too_large", batch, fact=str(fact.corrects))
            continue
        others = concerned - {mine}
        proposal = Proposal(
            fact.id,
            "correction",
            mine,
            dict.fromkeys(sorted(others)),
            batch=batch.uuid,
            manifest=batch.manifest or batch.came_by,
            root=root,
            grams=fact.grams,
            made_at=run.when,
        )
        if others:
            run.find("correction_awaits_consent", batch, fact=str(fact.corrects))
            _keep(run, proposal)
        else:
            _correct(run, proposal)


def _concerned(run: Run, batch: Batch, told: Told) -> set[int]:
    """Who has put their name to the figure: whoever told it, whoever took the batch over since, and the two ends of the
    manifest it came by or is on the road with."""
    concerned = {batch.holder} | ({told.enterprise} if told.enterprise is not None else set())
    came = run.books.manifests.get(batch.came_by) if batch.came_by else None
    if came is not None:
        concerned |= {came.generator, came.receiver}
    now = run.manifest_of(batch)
    line = now.lines.get(batch.uuid) if now else None
    if now is not None and line is not None and line.outcome != "planned":
        concerned.add(now.generator)
    return concerned


def _change(batch: Batch, told: Told, root: object, grams: int) -> int:
    """By how much what is there changes. Weighed again since, it rests on the scale, and only history changes."""
    return grams - told.grams[batch.uuid] if batch.mass_fact == root else 0


def _correct(run: Run, proposal: Proposal) -> None:
    assert proposal.batch is not None  # noqa: S101
    assert proposal.root is not None  # noqa: S101
    assert proposal.grams is not None  # noqa: S101
    batch, told = run.books.batches[proposal.batch], run.books.told[proposal.root]
    run.note(batch)
    change = proposal.grams - told.grams[batch.uuid]
    here = batch.mass_fact == proposal.root
    run.post(batch, "source" if told.kind == "generated" else "difference", batch.holder, -change)
    run.post(batch, batch.custody if here else "difference", batch.holder, change)
    if here:
        batch.grams += change
        amending.settle(run, batch)
    _on_paper(run, batch, told.kind, change)
    run.books.told[proposal.root] = Told(told.kind, told.enterprise, {**told.grams, batch.uuid: proposal.grams})
    run.moved = True


def _on_paper(run: Run, batch: Batch, kind: str, change: int) -> None:
    """The manifest says what was loaded and accepted, the permit what was used: both follow the corrected figure."""
    manifest = run.books.manifests.get((batch.manifest if kind == "picked_up" else batch.came_by) or run.fact.id)
    line = manifest.lines.get(batch.uuid) if manifest else None
    if manifest is None or line is None:
        return
    if kind == "picked_up" and line.loaded_grams is not None:
        line.loaded_grams += change
        run.on(manifest)
    elif kind == "received" and line.accepted_grams is not None:
        line.accepted_grams += change
        use(run, manifest, 0, change)
        run.on(manifest)


def rerouted(run: Run) -> None:
    """Another carrier for what is still to be driven, or another receiver."""
    fact = run.fact
    assert isinstance(fact, facts.Rerouted)  # noqa: S101
    manifest = run.manifest
    assert manifest is not None  # noqa: S101 - a fact that cannot name its manifest waits for it
    for line in lines_of(run.books, fact):
        run.note(run.books.batches[line.batch])
    keys = run.books.enterprises
    change = Change(
        tuple((keys[carrier.enterprise], carrier.plate, carrier.what) for carrier in fact.carriers),
        keys[fact.receiver] if fact.receiver else None,
        fact.treatment,
        fact.permit,
        fact.filing,
    )
    asked = {manifest.generator} | ({manifest.receiver, keys[fact.receiver]} if fact.receiver else set())
    mine = run.teller.enterprise
    if not fact.receiver and _keeps(run, manifest, mine):
        asked = set()  # A store on the way names who takes it on; that is what it was put on the manifest for.
    proposal = Proposal(
        fact.id, "route", mine, dict.fromkeys(sorted(asked - {mine})), manifest=manifest.uuid, change=change,
        made_at=run.when,
    )  # fmt: skip
    _keep(run, proposal)
    if proposal.answers:
        run.find("route_awaits_consent", number=manifest.number)
    else:
        _reroute(run, proposal)
        proposal.state = "agreed"


def _keeps(run: Run, manifest: Manifest, enterprise: int | None) -> bool:
    """Whether what is under way lies in this enterprise's store, which was planned as one."""
    if enterprise not in {leg.enterprise for leg in manifest.legs if leg.what == "store"}:
        return False
    here = [run.books.batches[line.batch] for line in lines_of(run.books, run.fact)]
    return all(batch.holder == enterprise and batch.state == "deposited" for batch in here)


def _reroute(run: Run, proposal: Proposal) -> None:
    assert proposal.manifest is not None  # noqa: S101
    assert proposal.change is not None  # noqa: S101
    manifest, change = run.books.manifests[proposal.manifest], proposal.change
    run.on(manifest)
    if change.legs:
        for leg in manifest.legs:
            leg.lapsed = leg.lapsed or leg.took_over_at is None
        for enterprise, plate, what in change.legs:
            manifest.legs.append(Leg(enterprise, plate, what=what))
            run.booked.new_legs.add((manifest.uuid, len(manifest.legs)))
        run.booked.driven.add(manifest.uuid)
    if change.receiver is None:
        return
    open_lines = [line for line in manifest.lines.values() if line.outcome in ("planned", "loaded", "refused")]
    for line in open_lines:
        if line.outcome != "refused":
            use(run, manifest, -line.planned_grams, 0)
    manifest.receiver, manifest.permit = change.receiver, change.permit
    manifest.treatment, manifest.filing = change.treatment or manifest.treatment, change.filing
    for line in open_lines:
        batch = run.books.batches.get(line.batch)
        if line.outcome == "refused" and batch is not None and batch.state == "refused":
            run.note(batch)
            batch.state, line.outcome, line.refused_grams = "in_transit", "loaded", None
            line.planned_grams = line.planned_grams or batch.grams
        if line.outcome != "refused":
            use(run, manifest, line.planned_grams, 0)
    run.moved = True


def _keep(run: Run, proposal: Proposal) -> None:
    run.books.proposals[proposal.fact] = proposal
    run.booked.proposals[proposal.fact] = proposal


def answered(run: Run) -> None:
    """Somebody says yes or no to a proposal."""
    fact = run.fact
    assert isinstance(fact, facts.Consented | facts.Declined)  # noqa: S101
    proposal = run.books.proposals.get(fact.to)
    if proposal is None:
        run.find("answer_to_nothing", fact=str(fact.to))
        return
    _about(run, proposal)
    mine = run.teller.enterprise
    if proposal.state != "open":
        words = lifecycle.words()["proposal"][proposal.state]
        run.find("answer_too_late", state=words["zh"], state_en=words["en"])
        return
    if isinstance(fact, facts.Declined) and mine == proposal.proposer:
        proposal.state = "withdrawn"
    elif isinstance(fact, facts.Declined) and mine is None and fact.expired:
        proposal.state = "lapsed"
    elif mine is None or mine not in proposal.answers:
        run.find("answer_not_asked", enterprise=mine)
        return
    else:
        proposal.answers[mine] = fact.KIND
        if isinstance(fact, facts.Declined):
            proposal.state = "declined"
        elif all(answer == "consented" for answer in proposal.answers.values()):
            _take_effect(run, proposal)
    run.booked.proposals[proposal.fact] = proposal


def _about(run: Run, proposal: Proposal) -> None:
    """The answer belongs to the history of what it is about."""
    if proposal.batch is not None:
        run.note(run.books.batches[proposal.batch])
    elif proposal.manifest is not None:
        for line in run.books.manifests[proposal.manifest].lines.values():
            if line.outcome not in ("released", "returned"):
                run.note(run.books.batches[line.batch])


def _take_effect(run: Run, proposal: Proposal) -> None:
    if proposal.kind == "route":
        _reroute(run, proposal)
        proposal.state = "agreed"
        return
    assert proposal.batch is not None  # noqa: S101
    assert proposal.root is not None  # noqa: S101
    batch, told = run.books.batches[proposal.batch], run.books.told[proposal.root]
    if not amending.bears(run, batch, _change(batch, told, proposal.root, proposal.grams or 0)):
        # More of it has been used since it was proposed than would be left.
        run.find("correction_too_large", batch, fact=str(proposal.root))
        proposal.state = "declined"
        return
    _correct(run, proposal)
    proposal.state = "agreed"


def signed(run: Run) -> None:
    """A name under the manifest, for the side the signer stands on."""
    fact = run.fact
    assert isinstance(fact, facts.Signed)  # noqa: S101
    manifest = run.manifest
    assert manifest is not None  # noqa: S101
    for line in manifest.lines.values():
        if line.outcome != "released":
            run.note(run.books.batches[line.batch])
    _sign(run, fact, manifest)


def _sign(run: Run, fact: facts.Signed, manifest: Manifest) -> None:
    for_whom = run.books.enterprises[fact.on_behalf] if fact.on_behalf else run.teller.enterprise
    if for_whom is None or for_whom not in sides(manifest)[fact.side]:
        words = lifecycle.words()["side"][fact.side]
        run.find("signature_not_yours", side=words["zh"], side_en=words["en"], number=manifest.number)
        return
    run.on(manifest)
    run.booked.signatures.append(Signature(manifest.uuid, fact.side, for_whom, fact.method, fact.of))
    run.moved = True
