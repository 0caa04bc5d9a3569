"""Findings about names under a manifest: received although somebody has not signed who should have by then."""

from collections.abc import Iterator

from tracker import booking, facts, lifecycle
from tracker.problems import Finding
from tracker.rules.context import Context

_RECEIVED = frozenset({"whole", "part", "refused"})


def missing(context: Context) -> Iterator[Finding]:
    """Said once a manifest, by the receipt that is its first."""
    if not isinstance(context.fact, facts.Received) or not context.settings.signatures_wanted:
        return
    touched = context.booked.touched
    delivering = {context.fact.manifest} | {batch.came_by for batch in touched.values()}
    delivering |= {batch.manifest for batch in touched.values()}
    for uuid, manifest in context.booked.manifests.items():
        if uuid not in delivering or not _first(manifest, set(touched)):
            continue
        there = context.signed.get(uuid, ())
        absent = [one for one in context.settings.signatures_wanted if tuple(one.split("_at_")) not in there]
        if absent:
            yield Finding("signature_missing", {"number": manifest.number or "—"} | _words(absent))


def _first(manifest: booking.Manifest, touched: set[object]) -> bool:
    here = {line.batch for line in manifest.lines.values() if line.outcome in _RECEIVED and line.part_of is None}
    return bool(here) and here <= touched


def _words(absent: list[str]) -> dict[str, str]:
    sides = list(dict.fromkeys(one.partition("_at_")[0] for one in absent))
    words = [lifecycle.words()["side"][side] for side in sides]
    return {"sides": "、".join(word["zh"] for word in words), "sides_en": ", ".join(word["en"] for word in words)}


RULES = (missing,)
