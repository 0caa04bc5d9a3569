"""Findings about where a fact was told."""

from collections.abc import Iterator

from tracker import facts
from tracker.problems import Finding
from tracker.rules.context import Context

#: The handler is asked for the place at these acts; everywhere else it is welcome but not missed.
ASKED = (facts.PickedUp, facts.Received)
#: What is found where the teller says why there is no place; whoever was not asked, or says nothing, is simply without.
REFUSED = {"denied": "place_denied", "unavailable": "place_unavailable", "declined": "place_declined"}


def somewhere(context: Context) -> Iterator[Finding]:
    """Pickup and receipt want a place, near where they should happen."""
    if not isinstance(context.fact, ASKED):
        return
    if context.fact.place is None:
        if context.paper is None:
            yield Finding(REFUSED.get(context.fact.no_place or "", "place_missing"), {})
    elif context.distance is not None and context.distance[0] > context.settings.far_metres:
        metres, site = context.distance
        yield Finding("place_far", {"site": site, "kilometres": f"{metres / 1000:.1f}", "metres": round(metres)})


RULES = (somewhere,)
