"""The chain of anything, up and down: batches, facts, places, and what became of every gram.

``chain`` takes four SQL statements whatever the size: the graph, its batches, their facts, the parties. What it answers
is masked for enterprises (``masking``); how grams are followed is told in ``attribution``.
"""

from tracker.trace.attribution import End
from tracker.trace.chain import Roots, chain, roots_of
from tracker.trace.graph import BATCHES_MAX, Direction
from tracker.trace.shown import Chain, Composition, Edge, Fact, Line, Node, Origin, Place, Share, Totals

__all__ = [
    "BATCHES_MAX",
    "Chain",
    "Composition",
    "Direction",
    "Edge",
    "End",
    "Fact",
    "Line",
    "Node",
    "Origin",
    "Place",
    "Roots",
    "Share",
    "Totals",
    "chain",
    "roots_of",
]
