"""One fact on its way into the books: the moves every kind is made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker import facts, lifecycle, quantity
from tracker.booking.books import Account, Batch, Before, Booked, Books, Manifest, Posting, Teller, relations
from tracker.problems import Finding


def lines_of(books: Books, fact: facts.Fact) -> tuple[facts.Line, ...]:
    """The batches a fact befell: those it names; where it names none, those on its manifest that it can be about: what
    is still to be delivered, what was refused where something goes back, and all of it where nothing is open."""
    if fact.lines or fact.manifest is None or fact.manifest not in books.manifests:
        return fact.lines
    lines = books.manifests[fact.manifest].lines.values()
    still_open = [line for line in lines if line.outcome in ("planned", "loaded")]
    refused = [line for line in lines if line.outcome == "refused"]
    match fact:
        case facts.Returned():
            chosen = refused or still_open
        case facts.PickedUp() | facts.HandedOver() | facts.Stopped():
            chosen = still_open or refused
        case facts.NotCollected():
            chosen = [line for line in still_open if line.outcome == "planned"]
        case facts.Rerouted():
            chosen = still_open + refused
        case _:
            chosen = still_open
    # In an order of their own, not that of the paper: told now or folded from the log, the last of several counts.
    return tuple(facts.Line(batch=uuid) for uuid in sorted(line.batch for line in chosen or lines))


@dataclass(slots=True)
class Run:
    """One fact on its way into the books."""

    books: Books
    fact: facts.Fact
    teller: Teller
    index: int
    when: datetime
    booked: Booked
    moved: bool = False

    @property
    def manifest(self) -> Manifest | None:
        """The manifest the fact names."""
        return self.books.manifests.get(self.fact.manifest) if self.fact.manifest else None

    def manifest_of(self, batch: Batch) -> Manifest | None:
        """The manifest the batch is on now."""
        return self.books.manifests.get(batch.manifest) if batch.manifest else None

    def left_behind(self, batch: Batch) -> Manifest | None:
        """The manifest the fact is about, where the batch was on it and has left it since."""
        named = self.manifest or self.meant(batch)
        return named if named and batch.uuid in named.lines and batch.manifest != named.uuid else None

    def meant(self, batch: Batch) -> Manifest | None:
        """The manifest that a fact told by the label of a batch is about: who told it could not name one. Of a time
        before the batch came to whoever has it, it is the one it came by, else the one it is on."""
        labelled = isinstance(self.fact, facts.ON_MANIFEST) and any(line.label for line in self.fact.lines)
        if not labelled or self.manifest is not None:
            return None
        earlier = batch.came_by is not None and self.when < batch.held_since
        return self.books.manifests.get(batch.came_by) if earlier and batch.came_by else self.manifest_of(batch)

    def on(self, manifest: Manifest) -> None:
        """This fact changes that manifest."""
        self.booked.manifests[manifest.uuid] = manifest

    def find(self, code: str, batch: Batch | None = None, **evidence: Any) -> None:
        self.booked.findings.append(Finding(code, evidence, str(batch.uuid) if batch else None))

    def post(self, batch: Batch, account: Account, enterprise: int, grams: int, *, amends: int | None = None) -> None:
        self.booked.postings.append(Posting(batch, account, enterprise, grams, amends))

    def reweigh(self, batch: Batch, grams: int, *, measured: bool) -> None:
        """The batch weighs ``grams``: the difference is posted where it stands, never smoothed over."""
        if grams != batch.grams:
            self.post(batch, "difference", batch.holder, batch.grams - grams)
            self.post(batch, batch.custody, batch.holder, grams - batch.grams)
            batch.grams = grams
        batch.measured = measured
        batch.mass_fact = self.fact.id

    def note(self, batch: Batch) -> None:
        """Remember the batch as it was, and that this fact is about it, whether or not it moves."""
        if batch.uuid not in self.booked.before:
            self.booked.before[batch.uuid] = Before(
                batch.state, batch.grams, batch.measured, batch.holder, batch.last_observed_at
            )
        self.booked.touched[batch.uuid] = batch


def each(run: Run) -> Iterable[tuple[Batch, facts.Line]]:
    for line in lines_of(run.books, run.fact):
        batch = run.books.batches[line.batch]
        run.note(batch)
        if run.booked.filed is None and (meant := run.meant(batch)):
            run.booked.filed = meant.uuid
        yield batch, line


def may(run: Run, batch: Batch, act: str) -> bool:
    """Whether the teller may move this batch; where not, a finding says whose it is and nothing moves."""
    if relations(batch, run.manifest_of(batch), run.teller) & (lifecycle.PARTIES[act]):
        return True
    run.find("not_your_batch", batch, enterprise=run.teller.enterprise)
    return False


def arrow(run: Run, batch: Batch, act: str) -> lifecycle.Cell | None:
    """The cell for this act where it moves the batch, else None; whatever is odd becomes a finding."""
    cell = lifecycle.cell(batch.state, act)
    past = run.left_behind(batch) if act in _OF_A_MANIFEST else None
    if act == "picked_up" and (past or cell.then is None) and lost(run, batch):
        return None
    if past and relations(batch, past, run.teller) & lifecycle.PARTIES[act]:
        # It tells of a consignment that is over, for instance because the carrier's phone was the last to find a
        # network. Taken for news, it would put the batch back on the road.
        run.find("manifest_left_behind", batch, number=past.number, **said(batch, act))
        return None
    if not may(run, batch, act):
        return None
    if cell.finding:
        run.find(cell.finding, batch, **said(batch, act))
    return cell if cell.then else None


#: Acts on a consignment: what they say is about the manifest they name.
_OF_A_MANIFEST = frozenset(
    {
        "picked_up",
        "not_collected",
        "handed_over",
        "stopped",
        "deposited",
        "arrived",
        "received",
        "refused",
        "returned",
        "manifest_voided",
    }
)
#: Findings that say a fact moved nothing: it is evidence, and its figure never entered the books.
UNMOVED = frozenset(
    {"not_your_batch", "lost_to_another", "manifest_left_behind"}
    | {cell.finding for cell in lifecycle.table().values() if cell.finding and cell.then is None}
)


def said(batch: Batch, act: str) -> dict[str, str]:
    """State and act in words, as findings quote them."""
    state, fact = lifecycle.words()["state"][batch.state], lifecycle.words()["fact"][act]
    return {"state": state["zh"], "state_en": state["en"], "fact": fact["zh"], "fact_en": fact["en"]}


def lost(run: Run, batch: Batch) -> bool:
    """Whether another carrier picked this batch up first, on the same manifest: then theirs is the custody, ours is
    evidence. The generator who tells of the same pickup names no carrier of his own and loses to nobody."""
    fact = run.fact
    manifest = run.manifest or run.meant(batch) or run.manifest_of(batch)
    line = manifest.lines.get(batch.uuid) if manifest else None
    if manifest is None or line is None or line.pickup_fact is None:
        return False
    named = fact.carrier if isinstance(fact, facts.PickedUp) else None
    if named is None and run.teller.enterprise in (None, manifest.generator):
        return False
    if line.pickup_enterprise == (run.books.enterprises[named] if named else run.teller.enterprise):
        return False
    run.booked.winner, run.booked.winner_enterprise = line.pickup_fact, line.pickup_enterprise
    run.find("lost_to_another", batch, winner=line.pickup_enterprise, fact=str(line.pickup_fact))
    return True


def go(run: Run, batch: Batch, cell: lifecycle.Cell) -> None:
    target = cell.target(free=batch.free_state, empty=batch.grams == 0)
    if target is None:
        return
    batch.state = target
    if target in lifecycle.FREE:
        batch.free_state = target
    run.moved = True


def transfer(run: Run, batch: Batch, cell: lifecycle.Cell, holder: int) -> None:
    """Custody goes to ``holder``: the grams leave one account and stand in the next."""
    account, former = batch.custody, batch.holder
    go(run, batch, cell)
    batch.holder = holder
    if holder != former:
        batch.held_since = run.when
    if (account, former) != (batch.custody, holder):
        run.post(batch, account, former, -batch.grams)
        run.post(batch, batch.custody, holder, batch.grams)


def born(run: Run, uuid: UUID, grams: int, like: Batch | None, **given: Any) -> Batch:
    """A new batch, in the state and custody of the one it comes from; its storage clock runs on from there."""
    fact = run.fact
    values: dict[str, Any] = {
        "class_id": like.class_id if like else None,
        "raw_class": like.raw_class if like else None,
        "generator": like.generator if like else run.teller.enterprise,
        "holder": like.holder if like else run.teller.enterprise,
        "state": like.state if like else "on_site",
        "free_state": like.free_state if like else "on_site",
        "measured": like.measured if like else False,
        "store": like.store if like else None,
        "manifest": None,
        "came_by": like.came_by if like else None,
        "held_since": like.held_since if like else run.when,
        "form": like.form if like else None,
        "container": None,
        "process": None,
    }
    batch = Batch(
        key=run.books.new_key(uuid),
        uuid=uuid,
        grams=grams,
        grams_at_start=grams,
        mass_fact=fact.id,
        generated_at=run.when,
        last_fact=fact.id,
        last_index=run.index,
        last_observed_at=run.when,
        **(values | given),
    )
    if grams == 0:
        batch.state = "split"  # Scaling down left it nothing: it never was more than a name.
    run.books.batches[uuid] = batch
    run.booked.born[uuid] = batch
    return batch


def take(run: Run, batch: Batch, asked: int | None) -> int:
    """How much of a batch is used: what was told, but never more than it holds. The excess is a finding, not mass."""
    told = batch.grams if asked is None else asked
    if told > batch.grams:
        missing = told - batch.grams
        run.find(
            "mass_exceeds_batch",
            batch,
            told=quantity.show(told),
            told_grams=told,
            held=quantity.show(batch.grams),
            missing=quantity.show(missing),
            missing_grams=missing,
        )
    return min(told, batch.grams)
