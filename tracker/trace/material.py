"""What was read of a chain, and the sums that everything shown is made of."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from tracker.trace.graph import Graph
from tracker.trace.reading import Parties, Told
from tracker.trace.shown import Totals

_NO_SUMS: Mapping[str, int] = {}


class Material:
    """The graph, the rows of its batches by key, their facts in log order, the parties by key."""

    def __init__(
        self, graph: Graph, rows: Mapping[int, Mapping[str, Any]], told: Sequence[Told], parties: Parties
    ) -> None:
        self.graph, self.rows, self.told, self.parties = graph, rows, told, parties
        self.uuids: dict[int, UUID] = {key: row["uuid"] for key, row in rows.items()}
        self.keys = {uuid: key for key, uuid in self.uuids.items()}
        self.by_index = {one.index: one for one in told}
        #: What each fact did to each batch: grams by account.
        self.sums: dict[tuple[int, int], dict[str, int]] = {}
        #: The index of the fact each batch was born by: the first that has a posting of it.
        self.born: dict[int, int] = {}
        for one in told:
            for posted in one.postings:
                self.born.setdefault(posted.batch, one.index)
                sums = self.sums.setdefault((one.index, posted.batch), defaultdict(int))
                sums[posted.account] += posted.grams

    def change(self, index: int, batch: int) -> int:
        """The grams a fact added to what a batch holds, negative where it took some."""
        sums = self.sums.get((index, batch), _NO_SUMS)
        return sums.get("stock", 0) + sums.get("transit", 0)

    def flows(self) -> dict[int, tuple[int, int]]:
        """Grams that ever came into each batch (generated, or from other batches) and that left it (into others,
        treated, lost)."""
        came: dict[int, int] = defaultdict(int)
        went: dict[int, int] = defaultdict(int)
        for (index, batch), sums in self.sums.items():
            crossed = sum(sums.values())
            if index == self.born[batch]:
                came[batch] += self.change(index, batch)
            else:
                came[batch] -= sums.get("source", 0)
                went[batch] += sums.get("treated", 0) + sums.get("lost", 0) - crossed
        return {key: (came[key], went[key]) for key in self.rows}

    def totals(self, of: Collection[int]) -> Totals:
        """The account of some batches of the chain; what is not among them is outside."""
        inside = frozenset(of)
        accounts: dict[str, int] = defaultdict(int)
        held: dict[int, int] = defaultdict(int)
        came: dict[int, int] = defaultdict(int)
        went: dict[int, int] = defaultdict(int)
        for (index, batch), sums in self.sums.items():
            if batch not in inside:
                continue
            for account, grams in sums.items():
                accounts[account] += grams
            held[batch] += self.change(index, batch)
            # All postings of a batch in one fact sum to what came to it from batches, or went from it into batches.
            if index == self.born[batch]:
                came[batch] += sum(sums.values())
            else:
                went[batch] -= sum(sums.values())
        links = sum(link.grams for link in self.graph.within(inside))
        return Totals(
            accounts={account: grams for account, grams in sorted(accounts.items()) if grams},
            entered=sum(came.values()) - links,
            left=sum(went.values()) - links,
            unexplained=self._unexplained(inside),
            agrees=all(held[key] == self.rows[key]["grams"] for key in inside) and self._links_agree(came, went),
        )

    def _links_agree(self, came: Mapping[int, int], went: Mapping[int, int]) -> bool:
        """Whether edges and postings tell the same: all children of a batch that was followed down are in the chain,
        and all parents of one that was followed up, so their edges must sum to what its postings say."""
        into: dict[int, int] = defaultdict(int)
        out_of: dict[int, int] = defaultdict(int)
        for link in self.graph.links:
            into[link.child] += link.grams
            out_of[link.parent] += link.grams
        whole = not self.graph.truncated
        below = all(went[key] == out_of[key] for key in went if whole and key in self.graph.walked_down)
        above = all(came[key] == into[key] for key in came if whole and key in self.graph.walked_up)
        return below and above

    def _unexplained(self, inside: Collection[int]) -> int:
        """What open findings ask about. Findings about a fact's batches and one about the fact as a whole tell of the
        same grams twice, so the larger of both counts."""
        asked = 0
        for one in self.told:
            if one.findings and any(key in inside for key in one.batches):
                shown = {str(self.uuids[key]) for key in one.batches if key in inside}
                missing = {None: 0, "batch": 0}
                for finding in one.findings:
                    if finding["answered_at"] is None and finding["batch_uuid"] in {None, *shown}:
                        evidence, level = finding["evidence"], "batch" if finding["batch_uuid"] else None
                        grams = evidence.get("missing_grams") or evidence.get("difference_grams") or 0
                        missing[level] += abs(int(grams))
                asked += max(missing.values())
        return asked
