"""Findings about stores and mixing."""

from collections.abc import Iterator

from tracker import facts, quantity
from tracker.problems import Finding
from tracker.rules.context import Context


def capacity(context: Context) -> Iterator[Finding]:
    """A store that now holds more than it may."""
    if not isinstance(context.fact, facts.Stored | facts.Generated):
        return
    into = {batch.store for batch in (*context.booked.touched.values(), *context.booked.born.values())}
    for store, (held, limit, name) in sorted(context.stores.items()):
        if store in into and limit is not None and held > limit:
            evidence = {"store": name, "held": quantity.show(held), "capacity": quantity.show(limit)}
            yield Finding("store_over_capacity", evidence | {"held_grams": held, "capacity_grams": limit})


def mixing(context: Context) -> Iterator[Finding]:
    """Hazardous and general waste in one batch: article 81 forbids it."""
    if not isinstance(context.fact, facts.Combined):
        return
    kinds = {
        found.hazardous
        for batch in (*context.booked.touched.values(), *context.booked.born.values())
        if (found := context.classes.get(batch.class_id or 0))
    }
    if len(kinds) > 1:
        yield Finding("hazard_mixed", {})


RULES = (capacity, mixing)
