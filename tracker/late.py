"""Plans of phones that waited for something. They happened, so no gate refuses them; but what the gates say can be said
only when all they are about is here. The tracker knows no gates: whoever starts a process that tells facts lends
them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from tracker import facts
from tracker.loading import Shelf
from tracker.parties import Caller
from tracker.problems import Finding
from tracker.receipts import Entry
from tracker.rules.context import Paper

#: Told by an enterprise, of what stands on the shelf: the plan as it is to be booked, and which gates were closed.
Judge = Callable[
    [Connection, Caller, Shelf, facts.ManifestIssued, datetime], tuple[facts.ManifestIssued, Sequence[Finding]]
]
_lent: list[Judge] = []


def lend(judge: Judge) -> None:
    """Judge by this one from here on, whoever lets a plan in: a sync, a desk, the job that looks for stranded facts."""
    _lent[:] = [judge]


def judge(connection: Connection, caller: Caller, shelf: Shelf, entry: Entry, now: datetime) -> None:
    """Judge a manifest that waited, as it would have been judged had it come last. Where nothing was lent it stays
    outside, by a ``LookupError``: in the log it could never be judged again."""
    fact = entry.fact
    if not isinstance(fact, facts.ManifestIssued):
        return
    if not _lent:
        raise LookupError("no gates were lent to this process (tracker.late.lend)")
    teller = replace(
        caller,
        person=entry.person,
        person_uuid=entry.person_uuid,
        enterprise=entry.enterprise,
        enterprise_uuid=entry.enterprise_uuid,
    )
    entry.fact, found = _lent[0](connection, teller, shelf, fact, now)
    entry.paper = Paper({fact.id: found}, by_phone=True)
