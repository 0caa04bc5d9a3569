"""A fact on its way through the one door, and the answer to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from tracker import booking, facts, loading
from tracker.problems import Finding, Problem

Verdict = Literal["recorded", "already_recorded", "waiting", "conflict", "turned_away", "quarantined"]


@dataclass(slots=True)
class Receipt:
    """The answer to one fact. It never changes: told again, the fact is ``already_recorded`` with the same answer."""

    fact: UUID
    verdict: Verdict
    index: int | None = None
    findings: list[Finding] = field(default_factory=list)
    problem: Problem | None = None
    winner: UUID | None = None
    waits_for: UUID | None = None
    #: Of a manifest that was issued.
    number: str | None = None


@dataclass(slots=True)
class Entry:
    """A fact on its way in, and who tells it: the caller, whoever signs on the caller's phone, or whoever's fact was
    waiting for this moment."""

    fact: facts.Fact
    person: int | None
    person_uuid: UUID | None
    enterprise: int | None
    enterprise_uuid: UUID | None
    receipt: Receipt
    waited: bool = False
    #: How far the clock of the device that sends it is ahead of ours; unknown for what waited.
    skew_s: float | None = None
    #: What is odd about the way it came, whatever it says.
    noted: Sequence[Finding] = ()
    booked: booking.Booked | None = None
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ready:
    """What a plan of the park's own brings to the door: the books it was judged by, loaded and locked, so that they are
    not loaded twice; and the last word on its fact, said as late as can be because a number locks its series.
    ``series`` is the one its number is the next of, None where it has another; a serial of None was not drawn yet."""

    shelf: loading.Shelf
    complete: Callable[[facts.ManifestIssued, int | None], facts.ManifestIssued]
    series: str | None = None
    #: Whether a fact waits for it, as far as was seen under the locks of what it touches; one that comes later is
    #: stranded for a moment, as beside any other fact (``waiting.stranded``).
    awaited: bool = True

    def fill(self, entry: Entry, serial: int | None) -> None:
        """Say the last word on the plan; where it is booked already, its manifest learns the number too."""
        plan = entry.fact
        assert isinstance(plan, facts.ManifestIssued)  # noqa: S101 - nothing else comes ready
        entry.fact = self.complete(plan, serial)
        for manifest in entry.booked.manifests.values() if entry.booked else ():
            manifest.number = entry.fact.number
