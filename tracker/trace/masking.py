"""What of a chain a caller may see.

Regulators, inspectors and auditors see all of it. An enterprise sees what it took part in: the batches it generated,
held, or stands on a manifest of (*own* batches), every batch one edge away from those (*near*), and the parties it
dealt with. Beyond that it learns only what became of its own grams: that they were treated, how and when, not by whom.

- A fact is *open* where the enterprise told it about an own batch, gave or took custody in it, stands on its manifest,
  or generated a batch it befell. The parties of open facts are the ones it knows.
- Any other fact about a near batch, and any treatment its own grams ended in, is shown *masked*: that it happened and
  when, and the treatment code; who, only where that is a party it knows; no place, no details, no findings.
- What is left is not shown at all. A batch that is not near is shown as a masked node, so that the picture hangs
  together.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from tracker.parties import Caller
from tracker.problems import Problem
from tracker.trace.graph import Graph
from tracker.trace.reading import Told
from tracker.views import shapes

Seen = Literal["open", "masked", "hidden"]


@dataclass(slots=True)
class Sight:
    """What one caller sees of one chain. ``mine`` is its enterprise, ``own`` and ``near`` are keys of batches,
    ``known`` keys of enterprises; None means everything. ``opened`` are facts by index."""

    mine: int | None = None
    own: frozenset[int] | None = None
    near: frozenset[int] | None = None
    known: frozenset[int] | None = None
    opened: set[int] = field(default_factory=set)
    #: Facts the caller's own grams ended in, by index.
    ends: set[int] = field(default_factory=set)

    @property
    def all(self) -> bool:
        return self.own is None

    def is_own(self, batch: int) -> bool:
        return self.own is None or batch in self.own

    def batch(self, key: int) -> bool:
        """Whether a batch is shown with its figures."""
        return self.near is None or key in self.near

    def fact(self, told: Told) -> Seen:
        if self.all or told.index in self.opened:
            return "open"
        if told.index in self.ends or any(self.batch(key) for key in told.batches):
            return "masked"
        return "hidden"

    def knows(self, enterprise: int | None) -> bool:
        return self.known is None or enterprise is None or enterprise in self.known

    def party(self, enterprise: int, shown: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
        """A party, or that there is one."""
        return shown[enterprise] if self.knows(enterprise) else dict(shapes.MASKED)


def sight(
    caller: Caller, graph: Graph, rows: Mapping[int, Mapping[str, Any]], told: Sequence[Told], keys: Mapping[UUID, int]
) -> Sight:
    """What the caller sees. ``Problem`` not_found where it took part nowhere in the chain: it is not told that there is
    one."""
    if caller.sees_all:
        return Sight()
    mine = caller.enterprise
    on_manifests = {one.index: _parties(one, keys) for one in told}
    own = frozenset() if mine is None else _own(mine, rows, told, on_manifests)
    if mine is None or not own:
        raise Problem("not_found", what="/".join(str(rows[key]["uuid"]) for key in graph.roots if key in rows)[:60])
    near = own | {link.child for link in graph.links if link.parent in own}
    near |= {link.parent for link in graph.links if link.child in own}
    parties = _by_manifest(told, on_manifests)
    opened = [one for one in told if _is_open(mine, own, one, parties.get(one.manifest, frozenset()), rows)]
    known = {mine}
    for one in opened:
        known |= {posted.enterprise for posted in one.postings} | parties.get(one.manifest, frozenset())
        known |= {one.enterprise} if one.enterprise is not None else set()
    return Sight(mine, own, frozenset(near), frozenset(known), {one.index for one in opened})


def _own(
    mine: int, rows: Mapping[int, Mapping[str, Any]], told: Iterable[Told], on_manifests: Mapping[int, frozenset[int]]
) -> frozenset[int]:
    """The batches an enterprise took part in. To have told a fact about a batch is not enough: anybody can scan a label
    that is not theirs."""
    own = {key for key, row in rows.items() if mine in (row["generator_id"], row["holder_id"])}
    for one in told:
        own |= {posted.batch for posted in one.postings if posted.enterprise == mine}
        if mine in on_manifests[one.index]:
            own.update(one.batches)
    return frozenset(own)


def _parties(one: Told, keys: Mapping[UUID, int]) -> frozenset[int]:
    """The parties a manifest names, and a carrier that was named later."""
    return frozenset(keys[uuid] for uuid in one.named if uuid in keys)


def _by_manifest(told: Iterable[Told], on_manifests: Mapping[int, frozenset[int]]) -> dict[UUID | None, frozenset[int]]:
    """Everybody on a manifest of the chain, by its id."""
    found: dict[UUID | None, frozenset[int]] = {}
    for one in told:
        if one.manifest is not None and one.verdict == "recorded":
            found[one.manifest] = found.get(one.manifest, frozenset()) | on_manifests[one.index]
    return found


def _is_open(
    mine: int,
    own: Collection[int],
    one: Told,
    on_manifest: frozenset[int],
    rows: Mapping[int, Mapping[str, Any]],
) -> bool:
    if mine in on_manifest or any(posted.enterprise == mine for posted in one.postings):
        return True
    if one.enterprise == mine and any(key in own for key in one.batches):
        return True
    return any(rows[key]["generator_id"] == mine for key in one.batches if key in rows)
