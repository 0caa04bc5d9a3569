"""What a fact does to the books: pure, from the books as they stand and the fact as it was told.

The same code books a fact the moment it comes in (``ledger``) and folds the whole log from zero (``verify``), so what
the tables say and what the log says can be compared. Nothing here refuses: what cannot be booked is kept as evidence
and a finding says so. ``readable`` is the one exception, called before anything is touched.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from tracker import facts
from tracker.booking import amending, consent, custody, making
from tracker.booking.books import (
    Account,
    Batch,
    Before,
    Booked,
    Books,
    Change,
    Course,
    Edge,
    Flow,
    Leg,
    Line,
    Manifest,
    Posting,
    Proposal,
    Signature,
    Teller,
    Told,
    Use,
    relations,
    sides,
)
from tracker.booking.consent import UNCORRECTED
from tracker.booking.readable import plain_text, readable
from tracker.booking.run import UNMOVED, Run, lines_of

__all__ = [
    "UNCORRECTED",
    "UNMOVED",
    "Account",
    "Batch",
    "Before",
    "Booked",
    "Books",
    "Change",
    "Course",
    "Edge",
    "Flow",
    "Leg",
    "Line",
    "Manifest",
    "Posting",
    "Proposal",
    "Signature",
    "Teller",
    "Told",
    "Use",
    "astray",
    "book",
    "lines_of",
    "manifest_state",
    "plain_text",
    "readable",
    "relations",
    "sides",
    "trusted",
]


#: A device's clock may be this far ahead of ours before it is called wrong.
SKEW_MAX = timedelta(minutes=5)


#: A fact told later than this is dated by its arrival.
LATE_MAX = timedelta(days=400)


def astray(skew_s: float | None) -> timedelta | None:
    """How far ahead a device's clock was when it sent, where that is more than two clocks may differ; behind is less
    than nothing."""
    skew = None if skew_s is None else timedelta(seconds=round(skew_s))
    return skew if skew is not None and abs(skew) > SKEW_MAX else None


def trusted(observed_at: datetime, recorded_at: datetime, skew_s: float | None = None) -> datetime:
    """The time the books go by: the device's, put right by what its clock was found to be off, where that is plausible;
    else that of arrival. A phone set to 2099 must not stop a storage clock."""
    observed_at -= astray(skew_s) or timedelta()
    plausible = recorded_at - LATE_MAX <= observed_at <= recorded_at + SKEW_MAX
    return (observed_at if plausible else recorded_at).astimezone(UTC)


def book(
    books: Books, fact: facts.Fact, teller: Teller, index: int, recorded_at: datetime, skew_s: float | None = None
) -> Booked:
    """Book one readable fact: ``books`` is changed, and what changed is told."""
    run = Run(books, fact, teller, index, trusted(fact.observed_at, recorded_at, skew_s), Booked())
    _HOW[type(fact)](run)
    if run.booked.winner is not None and not run.moved:
        run.booked.verdict = "conflict"
    _settle(run)
    return run.booked


def _settle(run: Run) -> None:
    """What holds after every fact: the batch remembers it, it has a posting even where no gram moved, and manifests
    stand where their lines do."""
    booked = run.booked
    posted = {posting.batch.uuid for posting in booked.postings if posting.amends is None}
    for batch in booked.touched.values():
        batch.last_fact, batch.last_index, batch.last_observed_at = run.fact.id, run.index, run.when
        if batch.uuid not in posted:
            run.post(batch, batch.custody, batch.holder, 0)
        if batch.grams == 0 and batch.came_by and (manifest := run.books.manifests.get(batch.came_by)):
            if batch.uuid in manifest.lines:
                manifest.lines[batch.uuid].finished = True
            run.on(manifest)
    for manifest in booked.manifests.values():
        manifest.state = manifest_state(manifest)
    amending.note_flows(run)


def manifest_state(manifest: Manifest) -> str:
    """Where a manifest stands, from its lines alone."""
    outcomes = [line.outcome for line in manifest.lines.values() if line.outcome != "released"]
    if manifest.state in ("draft", "voided", "expired") or not outcomes:
        return manifest.state
    if set(outcomes) == {"planned"}:
        return "issued"
    if {"planned", "loaded"} & set(outcomes):
        return "under_way"
    if set(outcomes) <= {"refused", "returned"}:
        return "refused"
    # What was refused is still on a truck: nothing is closed before it is back.
    finished = all(line.finished for line in manifest.lines.values() if line.outcome in ("whole", "part"))
    if finished and "refused" not in outcomes:
        return "closed"
    return "delivered" if set(outcomes) == {"whole"} else "part_refused"


_HOW: Mapping[type[facts.Fact], Callable[[Run], None]] = {
    facts.Generated: making.generated,
    facts.Stored: making.in_store,
    facts.TakenOut: making.in_store,
    facts.Weighed: making.weighed,
    facts.Split: making.split,
    facts.Combined: making.combined,
    facts.ManifestIssued: custody.issued,
    facts.ManifestVoided: custody.voided,
    facts.PickedUp: custody.picked_up,
    facts.NotCollected: custody.not_collected,
    facts.HandedOver: custody.handed_over,
    facts.Stopped: custody.stopped,
    facts.Deposited: custody.deposited,
    facts.Arrived: custody.arrived,
    facts.Received: custody.received,
    facts.Returned: custody.returned,
    facts.Treated: making.treated,
    facts.Dissolved: amending.dissolved,
    facts.Rerouted: consent.rerouted,
    facts.Corrected: consent.corrected,
    facts.Consented: consent.answered,
    facts.Declined: consent.answered,
    facts.Signed: consent.signed,
}
