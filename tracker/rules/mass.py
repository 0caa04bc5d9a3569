"""Findings about mass: two weighings that disagree."""

from collections.abc import Iterator

from tracker import facts, quantity
from tracker.problems import Finding
from tracker.rules.context import Context

#: An estimate is a guess; only a figure this many times off is odd.
_ESTIMATE_FACTOR = 2
_WEIGHS = (facts.Weighed, facts.PickedUp, facts.HandedOver, facts.Arrived, facts.Received, facts.Returned)


def discrepancy(context: Context) -> Iterator[Finding]:
    """What was told now against what the books had, beyond the park's tolerance."""
    if not isinstance(context.fact, _WEIGHS):
        return
    refused = (
        {part.batch: part.refused_grams for part in context.fact.refused}
        if isinstance(context.fact, facts.Received)
        else {}
    )
    for batch, before, line in context.lines():
        turned_back = refused.get(batch.uuid, 0)
        told = line.grams if line else None
        if told is None and not turned_back:
            continue
        # More refused than was there: the books now hold what nobody had brought.
        now = turned_back + (told if told is not None else max(before.grams - turned_back, 0))
        if context.settings.tolerance.allows(before.grams, now):
            continue
        far_off = max(before.grams, now) > _ESTIMATE_FACTOR * min(before.grams, now)
        if before.measured or far_off:
            difference = now - before.grams
            yield Finding(
                "mass_discrepancy",
                {
                    "before": quantity.show(before.grams, measured=before.measured),
                    "after": quantity.show(now, measured=bool(line and line.measured)),
                    "difference": quantity.show(abs(difference)),
                    "percent": f"{abs(difference) * 1000 // max(before.grams, 1) / 10:g}",
                    "difference_grams": difference,
                },
                str(batch.uuid),
            )


RULES = (discrepancy,)
