"""The one door: every fact enters the books here, whoever tells it and by whatever way it came.

``record`` runs inside the caller's transaction. It loads and locks what the facts touch, books them one after the other
in memory, lets the rules say what is odd, takes the head of the park's log last of all, and writes everything by a
handful of statements, however many facts there are. A fact that is known is answered as the first time; one whose
predecessor has not come waits; one that cannot be understood is turned away and kept; nothing is dropped in silence.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import rfc8785
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tracker import booking, facts, loading, posting, rules, store, waiting
from tracker.parties import Caller, names_of
from tracker.problems import Finding, Problem
from tracker.rules.context import Context

FACTS_MAX = 50
Verdict = Literal["recorded", "already_recorded", "waiting", "conflict", "turned_away", "quarantined"]
#: Evidence that names an enterprise by key; its names are filled in before anybody reads it.
_NAMES = ("enterprise", "carrier", "winner")
#: Plans: the park makes these facts itself, after it has judged the plan.
_OWN = (facts.ManifestIssued, facts.ManifestVoided)


@dataclass(slots=True)
class Receipt:
    """The answer to one fact. It never changes: told again, the fact is ``already_recorded`` with the same answer."""

    fact: UUID
    verdict: Verdict
    index: int | None = None
    findings: list[Finding] = field(default_factory=list)
    problem: Problem | None = None
    winner: UUID | None = None
    waits_for: UUID | None = None


@dataclass(slots=True)
class Entry:
    """A fact on its way in, and who tells it: the caller, or whoever's fact was waiting for this moment."""

    fact: facts.Fact
    person: int | None
    person_uuid: UUID | None
    enterprise: int | None
    enterprise_uuid: UUID | None
    waited: bool = False
    booked: booking.Booked | None = None
    findings: list[Finding] = field(default_factory=list)


def record(
    connection: Connection,
    caller: Caller,
    told: Sequence[facts.Fact],
    *,
    now: datetime | None = None,
    skew_s: float | None = None,
    own: bool = False,
    careful: bool = False,
) -> list[Receipt]:
    """Record facts, in order, and answer each. ``own`` lets the park's own plans through (manifests issued, voided).

    ``careful`` gives every fact a savepoint of its own: the way to go after a first attempt met a database error, so
    that one bad fact cannot take the others with it. Raises ``Problem`` too_many_facts; every other trouble is in the
    receipts.
    """
    if len(told) > FACTS_MAX and not own:
        raise Problem("too_many_facts", limit=FACTS_MAX, count=len(told))
    moment = now or datetime.now(UTC)
    run = _Recording(connection, caller, moment, skew_s, own=own)
    if not careful:
        return run.all(told)
    receipts = []
    for fact in told:
        try:
            with connection.begin_nested():
                receipts += run.all([fact])
        except DBAPIError as error:
            problem = store.complaint(error)
            if problem is None:
                raise
            receipts.append(run.turn_away(fact, problem))
    return receipts


@dataclass(slots=True)
class _Recording:
    """One call of ``record``."""

    connection: Connection
    caller: Caller
    now: datetime
    skew_s: float | None
    own: bool

    def all(self, told: Sequence[facts.Fact]) -> list[Receipt]:
        receipts, released = self._round([self._entry(fact) for fact in told])
        # Facts that waited for these go in right behind them, and those that waited for those.
        while released:
            _, released = self._round(released)
        return receipts[: len(told)]

    def _entry(self, fact: facts.Fact) -> Entry:
        caller = self.caller
        return Entry(fact, caller.person, caller.person_uuid, caller.enterprise, caller.enterprise_uuid)

    def _round(self, entries: list[Entry]) -> tuple[list[Receipt], list[Entry]]:
        """Book these facts and what waited for them; answer them, and name what may go in next."""
        known = waiting.known(self.connection, self.caller.park, [entry.fact for entry in entries])
        entries = entries + [self._released(held) for held in known.released]
        fresh = [entry.fact for entry in entries if entry.fact.id not in known.facts]
        shelf = loading.shelf(self.connection, self.caller.park, fresh)
        loading.surroundings(self.connection, shelf, fresh, self.caller.enterprise, self.now.year)
        shelf.logged |= known.logged
        corrected = {fact.corrects for fact in fresh if isinstance(fact, facts.Corrected)}
        run = _Round(shelf, known, corrected)
        receipts = [self._one(run, entry) for entry in entries]
        waiting.hold(self.connection, self.caller, known, run.held, self.now)
        self._write(run)
        if not known.released:
            return receipts, []
        awaited = {entry.fact.id for entry in run.booked}
        awaited |= {new for entry in run.booked for new in facts.new_batches(entry.fact)}
        return receipts, [self._released(held) for held in waiting.released(self.connection, self.caller.park, awaited)]

    def _released(self, held: waiting.Held) -> Entry:
        return Entry(held.fact, held.person, held.person_uuid, held.enterprise, held.enterprise_uuid, waited=True)

    def _one(self, run: "_Round", entry: Entry) -> Receipt:
        fact, shelf = entry.fact, run.shelf
        if earlier := run.known.facts.get(fact.id):
            return self._again(fact, earlier)
        if twin := run.answered.get(fact.id):
            return self._twin(fact, *twin)
        try:
            if isinstance(fact, _OWN) and not self.own:
                raise Problem("fact_not_told_here", "/kind", fact=fact.KIND)
            booking.readable(shelf.books, fact)
        except Problem as problem:
            return self.turn_away(fact, problem)
        missing = waiting.missing(shelf, run.answered.keys(), fact)
        if missing is not None:
            return self._hold(run, entry, missing)
        entry.booked = booking.book(shelf.books, fact, booking.Teller(entry.enterprise), len(run.booked), self.now)
        entry.findings = entry.booked.findings + rules.judge(self._context(shelf, entry))
        run.booked.append(entry)
        if fact.id in run.corrected:
            loading.note_told(shelf.books, fact, entry.enterprise)
        receipt = Receipt(fact.id, entry.booked.verdict, findings=entry.findings, winner=entry.booked.winner)
        run.answered[fact.id] = (fact, receipt)
        return receipt

    def _hold(self, run: "_Round", entry: Entry, missing: UUID) -> Receipt:
        if entry.enterprise is not None and entry.fact.id not in run.known.held and not entry.waited:
            limit = self.caller.settings.waiting_max
            if len(run.held) + waiting.count_of(self.connection, self.caller.park, entry.enterprise) >= limit:
                return self.turn_away(entry.fact, Problem("too_many_waiting", limit=limit))
        run.held.append((entry, missing))
        return Receipt(entry.fact.id, "waiting", waits_for=missing)

    def _twin(self, fact: facts.Fact, first: facts.Fact, receipt: Receipt) -> Receipt:
        """The same id twice in one request."""
        if facts.digest(first) != facts.digest(fact):
            return self.turn_away(fact, Problem("fact_id_reused", "/id", fact=str(fact.id)))
        return replace(receipt, verdict="already_recorded")

    def _context(self, shelf: loading.Shelf, entry: Entry) -> Context:
        assert entry.booked is not None  # noqa: S101 - booked a line above
        return Context(
            fact=entry.fact,
            booked=entry.booked,
            settings=self.caller.settings,
            recorded_at=self.now,
            classes=shelf.classes,
            skew_s=self.skew_s,
            permits=shelf.permits,
            distance=shelf.distances.get(entry.fact.id),
            stores=shelf.stores,
        )

    def _again(self, fact: facts.Fact, earlier: waiting.Earlier) -> Receipt:
        if earlier.digest != facts.digest(fact):
            return self.turn_away(fact, Problem("fact_id_reused", "/id", fact=str(fact.id)))
        return Receipt(
            fact.id, "already_recorded", index=earlier.index, findings=list(earlier.findings), winner=earlier.winner
        )

    def turn_away(self, fact: facts.Fact, problem: Problem) -> Receipt:
        """Keep what could not be recorded for the desk, and say why."""
        if self.caller.person is not None:
            posting.turned_away(
                self.connection, self.caller.park, self.caller.person, str(fact.id), problem, facts.told(fact), self.now
            )
        return Receipt(fact.id, "turned_away", problem=problem)

    def _write(self, run: "_Round") -> None:
        if not run.booked:
            return
        self._name_parties(run.booked)
        written = [self._written(entry) for entry in run.booked]
        posting.uses(self.connection, written)
        base = posting.take_head(self.connection, self.caller.park, len(written))
        for place, entry in enumerate(run.booked):
            run.answered[entry.fact.id][1].index = base + place
        posting.write(self.connection, self.caller.park, run.shelf, written, base)
        waiting.forget(self.connection, self.caller.park, run.known, set(run.answered))

    def _name_parties(self, booked: list[Entry]) -> None:
        """Findings are made with keys; people read names."""
        keys = {
            value
            for entry in booked
            for finding in entry.findings
            for name in _NAMES
            if isinstance(value := finding.evidence.get(name), int)
        }
        names = names_of(self.connection, keys)
        for entry in booked if keys else ():
            entry.findings[:] = [
                replace(finding, evidence=_named(finding.evidence, names)) for finding in entry.findings
            ]

    def _written(self, entry: Entry) -> posting.Written:
        """The log record of one fact: what was told, by whom, when it came, and what was found odd."""
        fact, booked = entry.fact, entry.booked
        assert booked is not None  # noqa: S101
        salt = secrets.token_bytes(16) if fact.private else None
        body = facts.told(fact) | {
            "park": str(self.caller.park_uuid),
            "actor": str(entry.person_uuid) if entry.person_uuid else None,
            "enterprise": str(entry.enterprise_uuid) if entry.enterprise_uuid else None,
            "recorded_at": self.now.isoformat(),
            "verdict": booked.verdict,
            "findings": [finding.code for finding in entry.findings],
        }
        # What no list knew at that moment: a later import must not change how the log is read.
        unknown = sorted({batch.raw_class for batch in booked.born.values() if batch.raw_class})
        if unknown:
            body["unknown_classes"] = unknown
        if salt is not None:
            body["private"] = hashlib.sha256(salt + rfc8785.dumps(dict(fact.private or {}))).hexdigest()
        canonical = rfc8785.dumps(body)
        return posting.Written(
            fact=fact,
            booked=booked,
            findings=entry.findings,
            person=entry.person,
            enterprise=entry.enterprise,
            recorded_at=self.now,
            digest=facts.digest(fact),
            record=canonical.decode(),
            leaf=leaf_hash(canonical),
            salt=salt,
        )


@dataclass(slots=True)
class _Round:
    """One pass: what was loaded, what was known, and what became of each fact so far."""

    shelf: loading.Shelf
    known: waiting.Known
    #: Facts that others of this run correct.
    corrected: set[UUID]
    booked: list[Entry] = field(default_factory=list)
    held: list[tuple[Entry, UUID]] = field(default_factory=list)
    answered: dict[UUID, tuple[facts.Fact, Receipt]] = field(default_factory=dict)


def leaf_hash(record_bytes: bytes) -> bytes:
    """SHA-256(0x00 || record): the leaf of RFC 9162."""
    return hashlib.sha256(b"\x00" + record_bytes).digest()


def _named(evidence: Mapping[str, Any], names: Mapping[int, tuple[str, str | None]]) -> dict[str, Any]:
    named = dict(evidence)
    for name in _NAMES:
        if isinstance(key := evidence.get(name), int):
            zh, en = names.get(key, ("—", None))
            named[name] = zh
            if en:
                named[f"{name}_en"] = en
    return named


def length(connection: Connection, park: int) -> int:
    """How many facts the park's log holds."""
    found = connection.scalar(text("SELECT size FROM log_head WHERE park_id = :park"), {"park": park})
    return int(found or 0)


def keep_unreadable(  # noqa: PLR0913 - what is kept has this many sides
    connection: Connection, caller: Caller, name: str, problem: Problem, body: Mapping[str, Any], now: datetime
) -> None:
    """Keep something that was meant as a fact but cannot be read, with the reason its teller was given."""
    if caller.person is not None:
        posting.turned_away(connection, caller.park, caller.person, name, problem, body, now)
