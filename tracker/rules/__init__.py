"""Findings: what is odd about a fact, one file per family. A rule never refuses and never changes the books."""

from collections.abc import Callable, Iterator

from tracker.problems import Finding
from tracker.rules import classes, labels, mass, mismatch, names, permit, place, stock, time
from tracker.rules.context import Context

#: Every rule, asked of every fact in this order.
RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    *classes.RULES,
    *labels.RULES,
    *mass.RULES,
    *time.RULES,
    *place.RULES,
    *permit.RULES,
    *stock.RULES,
    *names.RULES,
    *mismatch.RULES,
)


def judge(context: Context) -> list[Finding]:
    """All that is odd about one fact, as grave as it is in this park, and what was found while it was only on paper."""
    found = list(mismatch.weighed_up(context, (finding for rule in RULES for finding in rule(context))))
    return found + list(context.paper.findings.get(context.fact.id, ())) if context.paper else found
