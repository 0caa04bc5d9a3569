"""Who is calling: log-in with slow hashes and growing delays, sessions that end at once, keys for systems."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Connection, RowMapping, text

from tracker.parties import Caller, Settings
from tracker.problems import Problem

HASHER = PasswordHasher()
#: After so many failures each further one doubles the wait, up to a quarter of an hour.
_FREE_FAILURES = 5
_WAIT_MAX = timedelta(minutes=15)
KEY_PREFIX = "wm_"

#: One statement says who it is, in which park and role, and lets row-level security see that park and no other.
_SESSION = text("""
SELECT set_config('tracker.park', m.park_id::text, true) AS entered, p.id, p.uuid, p.epoch, p.language, p.disabled_at,
  m.role, p.enterprise_id, e.uuid AS enterprise_uuid, m.park_id, k.uuid AS park_uuid, k.settings,
  d.uuid AS device, d.revoked_at IS NOT NULL AS withdrawn
FROM membership m JOIN person p ON p.id = m.person_id JOIN park k ON k.id = m.park_id
LEFT JOIN enterprise e ON e.id = p.enterprise_id
LEFT JOIN device d ON d.uuid = CAST(:device AS uuid) AND d.park_id = m.park_id
WHERE p.id = :person AND m.park_id = :park
""")
_KEY = text("""
SELECT set_config('tracker.park', a.park_id::text, true) AS entered, p.id, p.uuid, p.epoch, p.language, p.disabled_at,
  m.role, p.enterprise_id, e.uuid AS enterprise_uuid, a.park_id, k.uuid AS park_uuid, k.settings,
  NULL::uuid AS device, false AS withdrawn
FROM api_key a JOIN person p ON p.id = a.person_id JOIN membership m ON m.person_id = p.id AND m.park_id = a.park_id
JOIN park k ON k.id = a.park_id LEFT JOIN enterprise e ON e.id = p.enterprise_id
WHERE a.digest = :digest AND a.revoked_at IS NULL
""")
#: Of a grant on a phone; that of a person whose sessions were all ended has another epoch.
_GRANT = text("""
SELECT set_config('tracker.park', g.park_id::text, true) AS entered, p.id, p.uuid, p.epoch, p.language, p.disabled_at,
  m.role, p.enterprise_id, e.uuid AS enterprise_uuid, g.park_id, k.uuid AS park_uuid, k.settings,
  d.uuid AS device, d.revoked_at IS NOT NULL AS withdrawn, g.scope
FROM device_grant g JOIN device d ON d.uuid = g.device_uuid JOIN person p ON p.id = g.person_id
JOIN membership m ON m.person_id = p.id AND m.park_id = g.park_id
JOIN park k ON k.id = g.park_id LEFT JOIN enterprise e ON e.id = p.enterprise_id
WHERE g.digest = :digest AND g.epoch = p.epoch
""")
_ABOUT = text("""
SELECT p.uuid AS person_uuid, p.login, p.name AS person_name, p.language, m.role, k.uuid AS park_uuid,
  k.id AS park_number, k.code AS park_code, k.name_zh AS park_zh, k.name_en AS park_en,
  ST_X(ST_Centroid(k.boundary)) AS longitude,
  ST_Y(ST_Centroid(k.boundary)) AS latitude, ST_AsGeoJSON(k.boundary)::jsonb AS boundary,
  e.uuid AS mine_uuid, e.id AS mine_id, e.name_zh AS mine_name_zh, e.name_en AS mine_name_en, e.uscc AS mine_uscc,
  e.roles AS mine_roles
FROM person p JOIN membership m ON m.person_id = p.id JOIN park k ON k.id = m.park_id
LEFT JOIN enterprise e ON e.id = p.enterprise_id
WHERE p.id = :person AND m.park_id = :park
""")


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What a session cookie holds."""

    person: int
    park: int
    epoch: int


def caller_of_session(
    connection: Connection,
    person: int,
    park: int,
    epoch: int,
    *,
    device: str | None = None,
    sends: bool = False,
) -> Caller:
    """The caller of a session cookie that was given on ``device``. ``Problem``: not_logged_in where the person left, or
    ended all sessions; device_revoked where the phone was withdrawn and this is no way for facts (``sends``)."""
    row = connection.execute(_SESSION, {"person": person, "park": park, "device": device}).mappings().first()
    if row is None or row["epoch"] != epoch or row["disabled_at"] is not None:
        raise Problem("not_logged_in")
    if row["withdrawn"] and not sends:
        raise Problem("device_revoked")
    return _caller(row)


def caller_of_grant(connection: Connection, token: str, *, sends: bool) -> Caller:
    """The caller of a token that a phone was given. ``sends``: the call is one of the ways out for facts, which stay
    open to a locked phone and to a withdrawn one. ``Problem``: not_logged_in, device_revoked, grant_only_sends."""
    row = connection.execute(_GRANT, {"digest": digest_of(token)}).mappings().first()
    if row is None or row["disabled_at"] is not None:
        raise Problem("not_logged_in")
    if row["withdrawn"] and not sends:
        raise Problem("device_revoked")
    if row["scope"] == "send" and not sends:
        raise Problem("grant_only_sends")
    return _caller(row)


def caller_of_key(connection: Connection, key: str) -> Caller:
    """The caller of an API key. ``Problem`` key_unknown."""
    row = connection.execute(_KEY, {"digest": digest_of(key)}).mappings().first()
    if row is None or row["disabled_at"] is not None:
        raise Problem("key_unknown")
    return _caller(row)


def _caller(row: RowMapping) -> Caller:
    return Caller(
        person=row["id"],
        person_uuid=row["uuid"],
        role=row["role"],
        enterprise=row["enterprise_id"],
        enterprise_uuid=row["enterprise_uuid"],
        park=row["park_id"],
        park_uuid=row["park_uuid"],
        language=row["language"],
        settings=Settings.of(row["settings"]),
        device=row["device"],
        withdrawn=row["withdrawn"],
    )


def log_in(connection: Connection, login: str, password: str, now: datetime) -> LoggedIn | Problem:
    """Who it is, or why not: returned, not raised, because the count of failures must be kept either way.

    ``Problem``: login_wrong (the same for a login nobody has), login_slow_down after too many failures.
    """
    row = (
        connection.execute(
            text("SELECT * FROM person WHERE login = :login FOR UPDATE"), {"login": login.strip().lower()}
        )
        .mappings()
        .first()
    )
    if row is not None and row["locked_until"] is not None and row["locked_until"] > now:
        return Problem("login_slow_down", seconds=int((row["locked_until"] - now).total_seconds()) + 1)
    right = matches(row["password_hash"] if row else nobody(), password)
    if row is None or not right or row["disabled_at"] is not None:
        if row is not None:
            _note_failure(connection, row["id"], row["failures"] + 1, now)
        return Problem("login_wrong")
    if row["failures"]:
        connection.execute(
            text("UPDATE person SET failures = 0, locked_until = NULL WHERE id = :id"), {"id": row["id"]}
        )
    park = connection.scalar(
        text("SELECT park_id FROM membership WHERE person_id = :id ORDER BY park_id LIMIT 1"), {"id": row["id"]}
    )
    if park is None:
        return Problem("login_wrong")
    return LoggedIn(row["id"], park, row["epoch"])


@cache
def nobody() -> str:
    """What is compared when nobody has that login, so that the answer takes as long as for somebody."""
    return HASHER.hash(secrets.token_hex(16))


def matches(stored: str, password: str) -> bool:
    """Whether a password or PIN is the one that was hashed."""
    try:
        return HASHER.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _note_failure(connection: Connection, person: int, failures: int, now: datetime) -> None:
    beyond = failures - _FREE_FAILURES
    wait = min(timedelta(seconds=2 ** min(beyond, 20)), _WAIT_MAX) if beyond >= 0 else timedelta()
    connection.execute(
        text("UPDATE person SET failures = :failures, locked_until = :until WHERE id = :id"),
        {"id": person, "failures": failures, "until": now + wait if wait else None},
    )


def about(connection: Connection, person: int, park: int) -> Mapping[str, Any]:
    """What a session shows: the person, their enterprise, the park and its outline."""
    return dict(connection.execute(_ABOUT, {"person": person, "park": park}).mappings().one())


def end_sessions(connection: Connection, person: int) -> None:
    """End every session of a person at once."""
    connection.execute(text("UPDATE person SET epoch = epoch + 1 WHERE id = :id"), {"id": person})


def make_key(connection: Connection, caller: Caller, name: str, now: datetime) -> str:
    """A new API key that acts for the caller in this park. Shown once: only its digest is kept."""
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    connection.execute(
        text(
            "INSERT INTO api_key (digest, person_id, park_id, name, made_at)"
            " VALUES (:digest, :person, :park, :name, :now)"
        ),
        {"digest": digest_of(key), "person": caller.person, "park": caller.park, "name": name, "now": now},
    )
    return key


def digest_of(key: str) -> bytes:
    """What is kept of a key or token."""
    return hashlib.sha256(key.encode()).digest()


def park_of(connection: Connection, uuid: UUID) -> int | None:
    """The key of a park by its id."""
    found = connection.scalar(text("SELECT id FROM park WHERE uuid = :uuid"), {"uuid": uuid})
    return int(found) if found is not None else None
