"""What a province forbids to carry or to accept: there, a load that disagrees with its manifest is a reason to stop."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tracker import facts
from tracker.problems import Finding
from tracker.rules.context import Context

#: Findings that say load and manifest disagree, and the rule of the park's profile that says how grave that is.
RULE_OF = {
    "mass_discrepancy": "mismatch.weight",
    "time_before_predecessor": "mismatch.time",
    "time_implausible": "mismatch.time",
}
_CARRIES = (facts.PickedUp, facts.HandedOver, facts.Arrived, facts.Received)


def weighed_up(context: Context, found: Iterable[Finding]) -> list[Finding]:
    """The findings with the severity they have in this park. A load that was refused was not accepted."""
    fact = context.fact
    refused = isinstance(fact, facts.Received) and fact.outcome == "refused"
    if not isinstance(fact, _CARRIES) or refused:
        return list(found)
    return [
        replace(finding, graver="stop")
        if finding.code in RULE_OF and context.settings.in_force.word(RULE_OF[finding.code]) == "stop"
        else finding
        for finding in found
    ]


def plate(context: Context) -> Iterator[Finding]:
    """Picked up by a lorry nobody wrote down, where the park's profile wants it."""
    if not isinstance(context.fact, facts.PickedUp) or context.fact.plate:
        return
    for manifest in context.booked.manifests.values():
        wanted = context.settings.in_force.wants("at_pickup.plate", hazardous=manifest.hazardous)
        if wanted and not any(leg.plate for leg in manifest.legs):
            yield Finding("plate_missing", {"number": manifest.number})


RULES = (plate,)
