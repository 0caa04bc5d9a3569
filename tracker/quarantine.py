"""What a withdrawn phone still sends: kept as it came, recorded only when somebody answers for it.

A fact that is here has been answered for good: sent again, by whatever way, it is quarantined again. Let in, it goes
through the one door under its own id and its own teller, and says that it came from a withdrawn phone.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import Connection, text

from tracker.parties import Caller, Settings
from tracker.problems import Finding, Problem
from tracker.store import as_json, insert_rows, stored, table
from tracker.tables.devices import QuarantinePrivate

_HOLD = text("""
INSERT INTO quarantine (park_id, fact_id, kind, person_id, enterprise_id, device_uuid, digest, told, skew_s,
  came_at, state)
SELECT :park, r.fact_id, r.kind, :person, :enterprise, r.device_uuid, r.digest, r.told, :skew, :now, 'held'
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS r(fact_id uuid, kind text, device_uuid uuid, digest bytea, told jsonb)
ON CONFLICT (park_id, fact_id) DO NOTHING RETURNING fact_id
""")
_LIST = """
SELECT q.*, p.name AS person_name, d.name AS device_name, d.revoked_why, s.name AS settled_name, x.content AS private,
  e.uuid AS party_uuid, e.id AS party_id, e.name_zh AS party_name_zh, e.name_en AS party_name_en, e.uscc AS party_uscc,
  e.roles AS party_roles, p.uuid AS person_uuid, m.role, p.language, g."right" AS signed_right, k.settings,
  k.uuid AS park_uuid
FROM quarantine q JOIN person p ON p.id = q.person_id JOIN enterprise e ON e.id = q.enterprise_id
JOIN device d ON d.uuid = q.device_uuid JOIN park k ON k.id = q.park_id LEFT JOIN person s ON s.id = q.settled_by
LEFT JOIN membership m ON m.person_id = p.id AND m.park_id = q.park_id
LEFT JOIN quarantine_private x ON x.park_id = q.park_id AND x.fact_id = q.fact_id
LEFT JOIN fact_signature g ON g.park_id = q.park_id AND g.fact_id = q.fact_id
WHERE q.park_id = :park"""
_SETTLE = text("""
UPDATE quarantine SET state = :state, settled_by = :person, settled_at = :now, settled_why = :why
WHERE park_id = :park AND fact_id = :fact
""")


@dataclass(frozen=True, slots=True)
class Came:
    """A fact as it came over the wire: its id, the phone it names, and the whole of it."""

    id: UUID
    device: UUID | None
    body: Mapping[str, Any]


def parted(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is kept of a fact for ever, and what must stay erasable: the private parts and a sealed PIN."""
    kept = {name: value for name, value in body.items() if name not in ("private", "signature")}
    private = {"private": body["private"]} if body.get("private") else {}
    details = body.get("details")
    if isinstance(details, Mapping) and details.get("sealed"):
        kept["details"] = {name: value for name, value in details.items() if name != "sealed"}
        private["sealed"] = details["sealed"]
    return kept, private


def digest(body: Mapping[str, Any]) -> bytes:
    """SHA-256 of what is kept for ever of a fact."""
    kept, _ = parted(body)
    return hashlib.sha256(json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()).digest()


def canonical(body: Mapping[str, Any]) -> bytes | None:
    """What a phone signs: the whole fact without the signature, in canonical JSON (RFC 8785); None where there is no
    such form of it."""
    try:
        return rfc8785.dumps({name: value for name, value in body.items() if name != "signature"})
    except (rfc8785.CanonicalizationError, UnicodeError):
        return None


def hold(
    connection: Connection, caller: Caller, came: Sequence[tuple[Came, UUID]], skew_s: float | None, now: datetime
) -> None:
    """Keep what came from a withdrawn phone (the second of each pair)."""
    if not came:
        return
    rows, secret = [], {}
    for one, device in came:
        kept, private = parted(one.body)
        kind = str(one.body.get("kind", ""))[:40]
        rows.append({"fact_id": one.id, "kind": kind, "device_uuid": device, "digest": digest(one.body), "told": kept})
        if private:
            secret[one.id] = private
    ids = {"park": caller.park, "person": caller.person, "enterprise": caller.enterprise}
    given = ids | {"skew": skew_s, "now": now, "rows": as_json(stored(rows))}
    fresh = set(connection.scalars(_HOLD, given))
    personal = [
        {"park_id": caller.park, "fact_id": fact, "content": content}
        for fact, content in secret.items()
        if fact in fresh
    ]
    insert_rows(connection, table(QuarantinePrivate), personal)


def listed(
    connection: Connection, caller: Caller, *, state: str | None, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Quarantined facts of the caller's enterprise (regulators: of all), the newest first."""
    where = ""
    given: dict[str, Any] = {"park": caller.park, "limit": limit}
    for clause, name, value in (
        ("q.enterprise_id = :mine", "mine", None if caller.sees_all else caller.enterprise or 0),
        ("q.state = :state", "state", state),
        ("q.key < :before", "before", before),
    ):
        if value is not None:
            where, given = f"{where} AND {clause}", given | {name: value}
    rows = connection.execute(text(f"{_LIST}{where} ORDER BY q.key DESC LIMIT :limit"), given)
    return [dict(row) for row in rows.mappings()]


def one(connection: Connection, caller: Caller, fact: UUID, *, lock: bool = False) -> dict[str, Any]:
    """One quarantined fact. ``Problem`` not_found where it is not the caller's to see."""
    held = " FOR UPDATE OF q" if lock else ""
    rows = connection.execute(text(f"{_LIST} AND q.fact_id = :fact{held}"), {"park": caller.park, "fact": fact})
    row = rows.mappings().first()
    if row is None or not (caller.sees_all or row["enterprise_id"] == caller.enterprise):
        raise Problem("not_found", what=str(fact))
    return dict(row)


def teller(row: Mapping[str, Any]) -> Caller:
    """Whoever told a quarantined fact, as the caller of its late recording."""
    return Caller(
        person=row["person_id"],
        person_uuid=row["person_uuid"],
        role=row["role"] or "handler",
        enterprise=row["enterprise_id"],
        enterprise_uuid=row["party_uuid"],
        park=row["park_id"],
        park_uuid=row["park_uuid"],
        language=row["language"],
        settings=Settings.of(row["settings"]),
    )


def whole(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fact as it came, its personal parts with it where they were not erased."""
    private = dict(row["private"] or {})
    body = dict(row["told"])
    if sealed := private.pop("sealed", None):
        body["details"] = {**(body.get("details") or {}), "sealed": sealed}
    return body | private


def findings(row: Mapping[str, Any]) -> list[Finding]:
    """What is odd about the way a fact came that is let in."""
    found = [Finding("device_withdrawn", {"device": row["device_name"]})]
    if row["signed_right"] is None:
        return [*found, Finding("device_signature_missing", {"device": row["device_name"]})]
    return found if row["signed_right"] else [*found, Finding("device_signature_wrong", {"device": row["device_name"]})]


def open_one(connection: Connection, caller: Caller, fact: UUID, wanted: str) -> dict[str, Any]:
    """Lock a quarantined fact to settle it as ``wanted``; one that was settled so before comes back as it is.
    ``Problem``: not_found, quarantine_settled where the other was decided."""
    row = one(connection, caller, fact, lock=True)
    if row["state"] not in ("held", wanted):
        raise Problem("quarantine_settled", person=row["settled_name"])
    return row


def settle(
    connection: Connection, caller: Caller, fact: UUID, state: str, now: datetime, *, why: str | None = None
) -> dict[str, Any]:
    """Write down what was decided of a fact, and by whom."""
    given = {"state": state, "person": caller.person, "now": now, "why": why, "park": caller.park, "fact": fact}
    connection.execute(_SETTLE, given)
    return one(connection, caller, fact)
