"""Personal PINs: whoever has none of their own devices at hand signs on somebody else's.

Every try is kept, right or wrong. The third one that is wrong locks the login for a minute, the next for five, fifteen
and then sixty, until the PIN is right or its owner sets a new one. A login nobody has locks like any other, and takes
as long to answer: what comes back tells nothing about who exists.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from tracker import clock, people
from tracker.parties import TELLS, Caller, Who
from tracker.problems import Problem
from tracker.store import insert_rows, table
from tracker.tables.signing import PinAttempt

DIGITS_LEAST, DIGITS_MOST = 6, 12
TRIES = 3
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
#: One person's phone may be wrong about this many PINs an hour, whosever they are: a PIN tried on every login in turn
#: would lock none of them.
WRONG_AN_HOUR_MAX = 30
_HISTORY = 20

_GUARDS = text("""
INSERT INTO pin_guard (login_digest, failures) SELECT d, 0 FROM unnest(CAST(:digests AS bytea[])) AS d
ORDER BY d ON CONFLICT DO NOTHING
""")
_LOCKED = text("SELECT * FROM pin_guard WHERE login_digest = ANY (:digests) ORDER BY login_digest FOR UPDATE")
_EARLIER = text("SELECT * FROM pin_attempt WHERE park_id = :park AND fact_id = ANY (:ids)")
_SIGNERS = text("""
SELECT p.id, p.uuid, p.login, p.pin_hash, p.enterprise_id, e.uuid AS enterprise_uuid
FROM person p JOIN membership m ON m.person_id = p.id AND m.park_id = :park
JOIN enterprise e ON e.id = p.enterprise_id
WHERE p.disabled_at IS NULL AND m.role = ANY (:roles) AND (p.login = ANY (:logins) OR p.id = ANY (:ids))
""")
_WRONG = text("""
SELECT count(*) FROM pin_attempt
WHERE park_id = :park AND person_id = :person AND at > :since AND outcome = 'wrong'
""")
_COUNT = text("UPDATE pin_guard SET failures = :failures, locked_until = :until WHERE login_digest = :digest")
_MINE = text("""
SELECT a.at, a.outcome, a.sealed, a.device, p.name AS person, e.name_zh, e.name_en, m.number
FROM pin_attempt a JOIN person p ON p.id = a.person_id LEFT JOIN enterprise e ON e.id = p.enterprise_id
LEFT JOIN manifest m ON m.park_id = a.park_id AND m.uuid = a.manifest_uuid
WHERE a.park_id = :park AND a.signer_id = :person ORDER BY a.id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Ask:
    """A PIN typed on the caller's phone to sign one thing. ``fact`` is the id the signature is to have."""

    fact: UUID
    manifest: UUID
    side: str
    of: UUID | None
    login: str
    pin: str
    device: UUID | None = None
    sealed: bool = False

    @property
    def digest(self) -> bytes:
        """Stands for the login in the tables."""
        return hashlib.sha256(self.login.strip().lower().encode()).digest()

    def asked(self, by: int | None) -> bytes:
        """What is asked, without the PIN."""
        parts = (str(by), str(self.manifest), self.side, str(self.of), self.digest.hex())
        return hashlib.sha256("|".join(parts).encode()).digest()


@dataclass(slots=True)
class _Guard:
    failures: int
    until: datetime | None
    changed: bool = False


def put(connection: Connection, person: int, login: str, pin: str) -> None:
    """Set somebody's PIN, which also ends its lock. ``Problem``: pin_not_digits, pin_too_easy."""
    if not pin.isascii() or not pin.isdigit() or not DIGITS_LEAST <= len(pin) <= DIGITS_MOST:
        raise Problem("pin_not_digits", "/pin", least=DIGITS_LEAST, most=DIGITS_MOST)
    if _easy(pin) or pin in login:
        raise Problem("pin_too_easy", "/pin")
    statement = text("UPDATE person SET pin_hash = :hash WHERE id = :person")
    connection.execute(statement, {"hash": people.HASHER.hash(pin), "person": person})
    digest = hashlib.sha256(login.encode()).digest()
    connection.execute(text("DELETE FROM pin_guard WHERE login_digest = :digest"), {"digest": digest})


def _easy(pin: str) -> bool:
    """Whether it is the first thing a stranger would try: 111111, 123456, 987654, 121212, 123123."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    repeats = any(pin == (pin[:size] * len(pin))[: len(pin)] for size in (1, 2, 3))
    return len(steps) == 1 or repeats


def about(connection: Connection, caller: Caller, login: str) -> dict[str, Any]:
    """Whether the caller has a PIN, until when it is locked, and the last tries of it."""
    is_set = connection.scalar(text("SELECT pin_hash IS NOT NULL FROM person WHERE id = :id"), {"id": caller.person})
    digest = hashlib.sha256(login.encode()).digest()
    until = connection.scalar(text("SELECT locked_until FROM pin_guard WHERE login_digest = :d"), {"d": digest})
    given = {"park": caller.park, "person": caller.person, "limit": _HISTORY}
    tries = [dict(row) for row in connection.execute(_MINE, given).mappings()]
    return {"set": bool(is_set), "locked_until": until, "attempts": tries}


def tried(connection: Connection, caller: Caller, asks: Sequence[Ask], now: datetime) -> dict[UUID, Who | Problem]:
    """Who signs each fact, or why that is not believed; in the order given, each fact id counted once and for all.

    Returned, not raised, because the count and the log of the tries must be kept either way. ``Problem``:
    signature_denied (the same for a login nobody has), pin_locked, pin_slow_down, fact_id_reused.
    """
    if not asks:
        return {}
    guards = _guards(connection, {ask.digest for ask in asks})
    given = {"park": caller.park, "ids": [ask.fact for ask in asks]}
    earlier = {row["fact_id"]: dict(row) for row in connection.execute(_EARLIER, given).mappings()}
    by_login, by_key = _signers(connection, caller.park, asks, earlier.values())
    since = {"park": caller.park, "person": caller.person, "since": now - timedelta(hours=1)}
    wrong = int(connection.execute(_WRONG, since).scalar_one())
    made: list[dict[str, Any]] = []
    answers: dict[UUID, Who | Problem] = {}
    for ask in asks:
        attempt = earlier.get(ask.fact)
        if attempt is None:
            signer = by_login.get(ask.login.strip().lower())
            attempt = _attempt(caller, ask, signer, guards[ask.digest], now, slow=wrong >= WRONG_AN_HOUR_MAX)
            wrong += attempt["outcome"] == "wrong"
            made.append(attempt)
            earlier[ask.fact] = attempt
        elif attempt["asked"] != ask.asked(caller.person):
            answers[ask.fact] = Problem("fact_id_reused", "/id", fact=str(ask.fact))
            continue
        answers[ask.fact] = _answer(attempt, by_key, now)
    insert_rows(connection, table(PinAttempt), made)
    for digest, guard in guards.items():
        if guard.changed:
            connection.execute(_COUNT, {"failures": guard.failures, "until": guard.until, "digest": digest})
    return answers


def _guards(connection: Connection, digests: set[bytes]) -> dict[bytes, _Guard]:
    """The counts of these logins, locked in one order, so that two phones never wait for each other."""
    wanted = sorted(digests)
    connection.execute(_GUARDS, {"digests": wanted})
    rows = connection.execute(_LOCKED, {"digests": wanted})
    return {bytes(row.login_digest): _Guard(row.failures, row.locked_until) for row in rows}


def _signers(
    connection: Connection, park: int, asks: Sequence[Ask], earlier: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, RowMapping], dict[int, RowMapping]]:
    logins = sorted({ask.login.strip().lower() for ask in asks})
    ids = [attempt["signer_id"] for attempt in earlier if attempt["signer_id"] is not None]
    given = {"park": park, "roles": sorted(TELLS), "logins": logins, "ids": ids}
    rows = connection.execute(_SIGNERS, given).mappings().all()
    return {row["login"]: row for row in rows}, {row["id"]: row for row in rows}


def _attempt(
    caller: Caller, ask: Ask, signer: RowMapping | None, guard: _Guard, now: datetime, *, slow: bool
) -> dict[str, Any]:
    """Try one PIN; the row that says so."""
    locked = guard.until is not None and guard.until > now
    if locked or slow:
        # Not even compared: a lock that answered "right" would be no lock.
        outcome = "locked" if locked else "too_many"
    else:
        stored = signer["pin_hash"] if signer is not None else None
        right = people.matches(stored or people.nobody(), ask.pin)
        outcome = "granted" if right and stored is not None else "wrong"
        failures = 0 if outcome == "granted" else guard.failures + 1
        beyond = failures - TRIES
        until = now + WAITS[min(beyond, len(WAITS) - 1)] if beyond >= 0 else None
        guard.failures, guard.until, guard.changed = failures, until, True
    return {
        "park_id": caller.park,
        "fact_id": ask.fact,
        "asked": ask.asked(caller.person),
        "person_id": caller.person,
        "device": ask.device,
        "signer_id": signer["id"] if signer is not None else None,
        "manifest_uuid": ask.manifest,
        "sealed": ask.sealed,
        "outcome": outcome,
        "tries_left": max(TRIES - guard.failures, 0),
        "locked_until": guard.until,
        "at": now,
    }


def _answer(attempt: Mapping[str, Any], signers: Mapping[int, RowMapping], now: datetime) -> Who | Problem:
    signer = signers.get(attempt["signer_id"])
    if attempt["outcome"] == "granted" and signer is not None:
        return Who(signer["id"], signer["uuid"], signer["enterprise_id"], signer["enterprise_uuid"])
    if attempt["outcome"] == "too_many":
        return Problem("pin_slow_down", seconds=3600)
    until = attempt["locked_until"]
    if until is not None and attempt["outcome"] in ("wrong", "locked"):
        seconds = max(int((until - now).total_seconds()) + 1, 1)
        return Problem("pin_locked", until=clock.minute_of(until), seconds=seconds)
    return Problem("signature_denied", "/pin", left=attempt["tries_left"])
