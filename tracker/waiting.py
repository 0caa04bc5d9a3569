"""Facts that came before their predecessor, and facts that came before.

A phone that was first to find the network may report a receipt whose generation is still on another phone. Such a fact
is held here and goes into the books right behind the one it waits for, however long that takes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection, Row, text

from tracker import facts, labelled, loading
from tracker.parties import Caller
from tracker.problems import Finding
from tracker.store import insert_rows, table
from tracker.tables.facts import Waiting


@dataclass(frozen=True, slots=True)
class Earlier:
    """A fact that is in the log already."""

    index: int
    digest: bytes
    #: What the log says of its private parts, and the salt that stands beside them until they are erased.
    commitment: str | None
    salt: bytes | None
    winner: UUID | None
    findings: Sequence[Finding]

    def says(self, fact: facts.Fact) -> bool:
        """Whether this is the same fact told again. What was erased can no longer differ."""
        if self.digest != facts.digest(fact):
            return False
        if self.commitment is None or self.salt is None:
            return self.commitment is not None or not fact.private
        return self.commitment == facts.commitment(self.salt, fact.private or {})


@dataclass(frozen=True, slots=True)
class Held:
    """A fact taken out of waiting, with whoever told it."""

    fact: facts.Fact
    person: int
    person_uuid: UUID
    enterprise: int
    enterprise_uuid: UUID
    #: What was found odd about the way it came.
    noted: Sequence[Finding] = ()


class Telling(Protocol):
    """A fact on its way in, as the ledger has it."""

    fact: facts.Fact
    person: int | None
    enterprise: int | None
    waited: bool
    noted: Sequence[Finding]


@dataclass(slots=True)
class Known:
    """What the park knows of a run of facts before it begins."""

    facts: dict[UUID, Earlier] = field(default_factory=dict)
    logged: set[UUID] = field(default_factory=set)
    #: Facts of the run that are held already: the digest of what they say, and what they wait for.
    held: dict[UUID, tuple[bytes, UUID]] = field(default_factory=dict)
    #: Facts held until one of the run comes, or one of these, and so on; in the order their tellers saw them happen.
    released: list[Held] = field(default_factory=list)
    #: Held facts that are in the log as well: they came once more, at the moment their predecessor did.
    stale: set[UUID] = field(default_factory=set)


#: One statement for all that may be known: facts in the log (with their findings), predecessors in the log, facts held
#: under the same id, and facts held until one of these comes.
_KNOWN = text("""
SELECT 'fact' AS what, f.id, f."index" AS position, f.digest, f.winner, NULL::jsonb AS told, NULL::uuid AS awaits,
       (SELECT jsonb_agg(jsonb_build_object('code', n.code, 'severity', n.severity, 'evidence', n.evidence,
          'batch', n.batch_uuid)
          ORDER BY n.id) FROM finding n WHERE n.park_id = f.park_id AND n."index" = f."index") AS findings,
       CAST(f.record AS jsonb) ->> 'private' AS commitment, s.salt,
       NULL::int AS person_id, NULL::jsonb AS noted, NULL::int AS enterprise_id,
       NULL::uuid AS person_uuid, NULL::uuid AS enterprise_uuid
FROM fact f LEFT JOIN fact_private s ON s.park_id = f.park_id AND s.fact_id = f.id
WHERE f.park_id = :park AND f.id = ANY (:ids)
UNION ALL
SELECT 'held', w.fact_id, NULL, w.digest, NULL, w.told, w.awaits, NULL, NULL, NULL, w.person_id, w.noted,
       w.enterprise_id, p.uuid, e.uuid
FROM waiting w JOIN person p ON p.id = w.person_id JOIN enterprise e ON e.id = w.enterprise_id
WHERE w.park_id = :park AND (w.fact_id = ANY (:ids) OR w.awaits = ANY (:awaited))
""")
_LOGGED = text("SELECT f.id FROM fact f WHERE f.park_id = :park AND f.id = ANY (:ids)")
_WAIT_FOR = text("""
UPDATE waiting w SET awaits = r.awaits FROM unnest(CAST(:ids AS uuid[]), CAST(:awaited AS uuid[])) AS r(id, awaits)
WHERE w.park_id = :park AND w.fact_id = r.id
""")
_COUNT = text("SELECT count(*) FROM waiting WHERE park_id = :park AND enterprise_id = :enterprise")


def predecessors(fact: facts.Fact) -> set[UUID]:
    """The facts that have to be in the log before this one: what its teller saw, what it corrects, what it signs."""
    found = {line.prev for line in fact.lines if line.prev is not None}
    if isinstance(fact, facts.Corrected):
        found.add(fact.corrects)
    if isinstance(fact, facts.Signed) and fact.of is not None:
        found.add(fact.of)
    to = facts.proposal_named(fact)
    return found | {to} if to else found


def brings(fact: facts.Fact) -> set[UUID]:
    """The ids that others may wait for and that come with this fact: its own, its new batches, its manifest, and the
    labels it puts on them."""
    found = {fact.id, *facts.new_batches(fact)}
    if isinstance(fact, facts.Generated) and fact.label:
        found.add(fact.label)
    if isinstance(fact, facts.ManifestIssued) and fact.manifest:
        found |= {fact.manifest, *fact.labels}
    return found


def known(connection: Connection, park: int, run: Sequence[facts.Fact]) -> Known:
    """What is known of these facts, of those they follow, and what waits for them, however long the chain of those."""
    own = {fact.id for fact in run}
    previous = {uuid for fact in run for uuid in predecessors(fact)}
    coming = {uuid for fact in run for uuid in brings(fact)}
    found = Known()
    waits: dict[UUID, Held] = {}
    for row in connection.execute(_KNOWN, {"park": park, "ids": list(own | previous), "awaited": list(coming)}):
        if row.what == "fact":
            found.logged.add(row.id)
            if row.id in own:
                found.facts[row.id] = _earlier(row)
        elif row.id in own:
            found.held[row.id] = (bytes(row.digest), row.awaits)
        elif row.awaits in coming:
            waits[row.id] = _held(row)
    found.stale = found.held.keys() & found.facts.keys()
    if waits:
        _follow(connection, park, found, waits, own)
    return found


def _follow(connection: Connection, park: int, found: Known, waits: dict[UUID, Held], own: set[UUID]) -> None:
    """Add what waits for what waits, and see which of their predecessors are in the log."""
    frontier = list(waits.values())
    while frontier:
        awaited = [uuid for held in frontier for uuid in brings(held.fact)]
        rows = connection.execute(_KNOWN, {"park": park, "ids": [], "awaited": awaited})
        frontier = [_held(row) for row in rows if row.id not in waits and row.id not in own]
        waits |= {held.fact.id: held for held in frontier}
    wanted = waits.keys() | {uuid for held in waits.values() for uuid in predecessors(held.fact)}
    found.logged |= set(connection.scalars(_LOGGED, {"park": park, "ids": list(wanted)}))
    found.stale |= waits.keys() & found.logged
    found.released = sorted(
        (held for uuid, held in waits.items() if uuid not in found.stale), key=lambda held: as_seen(held.fact)
    )


def as_seen(fact: facts.Fact) -> tuple[datetime, int, UUID]:
    """The order in which facts of one device happened, and the best guess for those of several."""
    return fact.observed_at, fact.counter or 0, fact.id


def _finding(told: Mapping[str, Any]) -> Finding:
    """A stored finding as its receipt first had it."""
    plain = Finding(told["code"], told["evidence"], told["batch"])
    return plain if plain.severity == told["severity"] else replace(plain, graver=told["severity"])


def _earlier(row: Row[Any]) -> Earlier:
    findings = [_finding(each) for each in row.findings or ()]
    salt = bytes(row.salt) if row.salt is not None else None
    return Earlier(row.position, bytes(row.digest), row.commitment, salt, row.winner, findings)


def _held(row: Row[Any]) -> Held:
    fact = facts.from_record(row.told)
    noted = [Finding(one["code"], one["evidence"]) for one in row.noted]
    return Held(fact, row.person_id, row.person_uuid, row.enterprise_id, row.enterprise_uuid, noted)


def missing(shelf: loading.Shelf, booked: Collection[UUID], fact: facts.Fact) -> UUID | None:
    """What has to come before this fact can be booked: what its label is on, its manifest, a batch, or the fact its
    teller saw last."""
    if (label := labelled.missing(fact, shelf.on)) is not None:
        return label
    if fact.manifest is not None and not isinstance(fact, facts.ManifestIssued):
        manifest = shelf.books.manifests.get(fact.manifest)
        if manifest is None or manifest.state == "draft":
            return fact.manifest
    if not isinstance(fact, facts.Generated):
        for line in fact.lines:
            if line.batch not in shelf.books.batches:
                return line.batch
    here = (uuid for uuid in sorted(predecessors(fact)) if uuid not in shelf.logged and uuid not in booked)
    return next(here, None)


def hold(
    connection: Connection,
    caller: Caller,
    known_: Known,
    held: Mapping[UUID, Sequence["Telling"]],
    now: datetime,
) -> None:
    """Keep facts, by what they wait for, until that has come. One that is held already may now wait for something
    else: its first predecessor came, and a second is still missing."""
    rows, moved = [], {}
    for awaits, entries in held.items():
        for entry in entries:
            fact = entry.fact
            if entry.waited or fact.id in known_.held:
                moved[fact.id] = awaits
                continue
            private = {"private": dict(fact.private)} if fact.private else {}
            rows.append(
                {
                    "park_id": caller.park,
                    "fact_id": fact.id,
                    "awaits": awaits,
                    "person_id": entry.person,
                    "enterprise_id": entry.enterprise,
                    "digest": facts.digest(fact, private=True),
                    "told": facts.told(fact) | private,
                    "noted": [{"code": one.code, "evidence": dict(one.evidence)} for one in entry.noted],
                    "came_at": now,
                }
            )
    insert_rows(connection, table(Waiting), rows)
    if moved:
        ids, awaited = list(moved), list(moved.values())
        connection.execute(_WAIT_FOR, {"park": caller.park, "ids": ids, "awaited": awaited})


def forget(connection: Connection, park: int, answered: Collection[UUID]) -> None:
    """What has been answered for good waits no longer."""
    if answered:
        connection.execute(
            text("DELETE FROM waiting WHERE park_id = :park AND fact_id = ANY (:done)"),
            {"park": park, "done": list(answered)},
        )


def count_of(connection: Connection, park: int, enterprise: int) -> int:
    """How many facts of an enterprise are held."""
    return int(connection.execute(_COUNT, {"park": park, "enterprise": enterprise}).scalar_one())


#: Its label is on something by now, or what else it waits for is in the books.
_STRANDED = text(f"""
SELECT w.told, w.person_id, w.enterprise_id, w.noted, p.uuid AS person_uuid, e.uuid AS enterprise_uuid
FROM waiting w JOIN person p ON p.id = w.person_id JOIN enterprise e ON e.id = w.enterprise_id
WHERE w.park_id = :park AND (
    EXISTS (SELECT 1 FROM fact f WHERE f.park_id = w.park_id AND f.id = w.awaits)
    OR EXISTS (SELECT 1 FROM batch b WHERE b.park_id = w.park_id AND b.uuid = w.awaits)
    OR EXISTS (SELECT 1 FROM manifest m WHERE m.park_id = w.park_id AND m.uuid = w.awaits AND m.state <> 'draft')
    OR EXISTS (SELECT 1 FROM ({labelled.ON} WHERE l.park_id = w.park_id AND l.id = w.awaits) o
               WHERE o.batch IS NOT NULL OR o.manifest IS NOT NULL))
ORDER BY w.came_at LIMIT :limit
""")  # noqa: S608 - a constant of ours


def stranded(connection: Connection, park: int, limit: int) -> list[Held]:
    """Held facts whose predecessor is in the books after all: it came in another transaction at the same moment."""
    return [_held(row) for row in connection.execute(_STRANDED, {"park": park, "limit": limit})]
