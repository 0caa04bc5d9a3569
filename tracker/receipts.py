"""A fact on its way through the one door, and the answer to it."""

import json
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import booking, facts, waiting
from tracker.problems import Finding, Problem

_EARLIER = text("""
SELECT f.record, NULL::uuid AS awaits FROM fact f WHERE f.park_id = :park AND f.id = :id
UNION ALL SELECT w.told::text, w.awaits FROM waiting w WHERE w.park_id = :park AND w.fact_id = :id LIMIT 1
""")
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


def answered(connection: Connection, park: int, fact: UUID) -> tuple[facts.Fact, Receipt] | None:
    """A fact that came before, in the log or waiting, and the answer it gets when it is told again; None where none
    came."""
    row = connection.execute(_EARLIER, {"park": park, "id": fact}).first()
    if row is None:
        return None
    told = facts.from_record(json.loads(row.record))
    if row.awaits is not None:
        return told, Receipt(fact, "waiting", waits_for=row.awaits)
    known = waiting.known(connection, park, [told]).facts[fact]
    return told, Receipt(
        fact, "already_recorded", index=known.index, findings=list(known.findings), winner=known.winner
    )
