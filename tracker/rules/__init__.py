"""Findings: what is odd about a fact, one file per family. A rule never refuses and never changes the books."""

from collections.abc import Callable, Iterator

from tracker.problems import Finding
from tracker.rules import classes, mass, permit, place, stock, time
from tracker.rules.context import Context

#: Every rule, asked of every fact in this order.
RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    *classes.RULES,
    *mass.RULES,
    *time.RULES,
    *place.RULES,
    *permit.RULES,
    *stock.RULES,
)


def judge(context: Context) -> list[Finding]:
    """All that is odd about one fact, and what was found of it while it was only on paper."""
    found = [finding for rule in RULES for finding in rule(context)]
    return found + list(context.paper.findings.get(context.fact.id, ())) if context.paper else found
