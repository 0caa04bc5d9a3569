"""The one door: every fact enters the books here, whoever tells it and by whatever way it came.

``record`` runs inside the caller's transaction. It loads and locks what the facts touch, books them one after the other
in memory, lets the rules say what is odd, takes the head of the park's log last of all, and writes everything by a
handful of statements, however many facts there are. A fact that is known is answered as the first time; one whose
predecessor has not come waits; one that cannot be understood is turned away and kept; nothing is dropped in silence.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from tracker import (
    booking,
    clock,
    facts,
    labelled,
    late,
    loading,
    mandates,
    posting,
    receipts,
    rolls,
    rules,
    signed,
    store,
    waiting,
)
from tracker.parties import Caller, Who
from tracker.problems import Finding, Problem
from tracker.receipts import Entry, Ready, Receipt, leaf_hash
from tracker.rules import labels
from tracker.rules.context import Context, Paper

__all__ = ["FACTS_MAX", "Ready", "Receipt", "keep_unreadable", "leaf_hash", "length", "record", "release"]

FACTS_MAX = 50
#: Plans: the park makes these facts itself, after it has judged the plan.
_OWN = (facts.ManifestIssued, facts.ManifestVoided, facts.Rerouted)


def record(
    connection: Connection,
    caller: Caller,
    told: Sequence[facts.Fact],
    *,
    now: datetime | None = None,
    skew_s: float | None = None,
    own: bool = False,
    careful: bool = False,
    ready: Ready | None = None,
    vouched: Mapping[UUID, Who | Problem] | None = None,
    paper: Paper | None = None,
    noted: Mapping[UUID, Sequence[Finding]] | None = None,
    most: int = FACTS_MAX,
) -> list[Receipt]:
    """Record facts, in order, and answer each. ``own`` lets the park's own plans through (manifests issued, voided);
    one of them alone may come ``ready``. ``paper``: they stood on paper first.

    ``careful`` gives every fact a savepoint of its own: the way to go after a first attempt met a database error, so
    that one bad fact cannot take the others with it. ``vouched`` says who is known to have signed which fact by PIN on
    the caller's device, or why that is not believed; ``noted`` what is odd about the way a fact came. Raises
    ``Problem`` too_many_facts; every other trouble is in the receipts.
    """
    if len(told) > most and not own:
        raise Problem("too_many_facts", limit=most, count=len(told))
    run = _Recording(
        connection,
        caller,
        now or datetime.now(UTC),
        skew_s,
        own=own,
        ready=ready,
        vouched=vouched or {},
        paper=paper,
        noted=noted or {},
    )
    if not careful:
        return run.all(told)
    # Locked for all of them before the first takes the log's head: nobody may hold that and wait for a batch.
    loading.shelf(connection, caller.park, told)
    return [run.alone(fact) for fact in told]


def release(connection: Connection, caller: Caller, *, now: datetime | None = None, limit: int = FACTS_MAX) -> int:
    """Book what waits for something that is in the books after all, because the two came at the same moment. How many
    were answered."""
    run = _Recording(connection, caller, now or datetime.now(UTC), None, own=False)
    return run.released(waiting.stranded(connection, caller.park, limit))


@dataclass(slots=True)
class _Recording:
    """One call of ``record``."""

    connection: Connection
    caller: Caller
    now: datetime
    skew_s: float | None
    own: bool
    ready: Ready | None = None
    vouched: Mapping[UUID, Who | Problem] = field(default_factory=dict)
    paper: Paper | None = None
    noted: Mapping[UUID, Sequence[Finding]] = field(default_factory=dict)

    def all(self, told: Sequence[facts.Fact]) -> list[Receipt]:
        entries = [self._entry(fact) for fact in told]
        run = self._open(entries)
        twins = [self._first_or_twin(run, entry) for entry in entries]
        self._close(run)
        return [self._twin(entry, twin) if twin else entry.receipt for entry, twin in zip(entries, twins, strict=True)]

    def alone(self, fact: facts.Fact) -> Receipt:
        """One fact in a savepoint. What the database refuses is tried once more: the same fact may have come by another
        way at this very moment, and then it is in the log by now."""
        complaint: Problem | None = None
        for _ in range(2):
            try:
                with self.connection.begin_nested():
                    return self.all([fact])[0]
            except OperationalError:
                raise
            except DBAPIError as error:
                complaint = store.complaint(error)
        entry = self._entry(fact)
        return self._turn_away(entry, complaint or Problem("internal_error", request_id=str(fact.id)))

    def released(self, held: Sequence[waiting.Held]) -> int:
        entries = [self._waited(one) for one in held]
        run = self._open(entries)
        for entry in entries:
            self._first_or_twin(run, entry)
        self._close(run)
        return sum(entry.receipt.verdict != "waiting" for entry in entries)

    def _entry(self, fact: facts.Fact) -> Entry:
        caller, who = self.caller, self.vouched.get(fact.id)
        teller = who if isinstance(who, Who) else caller
        ids = (teller.person, teller.person_uuid, teller.enterprise, teller.enterprise_uuid)
        return Entry(fact, *ids, Receipt(fact.id, "waiting"), skew_s=self.skew_s, noted=self.noted.get(fact.id, ()))

    def _waited(self, held: waiting.Held) -> Entry:
        receipt = Receipt(held.fact.id, "waiting")
        ids = (held.person, held.person_uuid, held.enterprise, held.enterprise_uuid)
        return Entry(held.fact, *ids, receipt, waited=True, noted=held.noted)

    def _open(self, entries: Sequence[Entry]) -> "_Round":
        """Load and lock all that these facts, and those that wait for them, may touch: once, before anything else."""
        # A plan whose fact we made ourselves a moment ago is not in the log.
        quiet = self.ready is not None and not self.ready.awaited
        told = [] if quiet else [entry.fact for entry in entries]
        known = waiting.known(self.connection, self.caller.park, told) if told else waiting.Known()
        released = [self._waited(held) for held in known.released]
        coming = [entry for entry in (*entries, *released) if entry.fact.id not in known.facts]
        ready = self.ready
        # What waited for this plan may touch more than the plan does.
        alone = ready is not None and not released
        told = [entry.fact for entry in coming]
        shelf = ready.shelf if ready and alone else loading.shelf(self.connection, self.caller.park, told)
        for entry in coming:
            entry.fact = labelled.resolved(entry.fact, shelf.on)
        fresh = [entry.fact for entry in coming]
        takers = {
            entry.enterprise
            for entry in coming
            if entry.enterprise is not None and isinstance(entry.fact, facts.Received | facts.Treated)
        }
        loading.surroundings(self.connection, shelf, fresh, takers, clock.year_of(self.now))
        if self.caller.settings.signatures_wanted and any(isinstance(fact, facts.Received) for fact in fresh):
            shelf.signed = signed.under(self.connection, self.caller.park, shelf.books.manifests)
        shelf.logged |= known.logged
        run = _Round(shelf, known, {fact.corrects for fact in fresh if isinstance(fact, facts.Corrected)})
        # What waited for this manifest may have to name it.
        if ready and (released or ready.series is None):
            ready.fill(entries[0], None)
        elif ready:
            run.unnumbered = entries[0]
        for entry in released:
            awaits = waiting.missing(shelf, run.done, entry.fact)
            (run.free if awaits is None else run.waits.setdefault(awaits, [])).append(entry)
        return run

    def _close(self, run: "_Round") -> None:
        """Let in what is free by now although nothing of this run freed it, keep what still waits, write the rest."""
        for entry in run.free:
            self._take(run, entry)
        waiting.hold(self.connection, self.caller, run.known, run.waits, self.now)
        self._write(run)
        held = run.known.held.keys() | {held.fact.id for held in run.known.released}
        waiting.forget(self.connection, self.caller.park, run.answered & held | run.known.stale)

    def _first_or_twin(self, run: "_Round", entry: Entry) -> Entry | None:
        """Answer a fact; where its id came earlier in this request, return that earlier entry instead."""
        first = run.seen.setdefault(entry.fact.id, entry)
        if first is not entry and first.receipt.verdict != "turned_away":
            return first
        self._take(run, entry)
        return None

    def _take(self, run: "_Round", entry: Entry) -> None:
        """Answer one fact, and whatever waited for it, and what waited for that."""
        queue = deque([entry])
        while queue:
            one = queue.popleft()
            if self._answer(run, one):
                freed = [late for uuid in waiting.brings(one.fact) for late in run.waits.pop(uuid, ())]
                queue.extend(sorted(freed, key=lambda late: waiting.as_seen(late.fact)))

    def _answer(self, run: "_Round", entry: Entry) -> bool:
        """Whether the fact was booked. In every case its receipt says what became of it."""
        fact, known = entry.fact, run.known
        if earlier := known.facts.get(fact.id):
            self._again(entry, earlier)
            return False
        held = known.held.get(fact.id)
        if held is not None and held[0] != facts.digest(fact, private=True):
            self._turn_away(entry, Problem("fact_id_reused", "/id", fact=str(fact.id)))
            return False
        try:
            self._tellable(entry)
            # An earlier fact of this run may have put its label on something.
            fact = entry.fact = labelled.resolved(fact, run.shelf.on)
            labelled.check(fact, run.shelf.on)
            booking.readable(run.shelf.books, fact)
            awaits = waiting.missing(run.shelf, run.done, fact)
            if awaits is not None:
                self._hold(run, entry, awaits)
                return False
            if isinstance(fact, facts.Signed) and fact.method == "mandate":
                mandates.judge(self.connection, self.caller.park, fact, entry.enterprise, self.now)
            if entry.waited:
                late.judge(self.connection, self.caller, run.shelf, entry, self.now)
        except Problem as problem:
            self._turn_away(entry, problem)
            run.answered.add(fact.id)
            return False
        self._book(run, entry)
        return True

    def _tellable(self, entry: Entry) -> None:
        # A plan of a phone that waited for a batch was let in when it came.
        if isinstance(entry.fact, _OWN) and not self.own and not entry.waited:
            raise Problem("fact_not_told_here", "/kind", fact=entry.fact.KIND)
        if entry.enterprise is None and not self.own:
            raise Problem("person_without_enterprise")
        if isinstance(entry.fact, facts.Signed):
            vouched, on_paper = self.vouched.get(entry.fact.id), self.paper is not None
            signed.believable(entry.fact, vouched, waited=entry.waited, on_paper=on_paper)

    def _book(self, run: "_Round", entry: Entry) -> None:
        fact, shelf = entry.fact, run.shelf
        booked = booking.book(
            shelf.books, fact, booking.Teller(entry.enterprise), len(run.booked), self.now, entry.skew_s
        )
        entry.booked = booked
        for name in booked.signatures:
            shelf.signed.setdefault(name.manifest, set()).add((name.side, signed.when(name.of)))
        entry.findings = booked.findings + rules.judge(self._context(shelf, entry)) + list(entry.noted)
        if (bound := labels.bound(shelf.labels, fact, booked.born, entry.findings)) is not None:
            entry.bound = bound
            labelled.put_on(shelf.on, *bound)
        loading.note_uses(shelf, booked.uses)
        run.booked.append(entry)
        run.done.add(fact.id)
        run.answered.add(fact.id)
        if fact.id in run.corrected:
            loading.note_told(shelf.books, fact, entry.enterprise, loading.unmoved(booked))
        receipt = entry.receipt
        receipt.verdict, receipt.waits_for = booked.verdict, None
        receipt.findings, receipt.winner = entry.findings, booked.winner

    def _hold(self, run: "_Round", entry: Entry, awaits: UUID) -> None:
        """Let the fact wait. Raises ``Problem`` too_many_waiting."""
        new = not entry.waited and entry.fact.id not in run.known.held
        if new and entry.enterprise is not None:
            limit = self.caller.settings.waiting_max
            if run.room is None:
                run.room = limit - waiting.count_of(self.connection, self.caller.park, entry.enterprise)
            if run.room <= 0:
                raise Problem("too_many_waiting", limit=limit)
            run.room -= 1
        run.waits.setdefault(awaits, []).append(entry)
        entry.receipt.verdict, entry.receipt.waits_for = "waiting", awaits

    def _twin(self, entry: Entry, first: Entry) -> Receipt:
        """The same id twice in one request."""
        if facts.digest(first.fact, private=True) != facts.digest(entry.fact, private=True):
            return self._turn_away(entry, Problem("fact_id_reused", "/id", fact=str(entry.fact.id)))
        waits = first.receipt.verdict == "waiting"
        return replace(first.receipt, verdict="waiting" if waits else "already_recorded")

    def _context(self, shelf: loading.Shelf, entry: Entry) -> Context:
        assert entry.booked is not None  # noqa: S101 - booked a line above
        return Context(
            fact=entry.fact,
            booked=entry.booked,
            settings=self.caller.settings,
            recorded_at=self.now,
            classes=shelf.classes,
            skew_s=entry.skew_s,
            permits=shelf.permits,
            distance=shelf.distances.get(entry.fact.id),
            stores=loading.stores_now(shelf) if shelf.stores else {},
            signed=shelf.signed,
            labels=shelf.labels,
            paper=entry.paper or self.paper,
        )

    def _again(self, entry: Entry, earlier: waiting.Earlier) -> None:
        if not earlier.says(entry.fact):
            self._turn_away(entry, Problem("fact_id_reused", "/id", fact=str(entry.fact.id)))
            return
        receipt = entry.receipt
        receipt.verdict, receipt.index = "already_recorded", earlier.index
        receipt.findings, receipt.winner = list(earlier.findings), earlier.winner

    def _turn_away(self, entry: Entry, problem: Problem) -> Receipt:
        """Keep what could not be recorded for the desk, under the name of whoever told it, and say why."""
        fact = entry.fact
        if entry.person is not None:
            posting.turned_away(
                self.connection, self.caller.park, entry.person, str(fact.id), problem, facts.told(fact), self.now
            )
        entry.receipt.verdict, entry.receipt.problem = "turned_away", problem
        return entry.receipt

    def _write(self, run: "_Round") -> None:
        if not run.booked:
            return
        receipts.name_parties(self.connection, run.booked)
        ready, late = self.ready, run.unnumbered if run.unnumbered in run.booked else None
        written = {
            entry.fact.id: receipts.written(self.caller, entry, self.now) for entry in run.booked if entry is not late
        }
        series = ready.series if ready and late else None
        booked = [entry.booked for entry in run.booked if entry.booked]
        base, serial = posting.take_head(self.connection, self.caller.park, booked, series)
        # From here to the commit everybody else waits.
        if ready and late:
            ready.fill(late, serial)
            written[late.fact.id] = receipts.written(self.caller, late, self.now)
        for place, entry in enumerate(run.booked):
            entry.receipt.index = base + place
        posting.write(
            self.connection, self.caller.park, run.shelf, [written[entry.fact.id] for entry in run.booked], base
        )
        rolls.bind(self.connection, self.caller.park, dict(one.bound for one in run.booked if one.bound))


@dataclass(slots=True)
class _Round:
    """One pass: what was loaded, what was known, and what became of each fact so far."""

    shelf: loading.Shelf
    known: waiting.Known
    #: Facts that others of this run correct.
    corrected: set[UUID]
    booked: list[Entry] = field(default_factory=list)
    #: Ids of the booked facts.
    done: set[UUID] = field(default_factory=set)
    #: Facts answered for good, booked or turned away: none of them waits any longer.
    answered: set[UUID] = field(default_factory=set)
    #: The first entry of each id.
    seen: dict[UUID, Entry] = field(default_factory=dict)
    #: What waited and needs to wait no longer, whatever becomes of this run.
    free: list[Entry] = field(default_factory=list)
    #: What waits, by what it waits for.
    waits: dict[UUID, list[Entry]] = field(default_factory=dict)
    #: How many more facts the caller's enterprise may have waiting; counted when it first matters.
    room: int | None = None
    #: A manifest whose number is drawn together with the head of the log.
    unnumbered: Entry | None = None


def length(connection: Connection, park: int) -> int:
    """How many facts the park's log holds."""
    found = connection.scalar(text("SELECT size FROM log_head WHERE park_id = :park"), {"park": park})
    return int(found or 0)


def keep_unreadable(
    connection: Connection, caller: Caller, name: str, problem: Problem, body: Mapping[str, Any], now: datetime
) -> None:
    """Keep something that was meant as a fact but cannot be read, with the reason its teller was given."""
    if caller.person is not None:
        posting.turned_away(connection, caller.park, caller.person, name, problem, body, now)
