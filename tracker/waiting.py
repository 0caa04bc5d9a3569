"""Facts that came before their predecessor, and facts that came before.

A phone that was first to find the network may report a receipt whose generation is still on another phone. Such a fact is
held here and goes into the books right behind the one it waits for, however long that takes.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from tracker import facts, loading
from tracker.parties import Caller
from tracker.problems import Finding
from tracker.store import insert_rows, table
from tracker.tables.facts import Waiting


@dataclass(frozen=True, slots=True)
class Earlier:
    """A fact that is in the log already."""

    index: int
    digest: bytes
    verdict: str
    winner: UUID | None
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Held:
    """A fact taken out of waiting, with whoever told it."""

    fact: facts.Fact
    person: int
    person_uuid: UUID
    enterprise: int
    enterprise_uuid: UUID


@dataclass(slots=True)
class Known:
    """What the park knows of a run of facts before it begins."""

    facts: dict[UUID, Earlier] = field(default_factory=dict)
    logged: set[UUID] = field(default_factory=set)
    held: dict[UUID, bytes] = field(default_factory=dict)
    released: list[Held] = field(default_factory=list)


#: One statement for all that may be known: facts in the log (with their findings), predecessors in the log, facts held
#: under the same id, and facts held until one of these comes.
_KNOWN = text("""
SELECT 'fact' AS what, f.id, f."index" AS position, f.digest, f.verdict, f.winner, NULL::jsonb AS told, NULL::uuid AS awaits,
       (SELECT jsonb_agg(jsonb_build_object('code', n.code, 'evidence', n.evidence, 'batch', n.batch_uuid) ORDER BY n.id)
          FROM finding n WHERE n.park_id = f.park_id AND n."index" = f."index") AS findings,
       NULL::int AS person_id, NULL::int AS enterprise_id, NULL::uuid AS person_uuid, NULL::uuid AS enterprise_uuid
FROM fact f WHERE f.park_id = :park AND f.id = ANY (:ids)
UNION ALL
SELECT 'held', w.fact_id, NULL, w.digest, NULL, NULL, w.told, w.awaits, NULL, w.person_id, w.enterprise_id,
       p.uuid, e.uuid
FROM waiting w JOIN person p ON p.id = w.person_id JOIN enterprise e ON e.id = w.enterprise_id
WHERE w.park_id = :park AND (w.fact_id = ANY (:ids) OR w.awaits = ANY (:awaited))
""")
_COUNT = text("SELECT count(*) FROM waiting WHERE park_id = :park AND enterprise_id = :enterprise")


def known(connection: Connection, park: int, run: Sequence[facts.Fact]) -> Known:
    """What is known of these facts, of those they follow, and what waits for them."""
    own = {fact.id for fact in run}
    previous = {line.prev for fact in run for line in fact.lines if line.prev}
    coming = own | {new for fact in run for new in facts.new_batches(fact)}
    coming |= {fact.manifest for fact in run if isinstance(fact, facts.ManifestIssued) and fact.manifest}
    found = Known()
    rows = connection.execute(_KNOWN, {"park": park, "ids": list(own | previous), "awaited": list(coming)})
    for row in rows:
        if row.what == "fact":
            found.logged.add(row.id)
            if row.id in own:
                found.facts[row.id] = Earlier(row.position, bytes(row.digest), row.verdict, row.winner, _findings(row))
        elif row.id in own:
            found.held[row.id] = bytes(row.digest)
        elif row.awaits in coming:
            found.released.append(_held(row))
    return found


def _findings(row: Row[tuple[object, ...]]) -> list[Finding]:
    return [Finding(each["code"], each["evidence"], each["batch"]) for each in row.findings or ()]


def _held(row: Row[tuple[object, ...]]) -> Held:
    told = row.told
    fact = facts.from_record(told)
    return Held(fact, row.person_id, row.person_uuid, row.enterprise_id, row.enterprise_uuid)


def released(connection: Connection, park: int, awaited: Iterable[UUID]) -> list[Held]:
    """The facts that wait for any of these ids."""
    rows = connection.execute(_KNOWN, {"park": park, "ids": [], "awaited": list(awaited)})
    return [_held(row) for row in rows if row.what == "held"]


def missing(shelf: loading.Shelf, booked: Collection[UUID], fact: facts.Fact) -> UUID | None:
    """What has to come before this fact can be booked: its manifest, a batch, or the fact its teller saw last."""
    if (
        fact.manifest is not None
        and fact.manifest not in shelf.books.manifests
        and not isinstance(fact, facts.ManifestIssued)
    ):
        return fact.manifest
    if not isinstance(fact, facts.Generated):
        for line in fact.lines:
            if line.batch not in shelf.books.batches:
                return line.batch
    for line in fact.lines:
        if line.prev is not None and line.prev not in shelf.logged and line.prev not in booked:
            return line.prev
    return None


def hold(
    connection: Connection, caller: Caller, known_: Known, held: Sequence[tuple[Any, UUID]], now: datetime
) -> None:
    """Keep facts (as the ledger's entries) until what they wait for has come. One that waits already goes on waiting."""
    insert_rows(
        connection,
        table(Waiting),
        [
            {
                "park_id": caller.park,
                "fact_id": entry.fact.id,
                "awaits": awaits,
                "person_id": entry.person,
                "enterprise_id": entry.enterprise,
                "digest": facts.digest(entry.fact),
                "told": facts.told(entry.fact) | ({"private": dict(entry.fact.private)} if entry.fact.private else {}),
                "came_at": now,
            }
            for entry, awaits in held
            if entry.fact.id not in known_.held and not entry.waited
        ],
    )


def forget(connection: Connection, park: int, known_: Known, booked: set[UUID]) -> None:
    """What waited and is in the books now waits no longer."""
    done = [uuid for uuid in (*known_.held, *(held.fact.id for held in known_.released)) if uuid in booked]
    if done:
        connection.execute(
            text("DELETE FROM waiting WHERE park_id = :park AND fact_id = ANY (:done)"), {"park": park, "done": done}
        )


def count_of(connection: Connection, park: int, enterprise: int) -> int:
    """How many facts of an enterprise are held."""
    return int(connection.execute(_COUNT, {"park": park, "enterprise": enterprise}).scalar_one())


def stranded(connection: Connection, park: int, limit: int) -> list[Held]:
    """Held facts whose predecessor is in the books after all: it came in another transaction at the same moment."""
    rows = connection.execute(
        text("""
SELECT w.told, w.person_id, w.enterprise_id, p.uuid AS person_uuid, e.uuid AS enterprise_uuid
FROM waiting w JOIN person p ON p.id = w.person_id JOIN enterprise e ON e.id = w.enterprise_id
WHERE w.park_id = :park AND (
    EXISTS (SELECT 1 FROM fact f WHERE f.park_id = w.park_id AND f.id = w.awaits)
    OR EXISTS (SELECT 1 FROM batch b WHERE b.park_id = w.park_id AND b.uuid = w.awaits)
    OR EXISTS (SELECT 1 FROM manifest m WHERE m.park_id = w.park_id AND m.uuid = w.awaits AND m.state <> 'draft'))
ORDER BY w.came_at LIMIT :limit"""),
        {"park": park, "limit": limit},
    )
    return [_held(row) for row in rows]
