"""The batches and edges a trace reaches: one recursive statement over bigint keys, both ways, bounded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text

Direction = Literal["up", "down", "both"]

#: At most this many batches are followed each way; a chain that goes on beyond says so.
BATCHES_MAX = 20_000
#: Two piles may be joined by many facts, so edges have a bound of their own.
_EDGES_PER_BATCH_MAX = 10

# ``UNION`` drops a batch that was reached before, so every batch is followed once however many ways lead to it; ``UNION
# ALL`` and the ``CYCLE`` clause would walk every path, and paths explode where batches merge. The ``OFFSET 0`` keeps
# each step a look-up in the covering index: the planner guesses badly how far a recursion goes and would else read the
# table of edges whole. The walk is breadth first and stops at the limit, so the nearest batches are the ones that stay.
_GRAPH = text("""
WITH RECURSIVE down(id) AS (
  SELECT unnest(CAST(:down AS bigint[]))
  UNION
  SELECT e.child FROM down d CROSS JOIN LATERAL (
    SELECT child FROM edge WHERE park_id = :park AND parent = d.id OFFSET 0) e
), up(id) AS (
  SELECT unnest(CAST(:up AS bigint[]))
  UNION
  SELECT e.parent FROM up u CROSS JOIN LATERAL (
    SELECT parent FROM edge WHERE park_id = :park AND child = u.id OFFSET 0) e
), below AS MATERIALIZED (SELECT id FROM down LIMIT :batches
), above AS MATERIALIZED (SELECT id FROM up LIMIT :batches)
SELECT 'down' AS what, id AS parent, NULL::bigint AS child, NULL::bigint AS told_at, NULL::bigint AS counts_at,
  NULL::bigint AS grams FROM below
UNION ALL
SELECT 'up', id, NULL, NULL, NULL, NULL FROM above
UNION ALL
(SELECT 'edge', b.id, e.child, e."index", e.counts_at, e.grams FROM below b CROSS JOIN LATERAL (
   SELECT child, "index", counts_at, grams FROM edge WHERE park_id = :park AND parent = b.id OFFSET 0) e LIMIT :edges)
UNION ALL
(SELECT 'edge', e.parent, a.id, e."index", e.counts_at, e.grams FROM above a CROSS JOIN LATERAL (
   SELECT parent, "index", counts_at, grams FROM edge WHERE park_id = :park AND child = a.id OFFSET 0) e LIMIT :edges)
""")


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """Grams that went from one batch into another by the fact at ``index``, later corrections of it included. Batches
    by key; a parent's is the lower."""

    parent: int
    child: int
    index: int
    grams: int


@dataclass(frozen=True, slots=True)
class Graph:
    """What was reached. ``down`` and ``up`` hold the roots too, whichever way was walked; ``truncated`` says that the
    chain goes on beyond."""

    direction: Direction
    roots: tuple[int, ...]
    down: frozenset[int]
    up: frozenset[int]
    links: tuple[Link, ...]
    truncated: bool

    @property
    def walked_down(self) -> frozenset[int]:
        """Batches all of whose children are here, unless truncated."""
        return self.down if self.direction != "up" else frozenset()

    @property
    def walked_up(self) -> frozenset[int]:
        """Batches all of whose parents are here, unless truncated."""
        return self.up if self.direction != "down" else frozenset()

    @property
    def batches(self) -> frozenset[int]:
        return self.down | self.up

    def within(self, batches: frozenset[int]) -> tuple[Link, ...]:
        """The edges that have both their ends among ``batches``."""
        return tuple(link for link in self.links if link.parent in batches and link.child in batches)

    def levels(self) -> dict[int, int]:
        """How far each batch stands from the roots, for a drawing in columns: a parent is always left of its child.
        Roots are at 0, ancestors below, descendants above. Keys grow along every edge, so one pass in key order does
        it."""
        parents, children = _neighbours(self.links)
        levels = dict.fromkeys(self.down, 0)
        for key in sorted(self.down):
            levels[key] = max((levels[parent] + 1 for parent in parents.get(key, ()) if parent in self.down), default=0)
        for key in sorted(self.up - self.down, reverse=True):
            levels[key] = min((levels[child] - 1 for child in children.get(key, ()) if child in levels), default=-1)
        return levels


def _neighbours(links: Iterable[Link]) -> tuple[Mapping[int, list[int]], Mapping[int, list[int]]]:
    parents: dict[int, list[int]] = {}
    children: dict[int, list[int]] = {}
    for link in links:
        parents.setdefault(link.child, []).append(link.parent)
        children.setdefault(link.parent, []).append(link.child)
    return parents, children


def load(connection: Connection, park: int, roots: Sequence[int], direction: Direction, batches_max: int) -> Graph:
    """Follow ``roots`` up, down or both, in one statement. Both means ancestors and descendants: what else came of an
    ancestor is part of the chain only where it lies on the way."""
    wanted = tuple(sorted(set(roots)))
    edges_max = (batches_max + 1) * _EDGES_PER_BATCH_MAX
    given = {
        "park": park,
        "down": list(wanted) if direction != "up" else [],
        "up": list(wanted) if direction != "down" else [],
        "batches": batches_max + 1,
        "edges": edges_max,
    }
    reached: dict[str, list[int]] = {"down": [], "up": []}
    edges: dict[tuple[int, int, int, int], int] = {}
    rows = 0
    for what, parent, child, told_at, counts_at, grams in connection.execute(_GRAPH, given):
        if what == "edge":
            edges[parent, child, counts_at, told_at] = grams
            rows += 1
        else:
            reached[what].append(parent)
    down = frozenset(reached["down"][:batches_max]) | frozenset(wanted)
    up = frozenset(reached["up"][:batches_max]) | frozenset(wanted)
    too_many = any(len(keys) > batches_max for keys in reached.values()) or rows >= edges_max
    both = down | up
    sums: dict[tuple[int, int, int], int] = {}
    for (parent, child, counts_at, _), grams in edges.items():
        if parent in both and child in both:
            sums[parent, child, counts_at] = sums.get((parent, child, counts_at), 0) + grams
    kept = tuple(sorted(Link(*at, grams) for at, grams in sums.items() if grams))
    return Graph(direction, wanted, down, up, kept, too_many)
