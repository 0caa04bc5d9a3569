"""What became of each origin's grams, exactly.

**The model.** A batch is one heap, well mixed. When something is taken from it (into a child, into a furnace, lost) the
grams taken come from its origins in proportion to what each has in the heap at that moment. A batch may be used over
weeks, bit by bit, and be weighed again in between; so its facts are gone through in log order, and every taking is
shared out over what is *still there*.

**Why it closes to the gram.** For each batch a row of whole numbers is kept: grams by origin, summing to what the batch
holds. A taking of ``w`` grams is cut from that row by ``quantity.share_out(w, row)``, whose parts sum to ``w`` and
never exceed the row; what remains is the row minus the parts. So every taking has exactly its posted grams, and every
origin loses exactly what others gain. What the division leaves over goes to the largest remainders, the elder origin
first among equals: the same chain always gives the same answer.

**Why it never counts twice.** Batches are gone through in key order, parents before children (a child's key is always
the higher), each once, and its row is the sum of what all its parents sent. A batch that was split and brought
together again adds up to itself. No path is ever followed, so a merging graph costs one step an edge.

**What is an origin.** Grams that come into the traced graph from nowhere (``source``: they were generated) belong to
the batch that brought them. Grams that come in from a batch outside of the graph belong to the batch they enter where
that is a root, the batch that was asked about; else to nobody in particular (``None``): foreign grams mixed in on the
way.

**Where grams end.** ``treated`` and ``lost`` in a fact; ``unexplained`` in a fact whose scale or sum disagreed
(negative where the scale found more than there was); ``elsewhere`` in a fact that took them to a batch outside of the
graph; ``on_hand`` or ``in_transit`` now. The parts of an origin sum to exactly its grams.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from tracker.quantity import share_out
from tracker.trace.graph import Link

End = Literal["treated", "lost", "unexplained", "elsewhere", "on_hand", "in_transit"]


@dataclass(frozen=True, slots=True)
class Posted:
    """Grams of a batch on an account by the fact at ``index``; batch and enterprise by key."""

    index: int
    batch: int
    account: str
    enterprise: int
    grams: int


@dataclass(frozen=True, slots=True)
class Part:
    """Grams of an origin and where they ended: in the batch ``batch`` by the fact at ``index`` (None: they are there
    now). ``origin`` None are foreign grams."""

    origin: int | None
    end: End
    index: int | None
    batch: int
    grams: int


@dataclass(frozen=True, slots=True)
class Attribution:
    """``grams`` is what each origin brought; ``parts`` are in the order of batches and their facts; ``made_of`` is each
    root's composition at its beginning."""

    grams: Mapping[int | None, int]
    parts: tuple[Part, ...]
    made_of: Mapping[int, Mapping[int | None, int]]


@dataclass(slots=True)
class _Move:
    """What one fact did to one batch, in grams by account."""

    sums: dict[str, int]

    @property
    def kept(self) -> int:
        """The change of what the batch holds."""
        return self.sums.get("stock", 0) + self.sums.get("transit", 0)


def attribute(
    batches: Collection[int], roots: Collection[int], links: Iterable[Link], postings: Iterable[Posted]
) -> Attribution:
    """Follow every origin through the graph of ``batches`` and ``links``. ``postings`` are all postings of those
    batches. Pure; the cost is origins times takings."""
    run = _Run(frozenset(roots), links)
    moves: dict[int, dict[int, _Move]] = {key: {} for key in batches}
    for posted in postings:
        if posted.batch in moves:
            move = moves[posted.batch].setdefault(posted.index, _Move({}))
            move.sums[posted.account] = move.sums.get(posted.account, 0) + posted.grams
    for key in sorted(moves):
        run.batch(key, moves[key])
    parts = tuple(
        Part(origin, end, index, batch, grams) for (origin, index, end, batch), grams in run.parts.items() if grams
    )
    return Attribution(dict(run.grams), parts, run.made_of)


class _Run:
    """One pass over the graph. A row is grams by origin, elder origins first, foreign grams last."""

    def __init__(self, roots: frozenset[int], links: Iterable[Link]) -> None:
        self.roots = roots
        self.arriving: dict[int, dict[int | None, int]] = defaultdict(lambda: defaultdict(int))
        self.taken: dict[tuple[int, int], list[Link]] = defaultdict(list)
        for link in sorted(links):
            self.taken[link.parent, link.index].append(link)
        self.grams: dict[int | None, int] = defaultdict(int)
        self.parts: dict[tuple[int | None, int | None, End, int], int] = defaultdict(int)
        self.made_of: dict[int, Mapping[int | None, int]] = {}

    def batch(self, key: int, moves: Mapping[int, _Move]) -> None:
        """Everything that befell one batch, whose parents are done."""
        row: dict[int | None, int] = dict(self.arriving.pop(key, {}))
        account: End = "on_hand"
        transit = 0
        for at, index in enumerate(sorted(moves)):
            move = moves[index]
            transit += move.sums.get("transit", 0)
            if at == 0:
                row = self._born(key, row, move)
            elif move.sums.get("source"):
                self._corrected(key, row, index, move)
            else:
                self._used(key, row, index, move)
        if transit:
            account = "in_transit"
        for origin, grams in row.items():
            self.parts[origin, None, account, key] += grams

    def _born(self, key: int, arrived: dict[int | None, int], move: _Move) -> dict[int | None, int]:
        """The row a batch begins with: what its parents sent, what was generated, what came from outside."""
        generated = -move.sums.get("source", 0)
        outside = move.kept - generated - sum(arrived.values())
        for origin, grams in ((key, generated), (key if key in self.roots else None, outside)):
            if grams:
                self.grams[origin] += grams
                arrived[origin] = arrived.get(origin, 0) + grams
        row = {origin: arrived[origin] for origin in sorted(arrived, key=lambda one: (one is None, one or 0))}
        if key in self.roots:
            self.made_of[key] = dict(row)
        return row

    def _used(self, key: int, row: dict[int | None, int], index: int, move: _Move) -> None:
        """A fact that weighed, took from or ended a batch. A scale that found more comes first, as in the books."""
        difference = move.sums.get("difference", 0)
        if difference < 0:
            self._end(row, index, "unexplained", key, difference)
        for link in self.taken.get((key, index), ()):
            for origin, grams in self._take(row, link.grams):
                self.arriving[link.child][origin] += grams
        followed = sum(link.grams for link in self.taken.get((key, index), ()))
        # All postings of a batch in one fact sum to what went over edges: what is left of that went out of sight.
        self._end(row, index, "elsewhere", key, -sum(move.sums.values()) - followed)
        self._end(row, index, "treated", key, move.sums.get("treated", 0))
        self._end(row, index, "lost", key, move.sums.get("lost", 0))
        if difference > 0:
            self._end(row, index, "unexplained", key, difference)

    def _end(self, row: dict[int | None, int], index: int, end: End, key: int, grams: int) -> None:
        if grams:
            for origin, part in self._take(row, grams):
                self.parts[origin, index, end, key] += part

    def _take(self, row: dict[int | None, int], grams: int) -> list[tuple[int | None, int]]:
        """Cut ``grams`` out of a row (negative: add them), in proportion to what is there."""
        if len(row) == 1:
            (origin,) = row
            row[origin] -= grams
            return [(origin, grams)]
        sign = -1 if grams < 0 else 1
        cut = list(zip(row, share_out(abs(grams), list(row.values())), strict=True))
        for origin, part in cut:
            row[origin] -= sign * part
        return [(origin, sign * part) for origin, part in cut if part]

    def _corrected(self, key: int, row: dict[int | None, int], index: int, move: _Move) -> None:
        """A new figure for what was generated: the batch brought so much more, or less, than it first said. The part of
        it that the batch still rests on changes the heap, the rest only the history."""
        change = -move.sums.get("source", 0)
        self.grams[key] += change
        self.parts[key, index, "unexplained", key] += change - move.kept
        if row.get(key, 0) + move.kept >= 0:
            row[key] = row.get(key, 0) + move.kept
            return
        # Less than nothing is left of its own grams: the others in the heap give theirs up for it, and it owes them.
        self.parts[key, index, "unexplained", key] += move.kept
        self._end(row, index, "unexplained", key, -move.kept)
