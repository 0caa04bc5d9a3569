"""Standing mandates: a generator lets a carrier sign in its name, for one stream of waste, until a day, or until it
takes that back."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import clock, facts, parties
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.rules.context import matches
from tracker.store import insert_rows, table
from tracker.tables.signing import Mandate

#: A scheme and a code of it, ``*`` once for the rest: ``CN-HW:900-*``, ``CN-SW:*``.
_PATTERN = re.compile(r"[A-Z][A-Z0-9-]{1,31}:[0-9A-Za-z.-]{0,40}\*?[0-9A-Za-z.-]{0,40}")
_PARTY = ("id", "uuid", "name_zh", "name_en", "uscc", "roles")
_COLUMNS = ", ".join(
    f"{alias}.{name} AS {prefix}_{name}"
    for alias, prefix in (("g", "generator"), ("c", "carrier"), ("r", "receiver"))
    for name in _PARTY
)
_LIST = f"""
SELECT m.*, {_COLUMNS} FROM mandate m JOIN enterprise g ON g.id = m.generator_id
JOIN enterprise c ON c.id = m.carrier_id LEFT JOIN enterprise r ON r.id = m.receiver_id
WHERE m.park_id = :park"""  # noqa: S608 - names of our own columns
#: Held until the signature is in the books, so that one that is revoked at this moment is revoked before or after it.
_JUDGED = text("""
SELECT d.carrier_id, d.generator_id, d.receiver_id, d.pattern, d.valid_to, d.revoked_at, g.uuid AS generator
FROM mandate d JOIN enterprise g ON g.id = d.generator_id WHERE d.park_id = :park AND d.uuid = :uuid FOR SHARE OF d
""")
_STREAM = text("""
SELECT m.generator_id, m.receiver_id, s.scheme, c.code
FROM manifest m JOIN manifest_line l ON l.park_id = m.park_id AND l.manifest_id = m.id AND l.outcome <> 'released'
JOIN batch b ON b.park_id = l.park_id AND b.id = l.batch_id
LEFT JOIN waste_class c ON c.id = b.class_id LEFT JOIN waste_scheme s ON s.id = c.scheme_id
WHERE m.park_id = :park AND m.uuid = :manifest
""")
_LISTED_MAX = 500


def make(
    connection: Connection,
    caller: Caller,
    uuid: UUID,
    *,
    carrier: UUID,
    receiver: UUID | None,
    pattern: str,
    valid_to: date,
    now: datetime,
) -> dict[str, Any]:
    """A mandate from the caller's enterprise. Asked again under the same id it is the same mandate.

    ``Problem``: person_without_enterprise, mandate_pattern_malformed, mandate_date_past, mandate_not_carrier,
    mandate_id_taken, not_found.
    """
    if caller.enterprise is None:
        raise Problem("person_without_enterprise")
    if not _PATTERN.fullmatch(pattern) or pattern.endswith(":"):
        raise Problem("mandate_pattern_malformed", "/pattern", pattern=pattern[:60])
    if valid_to < clock.day_of(now):
        raise Problem("mandate_date_past", "/valid_to", day=valid_to.isoformat())
    named = parties.of_uuid(connection, carrier)
    if named["id"] == caller.enterprise or "carrier" not in named["roles"]:
        raise Problem("mandate_not_carrier", "/carrier", enterprise=named["name_zh"], enterprise_en=named["name_en"])
    earlier = _one(connection, caller.park, uuid)
    if earlier is None:
        row = {
            "park_id": caller.park,
            "uuid": uuid,
            "generator_id": caller.enterprise,
            "carrier_id": named["id"],
            "receiver_id": parties.of_uuid(connection, receiver)["id"] if receiver else None,
            "pattern": pattern,
            "valid_to": valid_to,
            "made_by": caller.person,
            "made_at": now,
        }
        insert_rows(connection, table(Mandate), [row])
        return _found(connection, caller, uuid)
    if earlier["generator_id"] != caller.enterprise or (earlier["pattern"], earlier["valid_to"]) != (pattern, valid_to):
        raise Problem("mandate_id_taken", "/id", mandate=str(uuid))
    return dict(earlier)


def revoke(connection: Connection, caller: Caller, uuid: UUID, now: datetime) -> dict[str, Any]:
    """Take a mandate back, from this moment on. ``Problem`` not_found where it is not the caller's to revoke."""
    statement = text(
        "UPDATE mandate SET revoked_at = :now, revoked_by = :person WHERE park_id = :park AND uuid = :uuid"
        " AND generator_id = :mine AND revoked_at IS NULL"
    )
    given = {"now": now, "person": caller.person, "park": caller.park, "uuid": uuid, "mine": caller.enterprise or 0}
    connection.execute(statement, given)
    found = _found(connection, caller, uuid)
    if found["generator_id"] != caller.enterprise:
        raise Problem("not_found", what=str(uuid))
    return found


def mine(connection: Connection, caller: Caller) -> list[dict[str, Any]]:
    """The mandates the caller's enterprise gave or was given; regulators see all. Newest first."""
    where = "" if caller.sees_all else " AND (m.generator_id = :mine OR m.carrier_id = :mine)"
    statement = text(f"{_LIST}{where} ORDER BY m.made_at DESC, m.uuid LIMIT :limit")
    given = {"park": caller.park, "limit": _LISTED_MAX} | ({} if caller.sees_all else {"mine": caller.enterprise or 0})
    return [dict(row) for row in connection.execute(statement, given).mappings()]


def _one(connection: Connection, park: int, uuid: UUID) -> Mapping[str, Any] | None:
    row = connection.execute(text(f"{_LIST} AND m.uuid = :uuid"), {"park": park, "uuid": uuid}).mappings().first()
    return dict(row) if row is not None else None


def _found(connection: Connection, caller: Caller, uuid: UUID) -> dict[str, Any]:
    row = _one(connection, caller.park, uuid)
    if row is None:
        raise Problem("not_found", what=str(uuid))
    return dict(row)


def generators(connection: Connection, park: int, uuids: Collection[UUID]) -> dict[UUID, UUID]:
    """In whose name each of these mandates lets somebody sign; unknown ones are left out."""
    statement = text(
        "SELECT d.uuid, g.uuid AS generator FROM mandate d JOIN enterprise g ON g.id = d.generator_id"
        " WHERE d.park_id = :park AND d.uuid = ANY (:uuids)"
    )
    rows = connection.execute(statement, {"park": park, "uuids": list(uuids)}) if uuids else ()
    return {row.uuid: row.generator for row in rows}


def judge(connection: Connection, park: int, fact: facts.Signed, enterprise: int | None, now: datetime) -> None:
    """Refuse a signature its mandate does not cover, as of now: a device's clock cannot bring back what was revoked.

    ``Problem``: mandate_missing, mandate_ended, mandate_other_stream.
    """
    row = connection.execute(_JUDGED, {"park": park, "uuid": fact.mandate}).mappings().first()
    if row is None or row["carrier_id"] != enterprise or row["generator"] != fact.on_behalf:
        raise Problem("mandate_missing", "/details/mandate")
    if row["revoked_at"] is not None:
        raise Problem("mandate_ended", "/details/mandate", day=clock.minute_of(row["revoked_at"]))
    if row["valid_to"] < clock.day_of(now):
        raise Problem("mandate_ended", "/details/mandate", day=row["valid_to"].isoformat())
    lines = connection.execute(_STREAM, {"park": park, "manifest": fact.manifest}).mappings().all()
    covered = fact.side == "generator" and all(
        line["generator_id"] == row["generator_id"]
        and row["receiver_id"] in (None, line["receiver_id"])
        and line["code"] is not None
        and matches(row["pattern"], line["scheme"], line["code"])
        for line in lines
    )
    if not covered or not lines:
        raise Problem("mandate_other_stream", "/details/mandate", pattern=row["pattern"])
