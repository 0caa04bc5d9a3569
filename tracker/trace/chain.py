"""Puts a chain together: reads it, follows the grams, and hides what the caller may not see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, text

from tracker.parties import Caller
from tracker.problems import Problem
from tracker.store import is_uuid
from tracker.trace import attribution, masking, picture, reading, shown
from tracker.trace.graph import BATCHES_MAX, Direction, load
from tracker.trace.material import Material

#: Origins times steps. Beyond it attributing every ancestor would take seconds: then only the roots' own grams are
#: followed.
_WORK_MAX = 3_000_000
_STATEMENTS = 4
_ENDS_IN_A_FACT = frozenset({"treated", "lost", "unexplained"})
_ROOTS = text("""
SELECT 'batch' AS kind, b.uuid, b.id AS batch, NULL AS number FROM batch b
WHERE b.park_id = :park AND (b.uuid = CAST(:uuid AS uuid) OR b.uuid IN (
  SELECT l.batch_uuid FROM label l WHERE l.park_id = :park AND l.human_code = :what AND l.batch_uuid IS NOT NULL))
UNION ALL
SELECT 'manifest', m.uuid, l.batch_id, m.number FROM manifest m
JOIN manifest_line l ON l.park_id = m.park_id AND l.manifest_id = m.id
WHERE m.park_id = :park AND (m.uuid = CAST(:uuid AS uuid) OR m.number = :what OR m.uuid IN (
  SELECT l.manifest_uuid FROM label l WHERE l.park_id = :park AND l.human_code = :what AND l.manifest_uuid IS NOT NULL))
ORDER BY 1, 3
""")


@dataclass(frozen=True, slots=True)
class Roots:
    """What somebody asked about, and the keys of its batches in ascending order."""

    kind: Literal["batch", "manifest"]
    uuid: UUID
    number: str | None
    keys: tuple[int, ...]


def roots_of(connection: Connection, park: int, what: str) -> Roots:
    """The batches of a batch id, manifest id, manifest number, or human code of a label (in its canonical spelling,
    ``K7QF-2M9X-RT-C``). ``Problem`` not_found, also for a draft, which holds no batch yet."""
    uuid = what if is_uuid(what) else None
    rows = connection.execute(_ROOTS, {"park": park, "what": what, "uuid": uuid}).all()
    if not rows:
        raise Problem("not_found", what=what[:60])
    first = rows[0]
    return Roots(first.kind, first.uuid, first.number, tuple(row.batch for row in rows if row.uuid == first.uuid))


def chain(
    connection: Connection,
    caller: Caller,
    roots: Sequence[int],
    direction: Direction = "both",
    *,
    batches_max: int = BATCHES_MAX,
) -> shown.Chain:
    """The chain of ``roots`` (keys of batches, see ``roots_of``), at most ``batches_max`` batches each way. ``Problem``
    not_found where there is none, or none that the caller took part in."""
    graph = load(connection, caller.park, roots, direction, batches_max)
    rows = reading.batches(connection, caller.park, graph.batches)
    told = reading.told(connection, caller.park, graph.batches, names=caller.role == "regulator")
    if not graph.roots or not set(graph.roots) <= rows.keys():
        raise Problem("not_found", what=", ".join(map(str, roots))[:60])
    involved = {row[name] for row in rows.values() for name in ("generator_id", "holder_id")}
    involved |= {posted.enterprise for one in told for posted in one.postings}
    involved |= {one.enterprise for one in told if one.enterprise is not None}
    named = {uuid for one in told for uuid in one.named}
    parties = reading.parties(connection, involved, named)
    sight = masking.sight(caller, graph, rows, told, parties.keys)
    return _Building(Material(graph, rows, told, parties), sight, direction).chain()


#: Origin, how it ended, the fact it ended in, and the enterprise.
_Group = tuple[int, attribution.End, int | None, int | None]


def _in_order(group: _Group) -> tuple[int, bool, int, str, int]:
    """Origin by origin, what ended before what is still there, in log order."""
    origin, end, index, enterprise = group
    return origin, index is None, index or 0, end, enterprise or 0


@dataclass(slots=True)
class _Building:
    """One chain being put together."""

    of: Material
    sight: masking.Sight
    direction: Direction

    def chain(self) -> shown.Chain:
        attributed, complete = self._attributed()
        of, sight = self.of, self.sight
        mine = [part for part in attributed.parts if part.origin is not None and sight.is_own(part.origin)]
        sight.ends |= {part.index for part in mine if part.index is not None and part.end == "treated"}
        nodes, seen = tuple(picture.nodes(of, sight)), tuple(picture.told(of, sight))
        known = [key for key in of.parties.shown if sight.knows(key)]
        return shown.Chain(
            direction=self.direction,
            roots=tuple(of.uuids[key] for key in of.graph.roots),
            truncated=of.graph.truncated,
            masked=not sight.all,
            complete=complete,
            nodes=nodes,
            edges=tuple(picture.edges(of, sight)),
            facts=seen,
            origins=tuple(
                shown.Origin(id=of.uuids[origin], grams=grams)
                for origin, grams in sorted(attributed.grams.items(), key=lambda each: each[0] or 0)
                if origin is not None and sight.is_own(origin)
            ),
            attribution=tuple(self._shares(mine)),
            made_of=tuple(self._made_of(attributed)),
            totals=of.totals([key for key in of.rows if sight.is_own(key)]),
            sites=tuple(
                dict(site) | {"enterprise": of.parties.shown[key]} for key in known for site in of.parties.sites[key]
            ),
            statements=_STATEMENTS,
        )

    def _attributed(self) -> tuple[attribution.Attribution, bool]:
        graph = self.of.graph
        postings = [posted for one in self.of.told for posted in one.postings]
        generated = sum(1 for posted in postings if posted.account == "source")
        if generated * (len(postings) + len(graph.links)) <= _WORK_MAX:
            return attribution.attribute(graph.batches, graph.roots, graph.links, postings), True
        below = graph.down
        kept = [posted for posted in postings if posted.batch in below]
        return attribution.attribute(below, graph.roots, graph.within(below), kept), False

    def _shares(self, parts: Sequence[attribution.Part]) -> Iterator[shown.Share]:
        """The parts, those of one origin that ended alike added up: by one fact, or now with one enterprise."""
        sums: dict[_Group, int] = {}
        where: dict[_Group, set[int]] = {}
        for part in parts:
            index = part.index if part.end in _ENDS_IN_A_FACT else None
            enterprise = self._whose(part, index)
            group = (part.origin or 0, part.end, index, enterprise)
            sums[group] = sums.get(group, 0) + part.grams
            where.setdefault(group, set()).add(part.batch)
        for group in sorted(sums, key=_in_order):
            origin, end, index, enterprise = group
            one = self.of.by_index[index] if index is not None else None
            batches, grams = where[group], sums[group]
            if grams:
                yield shown.Share(
                    origin=self.of.uuids[origin],
                    output=end,
                    batch=self.of.uuids[next(iter(batches))] if len(batches) == 1 else None,
                    fact=one.id if one else None,
                    treatment=one.treatment if one else None,
                    enterprise=self.sight.party(enterprise, self.of.parties.shown) if enterprise is not None else None,
                    grams=grams,
                    untraced=one.record["details"].get("untraced") if one else None,
                )

    def _whose(self, part: attribution.Part, index: int | None) -> int | None:
        """The enterprise that told the fact, or holds the batch now. What went elsewhere is with nobody we look at."""
        if index is not None:
            return self.of.by_index[index].enterprise
        held: int | None = self.of.rows[part.batch]["holder_id"] if part.end != "elsewhere" else None
        return held

    def _made_of(self, attributed: attribution.Attribution) -> Iterator[shown.Composition]:
        """What each root was made of. What came from batches that are not the caller's to see is one sum."""
        for root, made_of in attributed.made_of.items():
            if not self.sight.batch(root):
                continue
            grams: dict[UUID | None, int] = {}
            for origin, each in made_of.items():
                told = self.of.uuids[origin] if origin is not None and self.sight.batch(origin) else None
                grams[told] = grams.get(told, 0) + each
            for told, each in grams.items():
                if each:
                    yield shown.Composition(root=self.of.uuids[root], origin=told, grams=each)
