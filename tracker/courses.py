"""Takes from the tables what a correction, an answer to a proposal, or an undone grouping may touch beyond what it
names: what became of its batches, however far that goes, and what is being proposed."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import booking, facts

_PROPOSED = text(
    "SELECT uuid, batch_uuid, manifest_uuid, root FROM proposal WHERE park_id = :park AND uuid = ANY (:uuids)"
)
#: Everything below the batches that may be corrected, and the parents of a grouping that is to be undone.
_REACHED = text("""
WITH RECURSIVE below(id) AS (
    SELECT b.id FROM batch b WHERE b.park_id = :park AND b.uuid = ANY (:down)
    UNION SELECT e.child FROM below d CROSS JOIN LATERAL (
      SELECT child FROM edge WHERE park_id = :park AND parent = d.id OFFSET 0) e)
SELECT b.uuid FROM batch b WHERE b.park_id = :park AND (b.id = ANY (ARRAY(SELECT id FROM below)) OR b.id = ANY (ARRAY(
    SELECT e.parent FROM edge e JOIN batch g ON g.park_id = e.park_id AND g.id = e.child
    WHERE e.park_id = :park AND g.uuid = ANY (:up))))
""")
_EDGES = text("""
SELECT p.uuid AS parent, c.uuid AS child, e.counts_at, f.id AS fact, f.kind, sum(e.grams)::bigint AS grams
FROM edge e JOIN batch p ON p.park_id = e.park_id AND p.id = e.parent
JOIN batch c ON c.park_id = e.park_id AND c.id = e.child
JOIN fact f ON f.park_id = e.park_id AND f."index" = e.counts_at
WHERE e.park_id = :park AND (e.parent = ANY (:keys) OR e.child = ANY (:keys))
GROUP BY 1, 2, 3, 4, 5 ORDER BY 3, 1, 2
""")
_ENDED = text("""
SELECT b.uuid AS batch, o.account, o.enterprise_id, o.counts_at, f.id AS fact, f.kind, sum(o.grams)::bigint AS grams
FROM posting o JOIN batch b ON b.park_id = o.park_id AND b.id = o.batch_id
JOIN fact f ON f.park_id = o.park_id AND f."index" = o.counts_at
WHERE o.park_id = :park AND o.batch_id = ANY (:keys) AND o.account IN ('treated', 'lost')
GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(o.grams) > 0 ORDER BY 4, 1, 2
""")
_PROPOSALS = text("""
SELECT p.*, (SELECT jsonb_object_agg(a.enterprise_id, a.answer) FROM proposal_answer a
             WHERE a.park_id = p.park_id AND a.proposal = p.uuid) AS answers
FROM proposal p WHERE p.park_id = :park AND p.uuid = ANY (:uuids) FOR UPDATE OF p
""")


class Wider:
    """What some facts are about beyond what they name."""

    def __init__(self, connection: Connection, park: int, run: Iterable[facts.Fact]) -> None:
        self.batches: set[UUID] = set()
        self.manifests: set[UUID] = set()
        self.roots: set[UUID] = set()
        self.proposals = {to for fact in run if (to := facts.proposal_named(fact))}
        self.needed = bool(self.proposals)
        down, up = set(), set()
        if self.proposals:
            for row in connection.execute(_PROPOSED, {"park": park, "uuids": list(self.proposals)}):
                down |= {row.batch_uuid} if row.batch_uuid else set()
                self.roots |= {row.root} if row.root else set()
                self.manifests |= {row.manifest_uuid} if row.manifest_uuid and not row.batch_uuid else set()
        for fact in run:
            if isinstance(fact, facts.Corrected):
                down |= {line.batch for line in fact.lines}
            elif isinstance(fact, facts.Dissolved):
                up |= {line.batch for line in fact.lines}
        if down or up:
            self.needed = True
            reached = connection.scalars(_REACHED, {"park": park, "down": list(down), "up": list(up)})
            self.batches = down | up | set(reached)


def load(connection: Connection, park: int, books: booking.Books, wider: Wider) -> None:
    """The courses of the loaded batches, and the proposals answered. Their batches and manifests are locked."""
    if not wider.needed:
        return
    books.courses = {}
    keys = [batch.key for uuid, batch in books.batches.items() if uuid in wider.batches]
    named = {"park": park, "keys": keys}
    for row in connection.execute(_EDGES, named) if keys else ():
        flow = booking.Flow(row.counts_at, row.fact, row.kind, row.grams, row.child)
        books.course(row.parent).went.append(flow)
        came = booking.Flow(row.counts_at, row.fact, row.kind, row.grams, row.parent)
        books.course(row.child).came.append(came)
    for row in connection.execute(_ENDED, named) if keys else ():
        ended = booking.Flow(
            row.counts_at, row.fact, row.kind, row.grams, account=row.account, enterprise=row.enterprise_id
        )
        books.course(row.batch).went.append(ended)
    if wider.proposals:
        rows = connection.execute(_PROPOSALS, {"park": park, "uuids": sorted(wider.proposals)}).mappings()
        books.proposals |= {row["uuid"]: _proposal(dict(row)) for row in rows}


def _proposal(row: Mapping[str, Any]) -> booking.Proposal:
    return booking.Proposal(
        fact=row["uuid"],
        kind=row["kind"],
        proposer=row["proposer_id"],
        answers={
            int(key): answer for key, answer in sorted((row["answers"] or {}).items(), key=lambda one: int(one[0]))
        },
        state=row["state"],
        batch=row["batch_uuid"],
        manifest=row["manifest_uuid"],
        root=row["root"],
        grams=row["grams"],
        change=_change(row["change"]) if row["change"] else None,
        made_at=row["made_at"],
    )


def _change(told: Mapping[str, Any]) -> booking.Change:
    return booking.Change(
        tuple((leg[0], leg[1], leg[2]) for leg in told["legs"]),
        told["receiver"],
        told["treatment"],
        UUID(told["permit"]) if told["permit"] else None,
        told["filing"],
    )


def told_of(change: booking.Change | None) -> dict[str, Any] | None:
    """A change as the table keeps it."""
    if change is None:
        return None
    return {
        "legs": [list(leg) for leg in change.legs],
        "receiver": change.receiver,
        "treatment": change.treatment,
        "permit": str(change.permit) if change.permit else None,
        "filing": change.filing,
    }
