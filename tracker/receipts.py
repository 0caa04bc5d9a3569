"""A fact on its way through the one door, and the answer to it."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from tracker import booking, facts
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
    booked: booking.Booked | None = None
    findings: list[Finding] = field(default_factory=list)
    #: A roll label and the batch it was put on.
    bound: tuple[UUID, UUID] | None = None
