"""A fact on its way through the one door, and the answer to it."""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import booking, facts, loading, posting, waiting
from tracker.parties import Caller, names_of
from tracker.problems import Finding, Problem
from tracker.rules.context import Paper

_EARLIER = text("""
SELECT f.record, NULL::uuid AS awaits FROM fact f WHERE f.park_id = :park AND f.id = :id
UNION ALL SELECT w.told::text, w.awaits FROM waiting w WHERE w.park_id = :park AND w.fact_id = :id LIMIT 1
""")
#: Evidence that names an enterprise by key; its names are filled in before anybody reads it.
_NAMES = ("enterprise", "carrier", "winner")
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
    #: It stood elsewhere before it came here, and what its judge found, where that is said of it alone.
    paper: Paper | None = None
    booked: booking.Booked | None = None
    findings: list[Finding] = field(default_factory=list)
    #: A roll label and the batch it was put on.
    bound: tuple[UUID, UUID] | None = None


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


def leaf_hash(record_bytes: bytes) -> bytes:
    """SHA-256(0x00 || record): the leaf of RFC 9162."""
    return hashlib.sha256(b"\x00" + record_bytes).digest()


def written(caller: Caller, entry: Entry, now: datetime) -> posting.Written:
    """The log record of one fact that was booked: what was told, by whom, when it came, and what was found odd."""
    fact, booked = entry.fact, entry.booked
    assert booked is not None  # noqa: S101
    salt = secrets.token_bytes(16) if fact.private else None
    body = facts.told(fact) | {
        "park": str(caller.park_uuid),
        "actor": str(entry.person_uuid) if entry.person_uuid else None,
        "enterprise": str(entry.enterprise_uuid) if entry.enterprise_uuid else None,
        "recorded_at": now.isoformat(),
        "verdict": booked.verdict,
        "findings": [finding.code for finding in entry.findings],
    }
    if (off := booking.astray(entry.skew_s)) is not None:
        body["clock_skew_s"] = int(off.total_seconds())
    # What no list knew at that moment: a later import must not change how the log is read.
    unknown = sorted({batch.raw_class for batch in booked.born.values() if batch.raw_class})
    if unknown:
        body["unknown_classes"] = unknown
    if salt is not None:
        body["private"] = facts.commitment(salt, fact.private or {})
    canonical = facts.canonical(body)
    return posting.Written(
        fact=fact,
        booked=booked,
        findings=entry.findings,
        person=entry.person,
        enterprise=entry.enterprise,
        recorded_at=now,
        digest=facts.digest(fact),
        record=canonical.decode(),
        leaf=leaf_hash(canonical),
        salt=salt,
    )


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


def name_parties(connection: Connection, entries: Sequence[Entry]) -> None:
    """Put names into the evidence of findings: they are made with keys, and people read names."""
    keys = {
        value
        for entry in entries
        for finding in entry.findings
        for name in _NAMES
        if isinstance(value := finding.evidence.get(name), int)
    }
    names = names_of(connection, keys)
    for entry in entries if keys else ():
        entry.findings[:] = [replace(finding, evidence=_named(finding.evidence, names)) for finding in entry.findings]


def _named(evidence: Mapping[str, Any], names: Mapping[int, tuple[str, str | None]]) -> dict[str, Any]:
    named = dict(evidence)
    for name in _NAMES:
        if isinstance(key := evidence.get(name), int):
            zh, en = names.get(key, ("—", None))
            named[name] = zh
            if en:
                named[f"{name}_en"] = en
    return named
