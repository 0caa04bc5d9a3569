"""Readies containers for printing: each has its label in the log of issuance, and hazardous ones their identification
code, before a printer hears of them. Printing again prints the same label."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from manifests import identification, signing
from tracker import clock, facts, label_words, loading, papers
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.views import labels

LABELS_MAX = 1_000


def ready(
    connection: Connection, caller: Caller, signer: signing.Signer, batches: Sequence[UUID], now: datetime
) -> list[dict[str, Any]]:
    """What the labels of these batches say, in their order, as ``tracker.views.labels.printable``. The caller's
    enterprise holds or made each of them. ``Problem``: labels_none, labels_too_many, not_found, label_not_yours."""
    if not batches:
        raise Problem("labels_none", "/batches")
    if len(batches) > LABELS_MAX:
        raise Problem("labels_too_many", "/batches", limit=LABELS_MAX, count=len(batches))
    lines = tuple(facts.Line(batch=batch) for batch in dict.fromkeys(batches))
    shelf = loading.shelf(connection, caller.park, [facts.TakenOut(id=batches[0], observed_at=now, lines=lines)])
    found = shelf.books.batches
    for at, batch in enumerate(batches):
        if batch not in found:
            raise Problem("not_found", f"/batches/{at}", what=str(batch))
        if caller.enterprise is None or caller.enterprise not in (found[batch].holder, found[batch].generator):
            raise Problem("label_not_yours", f"/batches/{at}", batch=str(batch))
    have = papers.labels_of(connection, caller.park, batches=list(found))
    bare = [(found[line.batch], shelf.classes.get(found[line.batch].class_id or 0)) for line in lines]
    signing.label_batches(
        connection, caller, signer, [(batch, known) for batch, known in bare if batch.uuid not in have], now
    )
    known = labels.printable(connection, caller.park, batches)
    if _identify(connection, caller.park, known, now):
        known = labels.printable(connection, caller.park, batches)
    return known


def _identify(connection: Connection, park: int, known: Sequence[Mapping[str, Any]], now: datetime) -> bool:
    """Draw serials for hazardous containers without a code; whether there were any."""
    lacking = {row["uuid"]: row for row in known if row["identification"] is None and _may_have(row)}
    wanted = Counter(_series(row) for row in lacking.values())
    last = papers.next_serials(connection, park, wanted)
    left = dict(wanted)
    codes = {}
    for uuid, row in lacking.items():
        series = _series(row)
        left[series] -= 1
        serial = last[series] - left[series]
        code = identification.make(row["uscc"], row["class_code"], _day(row), serial)
        if code is not None:
            codes[uuid] = code
    label_words.identify(connection, park, codes, now)
    return bool(codes)


def _may_have(row: Mapping[str, Any]) -> bool:
    """Whether all segments but the serial are known: asked first, so that no serial is drawn in vain."""
    return bool(row["hazardous"]) and identification.make(row["uscc"], row["class_code"], _day(row), 1) is not None


def _series(row: Mapping[str, Any]) -> str:
    return f"identification-{row['uscc']}-{row['class_code']}-{_day(row):%Y%m%d}"


def _day(row: Mapping[str, Any]) -> Any:
    return clock.day_of(row["generated_at"])
